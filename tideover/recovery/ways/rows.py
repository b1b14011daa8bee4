"""The row of a payer's way in."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from tideover.ids import new_id
from tideover.tenants.models import Organization


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
