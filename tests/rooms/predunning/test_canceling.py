"""The link in a notice: what it shows, and the ways to cancel, each at a click alone."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests import factories as make
from tests.rooms.predunning.there import DAY, NOW, World
from tideover.customer.canceling import views
from tideover.messages.keyed import card_token, token_hash
from tideover.messages.models import MessageEvent
from tideover.mirror.models import Subscription
from tideover.predunning.models import Alert
from tideover.tenants.models import Connection

pytestmark = pytest.mark.django_db
RENEWS = NOW + 30 * DAY


@pytest.fixture(autouse=True)
def at_stripe(world, monkeypatch):
    """The page asks the same account."""
    world.set(renewal_notices=True, trial_notices=True)
    monkeypatch.setattr(views, "stripe_for", lambda _connection: world.stripe)


def told(world: World, **subscriber: object) -> str:
    """The address in the message."""
    world.subscriber(renews_at=RENEWS, **subscriber)
    world.at(NOW + 25 * DAY)
    text = world.mail.accepted[-1][1].get_body(("plain",)).get_content()
    found = re.search(r"https?://[^/\s]+(/plan/[\w-]+)\n", text)
    assert found
    return found[1]


def read(client, address: str) -> str:
    answer = client.get(address)
    assert (answer["Referrer-Policy"], answer["Cache-Control"]) == ("same-origin", "no-store")
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_it_says_when_it_renews_and_where_it_is_canceled_and_changes_nothing(client, world):
    address = told(world)
    before = (list(world.stripe.writes), Alert.objects.values().get())
    page = read(client, address)
    assert "Your subscription renews on December 20, 2026" in page
    assert "You can cancel until then. If you want to keep it, there is nothing to do." in page
    assert (world.stripe.writes, Alert.objects.values().get()) == before


def test_of_a_trial_it_says_when_that_ends_in_the_language_of_who_reads_it(client, world):
    address = told(world, trial=True, locale="fr-FR", country="FR")
    assert "Votre période d'essai se termine le 20 décembre 2026" in read(client, address).replace("&#x27;", "'")


def test_the_click_opens_the_portal_for_this_subscription_and_leads_back(client, world):
    address = told(world)
    answer = client.post(f"{address}/portal")
    [(what, about)] = world.stripe.writes
    assert (what, about.split()[:2]) == ("cancel", [world.alert.customer_id, world.alert.subscription_id])
    assert about.endswith(address)
    assert "url=https://portal.example/session" in answer.content.decode()
    assert MessageEvent.objects.filter(kind="clicked").exists()


def test_a_portal_that_does_not_open_is_told_and_nothing_else_happens(client, world):
    address = told(world)
    world.stripe.portal = ""
    assert "could not be opened" in client.post(f"{address}/portal", follow=True).content.decode()


def test_where_the_merchant_has_an_address_for_it_it_leads_there_and_opens_no_portal(client, world):
    address = told(world)
    world.set(cancel_url="https://acme.example/cancel")
    page = client.get(address).content.decode()
    assert 'href="https://acme.example/cancel"' in page
    assert "<form" not in page
    client.post(f"{address}/portal")
    assert world.stripe.writes == []


def test_who_has_canceled_reads_when_it_ends_and_is_led_nowhere(client, world):
    address = told(world)
    Subscription.objects.update(ends_at=RENEWS)
    page = read(client, address)
    assert "Your subscription is canceled" in page
    assert "It ends on December 20, 2026 and does not renew." in page
    client.post(f"{address}/portal")
    assert world.stripe.writes == []


@pytest.mark.parametrize("status", ["past_due", "paused", "unpaid"])
def test_what_is_not_paid_has_not_ended_and_can_be_canceled(client, world, status):
    address = told(world)
    Subscription.objects.update(status=status)
    page = read(client, address)
    assert "has ended" not in page
    assert "You can cancel until then." in page
    client.post(f"{address}/portal")
    assert [what for what, _ in world.stripe.writes] == ["cancel"]


@pytest.mark.parametrize("status", ["canceled", "incomplete_expired"])
def test_what_has_ended_is_said_to_and_leads_nowhere(client, world, status):
    address = told(world)
    Subscription.objects.update(status=status)
    assert "Your subscription has ended" in read(client, address)
    client.post(f"{address}/portal")
    assert world.stripe.writes == []


def test_it_opens_until_the_renewal_however_long_ago_the_message_was_and_a_month_after(client, world):
    address = told(world)
    world.at(RENEWS + 20 * DAY)
    assert client.get(address).status_code == 200
    world.at(RENEWS + timedelta(days=60))
    assert client.get(address).status_code == 404


def test_a_link_of_a_card_and_one_of_a_subscription_do_not_open_each_other(client, world):
    address = told(world)
    token = address.removeprefix("/plan/")
    assert client.get(f"/card/{token}").status_code == 404
    _, method, plan = world.holder(email="card@payer.example")
    alert = make.make_alert(method, state="sent", subscription_id=plan.stripe_id)
    of_card = card_token(alert.pk)
    Alert.objects.filter(pk=alert.pk).update(token_hash=token_hash(of_card))
    assert client.get(f"/card/{of_card}").status_code == 200
    assert client.get(f"/plan/{of_card}").status_code == 404
    assert client.get("/plan/nobody").status_code == 404


def test_while_everything_is_stopped_no_portal_is_opened(client, world):
    address = told(world)
    Connection.objects.update(stopped_at=NOW)
    assert "Please write to Acme to cancel." in read(client, address)
