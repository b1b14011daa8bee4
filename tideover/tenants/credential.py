"""Columns of what opens an account: a key, or a token that rolls."""

from __future__ import annotations

from typing import Final

from django.db import models

from tideover.gateways.kinds import CAPABILITIES, Capabilities, Kind
from tideover.tenants.secrets import SecretField

KINDS: Final = [(kind.value, CAPABILITIES[kind].label) for kind in Kind]


class Credential(models.Model):
    """Part of a connection's row. What opens it at this moment is asked of flow.tokens."""

    kind = models.CharField(max_length=8, choices=KINDS, default=Kind.KEY.value, db_default=Kind.KEY.value)
    api_key = SecretField()
    # Of a Stripe App: when `api_key` ends, and what the next one is got with; `rolls` counts how often that was done.
    api_key_until = models.DateTimeField(null=True, blank=True)
    refresh_token = SecretField(blank=True, default="", db_default="")
    rolls = models.PositiveIntegerField(default=0, db_default=0)
    rolling_until = models.DateTimeField(null=True, blank=True)  # whoever gets the next one has so long

    class Meta:
        abstract = True

    @property
    def can(self) -> Capabilities:
        """What its kind of credential can do."""
        return CAPABILITIES[Kind(self.kind)]
