"""What an account has activated, as it tells itself and as a setup intent for nobody shows; against the simulator."""

from __future__ import annotations

import pytest
import stripe

from tideover.gateways.answers import NotPossible
from tideover.gateways.stripe import Stripe
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import running

ALL = ["card", "link", "us_bank_account", "sepa_debit", "bacs_debit", "paypal"]


@pytest.fixture
def world():
    with running(new_simulator(seed=3, start=1_790_000_000)) as found:
        yield found


@pytest.fixture
def ours(world):
    return Stripe(world.sim.keys.secret, api_base=world.base_url, may_write=True)


def test_the_account_tells_of_all_but_paypal(world, ours):
    world.pull("methods", activated=["card", "sepa_debit", "paypal"])
    told = ours.account()
    assert (told.activated, told.not_activated) == (("sepa_debit",), ("link", "us_bank_account", "bacs_debit"))


def test_a_setup_intent_for_nobody_shows_what_would_be_kept_and_is_canceled(world, ours):
    world.pull("methods", activated=["card", "paypal"])
    assert ours.methods_kept(ALL, key="kept_1") == {"card", "paypal"}
    client = stripe.StripeClient(world.sim.keys.secret, base_addresses={"api": world.base_url})
    [left] = client.v1.setup_intents.list().data
    assert (left.status, left.customer) == ("canceled", None)


def test_an_account_that_takes_none_of_them_says_so(world, ours):
    world.pull("methods", activated=["link"])
    with pytest.raises(NotPossible, match="activated"):
        ours.methods_kept(["card", "paypal"], key="kept_1")
