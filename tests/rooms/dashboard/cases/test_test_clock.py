"""The page of a case on a test clock: what the clock shows, and the button that advances it to the next step."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import stripe

from tests.factories import NOW, hang, make_action, make_case, make_clock, make_connection
from tests.people import colleague
from tideover import clock
from tideover.flow.stripe import stripe_for
from tideover.recovery.models import Action, Case, Clock
from tideover.recovery.test_clocks.moving import follow, on_their_way
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import running
from tideover.tenants.models import AuditEntry
from tideover.tenants.roles import Role

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
THEN = NOW - 400 * DAY  # what the clock shows


@pytest.fixture
def case(alice):
    """Alice's case on a clock that is far behind the world; its next step is three days later by it."""
    with running(new_simulator(seed=3, start=int(THEN.timestamp()))) as world:
        sim = world.sim.keys
        client = stripe.StripeClient(sim.secret, base_addresses={"api": world.base_url})
        made = client.v1.test_helpers.test_clocks.create({"frozen_time": int(THEN.timestamp()), "name": "28 days"})
        shop = make_connection(alice.project, account_id=sim.account, api_key=sim.secret, api_base=world.base_url)
        case = make_case(shop, opened_at=THEN - DAY)
        make_action(case, step="charge-2", due_at=THEN + 3 * DAY)
        clock.travel_to(NOW)
        yield hang(case, make_clock(shop, clock_id=made.id, name="28 days", shows=THEN))
        clock.travel_to(None)


def card(person, case):
    """The card of the clock, with its tags and without."""
    html = person.browser().get(f"/cases/{case.public_id}/").content.decode()
    [found] = re.findall(r'<section class="card next" id="test-clock".*?</section>', html, re.DOTALL)
    return found, re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", found)).strip()


def pressed(person, case):
    return person.browser().post(f"/cases/{case.public_id}/advance/", follow=True).content.decode()


def test_what_the_clock_shows_stands_there_with_what_comes_next_on_it(alice, case):
    html, said = card(alice, case)
    assert f"The test clock shows {THEN:%a, %b} {THEN.day}, {THEN.year}, " in said
    assert "28 days, clock_" in said
    assert "with 1 open case. Next on it: " in said
    assert "/advance/" in html
    assert "hx-get" not in html


def test_a_case_that_goes_by_the_wall_has_no_such_card(alice, case):
    other = make_case(case.connection)
    assert 'id="test-clock"' not in alice.browser().get(f"/cases/{other.public_id}/").content.decode()


def test_the_button_advances_it_to_the_next_step_and_tells_who_asked(alice, case):
    assert "The test clock is on its way to " in pressed(alice, case)
    moving = Clock.objects.get()
    assert (moving.state, moving.target, moving.asked_by) == ("advancing", THEN + 3 * DAY, alice.user.email)
    entry = AuditEntry.objects.get(what="advanced a test clock")
    assert (entry.who, entry.about) == (alice.user.email, case.public_id)
    html, said = card(alice, case)
    assert "Wait until it has arrived" in said
    assert "hx-get" in html
    assert "/advance/" not in html
    while on_their_way():
        follow(stripe_for, NOW)
    assert Clock.objects.get().shows == THEN + 3 * DAY
    assert "A step is due already, and is done first." in card(alice, case)[1]


def test_it_is_looked_at_until_what_came_due_is_done_and_then_the_page_is_drawn_anew(alice, case):
    address = f"/cases/{case.public_id}/test-clock/"
    Clock.objects.update(state="advancing", target=THEN + 3 * DAY)
    assert "HX-Refresh" not in alice.browser().get(address).headers
    Clock.objects.update(state="ready", target=None, shows=THEN + 3 * DAY)
    assert "HX-Refresh" not in alice.browser().get(address).headers
    Action.objects.update(state="done", outcome="paid", settled_at=THEN + 3 * DAY)
    assert alice.browser().get(address).headers["HX-Refresh"] == "true"


def test_where_nothing_is_planned_on_it_there_is_no_button_but_the_reason(alice, case):
    Action.objects.all().delete()
    html, said = card(alice, case)
    assert "Nothing is planned on this test clock." in said
    assert "/advance/" not in html
    assert "Nothing is planned on this test clock." in pressed(alice, case)
    assert Clock.objects.get().state == "ready"


def test_who_may_only_read_sees_the_clock_and_moves_nothing(alice, case):
    carol = colleague("Carol", alice, Role.ANALYST)
    assert "/advance/" not in card(carol, case)[0]
    assert carol.browser().post(f"/cases/{case.public_id}/advance/").status_code == 403
    assert Clock.objects.get().state == "ready"


def test_the_step_that_comes_next_on_it_may_be_another_cases(alice, case):
    other = make_case(case.connection, customer_name="Ben Beside")
    make_action(other, due_at=THEN + DAY)
    hang(other, case.clock)
    html, said = card(alice, case)
    assert "with 2 open cases." in said
    assert " of Ben Beside, " in said
    assert other.public_id in html


def test_a_pause_is_until_a_day_of_the_clock(alice, case):
    until = f"{THEN + 5 * DAY:%Y-%m-%d}"
    alice.browser().post(f"/cases/{case.public_id}/pause/", {"until": until})
    paused = Case.objects.get(pk=case.pk).paused_until
    assert paused is not None
    assert THEN < paused < NOW
    assert "Paused until" in alice.browser().get(f"/cases/{case.public_id}/").content.decode()


def test_the_page_of_a_case_on_a_clock_costs_three_questions_more(alice, case, django_assert_max_num_queries):
    browser = alice.browser()
    with django_assert_max_num_queries(15):
        browser.get(f"/cases/{case.public_id}/")
