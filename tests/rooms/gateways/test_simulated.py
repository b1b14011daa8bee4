"""The controls of the simulator: what they answer when it is gone or says no."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from tests.rooms.gateways.strange import hangs_up, says
from tideover.gateways.simulated import Moved, SimulatedWorld

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CONTROLS: dict[str, Callable[[SimulatedWorld], object]] = {
    "now": lambda world: world.now(),
    "advance": lambda world: world.advance(NOON),
    "fill": lambda world: world.fill(customers=3),
    "summary": lambda world: world.summary(),
    "ledger": lambda world: world.ledger(),
    "mails": lambda world: world.mails(),
}


@pytest.mark.parametrize("answer", [says(500, {"error": "no"}), says(404, ""), says(302, "", Location="/x"), hangs_up])
@pytest.mark.parametrize("control", CONTROLS)
def test_a_simulator_that_is_gone_or_says_no_is_an_error_of_http(strange, control, answer):
    strange.says(answer)
    with pytest.raises(httpx.HTTPError):
        CONTROLS[control](SimulatedWorld(f"{strange.url}/_sim/"))
    assert len(strange.asked) == 1


def test_the_controls_read_what_the_simulator_says(strange):
    strange.says(
        says(200, {"now": int(NOON.timestamp())}),
        says(200, {"now": int(NOON.timestamp()), "next_at": None, "next_visit_at": None, "events": 3, "delivered": 2, "failed_deliveries": 1}),
        says(200, {"messages": [{"id": "m1"}]}),
        says(200, [{"id": "m1"}]),
    )  # fmt: skip
    world = SimulatedWorld(f"{strange.url}/_sim")
    assert world.now() == NOON
    assert world.advance(NOON) == Moved(NOON, None, None, 3, 2, 1)
    assert world.mails() == world.mails() == [{"id": "m1"}]
