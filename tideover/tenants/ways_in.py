"""By what a person signs in, and where they are signed in: tables that go with them."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from tideover.columns import Words
from tideover.ids import new_id
from tideover.tenants.secrets import SecretField


class SignInLink(models.Model):
    """A one-time link that signs a person in; only its hash is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey("tenants.User", on_delete=models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"link for {self.user}"

    def usable(self, now: datetime) -> bool:
        return self.used_at is None and now < self.expires_at


class SecondFactor(models.Model):
    """The secret that a person's authenticator app knows, sealed; and the last of its codes that was used."""

    user = models.OneToOneField(
        "tenants.User", on_delete=models.CASCADE, primary_key=True, related_name="second_factor"
    )
    secret = SecretField()
    last_step = models.BigIntegerField(default=0)  # of 30 seconds since 1970: no code is taken twice
    since = models.DateTimeField()

    def __str__(self) -> str:
        return f"second factor of {self.user_id}"


class RecoveryCode(models.Model):
    """A code in place of the app's, once; only its keyed hash is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey("tenants.User", on_delete=models.CASCADE, related_name="recovery_codes")
    code_hash = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return f"recovery code of {self.user_id}"


class Passkey(models.Model):
    """A key of a person's device, of which only its public half is known here."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey("tenants.User", on_delete=models.CASCADE, related_name="passkeys")
    name = Words(max_length=60)
    credential_id = models.CharField(max_length=1400, unique=True)  # base64url, as devices name it
    public_key = models.BinaryField()
    sign_count = models.BigIntegerField(default=0)  # of devices that count: lower than before, it is a copy
    at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"passkey of {self.user_id}"


class SignedIn(models.Model):
    """A browser in which a person signed in: when and from where, as they see it on their page."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey("tenants.User", on_delete=models.CASCADE, related_name="signed_in")
    session_key = models.CharField(max_length=40, unique=True)
    device = models.CharField(max_length=200, blank=True)
    place = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user_id} since {self.at:%Y-%m-%d %H:%M}"
