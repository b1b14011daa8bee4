"""The words every page needs: money, time ago, percent, initials, and links to the built front end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from typing import Any

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.dateformat import format as date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from lucide.templatetags.lucide import lucide

from tideover.core.money import Money, spoken
from tideover.core.outcomes import Tried
from tideover.core.ways.access import Standing
from tideover.core.ways.readers import WORDS as READERS
from tideover.core.ways.readers import Role
from tideover.core.words.characters import characters, first
from tideover.dashboard import svg, words
from tideover.dashboard.paging import WHERE
from tideover.messages.models import Suppression
from tideover.messages.suppression import KeptOut
from tideover.recovery.models import Action, Case
from tideover.tenants.roles import Permission

register = template.Library()
DIST = "dist/"
SAID_ALREADY = (
    ' fill="none"',
    ' stroke="currentColor"',
    ' stroke-width="2"',
    ' stroke-linecap="round"',
    ' stroke-linejoin="round"',
)


@register.filter
def may(request: HttpRequest, permission: str) -> bool:
    """Whether who asks may do it, and the button for it is drawn. A permission that there is not raises ValueError."""
    needed, member = Permission(permission), getattr(request, "member", None)
    return member is not None and needed in member.permissions


@register.filter
def money(value: Money | int | str | None, currency: str = "") -> str:
    """`Money`, or minor units with their currency, as people write it: "$99.00". Nothing gives a dash."""
    if value is None or value == "":
        return words.DASH
    amount = value if isinstance(value, Money) else Money(int(value), currency)
    return spoken(amount)


@register.filter
def whole_money(value: Money) -> str:
    """The amount without its cents where they are zero: for headlines and axes."""
    text = spoken(value)
    zeros = "." + "0" * value.exponent
    return text.removesuffix(zeros) if value.exponent else text


@register.filter
def percent(basis_points: int | None) -> str:
    """Basis points as a percentage with one decimal: 7160 -> "71.6"."""
    if basis_points is None:
        return words.DASH
    return f"{Decimal(basis_points) / 100:.1f}"


@register.filter
def rounded_percent(basis_points: int | None) -> str:
    """Basis points as a whole percentage: 7160 -> "72%"."""
    return words.DASH if basis_points is None else f"{Decimal(basis_points) / 100:.0f}%"


@register.filter
def ago(at: datetime | None, now: datetime) -> str:
    """How long `at` lies behind `now`, or ahead of it, in one short word: "now", "14m", "3h", "in 2d"."""
    if at is None:
        return "never"
    distance = now - at
    word = short_span(abs(distance))
    if word == "<1m":
        return "now"
    return f"in {word}" if distance < timedelta(0) else word


@register.filter
def since(at: datetime, now: datetime) -> str:
    """The same within a sentence: "just now", "14m ago", "in 2d"."""
    word = ago(at, now)
    return {"now": "just now"}.get(word, word if at > now else f"{word} ago")


def short_span(span: timedelta) -> str:
    """A duration in its largest unit: "<1m", then "14m", "3h", "12d"."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return "<1m"
    if minutes < 60:
        return f"{minutes}m"
    return f"{minutes // 60}h" if minutes < 60 * 24 else f"{minutes // (60 * 24)}d"


@register.filter
def initials(name: str) -> str:
    """Two letters that stand for a person or a company: "Northwind Ops" -> "NO"."""
    words = [word for word in name.replace("@", " ").replace(".", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    shown = map(first, words[:2]) if len(words) > 1 else islice(characters(words[0]), 2)
    return "".join(shown).upper()


@register.filter
def sparkline(values: Sequence[float | Decimal | None], color: str = "c1") -> SafeString:
    """A small decorative line of `values`; its figures stand beside it in words."""
    return svg.sparkline(values, color)


@register.simple_tag
def still_chart(values: Sequence[float | None], before: Sequence[float | None]) -> SafeString:
    """The trend as a picture without a script; the script draws over it."""
    return svg.still_chart(values, before)


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    """A decorative icon; the words beside it carry the meaning."""
    return _drawn(name, size)


@lru_cache(maxsize=512)
def _drawn(name: str, size: int) -> SafeString:
    """The icon without what the stylesheet says already: a page has a hundred of them."""
    drawn = lucide(name, size=size, **{"class": "i", "aria_hidden": "true"})
    for said in SAID_ALREADY:
        drawn = drawn.replace(said, "")
    return SafeString("".join(line.strip() for line in drawn.splitlines()))


@register.filter
def access_label(standing: str) -> str:
    """What a customer has, in words."""
    return words.ACCESS[Standing(standing)].label


@register.filter
def state_label(state: str) -> str:
    """A case's state in a merchant's words."""
    return words.STATES[state].label


@register.filter
def role_of_reader(role: str) -> str:
    """Who somebody is that reads for a customer."""
    return READERS[Role(role)]


@register.filter
def kept_out_by(suppression: Suppression | KeptOut) -> str:
    """Why an address gets no emails."""
    return words.KEPT_OUT[suppression.reason]


@register.filter
def state_tone(state: str) -> str:
    """The tone of a state's badge."""
    return words.STATES[state].tone


@register.filter
def failure(case: Case) -> str:
    """Why a case's payment failed last, in a merchant's words."""
    return words.failure_label(case, case.family)


@register.filter
def first_failure(case: Case) -> str:
    """Why it failed first."""
    return words.failure_label(case, case.first_family)


@register.filter
def bill(case: Case) -> str:
    """What a case's bill is for."""
    return words.bill_label(case)


@register.filter
def step_label(action: Action) -> str:
    """What merchants call a step."""
    return words.step_label(action)


@register.filter
def way_label(via: str) -> str:
    """What brought the money, in a merchant's words."""
    return words.WAYS[via].label


@register.simple_tag(takes_context=True)
def without(context: dict[str, Any], names: Sequence[str]) -> str:
    """This page's address without some parameters, and back on its first page."""
    left = context["request"].GET.copy()
    for name in (*names, *WHERE):
        left.pop(name, None)
    return f"?{left.urlencode()}"


@register.simple_tag(takes_context=True)
def sort_head(context: dict[str, Any], label: str, name: str, sort: str, align: str = "") -> SafeString:
    """A column's head that sorts by it; a second click turns the order round."""
    down = sort == f"-{name}"
    query = context["request"].GET.copy()
    query["sort"] = name if down else f"-{name}"
    for said in WHERE:
        query.pop(said, None)
    chosen = sort.removeprefix("-") == name
    order = ("descending" if down else "ascending") if chosen else "none"
    arrow = icon("arrow-down" if down else "arrow-up", 12) if chosen else ""
    return format_html(
        '<th class="{}" aria-sort="{}"><a href="?{}">{}{}</a></th>', align, order, query.urlencode(), label, arrow
    )


@register.filter
def method(case: Case) -> str:
    """What was to be charged: "Visa •••• 4242"."""
    return words.method_label(case.card_brand, case.card_last4)


@register.filter
def method_named(brand: str, last4: str) -> str:
    """The same of a payment that may be about no case."""
    return words.method_label(brand, last4)


@register.filter
def try_label(outcome: str) -> str:
    """What came of a try to charge."""
    return words.TRIES[Tried(outcome)].label


@register.filter
def try_tone(outcome: str) -> str:
    """The tone of its badge."""
    return words.TRIES[Tried(outcome)].tone


@register.filter
def as_told(at: datetime, form: str) -> str:
    """A moment by the clock that it carries, and not by the merchant's."""
    return date_format(at, form)


@register.simple_tag
def preload_font() -> SafeString:
    """Asks for the font at once, so that text does not change its look after it was drawn."""
    name = DIST + "inter-latin.woff2"
    tag = (
        '<link rel="preload" href="/{}{}" as="font" type="font/woff2" crossorigin>'  # named as the stylesheet names it
    )
    return format_html(tag, settings.STATIC_URL.strip("/") + "/", name) if finders.find(name) else SafeString()


@register.simple_tag
def style(name: str) -> SafeString:
    """A stylesheet of the built front end, or nothing where it was not built."""
    found = _built(name)
    return format_html('<link rel="stylesheet" href="{}">', found) if found else SafeString()


@register.simple_tag
def script(name: str) -> SafeString:
    """A deferred script of the built front end, or nothing where it was not built: every page works without."""
    found = _built(name)
    return format_html('<script defer src="{}"></script>', found) if found else SafeString()


def _built(name: str) -> str:
    return static(DIST + name) if finders.find(DIST + name) else ""
