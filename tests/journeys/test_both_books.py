"""Each way in which a debt ends, lived through in dollars, yen and dinars: Stripe's ledger and our books say the same.

One customer of each currency whose renewal fails, at the end of a trial. They come to the pay page by the link of
their mail and send its forms, as a browser would.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.test import Client

from chaos.forms import Form, forms
from tests.journeys.conftest import DAY, Shop
from tideover.core.choices import AfterTrial, Coexistence, FinalAction
from tideover.core.rules import PRESETS, Rules
from tideover.core.timing import local_day
from tideover.flow.stripe import stripe_for
from tideover.messages.erased import erased_among
from tideover.mirror import importing as mirror
from tideover.recovery.models import Action, Attempt, Case, Plan
from tideover.recovery.places import zone
from tideover.recovery.rulesets import adopt
from tideover.tenants.models import Project

pytestmark = pytest.mark.django_db(transaction=True)
CURRENCIES = ("jpy", "kwd", "usd")
OWED = 9900
EMPTY, RICH = "pm_sim_decline_insufficient_funds", "pm_card_visa"
RULES = PRESETS["paymentrescue"]  # writes at once, and charges nothing by itself


@dataclass
class Payer:
    """A customer of the shop, whose debts are in one currency."""

    shop: Shop
    currency: str
    id: str
    method: str = ""
    subscriptions: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        return f"pia.{self.currency}@payer.example"

    @property
    def cases(self) -> list[Case]:
        """What they owe or owed, the oldest first."""
        return list(Case.objects.filter(customer_id=self.id).order_by("opened_at", "id"))

    @property
    def case(self) -> Case:
        return self.cases[0]

    def bank_says(self, behavior: str) -> None:
        self.shop.world._post("/_sim/card", {"payment_method": self.method, "behavior": behavior})

    def page(self, **asked: Any) -> tuple[str, dict[str, Form]]:
        """Their pay page as the link of the newest mail opens it, and its forms by what they are for."""
        mails = [mail for to, mail in self.shop.mail.accepted if to == self.address]
        link = re.search(r"https?://[^/\s]+(/c/[\w-]+)", mails[-1].get_body(("plain",)).get_content())
        assert link
        answer = Client().get(link[1], asked)
        assert answer.status_code == 200
        return link[1], {form.name: form for form in forms(answer.content.decode())}

    def sends(self, door: str, asked: dict[str, Any] | None = None, **chosen: str) -> None:
        """What the form behind this door sends, with what they choose in it; twice, as an impatient hand does."""
        form = self.page(**(asked or {}))[1][door]
        assert form.method == "post"
        for _ in range(2):
            answer = Client().post(form.action, {**form.fields, **form.buttons, **chosen})
            assert answer.status_code == 302, answer.content

    def story(self) -> list[str]:
        done = Action.objects.filter(case=self.case, state=Action.State.DONE).order_by("settled_at", "id")
        return [f"{row.template or row.do}: {row.outcome}" for row in done]


@pytest.fixture
def open_for(open_shop) -> Callable[..., tuple[Shop, list[Payer]]]:
    """A shop with a customer of each currency, whose subscriptions renew in five minutes and fail."""

    def opened(
        *currencies: str, rules: Rules = RULES, method: str = EMPTY, subscriptions: int = 1
    ) -> tuple[Shop, list[Payer]]:
        shop = open_shop("paymentrescue")
        adopt(shop.connection.project, "ours", replace(rules, name="ours"), shop.machine.now)
        terms = {"plans_enabled": True, "plans_from_day": 0, "plans_least": "JPY 500, KWD 5, USD 5"}
        Project.objects.filter(pk=shop.connection.project_id).update(backup_methods=True, **terms)
        return shop, [customer_of(shop, currency, method, subscriptions) for currency in currencies or CURRENCIES]

    return opened


def customer_of(shop: Shop, currency: str, method: str, subscriptions: int) -> Payer:
    v1 = shop.client.v1
    who = {"name": "Pia Payer", "email": f"pia.{currency}@payer.example", "address": {"country": "GB"}}
    payer = Payer(shop, currency, v1.customers.create(who).id)
    if method:
        payer.method = kept(payer, method)
        v1.customers.update(payer.id, {"invoice_settings": {"default_payment_method": payer.method}})
    price = {
        "product_data": {"name": "Pro"},
        "currency": currency,
        "unit_amount": OWED,
        "recurring": {"interval": "year"},
    }
    wish: Any = {"customer": payer.id, "items": [{"price": v1.prices.create(price).id}]}
    wish["trial_end"] = int((shop.machine.now + timedelta(minutes=5)).timestamp())
    payer.subscriptions = tuple(v1.subscriptions.create(wish).id for _ in range(subscriptions))
    return payer


def kept(payer: Payer, token: str) -> str:
    """A method that they have saved."""
    return str(payer.shop.client.v1.payment_methods.attach(token, {"customer": payer.id}).id)


def days_go_by(shop: Shop, days: float) -> None:
    shop.machine.move(shop.machine.now + days * DAY)


def came(shop: Shop, payers: list[Payer]) -> list[int]:
    """What came of each payer's debts, once the ledger of the simulator and our books say the same of every try."""
    ledger = [row for row in shop.world.ledger() if row["invoice"]]
    at_stripe = {row["id"]: row for row in shop.world.summary()["invoices"]}
    for case in Case.objects.all():
        there = at_stripe.get(case.invoice_id) or {"amount_came": 0, "amount_recovered": 0}
        lines = [row for row in ledger if row["invoice"] == case.invoice_id]
        paid = sum(row["amount"] for row in lines if row["outcome"] == "succeeded")
        assert {row["currency"] for row in lines} <= {case.currency}
        assert paid == case.amount_recovered + case.amount_returned <= case.amount_due
        assert (there["amount_came"], there["amount_recovered"]) in {(paid, case.amount_recovered), (0, 0)}
        keys = Counter(row["idempotency_key"] for row in lines if row["by"] == "api" and not row["settles"])
        assert set(keys.values()) <= {1}, "each of our tries was made once"
        ours = Attempt.objects.filter(case=case).exclude(charge_id="").values_list("charge_id", "amount", "currency")
        assert set(ours) == {(row["charge"], row["amount"], row["currency"]) for row in lines if row["charge"]}
    return [sum(case.amount_recovered for case in payer.cases) for payer in payers]


def states(payers: list[Payer]) -> set[str]:
    return {case.state for payer in payers for case in payer.cases}


# ── what is agreed on the pay page ──


def in_three_days(payer: Payer) -> str:
    return (local_day(payer.shop.machine.now, zone(payer.case.time_zone)) + 3 * DAY).isoformat()


def test_a_promise_is_kept(open_for):
    shop, payers = open_for()
    days_go_by(shop, 0.5)
    for payer in payers:
        payer.sends("promise", other=in_three_days(payer))
    days_go_by(shop, 1)
    assert not any(shop.client.v1.invoices.retrieve(payer.case.invoice_id).auto_advance for payer in payers)
    for payer in payers:
        payer.bank_says("ok")
    days_go_by(shop, 1)
    assert came(shop, payers) == [0] * 3, "before the day nothing is charged"
    days_go_by(shop, 2)
    assert came(shop, payers) == [OWED] * 3
    days_go_by(shop, 20)
    assert came(shop, payers) == [OWED] * 3
    assert {line for payer in payers for line in payer.story() if line.startswith("charge")} == {"charge: paid"}


def test_a_promise_is_broken_and_the_same_card_pays_again_later(open_for):
    shop, payers = open_for()
    days_go_by(shop, 0.5)
    for payer in payers:
        payer.sends("promise", other=in_three_days(payer))
    days_go_by(shop, 5)
    assert came(shop, payers) == [0] * 3
    assert all("charge: declined:insufficient_funds" in payer.story() for payer in payers)
    assert all(shop.client.v1.invoices.retrieve(payer.case.invoice_id).auto_advance for payer in payers)
    for payer in payers:
        payer.bank_says("ok")
        payer.sends("again")
    assert came(shop, payers) == [OWED] * 3
    days_go_by(shop, 20)
    assert (came(shop, payers), states(payers)) == ([OWED] * 3, {"recovered"})


def test_a_plan_is_broken_and_its_parts_that_came_stay(open_for):
    shop, payers = open_for()
    days_go_by(shop, 0.5)
    for payer in payers:
        payer.bank_says("ok")
        payer.sends("plan", parts="4")
        payer.bank_says("decline_insufficient_funds")
    first = [
        2475,
        2490,
        2475,
    ]  # Stripe takes only whole tens of a dinar's thousandths: the first part is the larger one
    assert came(shop, payers) == first
    days_go_by(shop, 60)
    assert set(Plan.objects.values_list("state", flat=True)) == {"broken"}
    assert came(shop, payers) == first
    assert not any(payer.case.held for payer in payers)


def test_all_that_is_open_is_one_total_on_the_same_card(open_for):
    shop, payers = open_for(subscriptions=3)
    days_go_by(shop, 0.5)
    for payer in payers:
        payer.bank_says("ok")
        picks = next(form for form in payer.page()[1].values() if form.choices.get("in"))
        everything = {**picks.fields, "in": picks.choices["in"]}
        payer.sends("again", everything)
    assert came(shop, payers) == [3 * OWED] * 3
    assert {case.via for payer in payers for case in payer.cases} == {"email"}
    days_go_by(shop, 20)
    assert (came(shop, payers), states(payers)) == ([3 * OWED] * 3, {"recovered"})


def test_another_card_pays_where_its_owner_has_allowed_it(open_for):
    shop, payers = open_for()
    for payer in payers:
        kept(payer, "pm_card_mastercard")
    days_go_by(shop, 0.5)
    for payer in payers:
        payer.sends("allow", allow="yes")
    days_go_by(shop, 2)
    assert came(shop, payers) == [0] * 3
    days_go_by(shop, 3)
    assert (came(shop, payers), states(payers)) == ([OWED] * 3, {"recovered"})
    brought = Attempt.objects.filter(outcome="paid").values_list("card_brand", "currency")
    assert sorted(brought) == [("mastercard", currency) for currency in CURRENCIES]


def test_a_bank_asks_for_its_customer_at_the_renewal(open_for):
    shop, payers = open_for(method="pm_card_authenticationRequired")
    days_go_by(shop, 2)
    assert {payer.case.family for payer in payers} == {"authentication"}
    assert came(shop, payers) == [0] * 3
    for payer in payers:
        asked = shop.client.v1.invoices.retrieve(payer.case.invoice_id, {"expand": ["payments"]})
        intent = asked.payments.data[0].payment.payment_intent
        shop.world._post("/_sim/authenticate", {"intent": intent, "passed": True})
    days_go_by(shop, 20)
    assert (came(shop, payers), states(payers)) == ([OWED] * 3, {"recovered"})
    assert not Action.objects.filter(do="charge", started_at__isnull=False).exists()


def test_paypal_is_chosen_on_the_page(open_for):
    shop, payers = open_for("jpy", "usd")  # PayPal takes no dinars
    shop.world._post("/_sim/methods", {"activated": ["card", "paypal"]})
    mirror.read_all(stripe_for, erased_among, shop.machine.now)  # as a worker does by itself in its first round
    for payer in payers:
        asked: Any = {"customer": payer.id, "payment_method_data": {"type": "paypal"}, "confirm": True}
        asked |= {"allowed_payment_method_types": ["paypal"], "return_url": "https://shop.example/back"}
        intent = shop.client.v1.setup_intents.create(asked)
        answer = {"client_secret": intent.client_secret, "outcome": "complete"}  # on PayPal's own page
        assert httpx.post(f"{shop.world.url}/_sim/3ds/{intent.id}", data=answer).is_redirect
    days_go_by(shop, 0.5)
    for payer in payers:
        payer.sends("paypal")
    assert came(shop, payers) == [OWED] * 2
    days_go_by(shop, 20)
    assert (came(shop, payers), states(payers)) == ([OWED] * 2, {"recovered"})
    assert set(Attempt.objects.filter(outcome="paid").values_list("card_brand", flat=True)) == {"paypal"}


# ── bank debits ──


@pytest.mark.parametrize(
    ("currency", "account"),
    [("eur", "pm_sim_return_sepa_debit_AM04_n1"), ("usd", "pm_sim_return_us_bank_account_R01_n1")],
)
def test_a_debit_comes_back_and_is_presented_again(open_for, currency, account):
    shop, payers = open_for(currency, rules=PRESETS["tuned"], method=account)
    days_go_by(shop, 8)
    assert payers[0].case.family == "no_funds"
    days_go_by(shop, 25)
    assert (came(shop, payers), states(payers)) == ([OWED], {"recovered"})


@pytest.mark.parametrize(
    ("currency", "account"),
    [("eur", "pm_sim_return_sepa_debit_MD06_late_20d"), ("usd", "pm_sim_return_us_bank_account_R10_late_20d")],
)
def test_a_debit_that_had_paid_is_taken_back_weeks_later(open_for, currency, account):
    shop, payers = open_for(currency, rules=PRESETS["tuned"])
    days_go_by(shop, 0.5)
    shop.client.v1.invoices.pay(payers[0].case.invoice_id, {"payment_method": kept(payers[0], account)})
    days_go_by(shop, 9)
    assert (came(shop, payers), states(payers)) == ([OWED], {"recovered"})
    days_go_by(shop, 30)
    case = payers[0].case
    assert (came(shop, payers), case.amount_returned, case.state, case.attention) == ([0], OWED, "failing", "came_back")


# ── trials, ends, invoices that are sent ──


def test_who_never_gave_a_card_for_a_trial_owes_and_is_left_alone(open_for):
    shop, payers = open_for(method="")
    days_go_by(shop, 20)
    assert states(payers) == {"abandoned"}
    assert (came(shop, payers), shop.world.ledger(), shop.mail.accepted) == ([0] * 3, [], [])


def test_the_first_charge_after_a_trial_goes_by_rules_of_its_own(open_for):
    shop, payers = open_for(rules=replace(RULES, after_trial=AfterTrial.REVGUARD, min_gap_hours=3))
    days_go_by(shop, 0.2)
    assert all(payer.case.after_trial for payer in payers)
    assert all("charge: declined:insufficient_funds" in payer.story() for payer in payers), "three hours after it"
    for payer in payers:
        payer.bank_says("ok")
    days_go_by(shop, 2)
    assert (came(shop, payers), states(payers)) == ([OWED] * 3, {"recovered"})


@pytest.mark.parametrize("final", FinalAction)
def test_where_we_take_over_each_ends_at_stripe_as_the_merchant_chose(open_for, final):
    rules = replace(PRESETS["revguard"], coexistence=Coexistence.TAKE_OVER, final_action=final)
    shop, payers = open_for(rules=rules)
    days_go_by(shop, 1)
    assert not any(shop.client.v1.invoices.retrieve(payer.case.invoice_id).auto_advance for payer in payers)
    days_go_by(shop, 19)
    assert (came(shop, payers), states(payers)) == ([0] * 3, {"abandoned"})
    assert {ended_as(payer) for payer in payers} == {
        FinalAction.LEAVE: {("past_due", False, "open")},
        FinalAction.CANCEL: {("canceled", False, "open")},
        FinalAction.PAUSE: {("past_due", True, "open")},
        FinalAction.UNCOLLECTIBLE: {("past_due", False, "uncollectible")},
    }[final]
    tries = len(shop.world.ledger())
    days_go_by(shop, 30)
    assert len(shop.world.ledger()) == tries, "nobody tries it any more"


def ended_as(payer: Payer) -> tuple[str, bool, str]:
    """How the subscription stands at Stripe, whether its collection is paused, and how the invoice stands."""
    v1 = payer.shop.client.v1
    subscription = v1.subscriptions.retrieve(payer.subscriptions[0])
    invoice = v1.invoices.retrieve(payer.case.invoice_id)
    return subscription.status, bool(subscription.pause_collection), str(invoice.status)


def test_an_invoice_that_was_sent_is_paid_by_its_receiver(open_for):
    shop, payers = open_for(rules=replace(PRESETS["tuned"], chase_overdue=True), method=RICH)
    v1 = shop.client.v1
    days_go_by(shop, 0.2)
    for payer in payers:
        sent: Any = {"customer": payer.id, "collection_method": "send_invoice", "days_until_due": 7}
        invoice = v1.invoices.create({**sent, "currency": payer.currency})
        item: Any = {"customer": payer.id, "invoice": invoice.id, "amount": OWED, "currency": payer.currency}
        v1.invoice_items.create(item)
        v1.invoices.send_invoice(str(invoice.id))
    days_go_by(shop, 9)
    assert {payer.case.family for payer in payers} == {"overdue"}
    card = {"number": "4242 4242 4242 4242", "expiry": "12 / 30", "cvc": "123"}
    for payer in payers:
        assert httpx.post(payer.case.hosted_url, data=card, follow_redirects=True).status_code == 200
    days_go_by(shop, 10)
    assert (came(shop, payers), states(payers)) == ([OWED] * 3, {"recovered"})
    assert not Action.objects.filter(do=Action.Do.CHARGE).exists()
