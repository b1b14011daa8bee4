"""Small pictures drawn on the server: they need no script, print well and work where the bundle was not built."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

WIDTH, HEIGHT, MARGIN = 240, 34, 3
Point = tuple[Decimal, Decimal]


def sparkline(values: Sequence[int | Decimal | None], color: str) -> SafeString:
    """A smooth line with a soft area below it. Fewer than two known values give nothing."""
    points = _points(values)
    if len(points) < 2:
        return SafeString()
    line = _smooth(points)
    return format_html(
        '<svg class="spark {color}" viewBox="0 0 {w} {h}" preserveAspectRatio="none" aria-hidden="true">'
        '<path class="area" d="{line}L{end},{h}L{start},{h}Z"/><path class="line" d="{line}"/></svg>',
        color=color,
        w=WIDTH,
        h=HEIGHT,
        line=mark_safe(line),  # noqa: S308 - made of numbers
        start=points[0][0],
        end=points[-1][0],
    )


def _points(values: Sequence[int | Decimal | None]) -> list[Point]:
    known = [(place, Decimal(value)) for place, value in enumerate(values) if value is not None]
    if not known:
        return []
    low, high = min(value for _, value in known), max(value for _, value in known)
    step = Decimal(WIDTH) / max(len(values) - 1, 1)
    tall = HEIGHT - 2 * MARGIN
    return [
        (_short(place * step), _short(HEIGHT - MARGIN - (value - low) / ((high - low) or 1) * tall))
        for place, value in known
    ]


def _smooth(points: Sequence[Point]) -> str:
    """A path that leaves and reaches each point level, so that it never overshoots the data."""
    (x, y), path = points[0], [f"M{points[0][0]},{points[0][1]}"]
    for next_x, next_y in points[1:]:
        middle = _short((x + next_x) / 2)
        path.append(f"C{middle},{y} {middle},{next_y} {next_x},{next_y}")
        x, y = next_x, next_y
    return "".join(path)


def _short(number: Decimal) -> Decimal:
    return number.quantize(Decimal("0.1"))
