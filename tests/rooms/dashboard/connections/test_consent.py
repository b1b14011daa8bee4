"""Connecting by Stripe's consent: agreed to there, by this person, for this project, once and within ten minutes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests import factories
from tests.people import colleague
from tideover import clock
from tideover.config import Config, config
from tideover.flow.stripe import stripe_for, stripe_for_leaving
from tideover.gateways.answers import LockedOut
from tideover.ids import public
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import Running, running
from tideover.tenants.models import AuditEntry, Connection
from tideover.tenants.roles import Role
from tideover.upkeep.rounds import wind_up_all

pytestmark = pytest.mark.django_db
BEGIN, AGREED = "/api/stripe/connect", "/connections/agreed/"


@pytest.fixture
def stripe(monkeypatch) -> Iterator[Running]:
    with running(new_simulator(seed=3, start=1_790_000_000)) as world:
        monkeypatch.setattr(config(), "stripe_api_base", world.base_url)
        monkeypatch.setattr(config(), "stripe_client_id", world.sim.platform.client_id)
        monkeypatch.setattr(config(), "stripe_secret_key", world.sim.platform.secret)
        yield world


def asked(browser, mode="observe") -> dict[str, str]:
    """What Stripe's page is asked for."""
    answer = browser.get(BEGIN, {"mode": mode})
    assert answer.status_code == 302
    assert urlsplit(answer["Location"]).path == "/oauth/authorize"
    return {name: value for name, [value] in parse_qs(urlsplit(answer["Location"]).query).items()}


def at_stripe(stripe, question, answer="yes") -> dict[str, str]:
    """What its page comes back with."""
    page = httpx.get(f"{stripe.base_url}/oauth/authorize", params=question)
    assert page.status_code == 200, page.text
    back = httpx.post(f"{stripe.base_url}/oauth/authorize", data={"answer": answer, **question})
    assert urlsplit(back.headers["Location"]).path == AGREED
    return {name: value for name, [value] in parse_qs(urlsplit(back.headers["Location"]).query).items()}


def agreed(person, stripe, mode="observe"):
    browser = person.browser()
    answer = browser.get(AGREED, at_stripe(stripe, asked(browser, mode)), follow=True)
    return answer.content.decode()


def test_two_clicks_connect_the_account_to_the_project_one_is_in_by_what_was_agreed_to(alice, stripe):
    page = agreed(alice, stripe)
    made = Connection.objects.get()
    assert (made.project, made.kind, made.mode, made.livemode) == (alice.project, "consent", "observe", False)
    assert (made.account_id, made.publishable_key) == (stripe.sim.keys.account, stripe.sim.keys.publishable)
    assert "by Stripe&#x27;s consent" in page
    assert AuditEntry.objects.get(what="connected").who == alice.user.email
    assert made.api_key not in page


def test_who_agrees_to_read_and_write_has_an_endpoint_made_as_well(alice, stripe):
    agreed(alice, stripe, "act")
    made = Connection.objects.get()
    assert (made.mode, [each["url"] for each in stripe.sim.store.webhook_endpoints]) == ("act", [made.webhook_url])


def test_who_agreed_to_less_than_was_asked_for_may_do_less(alice, stripe):
    browser = alice.browser()
    question = asked(browser, "act") | {"scope": "read_only"}
    page = browser.get(AGREED, at_stripe(stripe, question), follow=True).content.decode()
    assert Connection.objects.get().mode == "observe"
    assert "agree once more" in page


def test_reading_is_refused_every_write_by_stripe_itself(alice, stripe):
    agreed(alice, stripe)
    Connection.objects.update(mode="act")
    with pytest.raises(LockedOut):
        stripe_for(Connection.objects.get()).set_auto_advance("in_1", on=False, key="k")


# ── what does not count as an answer ──


@pytest.mark.parametrize(
    "wrong", ["another state", "again", "too late", "another person", "another project", "unasked"]
)
def test_an_answer_counts_for_who_asked_once_and_for_ten_minutes(alice, stripe, wrong):
    browser = alice.browser()
    answer = at_stripe(stripe, asked(browser))
    if wrong == "another state":
        answer["state"] = "x" * 43
    if wrong == "again":
        browser.get(AGREED, {**answer, "state": "x"})
    if wrong == "too late":
        session = browser.session
        until = datetime.fromisoformat(session["consent"]["until"]) - timedelta(minutes=10)
        session["consent"] = {**session["consent"], "until": until.isoformat()}
        session.save()
    if wrong == "another project":
        session = browser.session
        session["project"] = str(factories.make_project(alice.organization).pk)
        session.save()
    if wrong == "unasked":
        browser = alice.browser()
    if wrong == "another person":
        session, browser = browser.session["consent"], colleague("Bea", alice, Role.ADMIN).browser()
        hers = browser.session
        hers["consent"] = session
        hers.save()
    page = browser.get(AGREED, answer, follow=True).content.decode()
    assert "belongs to no question of yours" in page
    assert not Connection.objects.exists()
    assert len(stripe.sim.platform.codes) == 1, "the code is not even exchanged"


def test_who_says_no_at_stripe_is_told_that_nothing_is_connected(alice, stripe):
    browser = alice.browser()
    page = browser.get(AGREED, at_stripe(stripe, asked(browser), "no"), follow=True).content.decode()
    assert "Nothing was agreed to" in page
    assert not Connection.objects.exists()


def test_an_account_that_another_platform_controls_is_told_that_the_key_works(alice, stripe):
    stripe.sim.platform.taken = True
    browser = alice.browser()
    page = browser.get(AGREED, at_stripe(stripe, asked(browser)), follow=True).content.decode()
    assert "controls it. A restricted key works in any case." in page


def test_a_code_that_stripe_does_not_take_connects_nothing(alice, stripe):
    browser = alice.browser()
    state = asked(browser)["state"]
    page = browser.get(AGREED, {"state": state, "code": "ac_nonsense"}, follow=True).content.decode()
    assert "used, expired or none" in page
    assert not Connection.objects.exists()


def test_an_account_of_another_merchant_is_refused_in_words_that_name_nobody(alice, mallory, stripe):
    agreed(alice, stripe)
    page = agreed(mallory, stripe)
    assert "for another organization of this installation" in page
    assert alice.organization.name not in page
    assert Connection.objects.get().organization == alice.organization
    assert stripe.sim.platform.tokens, "her consent is not ended by it"


# ── once more, and the end ──


def test_agreed_to_once_more_the_same_connection_may_do_more(alice, stripe):
    agreed(alice, stripe)
    one = Connection.objects.get()
    assert "Agree once more" in agreed(alice, stripe, "act")
    again = Connection.objects.get()
    assert (again.pk, again.mode, again.api_key == one.api_key) == (one.pk, "act", False)


def test_disconnected_the_consent_ends_at_stripe_too(alice, stripe):
    agreed(alice, stripe, "act")
    made = Connection.objects.get()
    token, off = made.api_key, f"/connections/{public('conn', made.pk)}/disconnect/"
    assert "Your consent ends at Stripe, too" in alice.browser().get(off).content.decode()
    alice.browser().post(off, {"word": "disconnect"})
    assert wind_up_all(stripe_for_leaving, clock.now()) == 1
    made.refresh_from_db()
    assert (made.left_undone, token in stripe.sim.restricted) == ("", False)
    assert "Connect again" in alice.browser().get("/connections/").content.decode()


def test_a_consent_that_was_ended_at_stripe_before_is_said_to_be_so(alice, stripe):
    agreed(alice, stripe, "act")
    stripe.sim.platform.tokens.clear()
    off = f"/connections/{public('conn', Connection.objects.get().pk)}/disconnect/"
    alice.browser().post(off, {"word": "disconnect"})
    assert wind_up_all(stripe_for_leaving, clock.now()) == 1
    assert "not connected to that account" in Connection.objects.get().left_undone


# ── where the operator has set up none ──


def test_a_way_that_the_operator_has_not_set_up_is_not_shown_and_not_there(alice):
    assert "Agree to read-only" not in alice.browser().get("/connections/new/").content.decode()
    assert [alice.browser().get(address).status_code for address in (BEGIN, AGREED)] == [404, 404]


def test_where_it_is_set_up_the_ways_are_compared(alice, stripe):
    page = alice.browser().get("/connections/new/").content.decode()
    for said in ("2 clicks", "5 clicks, 1 field", "Agree to read-only", "Agree to read and write", "Restricted key"):
        assert said in page, said


def test_who_may_not_connect_is_not_let_begin(alice, stripe):
    assert colleague("Carol", alice, Role.SUPPORT).browser().get(BEGIN).status_code == 403


@pytest.mark.parametrize("one", ["stripe_client_id", "stripe_secret_key"])
def test_half_an_application_is_refused_at_the_start(one):
    with pytest.raises(ValueError, match="belong together"):
        Config(**{one: "x"})
