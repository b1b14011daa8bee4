"""A row for each thing that is told ahead of a payment, or after the last: that its payer is written to, and what came
of that.
"""

from __future__ import annotations

from django.db import models

from tideover.columns import Words
from tideover.core.ahead.kinds import Ahead
from tideover.core.ahead.offers import Discount
from tideover.core.money import Money
from tideover.ids import new_id, public
from tideover.tenants.models import Connection, Organization


class Alert(models.Model):
    """The message about one card of a customer's, or about one renewal of a subscription, the end of its trial, or one
    of the letters after its own end.

    Its row makes it one: the card, by what it is, until when it lasts; the subscription, and when that happens. The
    message itself is a row of the messages, whose action is this row.
    """

    class State(models.TextChoices):
        PLANNED = "planned"  # `reason` tells what it waits for, if anything
        SENT = "sent"
        UNKNOWN = "unknown"  # the mail server's answer was lost; it is never sent again
        FAILED = "failed"  # the mail server would not have it
        SKIPPED = "skipped"  # there was nothing to say any more, or nothing may be said; `reason` says why

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    # No index of its own: that of `alert_once` begins with it.
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=12, default=Ahead.CARD.value, db_default=Ahead.CARD.value)
    customer_id = models.CharField(max_length=255)
    # Of a card: its fingerprint (where Stripe tells none, its id), its id, and its last day.
    card = models.CharField(max_length=255, blank=True)
    method_id = models.CharField(max_length=255, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    # What renews then, whose trial ends, or what has ended; of a card, what charges it first after its end.
    subscription_id = models.CharField(max_length=255)
    renews_at = models.DateTimeField()
    planned_at = models.DateTimeField()
    try_at = models.DateTimeField()  # when a worker looks at it; of one that is settled it means nothing
    state = models.CharField(max_length=8, choices=State.choices, default=State.PLANNED)
    reason = Words(max_length=300, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    token_hash = models.CharField(max_length=64, blank=True, db_index=True)  # of the link in the message
    # When its holder was last led to Stripe from there, and of a card what their default was at that moment.
    led_at = models.DateTimeField(null=True, blank=True)
    default_then = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "customer_id", "card", "expires_on"], name="alert_once"),
            models.UniqueConstraint(
                fields=["connection", "subscription_id", "kind", "renews_at"],
                condition=~models.Q(kind=Ahead.CARD.value),
                name="alert_once_a_renewal",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=[each.value for each in Ahead]), name="alert_kind_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(kind=Ahead.CARD.value) | models.Q(expires_on__isnull=False), name="alert_card_ends"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["planned", "sent", "unknown", "failed", "skipped"]),
                name="alert_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(state="planned", settled_at=None)
                | ~models.Q(state="planned") & models.Q(settled_at__isnull=False),
                name="alert_settled_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["try_at"], condition=models.Q(state="planned"), name="alert_due"),
            models.Index(fields=["led_at"], condition=models.Q(led_at__isnull=False), name="alert_led"),
            models.Index(fields=["organization", "-planned_at"], name="alert_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.state}"

    @property
    def public_id(self) -> str:
        return public("alert", self.id)


class Offer(models.Model):
    """What a letter offers to its reader alone, to be used once: decided, then made at Stripe, then told of.

    A percentage, or an amount; the other is 0. until: when it ends, which Stripe holds to as well.
    """

    alert = models.OneToOneField(Alert, on_delete=models.CASCADE, primary_key=True, related_name="offer")
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    months = models.PositiveSmallIntegerField()
    percent = models.PositiveSmallIntegerField(default=0)
    off = models.PositiveBigIntegerField(default=0)
    currency = models.CharField(max_length=3, blank=True)
    until = models.DateTimeField()
    code_id = models.CharField(max_length=255, blank=True)  # of the promotion code; empty until it is made

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(percent__gte=1, percent__lte=100, off=0) | models.Q(percent=0, off__gte=1),
                name="offer_percent_or_amount",
            ),
            models.CheckConstraint(condition=models.Q(months__gte=1), name="offer_for_a_month_at_least"),
        ]

    def __str__(self) -> str:
        return str(self.discount)

    @property
    def discount(self) -> Discount:
        """As the core knows it."""
        return Discount(self.months, self.percent, Money(self.off, self.currency) if self.off else None)
