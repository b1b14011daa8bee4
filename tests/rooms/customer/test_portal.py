"""Stripe's customer portal in the place of the form, where the merchant prefers it: opened by a click, and not before."""

from __future__ import annotations

import re

import pytest
import stripe as library

from tests.factories import NOW, make_case, make_connection
from tests.rooms.customer.test_card_page import text_of, url_of
from tests.rooms.customer.till import Till, open_link
from tideover.gateways.answers import Busy, NotPossible, Unknown
from tideover.recovery.models import Case
from tideover.recovery.paying.portal import open_portal
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import running
from tideover.tenants.models import Project

pytestmark = pytest.mark.django_db
FORM, PORTAL = 'id="card-form"', "Go to Stripe's page"


def prefer(case: Case) -> Case:
    Project.objects.filter(pk=case.project_id).update(prefers_portal=True)
    return Case.objects.select_related("project").get(pk=case.pk)


@pytest.fixture
def shop():
    """A customer at the simulated Stripe, whose payment failed, and whose merchant prefers the portal."""
    sim = new_simulator(seed=3, start=1_790_000_000)
    with running(sim) as world:
        client = library.StripeClient(sim.keys.secret, base_addresses={"api": world.base_url})
        customer = client.v1.customers.create({"name": "Jane Payer"})
        there = {"api_base": world.base_url, "api_key": sim.keys.secret, "publishable_key": sim.keys.publishable}
        yield world, prefer(make_case(make_connection(**there), customer_id=customer.id))


def test_it_stands_in_the_place_of_the_form_beside_the_other_ways(client, connection):
    case = prefer(make_case(connection, hosted_url="https://invoice.stripe.example/i/1"))
    answer = client.get(url_of(case))
    page = text_of(answer)
    assert FORM not in answer.content.decode()
    assert "Change your payment method" in page
    assert "again now" in page
    assert "Pay on Stripe's own page" in page


def test_a_look_at_the_page_opens_no_portal(client, shop):
    world, case = shop
    before = world.look("requests")
    client.get(url_of(case))
    assert world.look("requests") == before


def test_the_click_opens_it_for_this_payer_and_leads_there_and_back(client, shop):
    world, case = shop
    url = url_of(case)
    answer = client.post(url + "/portal")
    [session] = world.sim.store.portal_sessions
    assert (session["customer"], session["flow"]["type"]) == (case.customer_id, "payment_method_update")
    assert session["return_url"].endswith(f"{url}?said=from_portal")
    assert re.search(r'http-equiv="refresh" content="0;url=' + re.escape(session["url"]), answer.content.decode())
    assert (answer["Referrer-Policy"], answer["Cache-Control"]) == ("same-origin", "no-store")


def test_who_comes_back_is_told_that_the_news_takes_a_moment(client, connection):
    case = prefer(make_case(connection))
    assert "reaches us within a minute or two" in text_of(client.get(url_of(case) + "?said=from_portal"))


def test_a_portal_that_does_not_open_leaves_the_form(client, connection):
    case = prefer(make_case(connection))  # whose Stripe nobody reaches
    answer = client.post(url_of(case) + "/portal", follow=True)
    assert FORM in answer.content.decode()


def test_the_form_in_its_place_stays_whatever_is_chosen_of_several(client, connection):
    case = prefer(make_case(connection, customer_id="cus_two"))
    make_case(connection, customer_id="cus_two")
    page = client.get(url_of(case) + "?form=1").content.decode()
    [picks] = re.findall(r'<form id="picks".*?</form>', page, re.DOTALL)
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]+)"', picks))
    chosen = client.get(url_of(case), fields).content.decode()
    assert FORM in chosen
    assert f'id="agreed" data-amount autocomplete="off" value="{case.public_id}:9900"' in chosen


@pytest.mark.parametrize("failed", [Unknown("no answer"), Busy("rate limit"), NotPossible("no configuration")])
def test_whatever_fails_there_is_no_address(failed):
    class Failing(Till):
        def open_portal(self, customer_id: str, back: str, *, key: str) -> str:
            raise failed

    case = make_case()
    assert open_portal(open_link(case), "https://pay.example/c/x", Failing(case)) == ""


def test_where_the_bank_has_asked_the_form_answers_it(client, connection):
    case = prefer(make_case(connection, family="authentication", decline_code="authentication_required"))
    answer = client.get(url_of(case))
    assert FORM in answer.content.decode()
    assert PORTAL not in text_of(answer)


@pytest.mark.parametrize("values", [{"state": "abandoned", "ended_at": NOW}, {"rest": "paused"}])
def test_where_no_news_would_charge_what_is_put_there_the_form_stays(client, connection, values):
    case = prefer(make_case(connection, **values))
    answer = client.get(url_of(case))
    assert FORM in answer.content.decode()
    assert PORTAL not in text_of(answer)


@pytest.mark.parametrize("hinder", ["observe mode", "nobody prefers it", "it is paid"])
def test_where_it_is_no_way_no_portal_is_opened(client, shop, hinder):
    world, case = shop
    if hinder == "observe mode":
        type(case.connection).objects.update(mode="observe")
    elif hinder == "it is paid":
        Case.objects.update(state="recovered", ended_at=NOW)
    else:
        Project.objects.update(prefers_portal=False)
    assert client.post(url_of(case) + "/portal").status_code == 302
    assert len(world.sim.store.portal_sessions) == 0


@pytest.mark.parametrize(("charges", "says"), [(True, "soon after"), (False, "with the next try")])
def test_when_it_is_charged_is_as_the_rules_say(client, connection, charges, says):
    case = prefer(make_case(connection))
    rules = case.ruleset.rules | {"charge_new_card": charges}
    type(case.ruleset).objects.filter(pk=case.ruleset_id).update(rules=rules)
    assert f"is charged to it {says}" in text_of(client.get(url_of(case)))
