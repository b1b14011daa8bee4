"""A payment beside an invoice: made over exactly the debt, tried with one card after another, and come once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import stripe

from tests.contracts.merchant import Merchant
from tests.rooms.gateways.bodies import CHARGE, INTENT
from tests.rooms.gateways.strange import says
from tideover.core.outcomes import Tried
from tideover.gateways.answers import Declined, NeedsAuthentication, NotPossible, Paid, Refused, Unknown
from tideover.gateways.payments.beside import Debt, beside_read, came_to
from tideover.gateways.reading import charge_read
from tideover.gateways.shape import Odd
from tideover.gateways.stripe import Stripe
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import running

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def merchant() -> Iterator[Merchant]:
    sim = new_simulator(seed=3, start=1_790_000_000)
    with running(sim) as world:
        yield Merchant(stripe.StripeClient(sim.keys.secret, base_addresses={"api": world.base_url}), world)


@pytest.fixture
def ours(merchant: Merchant) -> Stripe:
    return Stripe(merchant.world.sim.keys.secret, api_base=merchant.world.base_url, may_write=True)


def debt(customer: str, **values: object) -> Debt:
    about = {"case": "case_1", "invoice_id": "in_1", "disputes": "dp_1", "amount": 9900, "currency": "usd"}
    return Debt(**{**about, "customer_id": customer, "description": "Invoice A-1", "methods": ("card",), **values})


def card(merchant: Merchant, customer: str, kind: str) -> str:
    return merchant.v1.payment_methods.attach(kind, {"customer": customer}).id


def test_it_is_over_exactly_the_debt_says_what_it_is_for_and_moves_no_money_by_being_made(merchant, ours):
    customer = merchant.customer().id
    made = ours.make_beside(debt(customer), key="pr_1")
    assert ours.make_beside(debt(customer), key="pr_1") == made
    told = merchant.v1.payment_intents.retrieve(made)
    assert (told.amount, told.currency, told.customer) == (9900, "usd", customer)
    assert told.metadata.to_dict() == {
        "tideover_case": "case_1",
        "tideover_invoice": "in_1",
        "tideover_disputes": "dp_1",
    }
    read = ours.read_beside(made)
    assert (read.status, read.amount, read.disputes, read.charges, read.paid) == (
        "requires_payment_method", 9900, "dp_1", (), None,
    )  # fmt: skip


def test_it_may_be_tried_with_one_card_after_another_and_comes_once(merchant, ours):
    customer = merchant.customer().id
    made = ours.make_beside(debt(customer), key="pr_1")
    poor, good = (card(merchant, customer, kind) for kind in ("pm_sim_decline_insufficient_funds", "pm_card_visa"))
    refused = ours.pay_beside(made, poor, key="try_1")
    assert isinstance(refused, Declined)
    assert (refused.decline.code, refused.payment_intent_id) == ("insufficient_funds", made)
    paid = ours.pay_beside(made, good, key="try_2")
    assert isinstance(paid, Paid)
    assert ours.pay_beside(made, good, key="try_3") == paid, "asked once more it tells what brought the money"
    read = ours.read_beside(made)
    assert {each.outcome for each in read.charges} == {Tried.DECLINED, Tried.PAID}
    assert (read.status, read.has_ended, read.paid.id) == ("succeeded", True, paid.charge_id)


def test_a_bank_that_asks_is_answered_with_the_payments_own_secret(merchant, ours):
    customer = merchant.customer().id
    made = ours.make_beside(debt(customer), key="pr_1")
    asked = ours.pay_beside(made, card(merchant, customer, "pm_card_authenticationRequired"), key="try_1")
    assert isinstance(asked, NeedsAuthentication)
    assert asked.client_secret == ours.read_beside(made).client_secret
    merchant.world.pull("authenticate", intent=made, passed=True)
    assert ours.read_beside(made).status == "succeeded"


def test_what_it_does_not_take_is_refused_and_no_bank_hears_of_it(merchant, ours):
    customer = merchant.customer().id
    made = ours.make_beside(debt(customer), key="pr_1")
    assert isinstance(
        ours.pay_beside(made, card(merchant, customer, "pm_sim_return_sepa_debit_AM04"), key="try_1"), Refused
    )
    assert ours.read_beside(made).charges == ()


def test_those_of_a_case_are_found_whoever_of_us_made_them_and_no_other(merchant, ours):
    customer = merchant.customer().id
    mine = [ours.make_beside(debt(customer), key=f"pr_{each}") for each in range(3)]
    ours.make_beside(debt(customer, case="case_2"), key="pr_other")
    for since in (LONG_AGO, None):
        assert {told.id for told in ours.read_besides(customer, "case_1", since)} == set(mine)
    assert ours.read_besides(customer, "case_1", datetime(2027, 1, 1, tzinfo=UTC)) == []
    assert ours.read_beside("pi_none") is None


def test_once_dropped_it_takes_no_money_and_what_has_come_is_not_dropped(merchant, ours):
    customer = merchant.customer().id
    good = card(merchant, customer, "pm_card_visa")
    dropped, paid = (ours.make_beside(debt(customer), key=f"pr_{each}") for each in range(2))
    ours.drop_payment(dropped, key="drop_1")
    assert isinstance(ours.pay_beside(dropped, good, key="try_1"), Refused)
    ours.pay_beside(paid, good, key="try_2")
    with pytest.raises(NotPossible):
        ours.drop_payment(paid, key="drop_2")


def test_nothing_is_sent_under_a_key_that_has_grown_old(ours):
    with pytest.raises(Unknown):
        ours.pay_beside("pi_1", "pm_1", key="try_1", not_after=LONG_AGO)


@pytest.mark.parametrize(
    "intent", [{**INTENT, "status": "succeeded", "latest_charge": None}, {**INTENT, "status": "new"}]
)
def test_an_answer_that_does_not_say_what_became_of_the_try_is_odd(intent):
    with pytest.raises(Odd):
        came_to({**intent, "amount": 9900})


def test_money_of_which_no_try_tells_is_odd_and_never_taken_for_none():
    with pytest.raises(Odd):
        beside_read({**INTENT, "status": "succeeded", "amount": 9900}, [charge_read(CHARGE)])


def test_where_the_answer_was_lost_nobody_knows(strange):
    strange.says(says(502, ""))
    with pytest.raises(Unknown):
        Stripe("rk_test_x", api_base=strange.url, may_write=True).pay_beside("pi_1", "pm_1", key="try_1")
