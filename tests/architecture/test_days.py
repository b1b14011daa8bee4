"""An instant becomes a day, and a day an instant, in a zone that is named: nothing but core/timing.py does either.

A date of UTC beside a date of the merchant's is another day for half of the world; a day of 24 hours is an hour off
where the clocks change. That an instant has a zone at all is for ruff to see (DTZ).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import pytest

from tests.architecture.tree import PACKAGE, ROOT, modules, parsed

OF_THE_WALL: Final = {"tzinfo", "hour"}
IN_THE_DATABASE: Final = ("__date", "__day", "__week", "__week_day", "__month", "__year", "__hour", "__time")
DAYS_BY_UTC: Final = ("Trunc", "Extract")  # Django's functions, by the zone that happens to be the current one
EXCEPTIONS: Final[Mapping[str, str]] = {
    "tideover/flow/database_clock.py told": "SQLite writes UTC and does not say so",
    "tideover/gateways/skew.py ahead": "an HTTP date is UTC, whether it says so or not",
    "tideover/inbox/store.py _plain": "as Django has SQLite keep it",
    "tideover/mirror/expiring.py (the module itself)": "by UTC, which is named with each",
    "tideover/recovery/intake.py (the module itself)": "the beginning of time, in any zone",
}
# Where so many times 24 hours are meant, though somebody chose how many.
LAPSES: Final[Mapping[str, str]] = {
    "tideover/cli/demo/options.py ends_at": "the demo's days: all of one zone, which it does not know",
    "tideover/predunning/planning.py coming": "what is looked at, a day more than is chosen; who is told when goes by days",
    "tideover/recovery/links.py make_link": "how long a link opens: a span of time, whoever follows it",
    "tideover/recovery/sweep.py _pages": "what is asked of Stripe; which of it is late is told by its own calendar",
    "tideover/recovery/telling/backtest.py backtest": "from when on, as Stripe's lists are asked: an hour is nothing there",
}

Finds = Callable[[ast.Module], Iterator[tuple[str, str]]]


def told(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Every function of a module that makes a day of an instant or the other way round, and by what."""
    for function, node in _nodes(module, "(the module itself)"):
        if found := _made(node):
            yield function, found


def _nodes(node: ast.AST, within: str) -> Iterator[tuple[str, ast.AST]]:
    """All that is in a node, each with the outermost function around it."""
    for child in ast.iter_child_nodes(node):
        inside = child.name if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and "(" in within else within
        yield inside, child
        yield from _nodes(child, inside)


def _made(node: ast.AST) -> str:
    if isinstance(node, ast.Call):
        return _called(node)
    if isinstance(node, ast.keyword) and node.arg and node.arg.endswith(IN_THE_DATABASE):
        return node.arg
    if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("django.db.models.functions"):
        return next((alias.name for alias in node.names if alias.name.startswith(DAYS_BY_UTC)), "")
    return ""


def _called(call: ast.Call) -> str:
    name, given = _last(call.func), {each.arg: each.value for each in call.keywords}
    if name == "date" and isinstance(call.func, ast.Attribute) and not (call.args or given):
        return ".date()"
    if name == "combine":
        return "datetime.combine"
    if name == "replace" and OF_THE_WALL & given.keys():
        return f".replace({', '.join(sorted(OF_THE_WALL & given.keys()))})"
    if name == "datetime" and _last(given.get("tzinfo", ast.Name("UTC"))) != "UTC":
        return "datetime(tzinfo=)"
    return ""


def lapses(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Every function of a module that moves an instant by days of 24 hours whose number somebody chose."""
    for function, node in _nodes(module, "(the module itself)"):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            at, by = (node.left, node.right) if _is_instant(node.left) else (node.right, node.left)
            if _is_instant(at) and _is_chosen(by):
                yield function, ast.unparse(node)


def _is_instant(node: ast.AST) -> bool:
    """By its name: `_at` is an instant, `_on` a date."""
    name = _last(node).lower()
    return name in {"now", "at", "start", "end", "since", "until"} or name.endswith("_at")


def _is_chosen(node: ast.AST) -> bool:
    """Days that are no number and no constant of the module."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        sides = (node.left, node.right)
        return any(_last(side) == "DAY" for side in sides) and not all(_is_written(side) for side in sides)
    days = [each.value for each in node.keywords if each.arg == "days"] if isinstance(node, ast.Call) else []
    return bool(days) and not _is_written(days[0])


def _is_written(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) or _last(node).isupper()


def _last(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def places(finds: Finds) -> dict[str, set[str]]:
    """Where ours does it; the simulator counts seconds in a house of its own."""
    found: dict[str, set[str]] = {}
    for path in modules("tideover"):
        inside = path.relative_to(PACKAGE)
        if inside.parts[0] != "simulator" and str(inside) != "core/timing.py":
            for function, how in finds(parsed(path)):
                found.setdefault(f"{path.relative_to(ROOT)} {function}", set()).add(how)
    return found


def test_only_timing_makes_days_of_instants_and_instants_of_days():
    assert {place: how for place, how in places(told).items() if place not in EXCEPTIONS} == {}


def test_days_that_somebody_chose_are_days_of_a_calendar():
    assert {place: how for place, how in places(lapses).items() if place not in LAPSES} == {}


def test_what_does_neither_any_more_is_excused_no_more():
    assert EXCEPTIONS.keys() - places(told).keys() == set()
    assert LAPSES.keys() - places(lapses).keys() == set()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("now.date()", ".date()"),
        ("now.astimezone(zone).date()", ".date()"),
        ("datetime.combine(day, nine)", "datetime.combine"),
        ("now.replace(hour=0, minute=0)", ".replace(hour)"),
        ("datetime.fromisoformat(told).replace(tzinfo=UTC)", ".replace(tzinfo)"),
        ("datetime(2026, 11, 2, tzinfo=zone)", "datetime(tzinfo=)"),
        ("rows.filter(opened_at__date=day)", "opened_at__date"),
        ("from django.db.models.functions import TruncDay", "TruncDay"),
    ],
)
def test_the_guard_sees_each_way_between_days_and_instants(text, found):
    assert list(told(ast.parse(f"def a():\n  def b(): {text}"))) == [("a", found)]


@pytest.mark.parametrize(
    "text",
    ["date(2026, 11, 2)", "local_day(now, zone)", "replace(case, day=day)", "datetime(2026, 11, 2, tzinfo=UTC)"],
)
def test_the_guard_lets_pass_what_names_its_zone(text):
    assert list(told(ast.parse(text))) == []


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("now + timedelta(days=days)", True),
        ("first.opened_at - timedelta(days=rules.window_days)", True),
        ("now + days * DAY", True),
        ("now + timedelta(days=30)", False),
        ("now - timedelta(days=KEPT)", False),
        ("now + 3 * DAY", False),
        ("first_on + timedelta(days=number)", False),
        ("(at - opened_at) / timedelta(days=1)", False),
    ],
)
def test_the_guard_sees_days_that_somebody_chose(text, seen):
    assert bool(list(lapses(ast.parse(text)))) == seen
