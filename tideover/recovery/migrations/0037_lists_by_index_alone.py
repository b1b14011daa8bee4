"""Lists of cases by amount, customer and failure are filtered in their index: no case is read to be passed over."""

from django.db import migrations, models

from tideover.columns import AddIndexMeanwhile

LOOKED_AT = ("organization", "state", "via", "currency")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("recovery", "0036_segment")]
    operations = [
        AddIndexMeanwhile(
            "case",
            models.Index(fields=["project", "first_family", "opened_at", "id", *LOOKED_AT], name="case_list_of_families"),
        ),
        AddIndexMeanwhile(
            "case",
            models.Index(
                fields=["project", "currency", "amount_due", "id", "first_family", "organization", "state", "via"],
                name="case_list_of_amounts",
            ),
        ),
        AddIndexMeanwhile(
            "case",
            models.Index(
                fields=["project", "customer_name", "id", "first_family", *LOOKED_AT], name="case_list_of_customers"
            ),
        ),
        migrations.RemoveIndex("case", "case_list_by_family"),
        migrations.RemoveIndex("case", "case_list_by_amount"),
        migrations.RemoveIndex("case", "case_list_by_customer"),
    ]
