"""The row of what is collected of a debt that came back."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from tideover.core.ways.returns import Returned
from tideover.ids import new_id
from tideover.tenants.models import Organization


class Collection(models.Model):
    """One payment at Stripe over exactly what came back, which may be tried often and comes once.

    It is there before the payment is made, under a key of its own. Where more comes back, or less is owed, before
    anything came, it is closed and another one opened.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    case = models.ForeignKey("recovery.Case", on_delete=models.CASCADE, related_name="collections")
    debt = models.PositiveSmallIntegerField()  # which of the case's that came back (core.ways.returns)
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()  # minor units: what came back, and the payer agreed to
    collected = models.BigIntegerField(default=0)  # of it
    intent_id = models.CharField(max_length=255, blank=True, default="")  # of the payment, once it is made
    agreed_at = models.DateTimeField()  # when the payer last asked to pay it, by the wall
    looked_at = models.DateTimeField()  # when Stripe was last asked what became of it, by the wall
    closed_at = models.DateTimeField(null=True, blank=True)  # since when nothing more can come of it

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(closed_at=None), name="collection_open_once"),
            models.UniqueConstraint(
                fields=["case", "debt"], condition=Q(collected__gt=0), name="collection_comes_once"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0, debt__gte=1), name="collection_is_something"),
            models.CheckConstraint(
                condition=Q(collected__gte=0, collected__lte=F("amount")), name="collection_never_more_than_came_back"
            ),
            models.CheckConstraint(
                condition=Q(collected=0) | Q(closed_at__isnull=False), name="collection_come_is_closed"
            ),
        ]
        indexes = [models.Index(fields=["looked_at"], condition=Q(closed_at=None), name="collection_open")]

    def __str__(self) -> str:
        return f"collection of {self.amount} {self.currency} for {self.case_id}"

    @property
    def key(self) -> str:
        """The idempotency key under which the payment is made."""
        return f"pr_{self.id}"

    def is_of(self, debt: Returned | None) -> bool:
        """Whether exactly this is owed, and is not taken by Stripe on the invoice itself."""
        return debt is not None and not debt.at_stripe and (self.debt, self.amount) == (debt.number, debt.amount)
