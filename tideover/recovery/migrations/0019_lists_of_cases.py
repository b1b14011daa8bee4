"""An index for each order and filter of the list of cases: any page of a million costs what the first one does."""

from django.db import migrations, models

from tideover.columns import AddIndexMeanwhile

ORDERS = {
    "case_list": ["opened_at"],
    "case_list_by_state": ["state", "opened_at"],
    "case_list_by_family": ["first_family", "opened_at"],
    "case_list_by_via": ["via", "opened_at"],
    "case_list_by_amount": ["currency", "amount_due"],
    "case_list_by_customer": ["customer_name"],
}


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("recovery", "0018_uncounted_cases")]
    operations = [
        AddIndexMeanwhile("case", models.Index(fields=["project", *columns, "id"], name=name))
        for name, columns in ORDERS.items()
    ]
