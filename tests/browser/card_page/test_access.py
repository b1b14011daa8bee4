"""The card page for everybody: no accessibility violation in any state, light or dark, phone or desk, keyboard alone."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.browser.card_page.acme import enter_card, open_card_door
from tests.factories import make_attempt, make_case
from tideover import clock
from tideover.recovery.models import Action, Case, Link

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOKS = [("light", 390), ("dark", 390), ("light", 1280)]
PICTURES = os.environ.get("TIDEOVER_TEST_PICTURES")  # a folder, where somebody wants to look


def violations(page) -> list[str]:
    sync_playwright = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    found = sync_playwright.Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]]


def picture(page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


def in_process(case: Case) -> Case:
    make_attempt(case, outcome="processing")
    return case


def states(world) -> dict[str, Case]:
    """A case for every face of the page."""
    common = {"hosted_url": "https://invoice.stripe.example/i/1", "connection": world.connection}
    jane = make_case(**common, customer_id="cus_jane", stripe_next_attempt_at=None)
    make_case(**common, customer_id="cus_jane", description="Add-on seats", amount_due=4900)
    return {
        "form": jane,
        "authenticate": make_case(**common, family="authentication", decline_code="authentication_required"),
        "processing": in_process(make_case(**common, processing=True, card_brand="us_bank_account")),
        "thanks": make_case(**common, state="recovered", via="card_page"),
        "paid": make_case(**common, state="recovered", via="stripe"),
        "came_back": make_case(**common, attention="came_back", card_brand="sepa_debit"),
    }


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_no_state_of_the_page_has_a_violation(world, live_server, phone, theme, width):
    phone.emulate_media(color_scheme=theme)
    phone.set_viewport_size({"width": width, "height": 844})
    for name, case in states(world).items():
        phone.goto(world.url_of(case, live_server.url))
        if name in {"form", "authenticate"}:
            open_card_door(phone)
        phone.wait_for_load_state("networkidle")
        picture(phone, f"{name}-{theme}-{width}")
        assert violations(phone) == [], name
        assert phone.evaluate("document.documentElement.scrollWidth") <= width, name


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_of_a_dead_link_and_of_observe_mode_have_no_violation(world, live_server, phone, theme):
    phone.emulate_media(color_scheme=theme)
    phone.goto(f"{live_server.url}/c/nothing")
    picture(phone, f"gone-{theme}-390")
    assert violations(phone) == []
    case = states(world)["form"]
    type(world.connection).objects.update(mode="observe")
    phone.goto(world.url_of(case, live_server.url))
    picture(phone, f"observe-{theme}-390")
    assert violations(phone) == []


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_an_old_link_brings_a_new_one_by_one_button_and_no_page_of_it_has_a_violation(
    world, live_server, phone, theme, width
):
    phone.emulate_media(color_scheme=theme)
    phone.set_viewport_size({"width": width, "height": 844})
    case = states(world)["form"]
    old = world.url_of(case, live_server.url)
    Link.objects.update(expires_at=clock.now())
    phone.goto(old)
    picture(phone, f"old-{theme}-{width}")
    assert violations(phone) == []
    phone.get_by_role("button", name="Send me a new link").focus()
    phone.keyboard.press("Enter")
    phone.get_by_role("heading", name="Please look at your email").wait_for()
    picture(phone, f"asked-{theme}-{width}")
    assert violations(phone) == []
    assert Action.objects.get(template="new_link").case == case
    Case.objects.filter(pk=case.pk).update(state="recovered", ended_at=clock.now())
    phone.goto(old)
    phone.get_by_role("heading", name="Already paid").wait_for()
    picture(phone, f"old-paid-{theme}-{width}")
    assert violations(phone) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_refusal_is_announced_and_has_no_violation(world, live_server, phone, theme):
    phone.emulate_media(color_scheme=theme)
    case = world.failed_renewal("decline_insufficient_funds")
    world.hold_news()
    phone.goto(world.url_of(case, live_server.url))
    enter_card(phone, "4000000000009995")
    phone.get_by_role("button", name=re.compile("^Pay")).click()
    phone.get_by_role("alert").filter(has_text="Use another card").wait_for()
    picture(phone, f"declined-{theme}-390")
    assert violations(phone) == []


def test_the_keyboard_alone_pays(world, live_server, phone):
    case = world.failed_renewal("decline_insufficient_funds")
    world.hold_news()
    phone.goto(world.url_of(case, live_server.url))
    phone.locator("#door-card > summary").focus()
    phone.keyboard.press("Enter")
    phone.get_by_label("New payment method").focus()
    phone.keyboard.press("Space")
    phone.get_by_label("Card number").focus()
    for typed in ("4242424242424242", "1240", "123"):
        phone.keyboard.type(typed)
        phone.keyboard.press("Tab")
    phone.keyboard.press("Tab")  # past the country
    assert phone.evaluate("document.activeElement.id") == "pay"
    phone.keyboard.press("Enter")
    phone.get_by_text("Thank you").first.wait_for()
    assert world.successes(case.invoice_id) == 1


def test_the_page_needs_no_more_than_it_may_weigh():
    dist = Path(__file__).parents[3] / "tideover" / "static" / "dist"
    if not (dist / "card.js").exists():
        pytest.skip("the front end is not built")
    assert (dist / "customer.css").stat().st_size < 10_000
    assert (dist / "card.js").stat().st_size < 6_000
