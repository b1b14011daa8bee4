"""Who else reads for a customer: named and taken away by a person, each time with what is open planned anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from tideover.core.catalogue import Channel
from tideover.core.ways.reader_file import FileRead, Wish, Wrong
from tideover.core.ways.readers import Source
from tideover.gateways.words import storable
from tideover.messages.channels import WAYS
from tideover.messages.erased import erased_among
from tideover.messages.keyed import address_hash
from tideover.mirror.models import Customer
from tideover.recovery.commands import Refusal
from tideover.recovery.intake import learn
from tideover.recovery.known import lock
from tideover.recovery.models import Case
from tideover.recovery.ways.rows import Recipient
from tideover.tenants import audit
from tideover.tenants.models import Connection, Project

MOST: Final = 10  # of one customer
NO_NAMES: Final = (
    "This project keeps no names and addresses, so nobody can be kept who is written to besides customers."
)


def recipients_of(project: Project) -> QuerySet[Recipient]:
    """Of all customers of a project, customer by customer; none that was erased."""
    mine = Recipient.objects.filter(organization_id=project.organization_id, connection__project=project)
    return mine.exclude(address="").select_related("connection").order_by("customer_id", "from_day", "pk")


def home_of(project: Project, customer_id: str) -> Connection | None:
    """The account of a customer, by what is known of them; where there is one account alone, that one."""
    accounts = list(project.connections.select_related("project__organization", "organization").order_by("pk"))
    known = {
        *Customer.objects.filter(connection__in=accounts, stripe_id=customer_id).values_list("connection", flat=True),
        *Case.objects.filter(connection__in=accounts, customer_id=customer_id).values_list("connection", flat=True),
    }
    theirs = [account for account in accounts if account.pk in known] if known else accounts
    return theirs[0] if len(theirs) == 1 else None


def why_not(project: Project, wish: Wish) -> str:
    """Why this person cannot be written to for this customer, in a sentence; empty where they can."""
    if project.minimal:
        return NO_NAMES
    if not WAYS[Channel.EMAIL].deliverable(wish.address):
        return f"{wish.address} is no address that mail can be sent to."
    account = home_of(project, wish.customer)
    if account is None:
        return f"It is not known in which account {wish.customer} is a customer."
    if erased_among(project.organization_id, [wish.customer, wish.address]):
        return "This customer or address was erased, and is written to no more."
    others = Recipient.objects.filter(connection=account, customer_id=wish.customer)
    if others.exclude(address_hash=address_hash(wish.address)).count() >= MOST:
        return f"{MOST} people are written to for {wish.customer} already, and more are not possible."
    return ""


def add(project: Project, wish: Wish, *, by: str, source: Source, now: datetime) -> Recipient | Refusal:
    """Write to this person from now on; whoever is there already is as this says."""
    account = None if (no := why_not(project, wish)) else home_of(project, wish.customer)
    if account is None:
        return Refusal(no)
    with transaction.atomic():
        Connection.objects.filter(pk=account.pk, has_recipients=False).update(has_recipients=True)
        told = {
            "name": storable(wish.name),
            "role": wish.role.value,
            "language": wish.language,
            "from_day": wish.from_day,
        }
        row, made = Recipient.objects.update_or_create(
            connection=account,
            customer_id=wish.customer,
            address_hash=address_hash(wish.address),
            defaults={"address": wish.address.strip(), **told},
            create_defaults={
                "organization_id": account.organization_id,
                "address": wish.address.strip(),
                "source": source.value,
                "made_at": now,
                "made_by": by[:254],
                **told,
            },
        )
        said = {"role": row.role, "from_day": row.from_day}
        what = "recipient added" if made else "recipient changed"
        audit.write(account.organization_id, audit.Deed(by, what, row.public_id, after=said), now)
    _plan_anew(account, wish.customer, now)
    return row


def remove(recipient: Recipient, *, by: str, now: datetime) -> None:
    """Write to this person no more; what was sent stays."""
    account, customer_id = recipient.connection, recipient.customer_id
    with transaction.atomic():
        about = recipient.public_id
        recipient.delete()
        audit.write(account.organization_id, audit.Deed(by, "recipient removed", about), now)
    _plan_anew(account, customer_id, now)


def _plan_anew(account: Connection, customer_id: str, now: datetime) -> None:
    """What is still to be sent of their open cases, case by case."""
    open_ = Case.objects.filter(connection=account, customer_id=customer_id, state=Case.State.FAILING)
    for case in open_.order_by("pk"):
        with transaction.atomic():
            learn(lock(case), [], now)


def looked_through(project: Project, file: FileRead) -> FileRead:
    """The same, with what is wrong by what is known here."""
    wrong = [(number, why) for number, wish in file.wishes if (why := why_not(project, wish))]
    bad = {number for number, _ in wrong}
    problems = [*file.problems, *(Wrong(number, why) for number, why in wrong)]
    good = [(number, wish) for number, wish in file.wishes if number not in bad]
    return FileRead(good, sorted(problems, key=lambda each: each.number))


def take(project: Project, wishes: Sequence[Wish], *, by: str, now: datetime) -> Sequence[Recipient]:
    """Add all of these; one that cannot be any more is passed over."""
    added = [add(project, wish, by=by, source=Source.FILE, now=now) for wish in wishes]
    return [each for each in added if isinstance(each, Recipient)]
