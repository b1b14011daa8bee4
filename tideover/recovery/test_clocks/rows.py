"""The row of a test clock, and the one place where it is decided what time it is for a case."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from tideover.columns import Words
from tideover.ids import new_id
from tideover.tenants.models import Connection, Organization


class Clock(models.Model):
    """A test clock of an account, as Stripe last told of it. It stands still until somebody advances it."""

    class State(models.TextChoices):
        READY = "ready"
        ADVANCING = "advancing"  # asked to go on to `target`: until it has arrived nothing on it is done
        FAILED = "failed"  # Stripe failed to advance it, and never will again
        DELETED = "deleted"  # and its customers with it
        CLOSED = "closed"  # our key may not read it: nobody knows what it shows

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="clocks")
    clock_id = models.CharField(max_length=255)
    name = Words(max_length=300, blank=True)
    shows = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.READY)
    target = models.DateTimeField(null=True, blank=True)  # where it is on its way to
    asked_at = models.DateTimeField(null=True, blank=True)  # when that was asked for here, by the wall
    asked_by = Words(max_length=254, blank=True)
    trouble = Words(max_length=300, blank=True)  # what Stripe said last when it would not read or advance it
    read_at = models.DateTimeField()  # by the wall

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "clock_id"], name="clock_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=["ready", "advancing", "failed", "deleted", "closed"]),
                name="clock_state_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="advancing") | models.Q(target__isnull=False), name="clock_advances_somewhere"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clock_id} at {self.shows}, {self.state}"


def now_by(clock: Clock | None, now: datetime) -> datetime:
    """What time it is for a case: what its test clock shows, where its customer hangs on one; else `now`.

    Of what is by a clock already it gives the same again.
    """
    return clock.shows if clock is not None else now
