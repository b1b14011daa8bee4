"""Who else is written to about the cases of a customer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Q

from tideover.core.catalogue import Channel
from tideover.core.steps import Copied, Forwarded, read
from tideover.core.ways.readers import Reader, Role
from tideover.messages.keyed import address_hash
from tideover.messages.models import Suppression
from tideover.recovery.models import Action, Case
from tideover.recovery.ways.rows import Forward, Recipient


@dataclass(frozen=True, slots=True)
class Readers:
    """Those of one case, in the order of their days. bounced: hashes of the addresses from which mail comes back."""

    rows: Sequence[Recipient] = ()
    bounced: frozenset[str] = frozenset()
    own: str = ""  # the hash of the customer's own address; empty where there is none

    @property
    def for_planning(self) -> tuple[Reader, ...]:
        """As the planner sees them. Whose address is the customer's own reads it anyway."""
        return tuple(
            Reader(row.key, Role(row.role), row.from_day, row.made_at, row.address_hash in self.bounced)
            for row in self.rows
            if row.address_hash != self.own
        )

    @property
    def unreached(self) -> bool:
        """Whether the customer is, at their own address. Where no address is kept it is not known here."""
        return bool(self.rows) and (not self.own or self.own in self.bounced)

    def to(self, action: Action) -> Recipient | None:
        """Whom a step's message goes to, where that is somebody besides the customer."""
        step = read(action.step)
        key = step.reader if isinstance(step, Copied) else ""
        return next((row for row in self.rows if row.key == key), None)


NOBODY: Final = Readers()


def readers_of(cases: Iterable[Case]) -> Mapping[UUID, Readers]:
    """By case; nothing is asked where no customer of their accounts has any."""
    theirs = [case for case in cases if case.customer_id and case.connection.has_recipients]
    if not theirs:
        return {}
    rows = _rows_of(theirs)
    having = [case for case in theirs if rows[case.connection_id, case.customer_id]]
    bounced = _bounced(having, [row for each in rows.values() for row in each])
    found = dict[UUID, Readers]()
    for case in having:
        own = address_hash(case.customer_email) if case.customer_email else ""
        found[case.pk] = Readers(rows[case.connection_id, case.customer_id], bounced, own)
    return found


def addresses_beside(case: Case) -> list[str]:
    """The hashes of the addresses of whoever reads for the customer of this case, or had its link forwarded."""
    own = address_hash(case.customer_email) if case.customer_email else ""
    rows = Recipient.objects.filter(connection_id=case.connection_id, customer_id=case.customer_id)
    readers = rows.values_list("address_hash")
    forwarded = Forward.objects.filter(case=case).values_list("address_hash")
    return [hashed for (hashed,) in readers.union(forwarded) if hashed != own]


def forwarded_to(action: Action) -> str | None:
    """Where a step's message goes that the payer asked for to somebody else; None of every other step.

    Empty where that was erased since.
    """
    step = read(action.step)
    if not isinstance(step, Forwarded):
        return None
    rows = Forward.objects.filter(case_id=action.case_id, number=step.number)
    return rows.values_list("address", flat=True).first() or ""


def _rows_of(cases: Sequence[Case]) -> defaultdict[tuple[UUID, str], list[Recipient]]:
    rows = defaultdict[tuple[UUID, str], list[Recipient]](list)
    of_these = Q(connection__in={case.connection_id for case in cases}, customer_id__in={c.customer_id for c in cases})
    for row in Recipient.objects.filter(of_these).order_by("from_day", "pk"):
        rows[row.connection_id, row.customer_id].append(row)
    return rows


def _bounced(cases: Sequence[Case], rows: Sequence[Recipient]) -> frozenset[str]:
    hashes = {row.address_hash for row in rows} | {address_hash(c.customer_email) for c in cases if c.customer_email}
    organizations = {case.organization_id for case in cases}
    found = Suppression.objects.filter(
        organization__in=organizations,
        address_hash__in=hashes,
        channel=Channel.EMAIL,
        reason=Suppression.Reason.BOUNCED,
    )
    return frozenset(found.values_list("address_hash", flat=True)) if hashes else frozenset()
