"""Every door of the pay page while Stripe's script is slow, missing or blocked: the other doors open, none is dead."""

from __future__ import annotations

import pytest

from tests.browser.card_page.test_access import LOOKS, picture, violations
from tests.factories import NOW
from tideover.recovery.models import Case
from tideover.tenants.models import Project

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OTHER_WAY = "A blocker or a slow network is the usual cause."

# What becomes of the request for the script. Slow: it is on its way all the time.
FATES = {
    "blocked": lambda route: route.abort("blockedbyclient"),
    "missing": lambda route: route.fulfill(status=404, body=""),
    "slow": lambda _route: None,
}


@pytest.mark.parametrize("fate", sorted(FATES))
@pytest.mark.parametrize("look", LOOKS)
def test_every_door_opens_and_has_no_violation_without_the_script(world, live_server, phone, look, fate):
    theme, width = look
    Project.objects.update(plans_enabled=True, backup_methods=True)
    phone.emulate_media(color_scheme=theme)
    phone.set_viewport_size({"width": width, "height": 844})
    phone.route("**/v3/", FATES[fate])
    case = world.failed_renewal("decline_insufficient_funds")
    Case.objects.filter(pk=case.pk).update(plan_offered_at=NOW)
    world.hold_news()
    phone.goto(world.url_of(case, live_server.url), wait_until="domcontentloaded")
    doors = [str(door.get_attribute("id")) for door in phone.locator("details.door").all()]
    assert {"door-again", "door-card", "door-parts"} <= set(doors)
    for name in doors:
        door = phone.locator(f"details#{name}")
        if door.get_attribute("open") is None:
            door.locator("> summary").click()
        if name == "door-card":
            expect(door.get_by_text(OTHER_WAY)).to_be_visible(timeout=15_000)
            expect(door.get_by_role("link", name="Pay on Stripe's own page")).to_have_attribute("href", case.hosted_url)
            expect(door.get_by_role("button")).to_have_count(0)
        else:
            expect(door.get_by_role("button").first).to_be_enabled()
        picture(phone, f"{fate}-{name}-{theme}-{width}")
        assert violations(phone) == [], name
        assert phone.evaluate("document.documentElement.scrollWidth") <= width, name
