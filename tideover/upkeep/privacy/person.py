"""Who a customer is: from one id or address to every id and address that stands for the same person."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Self

from django.db.models import Q, QuerySet

from tideover.messages.keyed import address_hash
from tideover.messages.models import Message
from tideover.mirror import people as mirror
from tideover.predunning.models import Alert
from tideover.recovery.models import Attempt, Case, Collection
from tideover.recovery.ways.rows import Forward, Recipient
from tideover.tenants.models import Organization

NAMED: Final = re.compile(r"cus_[A-Za-z0-9_]+|[^@\s]+@[^@\s]+")


class NobodyNamed(Exception):  # noqa: N818 - it names what was typed
    """What was typed is neither a customer's id at Stripe nor an address of mail."""


@dataclass(frozen=True, slots=True)
class Person:
    """A customer of one merchant. words: every id and address that stands for them."""

    organization: Organization
    customers: frozenset[str]
    addresses: frozenset[str]
    words: frozenset[str]

    @classmethod
    def called(cls, organization: Organization, name: str) -> Self:
        """The customer of this id or address. Raises NobodyNamed.

        Who shares an address is one person: a customer may have been made at Stripe several times.
        """
        name = name.strip()
        if not NAMED.fullmatch(name):
            raise NobodyNamed(f"{name!r} is neither a customer's id at Stripe (cus_…) nor an email address")
        return cls(organization, frozenset(), frozenset(), frozenset([name])).grown()

    def grown(self) -> Self:
        """With whatever else is kept of them by now."""
        customers, addresses = _ids(self.words), _addresses(self.words)
        for _ in range(2):  # from an id to its addresses, and from these to who else has them
            cases = list(_cases(self.organization, customers, addresses).values_list("customer_id", "customer_email"))
            customers |= {customer for customer, _ in cases if customer} | self._mirrored(addresses)
            addresses |= {address for _, address in cases if address} | self._written_to(customers, addresses)
            addresses |= mirror.addresses_of(self.organization.pk, customers)
        words = self.words | customers | addresses | _ids_of(_cases(self.organization, customers, addresses))
        words |= mirror.ids_of(self.organization.pk, customers)
        words |= _phones_of(_cases(self.organization, customers, addresses))
        return type(self)(self.organization, frozenset(customers), frozenset(addresses), frozenset(words))

    def _mirrored(self, addresses: set[str]) -> set[str]:
        return mirror.called(self.organization.pk, addresses)

    def _written_to(self, customers: set[str], addresses: set[str]) -> set[str]:
        """Under which addresses messages about them went out: one may have been changed since.

        Who reads for them, or had a link of theirs forwarded, is somebody else.
        """
        cases = _cases(self.organization, customers, addresses)
        sent = Message.objects.filter(_about(cases, self.organization, customers), organization=self.organization)
        readers = Recipient.objects.filter(organization=self.organization, customer_id__in=customers)
        forwarded = Forward.objects.filter(organization=self.organization, case__in=cases.values("pk"))
        others = Q(to_hash__in=readers.values("address_hash")) | Q(to_hash__in=forwarded.values("address_hash"))
        return set(sent.exclude(others).exclude(to_address="").values_list("to_address", flat=True).distinct())

    @property
    def cases(self) -> QuerySet[Case]:
        """Their cases that are not erased yet."""
        return _cases(self.organization, set(self.customers), set(self.addresses))

    @property
    def messages(self) -> QuerySet[Message]:
        """What was written to them, or about them, and still has its words."""
        hashes = [address_hash(address) for address in {*self.addresses, *_phones(self.words)}]
        theirs = Q(to_hash__in=hashes) | _about(self.cases, self.organization, self.customers)
        return Message.objects.filter(theirs, organization=self.organization).exclude(to_address="", html="", text="")

    @property
    def recipients(self) -> QuerySet[Recipient]:
        """Who is written to for them, and where they are for somebody else."""
        hashes = [address_hash(address) for address in self.addresses]
        theirs = Q(customer_id__in=self.customers) | Q(address_hash__in=hashes)
        return Recipient.objects.filter(theirs, organization=self.organization)

    @property
    def forwards(self) -> QuerySet[Forward]:
        """Whom they had a link sent to, and the links of somebody else that were sent to them."""
        hashes = [address_hash(address) for address in self.addresses]
        theirs = Q(case__in=self.cases.values("pk")) | Q(address_hash__in=hashes)
        return Forward.objects.filter(theirs, organization=self.organization)

    def sealed(self) -> str:
        """All that stands for them, to be put into a sealed column."""
        return json.dumps(sorted(self.words))

    @classmethod
    def unsealed(cls, organization: Organization, words: str) -> Self:
        """The same again, grown by what came since."""
        return cls(organization, frozenset(), frozenset(), frozenset(json.loads(words))).grown()


def _ids(words: Iterable[str]) -> set[str]:
    return {word for word in words if word.startswith("cus_")}


def _addresses(words: Iterable[str]) -> set[str]:
    return {word for word in words if "@" in word}


def _phones(words: Iterable[str]) -> set[str]:
    """Numbers, by which messages of theirs are found; several people may share one, so no case is."""
    return {word for word in words if word.startswith("+")}


def _phones_of(cases: QuerySet[Case]) -> set[str]:
    return set(cases.exclude(customer_phone="").values_list("customer_phone", flat=True))


def _cases(organization: Organization, customers: set[str], addresses: set[str]) -> QuerySet[Case]:
    theirs = Q(customer_id__in=customers)
    for address in addresses:
        theirs |= Q(customer_email__iexact=address)
    if addresses:  # where no address is kept, messages tell by its hash about which cases they were
        hashes = [address_hash(address) for address in addresses]
        theirs |= Q(
            customer_email="",
            pk__in=Message.objects.filter(organization=organization, to_hash__in=hashes).values("about"),
        )
    return Case.objects.filter(theirs, organization=organization, erased_at=None)


def _about(cases: QuerySet[Case], organization: Organization, customers: Iterable[str]) -> Q:
    """Messages about these cases, or ahead of a payment of these customers."""
    alerts = Alert.objects.filter(organization=organization, customer_id__in=customers)
    return Q(about__in=cases.values("pk")) | Q(about__in=alerts.values("pk"))


def _ids_of(cases: QuerySet[Case]) -> set[str]:
    """The ids of what is theirs: by one of them an event may tell of them that names no customer."""
    columns = ("invoice_id", "subscription_id", "payment_method_id", "new_method")
    tried = Attempt.objects.filter(case__in=cases.values("pk")).values_list("charge_id", "payment_intent_id")
    beside = Collection.objects.filter(case__in=cases.values("pk")).values_list("intent_id")
    rows: list[tuple[Any, ...]] = [*cases.values_list(*columns), *tried, *beside]
    return {word for row in rows for word in row if word}
