"""No test measures time and none proves anything by sleeping: how fast the machine is decides nothing.

What waits does so for an event, or asks again until it happens (tests/waiting.py). What is about a deadline moves the
time by hand: `now` is an argument, and a loop has a time of its own (tests/moved_time.py).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Final

import pytest

from tests.architecture.tree import ROOT, modules, parsed

MEASURES: Final = {
    f"time.{clock}{unit}" for clock in ("monotonic", "perf_counter", "process_time", "thread_time", "time") for unit in ("", "_ns")
} | {"timeit.timeit", "timeit.repeat", "timeit.default_timer", "tideover.clock.monotonic"}  # fmt: skip
SLEEPS: Final = {"time.sleep", "asyncio.sleep", "trio.sleep", "anyio.sleep"}
EXCEPTIONS: Final[Mapping[str, str]] = {
    "tests/waiting.py until": "leaves the processor to whom is waited for; how long it is decides nothing",
}


def named(function: ast.AST, told: Mapping[str, str]) -> str:
    """What is called, by its full name: `told` has what the module's own names stand for."""
    if isinstance(function, ast.Name):
        return told.get(function.id, function.id)
    if isinstance(function, ast.Attribute):
        return f"{named(function.value, told)}.{function.attr}"
    return f"{named(function.func, told)}()" if isinstance(function, ast.Call) else ""


def imported(module: ast.Module) -> dict[str, str]:
    """The names a module imports, and what each stands for."""
    found: dict[str, str] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                found |= {alias.asname: alias.name} if alias.asname else {top: top}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return found


def timed(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Every function of a module that measures or sleeps, and by which call."""
    told = imported(module)
    for function, call in _calls(module, "(the module itself)"):
        name = named(call.func, told)
        if (
            name in MEASURES
            or name.endswith(("loop.time", "loop().time"))
            or (name in SLEEPS and not _is_no_time(call))
        ):
            yield function, name


def _calls(node: ast.AST, within: str) -> Iterator[tuple[str, ast.Call]]:
    """The calls in a node, each with the outermost function around it."""
    for child in ast.iter_child_nodes(node):
        inside = child.name if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and "(" in within else within
        if isinstance(child, ast.Call):
            yield inside, child
        yield from _calls(child, inside)


def _is_no_time(call: ast.Call) -> bool:
    """`sleep(0)` lets others go first and waits for nothing."""
    return len(call.args) == 1 and isinstance(call.args[0], ast.Constant) and call.args[0].value == 0


def places() -> dict[str, set[str]]:
    """Where the tests measure or sleep."""
    found: dict[str, set[str]] = {}
    for path in modules("tests"):
        for function, call in timed(parsed(path)):
            found.setdefault(f"{path.relative_to(ROOT)} {function}", set()).add(call)
    return found


def test_no_test_measures_time_or_sleeps_without_a_reason():
    assert {place: calls for place, calls in places().items() if place not in EXCEPTIONS} == {}


def test_what_neither_measures_nor_sleeps_any_more_is_excused_no_more():
    assert EXCEPTIONS.keys() - places().keys() == set()


@pytest.mark.parametrize(
    ("imported", "call", "found"),
    [
        ("import time", "time.{}()", ["time.monotonic"]),
        ("import time as t", "t.{}()", ["time.perf_counter_ns"]),
        ("from time import {} as read", "read()", ["time.time"]),
        ("from time import {} as rest", "rest(0.1)", ["time.sleep"]),
        ("import asyncio", "await asyncio.{}(DELAY)", ["asyncio.sleep"]),
        ("import asyncio", "asyncio.get_running_loop().{}()", ["asyncio.get_running_loop().time"]),
        ("from tideover import clock", "clock.{}()", ["tideover.clock.monotonic"]),
    ],
)
def test_the_guard_sees_each_way_to_measure_or_sleep(imported, call, found):
    name = found[0].rpartition(".")[2]
    text = f"{imported}\nasync def test():\n  {call}\n  async def inner(): {call}".format(*[name] * 3)
    assert list(timed(ast.parse(text))) == [("test", each) for each in found * 2]


@pytest.mark.parametrize(
    "text",
    [
        "import asyncio\nasync def test(): await asyncio.sleep(0)",
        "from datetime import datetime\ndef test(): datetime(2026, 1, 1).time()",
        "import time\ndef test(): time.tzset()",
    ],
)
def test_the_guard_lets_pass_what_measures_nothing(text):
    assert list(timed(ast.parse(text))) == []
