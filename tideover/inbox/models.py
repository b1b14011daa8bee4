"""What Stripe told us, kept as it came."""

from __future__ import annotations

from django.db import models

from tideover.columns import Words
from tideover.ids import new_id
from tideover.tenants.models import Connection, Organization
from tideover.tenants.secrets import SealedBytes


class StripeEvent(models.Model):
    """One event of one connection. An acknowledged event is in this table exactly once, whatever happens after."""

    class State(models.TextChoices):
        STORED = "stored"  # acknowledged, not yet understood
        HANDLED = "handled"  # its facts are in their case
        IRRELEVANT = "irrelevant"  # understood, and none of our business
        REFUSED = "refused"  # signed, but for another account or mode
        FAILED = "failed"  # handling it went wrong too often; a person decides

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    # No index of its own: that of `event_once` begins with it, and each index is written for each event.
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="events", db_index=False)
    event_id = models.CharField(max_length=255)
    type = models.CharField(max_length=120)
    object_id = models.CharField(max_length=255, blank=True)  # what it is about, so that a last look can find it
    happened_at = models.DateTimeField()  # Stripe's `created`: whole seconds, never an order
    received_at = models.DateTimeField()
    body = SealedBytes()  # the signed bytes themselves
    state = models.CharField(max_length=12, choices=State.choices, default=State.STORED)
    tries = models.PositiveSmallIntegerField(default=0)
    try_at = models.DateTimeField()
    reason = Words(max_length=300, blank=True)
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "event_id"], name="event_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=["stored", "handled", "irrelevant", "refused", "failed"]),
                name="event_state_known",
            ),
        ]
        indexes = [
            models.Index(fields=["try_at", "id"], condition=models.Q(state="stored"), name="event_to_handle"),
            models.Index(
                fields=["connection", "try_at", "id"], condition=models.Q(state="stored"), name="event_by_lane"
            ),
            models.Index(fields=["organization"], condition=models.Q(state="failed"), name="event_failed"),
            models.Index(
                fields=["connection", "object_id"], condition=models.Q(state="stored"), name="event_waiting_about"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
