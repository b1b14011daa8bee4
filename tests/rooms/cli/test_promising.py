"""`tideover promise`: what may be promised, what stands, and the end of it."""

from __future__ import annotations

from datetime import date

import pytest
import typer

from tests.factories import make_connection, make_ruleset
from tests.rooms.recovery.conftest import World
from tideover import clock
from tideover.cli.cases.promising import promise

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db):
    connection = make_connection()
    make_ruleset(connection.project, "revguard")
    there = World(connection)
    there.payment_fails()
    yield there
    clock.travel_to(None)


def typed(world, day="", *, off=False):
    return promise(world.case.public_id, day, off=off)


def test_a_promise_is_noted_told_and_called_off(world, capsys):
    assert typed(world) == 0
    assert "A day from 2026-11-03 to 2026-1" in capsys.readouterr().out
    assert typed(world, "2026-11-09") == 0
    assert "promised for Monday, 09 November 2026. Nothing is charged before." in capsys.readouterr().out
    assert world.case.promised_on == date(2026, 11, 9)
    typed(world)
    assert capsys.readouterr().out.startswith("Promised for Monday, 09 November 2026.")
    typed(world, off=True)
    assert world.case.promised_on is None


@pytest.mark.parametrize(
    ("day", "off", "says"),
    [
        ("tomorrow", False, "that is no day"),
        ("2026-11-02", False, "Choose a day from 2026-11-03"),
        ("", True, "No promise stands in this case"),
    ],
)
def test_what_cannot_be_is_told_and_changes_nothing(world, capsys, day, off, says):
    with pytest.raises(typer.Exit):
        typed(world, day, off=off)
    assert says in capsys.readouterr().err
    assert world.case.promised_on is None
