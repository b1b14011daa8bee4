"""The link in a letter: what it shows, and how somebody who has left comes back, at a click alone."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests import factories as make
from tests.rooms.predunning.there import DAY, NOW, World
from tideover.customer.returning import views
from tideover.messages.keyed import plan_token
from tideover.messages.models import MessageEvent
from tideover.mirror.models import Customer
from tideover.predunning.models import Alert, Offer
from tideover.tenants.models import Connection

pytestmark = pytest.mark.django_db
OFFER = "1: 20% for 3 months, valid 10 days"


@pytest.fixture(autouse=True)
def at_stripe(world, monkeypatch):
    """The page asks the same account."""
    world.set(winback=True, card_alerts=False)
    monkeypatch.setattr(views, "stripe_for", lambda _connection: world.stripe)


def written(world: World, **leaver: object) -> str:
    """The address in the first letter."""
    world.leaver(**leaver)
    world.at(NOW + DAY)
    return latest(world)


def read(client, address: str) -> str:
    answer = client.get(address)
    assert (answer["Referrer-Policy"], answer["Cache-Control"]) == ("same-origin", "no-store")
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def checkouts(world: World) -> list[str]:
    return [about for what, about in world.stripe.writes if what == "checkout"]


def test_it_says_what_ended_and_how_they_come_back_and_changes_nothing(client, world):
    address = written(world)
    before = (list(world.stripe.writes), Alert.objects.values().get())
    page = read(client, address)
    assert "Your subscription ended on November 20, 2026" in page
    assert "Nothing is charged before you confirm it there." in page
    assert "offer" not in page
    assert (world.stripe.writes, Alert.objects.values().get()) == before


def test_it_shows_the_offer_with_its_last_day_as_long_as_it_holds(client, world):
    world.set(winback_offers=OFFER)
    address = written(world)
    assert "Our offer to you: 20% off for the first 3 months." in read(client, address)
    assert "holds until December 1, 2026" in read(client, address)
    world.at(NOW + 12 * DAY)
    assert "Our offer" not in read(client, address)


def test_the_click_opens_a_checkout_of_the_same_plan_with_the_offer_and_leads_back(client, world):
    world.set(winback_offers=OFFER)
    address = written(world)
    answer = client.post(f"{address}/checkout")
    alert = world.alert
    [about] = checkouts(world)
    plan, code, letter, back = about.split()
    assert (plan, code, letter) == (alert.subscription_id, Offer.objects.get().code_id, alert.public_id)
    assert back.endswith(f"{address}?said=soon")
    assert "url=https://portal.example/session" in answer.content.decode()
    assert MessageEvent.objects.filter(kind="clicked").exists()


def test_two_clicks_are_one_session_and_a_click_after_its_end_asks_for_another(client, world):
    address = written(world)
    client.post(f"{address}/checkout")
    world.at(NOW + DAY + timedelta(hours=2))
    client.post(f"{address}/checkout")
    keys = [key for key in world.stripe.keys if key.startswith("back_")]
    assert len(keys) == 2
    assert len(set(keys)) == 1
    world.at(NOW + 3 * DAY)
    client.post(f"{address}/checkout")
    assert len({key for key in world.stripe.keys if key.startswith("back_")}) == 2


def test_a_click_in_another_letter_closes_the_session_of_the_first_before_it_opens_its_own(client, world):
    first = written(world)
    world.at(NOW + 7 * DAY)
    second = latest(world)
    old, new = Alert.objects.order_by("planned_at")
    client.post(f"{first}/checkout")
    client.post(f"{second}/checkout")
    said = [(what, letter(about)) for what, about in world.stripe.writes if what.startswith("checkout")]
    assert said == [("checkout", old.public_id), ("checkout over", old.public_id), ("checkout", new.public_id)]
    keys = [key for key in world.stripe.keys if key.startswith("back_")]
    assert keys[0] == keys[1], "it is the one that was opened"
    world.at(NOW + 7 * DAY + timedelta(minutes=5))
    client.post(f"{first}/checkout")
    keys = [key for key in world.stripe.keys if key.startswith("back_")]
    assert keys[-1] not in keys[:-1], "and what was closed is not led to again"


def letter(about: str) -> str:
    return next(word for word in about.split() if word.startswith("alert_"))


def latest(world: World) -> str:
    """The address in the last letter."""
    text = world.mail.accepted[-1][1].get_body(("plain",)).get_content()
    found = re.search(r"https?://[^/\s]+(/back/[\w-]+)\n", text)
    assert found
    return found[1]


def test_an_offer_that_is_over_is_not_redeemed(client, world):
    world.set(winback_offers=OFFER)
    address = written(world)
    world.at(NOW + 12 * DAY)
    client.post(f"{address}/checkout")
    [about] = checkouts(world)
    assert "promo_" not in about


def test_who_has_come_back_already_is_told_so_and_led_nowhere(client, world):
    address = written(world)
    make.make_subscription(Customer.objects.get(), began_at=NOW + 2 * DAY)
    assert "You have a subscription" in read(client, address)
    client.post(f"{address}/checkout")
    assert checkouts(world) == []


def test_who_came_back_a_moment_ago_is_led_to_no_second_checkout(client, world):
    """The event that tells of it is still on its way."""
    address = written(world)
    world.stripe.subscribing.add(world.alert.customer_id)
    answer = client.post(f"{address}/checkout")
    assert checkouts(world) == []
    assert "your subscription begins within a few minutes" in read(client, answer["Location"])


def test_a_checkout_that_does_not_open_is_told_and_nothing_else_happens(client, world):
    address = written(world)
    world.stripe.portal = ""
    answer = client.post(f"{address}/checkout")
    assert "could not be opened" in read(client, answer["Location"]).replace("&#x27;", "'")


def test_in_observe_mode_it_says_whom_to_write_to(client, world):
    address = written(world)
    Connection.objects.update(mode="observe")
    assert "Please write to Acme to come back." in read(client, address)
    client.post(f"{address}/checkout")
    assert checkouts(world) == []


def test_a_link_of_another_kind_opens_nothing(client, world):
    written(world)
    assert client.get(f"/back/{plan_token(world.alert.pk)}").status_code == 404
    assert client.get("/back/nobody").status_code == 404
