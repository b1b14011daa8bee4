"""Rules that take over from Stripe, and what was done there by them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.factories import make_connection, make_ruleset
from tests.rooms.recovery.conftest import World
from tideover import clock
from tideover.core.choices import Coexistence
from tideover.core.rules import PRESETS, to_json
from tideover.recovery.models import Action

TAKE_OVER = replace(PRESETS["revguard"], name="ours", coexistence=Coexistence.TAKE_OVER)


@pytest.fixture
def living(db: object) -> Iterator[Callable[..., World]]:
    """A world by rules that take over, with what the test changes of them."""

    def made(**changes: object) -> World:
        connection = make_connection()
        make_ruleset(connection.project, rules=to_json(replace(TAKE_OVER, **changes)))  # type: ignore[arg-type]
        return World(connection)

    yield made
    clock.travel_to(None)


def done(world: World, do: str) -> list[str]:
    """What came of the steps of this kind."""
    return [action.outcome for action in Action.objects.filter(do=do, state="done").order_by("settled_at")]


def what(world: World) -> list[str]:
    """What was written at Stripe, but for charges."""
    return [what for what, _ in world.stripe.writes if what != "pay"]
