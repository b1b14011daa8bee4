"""The rows of a payment plan: what was agreed, and each of its parts."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import F, Q

from tideover.columns import Words
from tideover.core.ways.plans import FEWEST, MOST
from tideover.ids import new_id
from tideover.tenants.models import Organization

BY_CUSTOMER: Final = "customer"  # on the pay page


class Plan(models.Model):
    """A debt that is paid in parts. It begins with its first part, and one stands at a time."""

    class State(models.TextChoices):
        STANDS = "stands"
        KEPT = "kept"  # nothing is open any more
        BROKEN = "broken"  # a part did not come
        ENDED = "ended"  # by a person, or with what it was for

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    case = models.ForeignKey("recovery.Case", on_delete=models.CASCADE, related_name="plans")
    number = models.PositiveSmallIntegerField()  # which of the case's plans it is, from 1
    state = models.CharField(max_length=8, choices=State.choices, default=State.STANDS)
    currency = models.CharField(max_length=3)
    total = models.BigIntegerField()  # minor units: what was open as it was agreed
    first = models.BigIntegerField()  # of this, the first part
    each = models.BigIntegerField()  # of this, every other part
    count = models.PositiveSmallIntegerField()  # of parts
    agreed_at = models.DateTimeField()
    agreed_by = Words(max_length=254)  # BY_CUSTOMER, or a person of the merchant's
    via = models.CharField(max_length=10)  # as what its parts count: recovery.models.Case.Via
    ended_at = models.DateTimeField(null=True, blank=True)
    why_ended = Words(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="plan_number_once"),
            models.UniqueConstraint(fields=["case"], condition=Q(state="stands"), name="plan_stands_once"),
            models.CheckConstraint(
                condition=Q(state__in=["stands", "kept", "broken", "ended"]), name="plan_state_known"
            ),
            models.CheckConstraint(condition=Q(count__gte=FEWEST, count__lte=MOST), name="plan_parts_few"),
            models.CheckConstraint(
                condition=Q(total=F("first") + F("each") * (F("count") - 1), first__gte=F("each"), each__gt=0),
                name="plan_parts_are_the_debt",
            ),
            models.CheckConstraint(
                condition=Q(state="stands", ended_at=None) | (~Q(state="stands") & Q(ended_at__isnull=False)),
                name="plan_end_dated",
            ),
        ]

    def __str__(self) -> str:
        return f"plan {self.number} of {self.case_id} {self.state}"


class Instalment(models.Model):
    """A part of a plan. It is paid by one charge, and never twice."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveSmallIntegerField()  # from 1
    due_at = models.DateTimeField()
    amount = models.BigIntegerField()  # minor units, as agreed
    paid_at = models.DateTimeField(null=True, blank=True)
    paid = models.BigIntegerField(default=0)  # less than agreed where less was left
    charge = models.OneToOneField(
        "recovery.Action", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )  # that brought it

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="instalment_once"),
            models.CheckConstraint(condition=Q(amount__gt=0, number__gte=1), name="instalment_is_something"),
            models.CheckConstraint(
                condition=Q(paid__gte=0, paid__lte=F("amount")), name="instalment_never_more_than_agreed"
            ),
            models.CheckConstraint(
                condition=Q(paid_at=None, paid=0, charge=None) | Q(paid_at__isnull=False, charge__isnull=False),
                name="instalment_paid_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"part {self.number} of {self.plan_id}"
