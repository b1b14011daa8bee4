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
