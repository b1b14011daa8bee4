"""The list of messages as data: what an address filters by, shared by page, figures, CSV and command."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.http import QueryDict

from tideover.analytics.messages import LEFT_AT, UNSENT_AT, Listed, left, within
from tideover.analytics.period import Comparison, Period
from tideover.core.catalogue import CHANNELS, Channel, Template, channel_label, template_label
from tideover.dashboard.messages import steps
from tideover.dashboard.messages.statuses import WORDS, Status, messages_that
from tideover.dashboard.paging import Page, Pages, page_of
from tideover.dashboard.periods import ALL_TIME, CUSTOM, DEFAULT_RANGE, RANGES, read_period
from tideover.dashboard.search import cases_of, text_of
from tideover.dashboard.words import DASH, Word, language_label
from tideover.ids import private
from tideover.messages.keyed import address_hash
from tideover.messages.languages import all_languages
from tideover.mirror.models import Customer
from tideover.tenants.models import Project

AN_ID: Final = re.compile(r"[a-z]+_\w+")
AN_ADDRESS: Final = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on, with the parameters that take it off."""

    label: str
    without: Sequence[str]


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """What the address of the list says; what is empty filters nothing."""

    status: Status | None
    template: str
    language: str
    channel: str
    search: str
    range: str
    period: Period | None

    @property
    def compared_with(self) -> Period | None:
        """The days before, which figures are held against."""
        return self.period.before(Comparison.PREVIOUS) if self.period else None

    def listed(self, project: Project) -> Listed:
        """All that the filters but status and days leave. What is not written yet has no language."""
        of_steps = _is_about(project, self.search) & (Q(pk__in=[]) if self.language else Q())
        return Listed(
            left(project).filter(self._kinds, self._spoken, _mentions(project, self.search)),
            steps.unsent(project, self._kinds).filter(of_steps),
            steps.queued(project).filter(self._kinds, of_steps),
        )

    @property
    def _kinds(self) -> Q:
        """What messages and steps are filtered by alike."""
        return Q(**{name: value for name in ("template", "channel") if (value := getattr(self, name))})

    def page(self, project: Project, get: QueryDict) -> Page[Any]:
        """The page of the list that an address names."""
        return page_of(self._lists(project), get)

    def rows(self, project: Project) -> Sequence[QuerySet[Any]]:
        """The whole list, as one or two of rows."""
        return [pages.found for pages in self._lists(project)]

    def _lists(self, project: Project) -> Sequence[Pages[Any]]:
        found, actions = self.listed(project), steps.messages_of(project)
        if self.status == Status.QUEUED:
            return [Pages(found.queued.select_related("case").order_by("due_at", "pk"), actions, "act")]
        gone = found.left.filter(messages_that(self.status, project), within(self.period, LEFT_AT))
        unsent = found.unsent.filter(within(self.period, UNSENT_AT), steps.that(self.status))
        lists: list[Pages[Any]] = [
            Pages(gone.defer("html", "text", "keys").order_by(f"-{LEFT_AT}", "-pk"), left(project), "msg"),
            Pages(steps.with_others(unsent, project, self._kinds).order_by(f"-{UNSENT_AT}", "-pk"), actions, "act"),
        ]
        if self.status in {None, Status.SENT, Status.BOUNCED}:
            return lists
        return lists[1:] if self.status == Status.UNSENT else lists[:1]

    @property
    def _spoken(self) -> Q:
        if not self.language:
            return Q()
        language = re.split("[-_]", self.language)[0]
        return Q(locale=language) | Q(locale__startswith=f"{language}_") | Q(locale__startswith=f"{language}-")

    def chips(self) -> Sequence[Chip]:
        """Every filter that is on."""
        chips = [
            (f"What happened: {WORDS[self.status].label}" if self.status else "", ["status"]),
            (f"Kind: {template_label(self.template)}" if self.template else "", ["kind"]),
            (f"Language: {language_label(self.language)}" if self.language else "", ["language"]),
            (f"Channel: {channel_label(self.channel)}" if self.channel else "", ["channel"]),
            (f"“{self.search}”" if self.search else "", ["q"]),
        ]
        return [Chip(label, without) for label, without in chips if label]

    @property
    def word(self) -> Word | None:
        """The status in words."""
        return WORDS[self.status] if self.status else None

    @property
    def days(self) -> str:
        """The days in words."""
        if self.range == CUSTOM and self.period:
            return f"{self.period.first_on} {DASH} {self.period.last_on}"
        return RANGES.get(self.range, "All time")


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter by a word: its name in the address, what it is called, and what may be chosen, with its label."""

    name: str
    label: str
    options: Sequence[tuple[str, str]]
    chosen: str


def choices(wanted: MessageFilter) -> Sequence[Choice]:
    """What one may choose of. Where there is one channel alone nothing is told apart by it."""
    kinds = [(kind.value, template_label(kind)) for kind in Template]
    languages = [(code, language_label(code)) for code in sorted(all_languages(), key=language_label)]
    channels = [(channel.value, label) for channel, label in CHANNELS.items()]
    found = [
        Choice("kind", "Kind", kinds, wanted.template),
        Choice("language", "Language", languages, wanted.language),
        Choice("channel", "Channel", channels, wanted.channel),
    ]
    return [choice for choice in found if len(choice.options) > 1]


def read_filter(get: QueryDict, today: date, zone: ZoneInfo) -> MessageFilter:
    """The filter an address states; a word nobody knows filters nothing."""
    name, period = read_period(get, today, zone, ALL_TIME if get.get("range") == ALL_TIME else DEFAULT_RANGE)
    status = get.get("status", "")
    return MessageFilter(
        status=Status(status) if status in set(Status) else None,
        template=_known(get.get("kind"), set(Template)),
        language=_known(get.get("language"), all_languages()),
        channel=_known(get.get("channel"), set(Channel)),
        search=text_of(get),
        range=name,
        period=period,
    )


def _known(text: str | None, words: frozenset[str] | set[Any]) -> str:
    return text if text and text in words else ""


# ── who is looked for ──


def _mentions(project: Project, text: str) -> Q:
    """Messages a person means by `text`: an id, a whole address, or a part of a name, an address or a subject."""
    if not text:
        return Q()
    if AN_ID.fullmatch(text):
        own = private("msg", text)
        return Q(pk=own) if own else Q(about__in=cases_of(project).filter(_has_id(text)).values("pk"))
    if AN_ADDRESS.fullmatch(text):
        return Q(to_hash=address_hash(text))
    return Q(to_name__icontains=text) | Q(to_address__icontains=text) | Q(subject__icontains=text)


def _is_about(project: Project, text: str) -> Q:
    """Steps of whom a person means by `text`."""
    if not text:
        return Q()
    if AN_ID.fullmatch(text):
        return Q(case__in=cases_of(project).filter(_has_id(text)).values("pk"))
    reached = Q(case__customer_email__icontains=text) | Q(case__customer_phone__icontains=text)
    return Q(case__customer_name__icontains=text) | reached


def _has_id(text: str) -> Q:
    """Cases by an id of theirs or of their customer's, ours or Stripe's."""
    found = Q(customer_id=text) | Q(invoice_id=text)
    own, customer = private("case", text), private("customer", text)
    if customer:
        found |= Q(customer_id__in=Customer.objects.filter(pk=customer).values("stripe_id"))
    return found | Q(pk=own) if own else found
