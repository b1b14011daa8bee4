"""Doctor asks Stripe itself, as the simulator answers: what it hears is what it tells."""

from __future__ import annotations

import pytest

from tests import factories as make
from tests.rooms.upkeep.doctor.world import GOOD_NAMES, Names
from tideover import clock
from tideover.config import config
from tideover.gateways.app import asks
from tideover.gateways.permissions import asked_of
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import running
from tideover.upkeep.doctor.asking import Outside
from tideover.upkeep.doctor.examine import examine
from tideover.upkeep.doctor.findings import Level

pytestmark = pytest.mark.django_db


@pytest.fixture
def stripe():
    with running(new_simulator(seed=3, start=1_790_000_000)) as world:
        yield world


def found_with(project, stripe, key):
    from tideover.gateways.stripe import Stripe  # noqa: PLC0415

    account = Stripe(key, api_base=stripe.base_url).account() if not key.startswith("rk_dead") else None
    account_id = account.id if account else "acct_1"
    make.make_connection(project, api_key=key, api_base=stripe.base_url, account_id=account_id)
    outside = Outside(names=Names(GOOD_NAMES), status_of=lambda _: 200, mail_server=str, disk=str)
    found = examine(project.organization_id, clock.now(), outside)
    return {each.check: each for each in reversed(found)}  # of each check the worst


def test_what_a_key_may_and_what_the_account_has_is_heard_of_stripe(alice, stripe):
    names = [each.name for each in asked_of(act=True) if each.word != "charge"]
    key = stripe.pull("restricted_key", permissions=names)["key"]
    found = found_with(alice.project, stripe, key)
    assert "key" not in found
    assert "rak_charge_read" in found["permissions"].says
    assert found["webhook"].says == "None of the account's endpoints leads here"
    assert not {"events", "endpoints", "restricted"} & set(found)


def test_a_key_that_stripe_does_not_know_is_dead(alice, stripe):
    found = found_with(alice.project, stripe, "rk_dead_nobody_gave_this_out")
    assert found["key"].level == Level.BAD
    assert found["permissions"].level == found["events"].level == Level.UNKNOWN


# ── opened by a Stripe App ──


@pytest.fixture
def by_app(alice, stripe, monkeypatch):
    """An account whose token is over: it is refreshed before the questions are asked."""
    told = stripe.pull("app", permissions=list(asks(act=True)))
    monkeypatch.setattr(config(), "stripe_app_link", told["link"])
    monkeypatch.setattr(config(), "stripe_app_secret_key", told["secret"])
    monkeypatch.setattr(config(), "stripe_api_base", stripe.base_url)
    stripe.sim.app.refresh["rt_1"] = (2_000_000_000, stripe.sim.app.permissions)
    values = {"account_id": stripe.sim.keys.account, "api_base": stripe.base_url, "api_key_until": clock.now()}
    return make.make_connection(alice.project, kind="app", refresh_token="rt_1", webhook_secret="", **values)


def found_of(connection):
    outside = Outside(names=Names(GOOD_NAMES), status_of=lambda _: 200, mail_server=str, disk=str)
    found = examine(connection.organization_id, clock.now(), outside)
    return {each.check: each for each in reversed(found)}


def test_an_app_is_asked_what_it_may_be_asked_and_its_endpoint_is_the_operators(by_app, monkeypatch):
    found = found_of(by_app)
    assert not {"key", "restricted", "endpoints"} & set(found)
    assert (found["webhook"].level, found["permissions"].level) == (Level.WARN, Level.NOTE)
    assert "TIDEOVER_STRIPE_APP_WEBHOOK_SECRET" in found["webhook"].mend.words
    monkeypatch.setattr(config(), "stripe_app_webhook_secret", "whsec_1")
    assert "webhook" not in found_of(by_app)


def test_an_app_that_gets_no_token_any_more_is_dead(by_app, stripe):
    stripe.sim.app.refresh.clear()
    found = found_of(by_app)
    assert found["key"].level == Level.BAD
    assert "Install it once more" in found["key"].evidence
