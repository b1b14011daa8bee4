"""What each letter of win-back has brought, and each offer: of the letters that left lately."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Case as Choose
from django.db.models import Count, F, QuerySet, UUIDField, Value, When

from tideover.core.ahead.kinds import WINBACKS, Ahead
from tideover.core.ahead.offers import Discount
from tideover.core.measures import Rate, back_rate
from tideover.core.money import Money
from tideover.ids import private
from tideover.mirror.ended import BEGUN
from tideover.mirror.models import Subscription
from tideover.predunning.models import Alert
from tideover.tenants.models import Project

LATELY: Final = timedelta(days=90)
LEFT: Final = (Alert.State.SENT, Alert.State.UNKNOWN)
TERMS: Final = ("offer__months", "offer__percent", "offer__off", "offer__currency")
Part = tuple[int, Sequence[Subscription]]  # so many letters that are alike; what began by the link of the one it is


@dataclass(frozen=True, slots=True)
class Brought:
    """Of letters of one kind, or with one offer. back: by how many of their links somebody subscribed again. monthly:
    what these subscriptions are a month, by currency.
    """

    sent: int
    back: int
    monthly: Sequence[Money]

    @property
    def rate(self) -> Rate:
        """The share of them that did."""
        return back_rate(self.back, self.sent)


@dataclass(frozen=True, slots=True)
class Letters:
    """Each kind of which one left, in the order of its day; and each offer that was made, the most frequent first."""

    by_letter: Mapping[Ahead, Brought]
    by_offer: Mapping[Discount, Brought]


def brought(project: Project, now: datetime) -> Letters:
    """Of the letters of this project that were due within 90 days, and left: two questions."""
    whose = {"organization_id": project.organization_id, "connection__project": project}
    began = _began(Subscription.objects.filter(**whose, began_at__gte=now - LATELY))
    letters = Alert.objects.filter(**whose, kind__in=WINBACKS, state__in=LEFT, planned_at__gte=now - LATELY)
    kinds, offers = defaultdict[Ahead, list[Part]](list), defaultdict[Discount, list[Part]](list)
    for kind, told, months, percent, off, currency, letter, number in _counted(letters, began):
        part = number, began.get(letter, ())
        kinds[Ahead(kind)].append(part)
        if told:
            offers[Discount(months, percent, Money(off, currency) if off else None)].append(part)
    made = {of: _brought(parts) for of, parts in offers.items()}
    by_offer = sorted(made.items(), key=lambda each: (-each[1].sent, str(each[0])))
    return Letters({kind: _brought(kinds[kind]) for kind in WINBACKS if kind in kinds}, dict(by_offer))


def _counted(letters: QuerySet[Alert], began: Collection[UUID]) -> QuerySet[Alert, tuple[Any, ...]]:
    """How many are alike, of whatever terms; those by whose links something began each by itself."""
    told = Choose(When(offer__code_id__gt="", then=Value(value=True)), default=Value(value=False))
    by = Choose(When(pk__in=began, then=F("pk")), output_field=UUIDField())
    alike = letters.order_by().annotate(told=told, by=by).values_list("kind", "told", *TERMS, "by")
    return alike.annotate(number=Count("pk"))


def _began(plans: QuerySet[Subscription]) -> Mapping[UUID, Sequence[Subscription]]:
    """What began by the link of a letter, by the letter; others' metadata may say anything."""
    found = defaultdict[UUID, list[Subscription]](list)
    for plan in plans.exclude(led_by="").exclude(status__in=BEGUN):
        if letter := private("alert", plan.led_by):
            found[letter].append(plan)
    return found


def _brought(parts: Sequence[Part]) -> Brought:
    sums = Counter[str]()
    for _, plans in parts:
        for plan in plans:
            sums[plan.currency] += plan.monthly or 0
    monthly = [Money(sums[currency], currency) for currency in sorted(sums) if sums[currency]]
    return Brought(sum(number for number, _ in parts), sum(bool(plans) for _, plans in parts), monthly)
