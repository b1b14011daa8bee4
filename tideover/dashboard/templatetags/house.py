"""The words every page needs: money, time ago, percent, initials, and links to the built front end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tideover.core.money import Money, spoken
from tideover.dashboard import svg

register = template.Library()
DIST = "dist/"


@register.filter
def money(value: Money | int | None, currency: str = "") -> str:
    """`Money`, or minor units with their currency, as people write it: "$99.00". Nothing gives a dash."""
    if value is None or value == "":
        return "–"
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
        return "–"
    return f"{Decimal(basis_points) / 100:.1f}"


@register.filter
def rounded_percent(basis_points: int | None) -> str:
    """Basis points as a whole percentage: 7160 -> "72%"."""
    return "–" if basis_points is None else f"{Decimal(basis_points) / 100:.0f}%"


@register.filter
def ago(at: datetime | None, now: datetime) -> str:
    """How long `at` lies behind `now`, or ahead of it, in one short word: "now", "14m", "3h", "in 2d"."""
    if at is None:
        return "never"
    distance = now - at
    word = short_span(abs(distance))
    if word == "now":
        return word
    return f"in {word}" if distance < timedelta(0) else word


def short_span(span: timedelta) -> str:
    """A duration in its largest unit: "now" under a minute, then "14m", "3h", "12d"."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return "now"
    if minutes < 60:
        return f"{minutes}m"
    return f"{minutes // 60}h" if minutes < 60 * 24 else f"{minutes // (60 * 24)}d"


@register.filter
def initials(name: str) -> str:
    """Two letters that stand for a person or a company: "Northwind Ops" -> "NO"."""
    words = [word for word in name.replace("@", " ").replace(".", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + words[1][0] if len(words) > 1 else words[0][:2]).upper()


@register.filter
def sparkline(values: Sequence[int | Decimal | None], color: str = "c1") -> SafeString:
    """A small decorative line of `values`; its figures stand beside it in words."""
    return svg.sparkline(values, color)


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
