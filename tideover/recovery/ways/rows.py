"""The rows of a payer's way in, of whom they sent it on to, and of who reads for them."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from tideover.columns import Words
from tideover.core.steps import END_OF_ID
from tideover.core.ways.readers import Role, Source
from tideover.ids import new_id, public
from tideover.tenants.models import Connection, Organization


class Link(models.Model):
    """The customer's way to the card page: a token of which only the hash is kept, for 30 days at most."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    case = models.ForeignKey("recovery.Case", on_delete=models.CASCADE, related_name="links")
    token_hash = models.CharField(max_length=64, unique=True)
    message_id = models.UUIDField(null=True, blank=True)  # the message that carried it
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    first_opened_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"link of {self.case_id}"

    def opens(self, now: datetime) -> bool:
        """Whether the link still leads to its case."""
        return self.revoked_at is None and now < self.expires_at


class Forward(models.Model):
    """Somebody to whom the payer had the link of a case sent. number: of the step that sends it, from 1."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    case = models.ForeignKey("recovery.Case", on_delete=models.CASCADE, related_name="forwards")
    number = models.PositiveSmallIntegerField()
    address = models.CharField(max_length=512)
    address_hash = models.CharField(max_length=64)  # messages.keyed.address_hash: however it is written
    asked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "address_hash"], name="forward_once"),
            models.UniqueConstraint(fields=["case", "number"], name="forward_numbered"),
        ]
        indexes = [models.Index(fields=["organization", "address_hash"], name="forward_by_address")]

    def __str__(self) -> str:
        return f"forward {self.number} of {self.case_id}"


class Recipient(models.Model):
    """Somebody who is written to besides a customer, or in their place where mail to them comes back.

    from_day: of the sequence, from which on they are. language: of core.tongues; empty: the customer's own.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="recipients")
    customer_id = models.CharField(max_length=255)  # at Stripe
    address = models.CharField(max_length=512)
    address_hash = models.CharField(max_length=64)  # messages.keyed.address_hash: however it is written
    name = Words(max_length=200, blank=True)
    role = models.CharField(max_length=8, default=Role.OTHER.value)
    language = models.CharField(max_length=12, blank=True)
    from_day = models.PositiveSmallIntegerField(default=0)
    source = models.CharField(max_length=8, default=Source.PAGE.value)
    made_at = models.DateTimeField()
    made_by = Words(max_length=254, blank=True)  # a person, where one did

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "customer_id", "address_hash"], name="recipient_once")
        ]
        indexes = [models.Index(fields=["organization", "address_hash"], name="recipient_by_address")]

    def __str__(self) -> str:
        return f"{self.public_id} of {self.customer_id}"

    @property
    def public_id(self) -> str:
        return public("rcp", self.id)

    @property
    def key(self) -> str:
        """By which steps name them: unique among those of a customer."""
        return self.id.hex[-END_OF_ID:]
