"""Where the payer's pages stand: under /c/, and by the invoice with the link's token."""

from django.urls import path

from tideover.customer import views

app_name = "customer"
urlpatterns = [
    path("c/<str:token>", views.page, name="card"),
    path("c/<str:token>/setup", views.setup, name="setup"),
    path("c/<str:token>/done", views.done, name="done"),
    path("api/update-payment/<str:invoice_id>", views.of_invoice, name="update-payment"),
]
