"""Erase an organization: all of it stops and nobody is in it any more at once, then its rows go, round by round.

First Stripe gets back what we hold there, as after any disconnecting (upkeep/leaving.py), and its owners are told what
is left to them to do. Then row after row goes, those that refer to others first. What stays is one line for the
operator that names nobody, and one in the opt-outs' file, by which a restored backup erases it again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import structlog
from django.db import models, transaction

from tideover.flow.alone import alone
from tideover.flow.stripe import never
from tideover.gateways.kinds import CAPABILITIES, Kind
from tideover.messages import optouts
from tideover.messages.keyed import address_hash
from tideover.messages.letters import Letter, write_to
from tideover.messages.models import Message
from tideover.recovery.intake import LONGEST_READING
from tideover.recovery.models import Case
from tideover.tenants.at_once import at_once, number
from tideover.tenants.connecting import has_webhook_secret, key_end
from tideover.tenants.disconnecting import leave, leaving
from tideover.tenants.ending import end, shut
from tideover.tenants.models import AuditEntry, Connection, Member, Organization, OrganizationErasure, Project
from tideover.tenants.roles import Role
from tideover.upkeep.copying import tables
from tideover.upkeep.leaving import invoices_held
from tideover.upkeep.privacy.tables import Goes, table_of

log = structlog.get_logger("upkeep")
By = OrganizationErasure.By
Write = Callable[[str, Letter, datetime], bool]
AT_ONCE: Final = 500
ROWS_IN_A_ROUND: Final = 20_000
# Who is at work on it still refers to these; they go last, once nobody can be any more.
GROUND: Final[Sequence[type[models.Model]]] = (AuditEntry, Connection, Project, Organization)


def erase_organization(organization: Organization, by: Member | By, now: datetime) -> bool:
    """From this commit on nothing is done for it and nobody is in it; False where that was so. A worker does the rest.

    Out of a restored backup nothing is given back at Stripe: that was done when it was erased the first time.
    """
    record = _record(organization, by, now)
    with transaction.atomic():
        for sample in _samples_of_who_is_nowhere_else(organization):
            erase_organization(sample, by, now)
        if not end(organization, record.by, now):
            return False
        if record.by == By.RESTORE:
            record.tell = ""
            for connection in leaving().filter(organization=organization):
                leave(connection, [], now)
        record.save()
        optouts.keep(organization.pk, "", optouts.EVERYBODY, optouts.ERASED, now)
    log.info("organization.ended", organization=str(organization.pk), by=record.by)
    return True


def _samples_of_who_is_nowhere_else(organization: Organization) -> models.QuerySet[Organization]:
    """A sample shop keeps nobody here whose own organization goes."""
    if organization.is_sample:
        return Organization.objects.none()
    elsewhere = Member.objects.filter(organization__is_sample=False).exclude(organization=organization)
    leaving_all = organization.members.exclude(user_id__in=elsewhere.values("user_id")).values("user_id")
    return Organization.objects.filter(is_sample=True, ended_at=None, members__user_id__in=leaving_all)


def _record(organization: Organization, by: Member | By, now: datetime) -> OrganizationErasure:
    owners = Member.objects.filter(organization=organization, role=Role.OWNER).values_list("user__email", flat=True)
    # Of a sample shop nobody is the owner, and nobody is told.
    tell = json.dumps({"name": organization.name, "owners": sorted(owners)})
    who = {"by": By.OWNER, "by_hash": address_hash(by.user.email)} if isinstance(by, Member) else {"by": by}
    return OrganizationErasure(organization_id=organization.pk, at=now, tell=tell, **who)


def go_on(now: datetime, ended: Callable[[], bool] = never, write: Write = write_to) -> int:
    """Upkeep's part: a round of each that is not gone yet; how many there are. `ended`: the worker is to stop."""
    waiting = list(OrganizationErasure.objects.filter(done_at=None).order_by("at", "pk"))
    for erasure in waiting:
        if ended():
            break
        with alone("organization.erasing_broke", organization=str(erasure.pk)):
            carry_on(erasure, now, ended, write)
    return len(waiting)


def carry_on(
    erasure: OrganizationErasure, now: datetime, ended: Callable[[], bool] = never, write: Write = write_to
) -> None:
    """Erase the next rows of it. Safe to be repeated, whatever ended it before."""
    for organization in Organization.objects.filter(pk=erasure.pk):
        shut(organization, erasure.by, now)
    if leaving().filter(organization=erasure.pk).exists():
        return  # its keys are needed to give back what is held at Stripe
    _tell_owners(erasure, now, write)
    left = ROWS_IN_A_ROUND
    for model in in_order():
        if model in GROUND and now - erasure.at <= LONGEST_READING:
            return
        left = _clear(erasure, model, left, ended)
        if left <= 0 or ended():
            return
    erasure.done_at = now
    erasure.save(update_fields=["done_at"])
    log.info("organization.erased", organization=str(erasure.pk), rows=erasure.rows)


def in_order() -> list[type[models.Model]]:
    """Every table whose rows go with their organization, those that refer to others first."""
    going = [model for model in reversed(tables()) if table_of(model).goes == Goes.ORGANIZATION]
    return sorted(going, key=lambda model: GROUND.index(model) if model in GROUND else -1)


def rows_of(model: type[models.Model], organization_id: object) -> models.QuerySet[Any]:
    """What of a table is of this organization."""
    column = "pk" if model is Organization else "organization"
    return model._default_manager.filter(**{column: organization_id})  # noqa: SLF001 - documented


def _clear(erasure: OrganizationErasure, model: type[models.Model], most: int, ended: Callable[[], bool]) -> int:
    """Delete rows batch by batch, each with its count in one transaction; how many more may go in this round."""
    while most > 0 and not ended():
        with transaction.atomic():
            batch = list(rows_of(model, erasure.pk).values_list("pk", flat=True)[:AT_ONCE])
            if not batch:
                return most
            model._default_manager.filter(pk__in=batch).delete()  # noqa: SLF001 - documented
            erasure.rows += len(batch)
            erasure.save(update_fields=["rows"])
        most -= len(batch)
    return most


# ── what goes, and what is left for people to do ──


@dataclass(frozen=True, slots=True)
class Leaving:
    """A Stripe account of it that is connected. held: invoices that Stripe does not collect by itself while we do.

    key_end: of the key that only the merchant can end. endpoint: whether one stays that only they can delete.
    """

    name: str
    acts: bool
    held: int
    key_end: str
    endpoint: bool


@dataclass(frozen=True, slots=True)
class Going:
    """What erasing an organization erases, before it does. people: of these who are in no other organization."""

    cases: int
    failing: int
    messages: int
    members: int
    people: int
    accounts: Sequence[Leaving]


def going(organization: Organization) -> Going:
    """What there is of it now."""
    cases, members = Case.objects.filter(organization=organization), organization.members.all()
    elsewhere = (
        Member.objects.exclude(organization=organization).filter(organization__is_sample=False).values("user_id")
    )
    at = at_once(
        organization.pk,
        {
            "cases": number(cases),
            "failing": number(cases.filter(state=Case.State.FAILING)),
            "messages": number(Message.objects.filter(organization=organization)),
            "members": number(members),
            "people": number(members.exclude(user_id__in=elsewhere)),
        },
    )
    accounts = organization.connections.filter(state=Connection.State.ACTIVE).order_by("created_at")
    return Going(**at, accounts=[_leaving(each) for each in accounts])


def _leaving(connection: Connection) -> Leaving:
    acts = connection.mode == Connection.Mode.ACT
    return Leaving(
        name=connection.account_name or connection.account_id,
        acts=acts,
        held=len(invoices_held(connection)),
        key_end="" if CAPABILITIES[Kind(connection.kind)].ended_by_us else key_end(connection),
        endpoint=has_webhook_secret(connection) and not (acts and connection.webhook_endpoint_id),
    )


def _tell_owners(erasure: OrganizationErasure, now: datetime, write: Write) -> None:
    """Once, whether or not a mail server takes it: the page told most of it before."""
    if not erasure.tell:
        return
    told: dict[str, Any] = json.loads(erasure.tell)
    undone = Connection.objects.filter(organization=erasure.pk).exclude(left_undone="")
    letter = _letter(told["name"], [line for each in undone for line in _of_account(each)])
    erasure.tell = ""
    erasure.save(update_fields=["tell"])
    taken = sum(write(owner, letter, now) for owner in told["owners"])
    if told["owners"] and not taken:
        log.warning("organization.not_told", organization=str(erasure.pk))


def _of_account(connection: Connection) -> Iterable[str]:
    return [
        f"{connection.account_name or connection.account_id}: {line}" for line in connection.left_undone.split("\n")
    ]


def _letter(name: str, undone: Sequence[str]) -> Letter:
    begun = "Nothing is charged or sent any more, Stripe has back what was held there, and every row is being erased."
    only_you = ["At Stripe there is something left that only you can do:", *undone] if undone else []
    return Letter(
        subject=f"{name} is erased",
        heading=f"{name} is erased at Tideover",
        paragraphs=[begun, *only_you],
        closing="This is the last you hear of it: your address goes, too, unless you belong to another organization.",
    )
