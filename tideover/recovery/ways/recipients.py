"""Who else reads for a customer: named and taken away by a person, each time with what is open planned anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from tideover.core.catalogue import Channel
from tideover.core.ways.reader_file import COLUMNS, FileRead, Wish, Wrong
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


def lines_of(project: Project) -> Iterator[Sequence[str]]:
    """All of them as a file: a head, then a line for each, as `read_file` takes them."""
    yield COLUMNS
    for row in recipients_of(project).iterator():
        yield row.customer_id, row.address, row.name, row.role, row.language, str(row.from_day)


@dataclass(frozen=True, slots=True)
class Around:
    """What is known around wishes: read at once, however many they are.

    known: by customer, the accounts in which they are. erased: which customers and addresses were. readers: by account
    and customer, the hashes of who is written to.
    """

    project: Project
    accounts: Mapping[UUID, Connection]
    known: Mapping[str, set[UUID]]
    erased: frozenset[str]
    readers: defaultdict[tuple[UUID, str], set[str]]

    def home_of(self, customer_id: str) -> Connection | None:
        """The account of a customer, by what is known of them; where there is one account alone, that one."""
        theirs = list(self.known.get(customer_id, ())) or list(self.accounts)
        return self.accounts[theirs[0]] if len(theirs) == 1 else None


def around(project: Project, wishes: Sequence[Wish]) -> Around:
    """Of these."""
    accounts = {each.pk: each for each in project.connections.select_related("project__organization", "organization")}
    customers = {wish.customer for wish in wishes}
    known = defaultdict[str, set[UUID]](set)
    for rows in (
        Customer.objects.filter(connection__in=accounts, stripe_id__in=customers).values_list(
            "stripe_id", "connection"
        ),
        Case.objects.filter(connection__in=accounts, customer_id__in=customers).values_list(
            "customer_id", "connection"
        ),
    ):
        for customer, account in rows.distinct():
            known[customer].add(account)
    words = customers | {wish.address for wish in wishes}
    readers = defaultdict[tuple[UUID, str], set[str]](set)
    theirs = Recipient.objects.filter(connection__in=accounts, customer_id__in=customers)
    for account, customer, hashed in theirs.values_list("connection", "customer_id", "address_hash"):
        readers[account, customer].add(hashed)
    return Around(project, accounts, known, frozenset(erased_among(project.organization_id, words)), readers)


def undeliverable(wish: Wish) -> str:
    """Why no mail can be sent there, in a sentence; empty where it can."""
    deliverable = WAYS[Channel.EMAIL].deliverable(wish.address)
    return "" if deliverable else f"{wish.address} is no address that mail can be sent to."


def why_not(known: Around, wish: Wish) -> str:
    """Why this person cannot be written to for this customer, in a sentence; empty where they can."""
    if known.project.minimal:
        return NO_NAMES
    if wrong := undeliverable(wish):
        return wrong
    account = known.home_of(wish.customer)
    if account is None:
        return f"It is not known in which account {wish.customer} is a customer."
    if known.erased & {wish.customer, wish.address}:
        return "This customer or address was erased, and is written to no more."
    if len(known.readers[account.pk, wish.customer] - {address_hash(wish.address)}) >= MOST:
        return f"{MOST} people are written to for {wish.customer} already, and more are not possible."
    return ""


def add(project: Project, wish: Wish, *, by: str, source: Source, now: datetime) -> Recipient | Refusal:
    """Write to this person from now on; whoever is there already is as this says."""
    return _add(around(project, [wish]), wish, by, source, now)


def _add(known: Around, wish: Wish, by: str, source: Source, now: datetime) -> Recipient | Refusal:
    account = None if (no := why_not(known, wish)) else known.home_of(wish.customer)
    if account is None:
        return Refusal(no)
    with transaction.atomic():
        Connection.objects.filter(pk=account.pk, has_recipients=False).update(has_recipients=True)
        told = {
            "name": storable(wish.name),
            "role": wish.role.value,
            "language": wish.language,
            "from_day": wish.from_day,
            "source": source.value,  # whoever writes last answers for it
        }
        row, made = Recipient.objects.update_or_create(
            connection=account,
            customer_id=wish.customer,
            address_hash=address_hash(wish.address),
            defaults={"address": wish.address.strip(), **told},
            create_defaults={
                "organization_id": account.organization_id,
                "address": wish.address.strip(),
                "made_at": now,
                "made_by": by[:254],
                **told,
            },
        )
        said = {"role": row.role, "from_day": row.from_day}
        what = "recipient added" if made else "recipient changed"
        audit.write(account.organization_id, audit.Deed(by, what, row.public_id, after=said), now)
    known.readers[account.pk, wish.customer].add(row.address_hash)
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
    """The same, with what is wrong by what is known here, each line after those before it."""
    known = around(project, [wish for _, wish in file.wishes])
    good, problems = list[tuple[int, Wish]](), list(file.problems)
    for number, wish in file.wishes:
        account = known.home_of(wish.customer)
        if (why := why_not(known, wish)) or account is None:
            problems.append(Wrong(number, why))
            continue
        known.readers[account.pk, wish.customer].add(address_hash(wish.address))
        good.append((number, wish))
    return FileRead(good, sorted(problems, key=lambda each: each.number))


def take(project: Project, wishes: Sequence[Wish], *, by: str, now: datetime) -> Sequence[Recipient]:
    """Add all of these; one that cannot be any more is passed over."""
    known = around(project, wishes)
    added = [_add(known, wish, by, Source.FILE, now) for wish in wishes]
    return [each for each in added if isinstance(each, Recipient)]
