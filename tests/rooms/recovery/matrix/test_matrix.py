"""Every kind of failure, by every preset, in every mode: what is done on which day, told whole and held against a file.

The story of each cell stands in `stories.txt` beside this file, a line a cell, for people to read. Who changes what is done
changes it there, too: the line as it is now stands in what the failing test says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from tests.factories import make_connection, make_ruleset
from tests.fakes import NOW, VISA, a_charge
from tests.rooms.recovery.conftest import World
from tideover import clock
from tideover.core.choices import Coexistence, FinalAction
from tideover.core.declines import CODES, NOT_BY_ITSELF, OF_CHARGES, Decline, Family, family
from tideover.core.outcomes import Tried
from tideover.core.rules import PRESETS, to_json
from tideover.gateways.answers import ChargeRead, Declined
from tideover.recovery import intake
from tideover.recovery.models import Action

STORIES: Final = Path(__file__).with_name("stories.txt")
STRIPES_TRY: Final = timedelta(days=5)  # its only one here, where it is let
AFTER_ALL: Final = 70  # days: longer than any preset lasts


class Mode(StrEnum):
    """How the account is connected, and who collects."""

    COEXIST = "coexist"
    TAKE_OVER = "take over"
    OBSERVE = "observe"


CELLS: Final = [(kind, preset, mode) for preset in PRESETS for mode in Mode for kind in OF_CHARGES]


def told() -> dict[str, str]:
    lines = [line.partition(": ") for line in STORIES.read_text().splitlines() if line]
    return {name: story for name, _, story in lines}


def code_of(kind: Family) -> str:
    return next(code for code, of in CODES.items() if of == kind) if kind != Family.OTHER else "a_code_of_tomorrow"


def tried(kind: Family, number: int, at: object = NOW) -> ChargeRead:
    decline = Decline(code_of(kind), brand="visa", blocked=kind == Family.BLOCKED)
    assert family(decline) == kind
    charge = replace(a_charge(code_of(kind), at=at, number=number), decline=decline)  # type: ignore[arg-type]
    return replace(charge, outcome=Tried.BLOCKED, reached_network=False) if kind == Family.BLOCKED else charge


@pytest.fixture
def live(db: object) -> Iterator[type[World]]:
    yield World
    clock.travel_to(None)


def lived(kind: Family, preset: str, mode: Mode) -> World:
    """A renewal that fails so and is never paid, until nothing is left to do."""
    connection = make_connection(mode="observe" if mode == Mode.OBSERVE else "act")
    way = Coexistence.TAKE_OVER if mode == Mode.TAKE_OVER else Coexistence.COEXIST
    rules = replace(PRESETS[preset], coexistence=way, final_action=FinalAction.CANCEL)
    make_ruleset(connection.project, rules=to_json(rules))
    world = World(connection)
    world.stripe.may_write = mode != Mode.OBSERVE
    decline = Decline(code_of(kind), brand="visa", blocked=kind == Family.BLOCKED)
    world.stripe.answer = lambda: Declined(decline, "", "pi_1", reached_network=kind != Family.BLOCKED)
    world.payment_fails(attempts=(tried(kind, 1),), card=VISA, auto_advance=True, next_attempt_at=NOW + STRIPES_TRY)
    world.day(STRIPES_TRY.days)
    if world.stripe.invoice.auto_advance:
        number = len(world.stripe.invoice.attempts) + 1
        stripes = tried(kind, number, at=world.now)
        world.change(attempts=(*world.stripe.invoice.attempts, stripes), next_attempt_at=None, auto_advance=False)
        intake.take_reading(connection, world.stripe.invoice, world.now)
    return world.day(AFTER_ALL)


def story(world: World) -> str:
    """All that was done, in order: the day, the step and what came of it; and how the case ended."""
    rows = Action.objects.filter(state=Action.State.DONE).order_by("settled_at", "id")
    done = [f"{(row.settled_at - NOW).days} {row.template or row.do} {row.outcome}" for row in rows]
    return f"{', '.join(done)}; {world.case.state}"


def name_of(kind: Family, preset: str, mode: Mode) -> str:
    return f"{preset} {mode} {kind}"


@pytest.mark.parametrize(("kind", "preset", "mode"), CELLS, ids=[name_of(*cell) for cell in CELLS])
def test_the_story_of_each_cell_is_the_one_that_is_told(live, kind, preset, mode):
    world = lived(kind, preset, mode)
    writes = [what for what, _ in world.stripe.writes]
    if mode == Mode.OBSERVE:
        assert writes == []
    if kind in NOT_BY_ITSELF:
        assert "pay" not in writes
    assert ("cancel:sub_1" in writes) == (mode == Mode.TAKE_OVER)
    assert ("auto_advance:False" in writes) == (mode == Mode.TAKE_OVER)
    assert len({key for what, key in world.stripe.writes if what == "pay"}) == writes.count("pay")
    days = [done.settled_at for done in Action.objects.filter(do="charge", state="done").order_by("settled_at")]
    assert all(later - earlier >= timedelta(hours=2) for earlier, later in pairwise(days))
    name = name_of(kind, preset, mode)
    assert f"{name}: {story(world)}" == f"{name}: {told().get(name)}"


def test_every_cell_is_told_and_no_other():
    assert set(told()) == {name_of(*cell) for cell in CELLS}
