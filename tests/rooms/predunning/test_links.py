"""The link in an alert: what it shows, Stripe's portal at a click alone, and the card that was chosen there."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from tests import factories as make
from tests.rooms.predunning.there import DAY, NOW, RENEWS, World, as_json
from tideover.customer.renewing import views
from tideover.messages.models import MessageEvent
from tideover.mirror.models import Customer, Subscription
from tideover.predunning.models import Alert
from tideover.tenants.models import AuditEntry, Connection

pytestmark = pytest.mark.django_db


def told(world: World, **holder: object) -> str:
    """The address in the message."""
    world.holder(**holder)
    world.by_the_day(8)
    text = world.mail.accepted[-1][1].get_body(("plain",)).get_content()
    found = re.search(r"https?://[^/\s]+(/card/[\w-]+)\n", text)
    assert found
    return found[1]


@pytest.fixture(autouse=True)
def at_stripe(world, monkeypatch):
    """The page asks the same account."""
    monkeypatch.setattr(views, "stripe_for", lambda _connection: world.stripe)


def read(client, address: str) -> str:
    answer = client.get(address)
    assert (answer["Referrer-Policy"], answer["Cache-Control"]) == ("same-origin", "no-store")
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_it_says_which_card_it_is_and_what_it_is_needed_for_and_changes_nothing(client, world):
    address = told(world)
    before = (list(world.stripe.writes), Alert.objects.values().get())
    page = read(client, address)
    assert "Your card on file, Visa •••• 4242, is valid until the end of November 2026." in page
    assert "Your next payment to Acme is on December 3, 2026." in page
    assert "Update your card" in page
    assert (world.stripe.writes, Alert.objects.values().get()) == before


def test_it_speaks_the_language_of_who_reads_it(client, world):
    address = told(world, locale="de-DE", country="DE")
    assert "Ihre hinterlegte Karte, Visa •••• 4242, ist bis Ende November 2026 gültig." in read(client, address)


def test_the_click_opens_the_portal_for_this_customer_and_leads_back(client, world):
    address = told(world)
    answer = client.post(f"{address}/portal")
    who = Customer.objects.get()
    [(what, about)] = world.stripe.writes
    assert (what, about.split()[0]) == ("portal", who.stripe_id)
    assert about.endswith(f"{address}?said=from_portal")
    assert 'http-equiv="refresh" content="0;url=https://portal.example/session"' in answer.content.decode()
    assert "reaches us within a minute or two" in read(client, f"{address}?said=from_portal")


def test_a_look_and_a_click_are_noted_of_the_message(client, world):
    address = told(world)
    client.get(address)
    client.post(f"{address}/portal")
    assert MessageEvent.objects.filter(kind="clicked").exists()


def test_a_portal_that_does_not_open_is_told_and_nothing_else_happens(client, world):
    address = told(world)
    world.stripe.portal = ""
    answer = client.post(f"{address}/portal", follow=True)
    assert "could not be opened" in answer.content.decode()


@pytest.mark.parametrize("hinder", ["observe", "stopped", "off"])
def test_where_nothing_may_be_written_it_leads_to_the_merchant(client, world, hinder):
    address = told(world)
    world.set(return_url="https://acme.example/account")
    if hinder == "observe":
        Connection.objects.update(mode="observe")
    elif hinder == "stopped":
        Connection.objects.update(stopped_at=NOW)
    else:
        world.set(recovery_enabled=False)
    answer = client.get(address)
    assert 'href="https://acme.example/account"' in answer.content.decode()
    assert "<form" not in answer.content.decode()
    client.post(f"{address}/portal")
    assert world.stripe.writes == []
    world.set(return_url="")
    assert "Please write to Acme" in read(client, address)


def test_once_the_card_is_renewed_there_is_nothing_to_do_and_nothing_more_is_sent(client, world):
    address = told(world)
    who = Customer.objects.get()
    world.becomes(who, method_id=make.make_method(who, expires_on=date(2030, 1, 31)).stripe_id)
    assert "Your card is up to date" in read(client, address)
    client.post(f"{address}/portal")
    assert world.stripe.writes == []
    world.by_the_day(10)
    assert len(world.sent) == 1


def test_once_nothing_is_to_be_paid_any_more_it_says_so(client, world):
    address = told(world)
    world.becomes(Subscription.objects.get(), status="canceled", ended_at=world.now)
    assert "No payment to Acme is to come" in read(client, address)


def test_it_opens_for_thirty_days(client, world):
    address = told(world)
    sent_at = world.alert.settled_at
    world.at(sent_at + 29 * DAY)
    assert client.get(address).status_code == 200
    world.at(sent_at + 31 * DAY)
    assert client.get(address).status_code == 404


def test_of_who_was_erased_it_knows_nothing(client, world):
    address = told(world)
    Customer.objects.update(erased_at=NOW)
    assert client.get(address).status_code == 404


def test_a_wrong_link_opens_nothing(client):
    assert client.get("/card/not-a-token").status_code == 404
    assert client.post("/card/not-a-token/portal").status_code == 404


def test_who_clicks_too_often_waits(client, world):
    address = told(world)
    answers = {client.post(f"{address}/portal").status_code for _ in range(40)}
    assert 429 in answers


# ── the card that was chosen there ──


def choose(world: World, who: Customer) -> str:
    """As the portal does it: another default, and no word to the subscription."""
    new = make.make_method(who, expires_on=date(2030, 1, 31))
    world.becomes(who, method_id=new.stripe_id)
    return new.stripe_id


def test_a_subscription_with_a_card_of_its_own_is_charged_by_the_one_that_was_chosen(client, world):
    address = told(world, own=True)
    who, plan = Customer.objects.get(), Subscription.objects.get()
    client.post(f"{address}/portal")
    new = choose(world, who)
    world.at(world.now + timedelta(minutes=1))
    assert world.stripe.writes[-1] == ("charge by", f"{plan.stripe_id} {new}")
    world.at(world.now + timedelta(minutes=1))
    assert len({key for key in world.stripe.keys if key.startswith("card_")}) == 1
    assert AuditEntry.objects.filter(what="card taken over for a subscription", who="customer").count() == 1
    world.becomes(plan, method_id=new)
    world.at(world.now + timedelta(minutes=1))
    assert "Your card is up to date" in read(client, address)


def test_so_is_one_that_names_the_same_card_as_it_was_saved_another_time(client, world):
    """Of a card that was saved twice one message tells, so that one choice has to be for both."""
    address = told(world, own=True, fingerprint="fp_same")
    who = Customer.objects.get()
    _, twin, _ = world.holder(who=who, own=True, fingerprint="fp_same", renews_at=RENEWS + 40 * DAY)
    client.post(f"{address}/portal")
    new = choose(world, who)
    world.at(world.now + timedelta(minutes=1))
    charged = {about for what, about in world.stripe.writes if what == "charge by"}
    assert charged == {f"{plan.stripe_id} {new}" for plan in Subscription.objects.all()}
    Subscription.objects.update(method_id=new)
    world.becomes(who, method_id=twin.stripe_id)
    world.at(world.now + timedelta(minutes=1))
    assert len([what for what, _ in world.stripe.writes if what == "charge by"]) == 2


def test_one_that_stripe_does_not_let_us_set_keeps_no_other_on_the_old_card(client, world):
    address = told(world, own=True)
    who, odd = Customer.objects.get(), Subscription.objects.get()
    other = make.make_subscription(who, method_id=odd.method_id, renews_at=RENEWS)
    world.stripe.things[other.stripe_id] = as_json(other)
    client.post(f"{address}/portal")
    new = choose(world, who)
    world.stripe.not_to_set = odd.stripe_id
    world.at(world.now + timedelta(minutes=1))
    assert [about for what, about in world.stripe.writes if what == "charge by"] == [f"{other.stripe_id} {new}"]


@pytest.mark.parametrize("what", ["erased", "nobody was led there", "nothing was chosen", "long after", "observe mode"])
def test_otherwise_nothing_of_a_subscription_is_changed(client, world, what):
    address = told(world, own=True)
    who = Customer.objects.get()
    if what != "nobody was led there":
        client.post(f"{address}/portal")
    if what != "nothing was chosen":
        choose(world, who)
    if what == "observe mode":
        Connection.objects.update(mode="observe")
    if what == "erased":
        Customer.objects.update(erased_at=NOW)
    world.at(world.now + (2 * DAY if what == "long after" else timedelta(minutes=1)))
    assert [what for what, _ in world.stripe.writes if what == "charge by"] == []


def test_who_goes_there_twice_has_chosen_all_the_same(client, world):
    address = told(world, own=True)
    client.post(f"{address}/portal")
    new = choose(world, Customer.objects.get())
    client.post(f"{address}/portal")
    world.at(world.now + timedelta(minutes=1))
    assert world.stripe.writes[-1][1].endswith(new)


def test_a_stripe_that_is_silent_is_asked_again_under_the_same_key(client, world):
    address = told(world, own=True)
    client.post(f"{address}/portal")
    new = choose(world, Customer.objects.get())
    world.stripe.may_write = False
    world.at(world.now + timedelta(minutes=1))
    world.stripe.may_write = True
    world.at(world.now + timedelta(minutes=1))
    assert world.stripe.writes[-1][1].endswith(new)
    assert world.now < RENEWS
