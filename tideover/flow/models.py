"""What all processes of all machines share: whose turn comes when, what is held back, what was used of a limit."""

from __future__ import annotations

from django.db import models

from tideover.tenants.models import Connection, Organization


class Breaker(models.Model):
    """A circuit breaker: answers that stayed away in a row, and until when nobody asks because of it."""

    failures = models.PositiveIntegerField(default=0)
    # The columns and tables are older than this room and keep their names: during an upgrade old workers read them too.
    open_until = models.DateTimeField(null=True, blank=True, db_column="rests_until")

    class Meta:
        abstract = True


class Lane(Breaker):
    """One account's way to Stripe, shared by all workers: when its next call may go out, and its circuit breaker."""

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, primary_key=True, related_name="lane")
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    next_turn_at = models.DateTimeField()  # the earliest instant at which a further call may go out
    # Stripe answers and will not have our calls: since when, until when that is believed at least, and its words.
    refused_at = models.DateTimeField(null=True, blank=True)
    refused_until = models.DateTimeField(null=True, blank=True)
    refused_why = models.CharField(max_length=200, blank=True, default="", db_default="")
    let_in_at = models.DateTimeField(null=True, blank=True)  # when the last refusal ended; its words stay
    felt_at = models.DateTimeField(null=True, blank=True)  # when it was last asked whether we are let in
    told_at = models.DateTimeField(null=True, blank=True)  # when its owners were last told that we are not

    class Meta:
        db_table = "tenants_lane"

    def __str__(self) -> str:
        return f"lane of {self.connection_id}"


class Provider(Breaker):
    """A service all merchants share (`stripe`, `mail`) with its breaker; and the switch that stops `everything`."""

    name = models.CharField(max_length=20, primary_key=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    clock_ahead_seconds = models.IntegerField(null=True, blank=True)  # ours of the service's, as an answer's Date told
    clock_compared_at = models.DateTimeField(null=True, blank=True)
    proven = models.CharField(max_length=300, blank=True, default="", db_default="")  # which server took a test

    class Meta:
        db_table = "tenants_provider"

    def __str__(self) -> str:
        return self.name


class Allowance(models.Model):
    """How much of a limit a key has used, and until when that counts. `place` is a hash: it tells nobody's name."""

    place = models.CharField(max_length=64, primary_key=True)
    used = models.PositiveIntegerField(default=0, db_default=0)
    until = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.used} until {self.until:%H:%M}"
