"""Addresses of the list of customers, and of one."""

from django.urls import path

from tideover.dashboard.customers import let_back_in, recipients, renewals, scanning, upload, views, winback

urlpatterns = [
    path("customers/", views.page, name="customers"),
    path("scans/", scanning.page, name="scans"),
    path("winback/", winback.page, name="winback"),
    path("renewals/", renewals.page, name="renewals"),
    path("customers/readers/", upload.page, name="upload-readers"),
    path("customers/readers/add/", upload.add, name="add-readers"),
    path("customers/readers.csv", upload.as_file, name="readers-csv"),
    path("customers/<str:public_id>/", views.customer, name="customer"),
    path("customers/<str:public_id>/let-back-in/", let_back_in.page, name="let-back-in-letters"),
    path("customers/<str:public_id>/recipients/", recipients.add, name="add-recipient"),
    path("customers/<str:public_id>/recipients/<str:recipient_id>/remove/", recipients.remove, name="remove-recipient"),
]
