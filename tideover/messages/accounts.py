"""By whom a project sends its mail, where that is not the server of the installation."""

from __future__ import annotations

from django.db import models

from tideover.columns import Words
from tideover.flow.models import Breaker
from tideover.gateways.mailers.account import Provider
from tideover.ids import new_id
from tideover.tenants.models import Organization, Project
from tideover.tenants.secrets import SecretField


class MailAccount(Breaker):
    """A project's own account at an e-mail provider. Its circuit breaker is its own: a wrong key rests nobody else."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="mail_account")
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    provider = models.CharField(max_length=10)
    options: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict)  # Service.options
    secret = SecretField()
    account_name = Words(max_length=200, blank=True)
    set_at = models.DateTimeField()
    proven_at = models.DateTimeField(null=True, blank=True)  # when it last took a test, as it is set

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(provider__in=sorted(map(str, Provider))), name="mail_provider_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} of {self.project_id}"


class MailHook(models.Model):
    """Where the provider of an account tells what becomes of mails, and by what it is known."""

    account = models.OneToOneField(MailAccount, on_delete=models.CASCADE, primary_key=True, related_name="hook")
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    token = models.CharField(max_length=64, unique=True)  # in its address
    key = SecretField(blank=True)  # what the provider signs with; empty: not typed in yet, or it signs nothing
    heard_at = models.DateTimeField(null=True, blank=True)  # when it last told us something, proven to be its own

    def __str__(self) -> str:
        return f"hook of {self.account_id}"

    @property
    def key_is_kept(self) -> bool:
        """Whether there is one, without opening it."""
        return bool(self.__dict__.get("key"))
