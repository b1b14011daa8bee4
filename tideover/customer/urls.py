"""Where the payer's pages stand, under /c/."""

from django.urls import path

from tideover.customer import views

app_name = "customer"
urlpatterns = [
    path("<str:token>", views.page, name="card"),
    path("<str:token>/setup", views.setup, name="setup"),
    path("<str:token>/done", views.done, name="done"),
]
