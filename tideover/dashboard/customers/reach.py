"""How a customer is written to: in which language, by which clock, and at which addresses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from tideover.core.tongues import wishes
from tideover.dashboard.customers.told import Of
from tideover.dashboard.words import language_label
from tideover.messages.keyed import address_hash
from tideover.messages.languages import unspoken
from tideover.messages.suppression import WINBACK, KeptOut
from tideover.mirror.models import Customer
from tideover.recovery.models import Case
from tideover.recovery.places import language_for, zone, zone_name
from tideover.tenants.at_once import Line

MOST_CONTACTS: Final = 6


@dataclass(frozen=True, slots=True)
class Contact:
    """An address that is written to, or was. address: empty where it is not kept. current: Stripe names it now."""

    address: str
    current: bool
    sent: int
    read: int
    last: datetime | None
    silent: KeptOut | None


@dataclass(frozen=True, slots=True)
class Reach:
    """How they are written to. silent: why they get no email now; latest: the case by which they are let back in.
    letters: why they get no letter that is to win them back, whatever else they get.

    language: what they get. wanted: what they like better, and there are no texts in; empty where they get it.
    """

    language: str
    wanted: str
    zone: str
    clock: datetime
    silent: KeptOut | None
    letters: KeptOut | None
    latest: Case | None
    contacts: Sequence[Contact]

    @property
    def sent(self) -> int:
        """How many messages were."""
        return sum(contact.sent for contact in self.contacts)

    @property
    def opened(self) -> int:
        """How many of them were opened or followed."""
        return sum(contact.read for contact in self.contacts)


def address_of(customer: Customer, latest: Case | None) -> str:
    """To which they are written now; empty where none is known."""
    return customer.email or (latest.customer_email if latest else "")


def reach_of(customer: Customer, latest: Case | None, told: Sequence[Line], now: datetime) -> Reach:
    """By what was told."""
    name = zone_name(customer.country, customer.region, customer.project.time_zone)
    wished = wishes(customer.locale, customer.country) or (latest.locale if latest else "")
    address = address_of(customer, latest)
    contacts = _contacts(address, told)
    return Reach(
        language=language_label(language_for(wished, customer.project).locale),
        wanted=language_label(unspoken(wished)),
        zone=name,
        clock=now.astimezone(zone(name)),
        silent=next((contact.silent for contact in contacts if contact.current), None),
        letters=_kept_out_of_letters(told).get(address_hash(address)) if address.strip() else None,
        latest=latest,
        contacts=contacts,
    )


def _contacts(address: str, told: Sequence[Line]) -> list[Contact]:
    """The present one first, then by when they were last written to."""
    silent = {each.first: _why(each) for each in told if each.of == Of.KEPT_OUT and each.third != WINBACK}
    read = {each.id for each in told if each.of == Of.READ}
    sent = defaultdict[str, list[Line]](list)
    for each in told:
        if each.of == Of.SENT:
            sent[each.second].append(each)
    present = address_hash(address) if address.strip() else ""
    others = sorted(sent.keys() - {present}, key=lambda hashed: max(each.at for each in sent[hashed]), reverse=True)
    found = [_contact(sent[hashed], read, silent.get(hashed), "") for hashed in others[:MOST_CONTACTS]]
    return [_contact(sent[present], read, silent.get(present), address), *found] if present else found


def _kept_out_of_letters(told: Sequence[Line]) -> dict[str, KeptOut]:
    return {each.first: _why(each) for each in told if each.of == Of.KEPT_OUT and each.third == WINBACK}


def _why(told: Line) -> KeptOut:
    return KeptOut(told.at, told.second)


def _contact(sent: Sequence[Line], read: set[UUID], silent: KeptOut | None, present: str) -> Contact:
    return Contact(
        address=present or max(sent, key=lambda each: each.at).first,
        current=bool(present),
        sent=len(sent),
        read=sum(each.id in read for each in sent),
        last=max((each.at for each in sent), default=None),
        silent=silent,
    )
