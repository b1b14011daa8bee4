"""`tideover clock list` and `tideover clock advance case_…`, against the simulator."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta

import pytest
import stripe
import typer
from typer.testing import CliRunner

from tests.factories import NOW, hang, make_action, make_case, make_clock, make_connection, make_message
from tideover import clock
from tideover.cli.cases import clocks
from tideover.cli.main import app
from tideover.gateways.answers import ClockRead
from tideover.recovery.models import Clock
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import running

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def typed(*words):
    return CliRunner().invoke(app, ["clock", *words])


@pytest.fixture
def case():
    """Alice's case on a clock that shows NOW; its next step is a day later."""
    clock.travel_to(NOW)
    with running(new_simulator(seed=3, start=int(NOW.timestamp()))) as world:
        sim = world.sim.keys
        client = stripe.StripeClient(sim.secret, base_addresses={"api": world.base_url})
        made = client.v1.test_helpers.test_clocks.create({"frozen_time": int(NOW.timestamp()), "name": "28 days"})
        shop = make_connection(account_id=sim.account, api_key=sim.secret, api_base=world.base_url)
        case = make_case(shop)
        make_action(case, step="charge-2", due_at=NOW + DAY)
        hang(case, make_clock(shop, clock_id=made.id, name="28 days"))
        case.refresh_from_db()
        yield case
    clock.travel_to(None)


def test_it_is_advanced_to_the_next_step_and_waited_for(case):
    said = typed("advance", case.public_id)
    assert said.exit_code == 0, said.output
    assert "The test clock is on its way to Sat 21 Nov 12:00." in said.output
    assert "It has arrived at 2026-11-21 12:00 UTC. The worker does now what has come due." in said.output
    assert Clock.objects.get().shows == NOW + DAY


@dataclass
class Answering:
    """Stripe, as it tells of a clock that is on its way."""

    status: str

    def read_clock(self, clock_id: str) -> ClockRead:
        return ClockRead(clock_id, self.status, NOW, NOW + DAY if self.status == "advancing" else None)


def waited_for(status: str) -> int:
    Clock.objects.update(state="advancing", target=NOW + DAY)
    return clocks._wait(Clock.objects.get(), Answering(status), lambda _: None)


def test_a_clock_that_takes_long_goes_on_without_the_command(case, capsys):
    assert waited_for("advancing") == 0
    assert "It is on its way still" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("internal_failure", "Stripe failed to advance this test clock"),
        ("deleted", "This test clock was deleted at Stripe"),
    ],
)
def test_one_that_breaks_down_on_its_way_ends_in_words(case, capsys, status, said):
    with pytest.raises(typer.Exit):
        waited_for(status)
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("what", ["live mode", "a case by the wall", "deleted", "none"])
def test_where_there_is_nothing_to_advance_it_is_said_why(case, what):
    words = {
        "live mode": "hangs on no test clock",
        "a case by the wall": "hangs on no test clock",
        "deleted": "was deleted at Stripe",
        "none": "is no id of a case",
    }
    wanted = case.public_id
    if what == "live mode":
        wanted = make_case(make_connection(livemode=True)).public_id
    if what == "a case by the wall":
        wanted = make_case(case.connection).public_id
    if what == "deleted":
        Clock.objects.update(clock_id="clock_gone")
    said = typed("advance", "nonsense" if what == "none" else wanted)
    assert said.exit_code == 1
    assert words[what] in said.stderr


def test_each_clock_is_listed_with_what_it_shows_and_what_comes_next(case):
    make_clock(case.connection, clock_id="clock_on_its_way", state="advancing", target=NOW + DAY)
    make_clock(case.connection, clock_id="clock_broken", state="failed")
    make_clock(case.connection, clock_id="clock_gone", state="deleted")
    told = typed("list").output
    assert "(28 days)  2026-11-20 12:00 UTC ready, account acct_" in told
    assert f"next: charge-2 of {case.public_id}, 2026-11-21 12:00 UTC" in told
    assert "clock_on_its_way  2026-11-20 12:00 UTC on its way to 2026-11-21 12:00 UTC" in told
    assert "Stripe failed to advance this test clock and never will again" in told
    assert "clock_gone" not in told


def test_programs_read_the_same(case):
    [told] = json.loads(typed("list", "--json").output)["clocks"]
    assert (told["state"], told["open_cases"], told["next"]["step"], told["why_not"]) == ("ready", 1, "charge-2", "")


def test_where_there_is_none_it_is_said(db):
    assert "No case lives by a test clock." in typed("list").output


def test_why_tells_which_clock_a_case_lives_by(case):
    told = CliRunner().invoke(app, ["why", case.public_id]).output
    assert f"on test clock {case.clock.clock_id}, which shows 2026-11-20 12:00 UTC" in told
    assert f"Then: tideover clock advance {case.public_id}" in told


def test_what_the_customer_would_have_got_is_printed_word_for_word(case):
    make_message(case, state="previewed", subject="First", text="The first words.", at=NOW)
    make_message(case, state="previewed", subject="Second", text="The second words.", at=NOW + DAY)
    make_message(case, subject="Sent in the world")
    told = typed("messages", case.public_id).output
    assert "2026-11-20 12:00 UTC  failed to " in told
    assert told.index("The first words.") < told.index("The second words.")
    assert "Sent in the world" not in told
    written = json.loads(typed("messages", case.public_id, "--json").output)["messages"]
    assert [each["text"] for each in written] == ["The first words.", "The second words."]


def test_a_case_without_previews_says_so(case):
    assert "Nothing was written for this case" in typed("messages", case.public_id).output
