"""In observe mode nothing is written to Stripe: every write of the gateway refuses before it makes a request."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

import pytest

from tests.architecture.tree import PACKAGE, parsed
from tests.factories import NOW, make_connection
from tideover.core.ahead.offers import Discount
from tideover.flow.stripe import stripe_for
from tideover.gateways.answers import InvoiceRead, ReadOnly, Unknown
from tideover.gateways.leading.comebacks import Session
from tideover.gateways.payments.beside import Debt
from tideover.gateways.payments.parts import Part
from tideover.gateways.stripe import Stripe
from tideover.tenants.settings import turn_recovery

NOBODY_LISTENS = "http://127.0.0.1:9"
WRITING = re.compile(r"self\._written\(\)|in_writing\(\)")
DEBT = Debt("case_1", "in_1", "dp_1", 9900, "eur", "cus_1", "Invoice A-1", ("card",))
PART = Part(3300, "usd", "cus_1", "pm_1")
INVOICE = object.__new__(InvoiceRead)  # never looked at: the refusal comes first
WRITES: dict[str, Callable[[Stripe], object]] = {
    "pay_invoice": lambda stripe: stripe.pay_invoice("in_1", key="k"),
    "pay_part": lambda stripe: stripe.pay_part("in_1", PART, key="k"),
    "make_beside": lambda stripe: stripe.make_beside(DEBT, key="k"),
    "pay_beside": lambda stripe: stripe.pay_beside("pi_1", "pm_1", key="k"),
    "drop_payment": lambda stripe: stripe.drop_payment("pi_1", key="k"),
    "create_setup_intent": lambda stripe: stripe.create_setup_intent("cus_1", key="k"),
    "methods_kept": lambda stripe: stripe.methods_kept(["card"], key="k"),
    "open_portal": lambda stripe: stripe.open_portal("cus_1", "https://x.example", key="k"),
    "open_canceling": lambda stripe: stripe.open_canceling("cus_1", "sub_1", "https://x.example", key="k"),
    "offer": lambda stripe: stripe.offer("cus_1", Discount(3, 20), NOW, key="k"),
    "open_checkout": lambda stripe: stripe.open_checkout(Session("sub_1", "", "alert_1", "https://x.example", "k")),
    "close_checkout": lambda stripe: stripe.close_checkout(Session("sub_1", "", "alert_1", "https://x.example", "k")),
    "show_saved": lambda stripe: stripe.show_saved("cus_1", key="k"),
    "set_default_method": lambda stripe: stripe.set_default_method(INVOICE, "pm_1", key="k"),
    "set_auto_advance": lambda stripe: stripe.set_auto_advance("in_1", on=False, key="k"),
    "cancel_subscription": lambda stripe: stripe.cancel_subscription("sub_1", key="k"),
    "pause_collection": lambda stripe: stripe.pause_collection("sub_1", key="k"),
    "mark_uncollectible": lambda stripe: stripe.mark_uncollectible("in_1", key="k"),
    "create_webhook_endpoint": lambda stripe: stripe.create_webhook_endpoint("https://x.example", ["*"], key="k"),
    "move_webhook_endpoint": lambda stripe: stripe.move_webhook_endpoint("we_1", "https://x.example", ["*"], key="k"),
    "delete_webhook_endpoint": lambda stripe: stripe.delete_webhook_endpoint("we_1"),
}


def _writers() -> set[str]:
    """The gateway's methods that speak to Stripe as a write."""
    gateways = [
        node
        for name in ("stripe.py", "payments/beside.py", "leading/sessions.py", "leading/comebacks.py")
        for node in ast.walk(parsed(PACKAGE / "gateways" / name))
        if isinstance(node, ast.ClassDef) and node.name in {"Stripe", "Besides", "Sessions", "Comebacks"}
    ]
    return {
        method.name
        for gateway in gateways
        for method in gateway.body
        if isinstance(method, ast.FunctionDef) and WRITING.search(ast.unparse(method))
    }


def test_every_write_of_the_gateway_is_known_here():
    assert _writers() == set(WRITES)


@pytest.mark.parametrize("name", WRITES)
def test_a_write_in_observe_mode_makes_no_request(name):
    with pytest.raises(ReadOnly):
        WRITES[name](Stripe("rk_test_observe", api_base=NOBODY_LISTENS, may_write=False))


@pytest.mark.django_db
@pytest.mark.parametrize("name", WRITES)
def test_before_a_project_is_live_no_write_makes_a_request_but_what_lets_us_hear(name):
    connection = make_connection(mode="act", api_base=NOBODY_LISTENS)
    turn_recovery(connection.project, on=False, by="operator", now=NOW)
    with pytest.raises(Unknown if "webhook_endpoint" in name else ReadOnly):
        WRITES[name](stripe_for(connection))


@pytest.mark.parametrize("name", sorted(set(WRITES) - {"set_default_method"}))
def test_the_same_write_in_act_mode_would_have_made_one(name):
    with pytest.raises(Unknown):
        WRITES[name](Stripe("rk_test_act", api_base=NOBODY_LISTENS, may_write=True))


ENDPOINT = {name for name in WRITES if name.endswith("webhook_endpoint")}


@pytest.mark.parametrize("name", sorted(set(WRITES) - {"set_default_method"}))
def test_where_only_our_endpoint_may_be_made_nothing_else_makes_a_request(name):
    gateway = Stripe("rk_test_observe", api_base=NOBODY_LISTENS, may_write=False, may_make_endpoint=True)
    with pytest.raises(Unknown if name in ENDPOINT else ReadOnly):
        WRITES[name](gateway)


def test_while_everything_is_stopped_not_even_the_endpoint_is_made():
    gateway = Stripe("rk_test_observe", api_base=NOBODY_LISTENS, may_make_endpoint=True, set_up_stopped=lambda: True)
    for name in ENDPOINT:
        with pytest.raises(ReadOnly):
            WRITES[name](gateway)
