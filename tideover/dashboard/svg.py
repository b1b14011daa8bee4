"""Small pictures drawn on the server: they need no script, print well and work where the bundle was not built."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.html import format_html
from django.utils.safestring import SafeString

WIDTH, HEIGHT, MARGIN = 240, 34, 3
CHART = (600, 240)
Point = tuple[Decimal, Decimal]


def sparkline(values: Sequence[float | Decimal | None], color: str) -> SafeString:
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
        line=line,
        start=points[0][0],
        end=points[-1][0],
    )


def still_chart(values: Sequence[float | None], before: Sequence[float | None]) -> SafeString:
    """Two lines over five rules, from zero to the largest value of both; as wide and as high as its place."""
    high = max([Decimal(str(value)) for value in [*values, *before] if value is not None], default=Decimal(1))
    now, then = _in_box(values, CHART, Decimal(0), high), _in_box(before, CHART, Decimal(0), high)
    rules = "".join(f"M0,{CHART[1] * n // 4}H{CHART[0]}" for n in range(5))
    return format_html(
        '<svg class="still" viewBox="0 0 {w} {h}" preserveAspectRatio="none" aria-hidden="true">'
        '<path class="grid" d="{r}"/>'
        '<path class="then" d="{then}"/><path class="now" d="{now}"/></svg>',
        w=CHART[0],
        h=CHART[1],
        r=rules,
        then=_straight(then),
        now=_straight(now),
    )


def _points(values: Sequence[float | Decimal | None]) -> list[Point]:
    known = [Decimal(str(value)) for value in values if value is not None]
    return _in_box(values, (WIDTH, HEIGHT), min(known), max(known)) if known else []


def _in_box(values: Sequence[float | Decimal | None], box: tuple[int, int], low: Decimal, high: Decimal) -> list[Point]:
    """Where each known value stands in a box of (width, height), with a margin above and below."""
    step = Decimal(box[0]) / max(len(values) - 1, 1)
    tall = box[1] - 2 * MARGIN
    known = [(place, Decimal(str(value))) for place, value in enumerate(values) if value is not None]
    return [
        (_whole(place * step), _short(box[1] - MARGIN - (value - low) / ((high - low) or 1) * tall))
        for place, value in known
    ]


def _smooth(points: Sequence[Point]) -> str:
    """A path that leaves and reaches each point level, so that it never overshoots the data."""
    (x, y), path, mirrored = points[0], [f"M{points[0][0]},{points[0][1]}"], None
    for next_x, next_y in points[1:]:
        middle = _whole((x + next_x) / 2)
        # S says the same shorter: its first handle mirrors the last one.
        leaves = "S" if middle == mirrored else f"C{middle},{y} "
        path.append(f"{leaves}{middle},{next_y} {next_x},{next_y}")
        x, y, mirrored = next_x, next_y, 2 * next_x - middle
    return "".join(path)


def _straight(points: Sequence[Point]) -> str:
    return "".join(f"{'L' if place else 'M'}{x},{y}" for place, (x, y) in enumerate(points))


def _short(number: Decimal) -> Decimal:
    return number.quantize(Decimal("0.1"))


def _whole(number: Decimal) -> Decimal:
    """Across, a pixel is fine enough, and a page of points is a third lighter."""
    return number.quantize(Decimal(1))
