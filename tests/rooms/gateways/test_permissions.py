"""A restricted key with the permissions that the documentation asks for can do all that is done, and none is too many."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import stripe

from tests.contracts.merchant import Merchant
from tideover.core.ahead.offers import Discount
from tideover.core.money import Money
from tideover.gateways.answers import LockedOut
from tideover.gateways.leading.comebacks import Session
from tideover.gateways.payments.beside import Debt
from tideover.gateways.payments.parts import Part
from tideover.gateways.permissions import PERMISSIONS, Access, asked_of, key_form, needed
from tideover.gateways.probe import CALLS, Finding, Proof, missing, probe
from tideover.gateways.stripe import Stripe
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import running


def documented(mode: str) -> list[str]:
    """What the table asks of a key of this mode, of an account in test mode."""
    return [permission.name for permission in asked_of(act=mode == "act", testing=True)]


@dataclass
class Shop:
    """An account with a failed renewal, and what is to be known of it."""

    merchant: Merchant
    invoice: str
    setup: str
    intent: str
    clock: str

    def gateway(self, permissions: list[str]) -> Stripe:
        key = self.merchant.world.pull("restricted_key", permissions=permissions)["key"]
        return Stripe(key, api_base=self.merchant.world.base_url, may_write=True)

    def reads(self, ours: Stripe) -> Iterator[Callable[[], object]]:
        then = at(2026, 1, 1)
        yield ours.account
        yield lambda: ours.read_invoice(self.invoice)
        yield lambda: ours.invoice_status(self.invoice)
        yield lambda: ours.read_charge("ch_none")
        yield lambda: ours.read_payment_intent(self.intent)
        yield lambda: ours.read_besides("cus_none", "case_1", then)
        yield lambda: list(ours.list_events(then, ["invoice.paid"]))
        yield lambda: list(ours.list_open_invoices(then))
        yield lambda: list(ours.list_overdue_invoices(then, then))
        yield ours.unpaid_invoices
        yield lambda: ours.read_clock("clock_none")

    def writes(self, ours: Stripe) -> Iterator[Callable[[], object]]:
        read = Stripe(self.merchant.world.sim.keys.secret, api_base=self.merchant.world.base_url).read_invoice(
            self.invoice
        )
        assert read is not None
        customer = self.merchant.v1.payment_methods.attach("pm_card_visa", {"customer": read.customer_id})
        yield lambda: ours.create_setup_intent(read.customer_id, key="s")
        yield lambda: ours.methods_kept(["card"], key="k")
        yield lambda: ours.read_setup_intent(self.setup)
        yield lambda: ours.open_portal(read.customer_id, "https://shop.example/c/x", key="o")
        yield lambda: ours.open_canceling(
            read.customer_id, read.subscription_id, "https://shop.example/plan/x", key="oc"
        )
        yield lambda: ours.show_saved(read.customer_id, key="v")
        code = {"a code": ""}
        yield lambda: code.update({"a code": ours.offer(read.customer_id, Discount(3, 20), at(2027, 1, 1), key="of")})
        back = "https://shop.example/back/x"
        yield lambda: ours.open_checkout(Session(read.subscription_id, code["a code"], "alert_1", back, "ch"))
        yield lambda: ours.close_checkout(Session(read.subscription_id, code["a code"], "alert_1", back, "ch"))
        yield lambda: ours.set_default_method(read, customer.id, key="d")
        yield lambda: ours.pay_part(self.invoice, Part(100, "usd", read.customer_id, customer.id), key="t")
        debt = Debt("case_1", self.invoice, "dp_1", 100, "usd", read.customer_id, "Invoice A-1", ("card",))
        yield lambda: ours.drop_payment(ours.make_beside(debt, key="made_1"), key="dropped_1")
        yield lambda: ours.pay_beside(ours.make_beside(debt, key="made_2"), customer.id, key="tried_2")
        yield lambda: ours.set_auto_advance(self.invoice, on=False, key="a")
        yield lambda: ours.pause_collection(read.subscription_id, key="c")
        yield lambda: ours.mark_uncollectible(self.invoice, key="u")
        yield lambda: ours.cancel_subscription(read.subscription_id, key="x")
        yield lambda: ours.pay_invoice(self.invoice, key="p")
        yield lambda: ours.advance_clock(self.clock, at(2026, 11, 1), key="m")
        yield lambda: ours.create_webhook_endpoint("https://shop.example/hook", ["invoice.paid"], key="w")


def at(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


# Without these nothing is refused: the page is shown without what is saved, a letter without its offer, and no Checkout.
SILENT = {
    "rak_customer_session_write",
    "rak_coupon_write",
    "rak_promotion_code_write",
    "rak_checkout_session_write",
}
SAVED = "rak_customer_session_write"


@pytest.fixture
def shop() -> Iterator[Shop]:
    sim = new_simulator(seed=3, start=1_790_000_000)
    with running(sim) as world:
        merchant = Merchant(stripe.StripeClient(sim.keys.secret, base_addresses={"api": world.base_url}), world)
        invoice = merchant.failed_invoice()
        setup = merchant.v1.setup_intents.create({"customer": str(invoice.customer), "payment_method": "pm_card_visa"})
        row = merchant.v1.invoice_payments.list({"invoice": str(invoice.id)}).data[0]
        clock = merchant.v1.test_helpers.test_clocks.create({"frozen_time": 1_790_000_000})
        yield Shop(merchant, str(invoice.id), setup.id, str(row.payment.payment_intent), clock.id)


def test_the_documented_key_can_do_what_each_mode_does(shop: Shop):
    for call in shop.reads(shop.gateway(documented("observe"))):
        call()
    acting = shop.gateway(documented("act"))
    for call in (*shop.reads(acting), *shop.writes(acting)):
        call()


@pytest.mark.parametrize("permission", [name for name in documented("act") if name not in SILENT])
def test_without_any_one_of_them_something_is_refused_by_its_name(shop: Shop, permission: str):
    ours = shop.gateway([each for each in documented("act") if each != permission])
    refused = []
    for call in (*shop.reads(ours), *shop.writes(ours)):
        with suppress(LockedOut):
            call()
            continue
        refused.append(call)
    assert refused
    with pytest.raises(LockedOut, match=f"Having the '{permission.rsplit('_', 1)[0]}_"):
        refused[0]()


@pytest.mark.parametrize("lacking", ["rak_coupon_write", "rak_promotion_code_write"])
def test_an_offer_is_made_by_a_key_that_may_and_is_just_not_made_by_one_that_may_not(shop: Shop, lacking: str):
    customer = str(shop.merchant.v1.invoices.retrieve(shop.invoice).customer)
    asked = customer, Discount(3, off=Money(500, "usd")), at(2027, 1, 1)
    ours = shop.gateway(documented("act"))
    made = shop.merchant.v1.promotion_codes.retrieve(ours.offer(*asked, key="v"))
    assert (made.customer, made.max_redemptions, made.expires_at) == (customer, 1, int(at(2027, 1, 1).timestamp()))
    assert ours.offer(*asked, key="another").startswith("promo_")  # its coupon is there already
    less = shop.gateway([name for name in documented("act") if name != lacking])
    assert less.offer(*asked, key="w") == ""


def test_what_is_saved_is_shown_by_a_key_that_may_and_is_just_not_shown_by_one_that_may_not(shop: Shop):
    customer = str(shop.merchant.v1.invoices.retrieve(shop.invoice).customer)
    assert shop.gateway(documented("act")).show_saved(customer, key="v").startswith("cuss_secret_")
    ours = shop.gateway([name for name in documented("act") if name != SAVED])
    assert ours.show_saved(customer, key="w") == ""


# ── the probe ──


def probed(shop: Shop, names: list[str], *, act: bool) -> list[Finding]:
    key = shop.merchant.world.pull("restricted_key", permissions=names)["key"]
    return probe(key, api_base=shop.merchant.world.base_url, act=act)


def test_each_permission_has_a_call_that_tries_it():
    asked = {(permission.access, permission.word) for permission in PERMISSIONS}
    assert asked == {(access, word) for access, calls in CALLS.items() for word in calls}


def test_reads_are_proved_and_writes_are_said_not_to_be_provable(shop: Shop):
    found = probed(shop, documented("act"), act=True)
    told = {
        finding.permission.access: {each.proof for each in found if each.permission.access == finding.permission.access}
        for finding in found
    }
    assert told == {Access.READ: {Proof.PROVED}, Access.WRITE: {Proof.NOT_PROVABLE}}


@pytest.mark.parametrize("name", documented("act"))
def test_the_one_that_is_missing_is_named_with_stripes_words(shop: Shop, name: str):
    found = probed(shop, [each for each in documented("act") if each != name], act=True)
    assert name in {permission.name for permission in missing(found)}
    assert all(name in finding.said for finding in found if finding.permission.name == name)


def test_all_that_is_missing_is_told_at_once(shop: Shop):
    assert missing(probed(shop, [], act=True)) == needed(act=True, testing=True)


def test_a_live_key_is_asked_for_no_test_clocks():
    assert {each.word for each in needed(act=True, testing=True)} - {each.word for each in needed(act=True)} == {
        "billing_clock"
    }


def test_a_probe_changes_nothing_and_in_observe_mode_only_reads(shop: Shop):
    before = shop.merchant.world.look("requests")["writes"]
    assert {each.permission.acting for each in probed(shop, documented("observe"), act=False)} == {False}
    assert shop.merchant.world.look("requests")["writes"] == before


def test_a_dead_key_is_no_list_of_missing_permissions(shop: Shop):
    with pytest.raises(LockedOut):
        probe("rk_test_dead", api_base=shop.merchant.world.base_url, act=True)


def test_the_link_opens_stripes_form_with_name_and_permissions():
    link = key_form(act=False)
    assert link.startswith("https://dashboard.stripe.com/apikeys/create?name=Tideover&permissions[]=rak_accounts_kyc")
    assert link.count("permissions[]=") == len(asked_of(act=False))
    assert "_write" not in link
    assert "rak_invoice_read" not in key_form(act=True)  # writing includes it
