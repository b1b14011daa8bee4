"""Whom Doctor looks at: an organization with its accounts and projects, and what of its money waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from tideover.messages.accounts import MailAccount
from tideover.recovery.models import Case
from tideover.tenants.models import Connection, Organization, Project


@dataclass(frozen=True, slots=True)
class Patient:
    """An organization at one moment. connections: those that are active. gone: those that are disconnected. mail: by
    which account of its own a project sends, by the project's id.
    """

    organization: Organization
    projects: Sequence[Project]
    connections: Sequence[Connection]
    gone: Sequence[Connection]
    now: datetime
    mail: Mapping[UUID, MailAccount] = field(default_factory=dict)

    def open_cases(self, which: Q | None = None) -> QuerySet[Case]:
        """The cases whose money is still asked for."""
        mine = Case.objects.filter(organization=self.organization, state=Case.State.FAILING)
        return mine.filter(which) if which else mine

    def waits(self, which: Q | None = None) -> dict[str, int]:
        """What is open in them, by currency."""
        sums = self.open_cases(which).order_by("currency").values_list("currency")
        return dict(sums.annotate(total=Sum(Coalesce("amount_open", "amount_due"))).values_list("currency", "total"))


def patient(organization_id: UUID, now: datetime) -> Patient:
    """The organization with all that is looked at, read once."""
    organization = Organization.objects.get(pk=organization_id)
    projects = list(Project.objects.filter(organization=organization).order_by("created_at", "pk"))
    mine = Connection.objects.filter(organization=organization).select_related("organization", "project")
    found = list(mine.order_by("created_at", "pk"))
    active = [each for each in found if each.state == Connection.State.ACTIVE]
    mail = {each.project_id: each for each in MailAccount.objects.filter(organization=organization)}
    return Patient(organization, projects, active, [each for each in found if each not in active], now, mail)


def called(connection: Connection) -> str:
    """How an account is named where there may be several."""
    return f"{connection.account_name or connection.account_id} ({'live' if connection.livemode else 'test'})"
