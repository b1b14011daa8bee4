"""A case on a test clock in a real browser: the button, the way there, and what the customer would have got."""

from __future__ import annotations

from datetime import timedelta

import pytest
import stripe

pytest.importorskip("axe_playwright_python", reason="axe is not installed (requirements/e2e.txt)")

from playwright.sync_api import expect

from tests import factories as make
from tests.browser.test_dashboard import LOOKS, named
from tests.browser.test_overdue import fits, keep
from tideover.flow.stripe import stripe_for
from tideover.recovery.models import Action
from tideover.recovery.test_clocks.moving import follow, on_their_way
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import running

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DAY = timedelta(days=1)


@pytest.fixture
def case(alice, present):
    """Alice's case on a clock that is a year behind the world."""
    then = present.replace(microsecond=0) - 365 * DAY
    with running(new_simulator(seed=3, start=int(then.timestamp()))) as world:
        sim = world.sim.keys
        client = stripe.StripeClient(sim.secret, base_addresses={"api": world.base_url})
        made = client.v1.test_helpers.test_clocks.create({"frozen_time": int(then.timestamp()), "name": "28 days"})
        shop = make.make_connection(alice.project, account_id=sim.account, api_key=sim.secret, api_base=world.base_url)
        case = make.make_case(shop, opened_at=then - DAY)
        step = make.make_action(case, do="message", template="failed", channel="email", due_at=then + 2 * DAY)
        make.hang(case, make.make_clock(shop, clock_id=made.id, name="28 days", shows=then, read_at=present))
        make.make_message(case, step, state="previewed", at=then, keys=["https://tideover.example/c/token"])
        yield case


def it_arrives(now):
    while on_their_way():
        follow(stripe_for, now)


@pytest.mark.parametrize("look", LOOKS, ids=named)
def test_the_clock_is_advanced_and_the_page_follows_it_by_itself(signed_in, alice, present, case, look):
    page = signed_in(alice, **look)
    page.goto(f"/cases/{case.public_id}/")
    expect(page.get_by_role("heading", name="The test clock shows")).to_be_visible()
    keep(page, f"clock-stands-{named(look)}")
    fits(page)
    page.get_by_role("button", name="Advance to the next step").click()
    expect(page.get_by_role("heading", name="The test clock is on its way to")).to_be_visible()
    keep(page, f"clock-moves-{named(look)}")
    fits(page)
    it_arrives(present)
    expect(page.get_by_text("A step is due already, and is done first.")).to_be_visible()
    Action.objects.update(state="done", outcome="sent", settled_at=case.opened_at + 3 * DAY)
    expect(page.get_by_text("Nothing is planned on this test clock.")).to_be_visible()
    fits(page)


@pytest.mark.parametrize("look", LOOKS, ids=named)
def test_what_the_customer_would_have_got_is_read_in_the_preview_inbox(signed_in, alice, case, look):
    page = signed_in(alice, **look)
    page.goto(f"/cases/{case.public_id}/")
    page.get_by_role("link", name="preview inbox").click()
    expect(page.get_by_role("heading", name="Preview inbox")).to_be_visible()
    keep(page, f"previews-{named(look)}")
    fits(page)
    page.get_by_role("link", name=case.customer_name).click()
    expect(page.get_by_role("heading", name="Exactly as it would be sent")).to_be_visible()
    expect(page.get_by_role("link", name="Pay page, as the customer")).to_be_visible()
    keep(page, f"preview-{named(look)}")
    fits(page)
    page.goto("/messages/previews/")
    make.Message.objects.all().delete()
    page.reload()
    expect(page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    keep(page, f"previews-empty-{named(look)}")
    fits(page)


def test_all_of_it_works_without_a_script(signed_in, alice, present, case):
    page = signed_in(alice, java_script_enabled=False)
    page.goto(f"/cases/{case.public_id}/")
    page.get_by_role("button", name="Advance to the next step").click()
    expect(page.get_by_text("What is due then is done when it has arrived.")).to_be_visible()
    it_arrives(present)
    page.get_by_role("link", name="Look again").click()
    expect(page.get_by_text("A step is due already, and is done first.")).to_be_visible()
    page.get_by_role("link", name="preview inbox").click()
    page.get_by_role("link", name=case.customer_name).click()
    expect(page.get_by_role("heading", name="Exactly as it would be sent")).to_be_visible()
