"""Stripe's JSON becomes plain values of the kinds they promise, or one word: Odd."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rooms.gateways.bodies import (
    ACCOUNT,
    CARD,
    CHARGE,
    DECLINED,
    INTENT,
    INVOICE,
    MADE_AT,
    SETUP,
    VISA,
    changed,
    page,
    paid,
)
from tideover.core.declines import Decline
from tideover.gateways import accounts, reading
from tideover.gateways.answers import Card, Declined, NeedsAuthentication, NotOpen, Paid, Processing
from tideover.gateways.shape import Odd

ENDPOINT = {"id": "we_1QxVbR2eZvKYlo2C", "secret": "whsec_canaryV7nB2mK9"}
READERS: Mapping[str, tuple[Callable[[Any], object], dict[str, Any]]] = {
    "invoice": (reading.invoice_read, INVOICE),
    "charge": (reading.charge_read, CHARGE),
    "payment intent": (reading.intent_read, INTENT),
    "setup intent": (reading.intent_read, SETUP),
    "account": (accounts.account_read, ACCOUNT),
    "intents": (reading.intents_of, INVOICE),
    "status": (reading.status_of, INVOICE),
    "answer": (reading.answer_of, paid()),
    "refusal": (reading.refusal_of, DECLINED),
    "page": (lambda body: reading.page_read(body, after=""), page(INVOICE, CHARGE, more=True)),
    "attempted": (
        lambda body: reading.ids_in(reading.page_read(body, after="")[0], tried=True),
        page({"id": "in_1", "attempted": True}, {"id": "in_2", "attempted": False}),
    ),
    "endpoint": (accounts.endpoint_made, ENDPOINT),
    "endpoints": (
        lambda body: accounts.endpoints_on(reading.page_read(body, after="")[0]),
        page({**ENDPOINT, "enabled_events": ["*"]}),
    ),
}


# ── nothing but values and Odd, however odd the shape ──


def paths(body: object, to: str = "") -> list[str]:
    """The way to every field of a body."""
    inner = enumerate(body) if isinstance(body, list) else body.items() if isinstance(body, dict) else ()
    return [way for key, value in inner for way in (f"{to}{key}", *paths(value, f"{to}{key}."))]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([0, -1, 10**12, 2**63, 10**30, -(10**30)])
    | st.floats()
    | st.text(alphabet=st.characters(), max_size=20)
    | st.sampled_from(["", "\0", "\ud83d", "a" * 5_000, "in_1QxVbM2eZvKYlo2CqH4sN8eW"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "data", "object", "x"]), inner, max_size=3)
    ),
    max_leaves=5,
)


@st.composite
def odd_bodies(draw):
    """A reader, and the body it reads with one to three of its fields taken out or replaced by whatever."""
    name = draw(st.sampled_from(sorted(READERS)))
    body = READERS[name][1]
    for _ in range(draw(st.integers(1, 3))):
        if body:
            body = changed(body, draw(st.sampled_from(paths(body))), draw(st.just(...) | JSON))
    return name, body


def read_by(name: str, body: dict[str, Any]) -> object:
    """What the reader makes of the body; the Odd that it raises is an answer, too."""
    try:
        return READERS[name][0](body)
    except Odd as odd:
        return odd


@settings(max_examples=600)
@given(odd_bodies())
def test_an_odd_shape_is_read_as_what_is_promised_or_raises_odd_and_nothing_else(odd):
    name, body = odd
    read = read_by(name, body)
    assert not isinstance(read, Odd) or name != "refusal", "a 402 is a no, however little of it can be read"
    assert not is_dataclass(read) or wrong_in(read) == []


@settings(max_examples=200)
@given(
    st.sampled_from(sorted(READERS.keys() - {"refusal", "intents"})),
    st.dictionaries(st.text(max_size=8), JSON, max_size=4),
)
def test_a_foreign_object_is_no_value_of_ours(name, body):
    with pytest.raises(Odd):
        READERS[name][0]({**body, "id": None, "data": None, "status": None})


def wrong_in(value: object) -> list[str]:
    """The fields of a dataclass, and of those in it, whose value is not of the annotated kind or cannot be stored."""
    hints = get_type_hints(type(value))
    return [
        f"{type(value).__name__}.{field.name}"
        for field in fields(value)  # type: ignore[arg-type]
        if not _fits(getattr(value, field.name), hints[field.name])
    ]


def _fits(value: object, hint: Any) -> bool:
    if get_origin(hint) is tuple:
        return isinstance(value, tuple) and all(_fits(one, get_args(hint)[0]) for one in value)
    if hint is int:
        return type(value) is int and abs(value) < 2**63
    if not isinstance(value, hint):
        return False
    if isinstance(value, str):
        return "\0" not in value and value.encode() is not None
    return wrong_in(value) == [] if is_dataclass(value) else True


def test_the_check_of_the_kinds_sees_a_wrong_one():
    read = reading.invoice_read(INVOICE)
    assert wrong_in(read) == []
    assert wrong_in(replace(read, amount_due="9900")) == ["InvoiceRead.amount_due"]
    assert wrong_in(replace(read, card=replace(VISA, last4=4242))) == ["InvoiceRead.card"]
    assert wrong_in(replace(read, customer_name="Pia\0")) == ["InvoiceRead.customer_name"]


@pytest.mark.parametrize("path", ["id", "status", "created", "customer", "lines"])
def test_an_odd_field_is_named_and_what_stands_in_it_is_not(path):
    with pytest.raises(Odd) as odd:
        reading.invoice_read(changed(INVOICE, path, ["pia@payer.example"]))
    assert str(odd.value) == f"{path} is a list"


# ── one field at a time ──


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("id", ...), ("id", ""), ("id", 7), ("currency", ...), ("currency", 840), ("status", 1),
        ("amount_due", ...), ("amount_due", None), ("amount_due", "9900"), ("amount_due", 99.0), ("amount_due", True),
        ("amount_due", 2**63), ("amount_paid", math.nan), ("amount_remaining", []),
        ("created", ...), ("created", None), ("created", "2026-11-02"), ("created", 1.5), ("created", 10**18),
        ("next_payment_attempt", {}), ("next_payment_attempt", -(10**18)), ("auto_advance", "yes"),
        ("customer", 5), ("customer", ["cus_1"]), ("customer.id", ...), ("customer.id", None), ("customer.name", 5),
        ("customer.preferred_locales", {"0": "de"}), ("customer.preferred_locales", [5]),
        ("customer.address", ["DE"]), ("customer.invoice_settings.default_payment_method", 5),
        ("customer.invoice_settings.default_payment_method.card.exp_month", "4"),
        ("customer.invoice_settings.default_payment_method.card.exp_month", ...),
        ("lines", []), ("lines.data", {}), ("lines.data", ["il_1"]), ("lines.data.0.description", 5), ("lines.data", ...),
        ("payments.data", None), ("payments.data.0", None), ("payments.data.0.payment.payment_intent.status", 5),
        ("payments.data.0.payment.payment_intent.latest_charge", 5),
        ("parent.subscription_details.subscription.ended_at", "never"), ("status_transitions", 5), ("test_clock", {"x": 1}),
    ],
)  # fmt: skip
def test_an_invoice_with_a_field_of_another_kind_is_odd(path, value):
    with pytest.raises(Odd):
        reading.invoice_read(changed(INVOICE, path, value))


@pytest.mark.parametrize(
    ("path", "value", "field", "read"),
    [
        ("number", None, "number", ""), ("number", ..., "number", ""), ("status", None, "status", "draft"),
        ("customer", "cus_1", "customer_id", "cus_1"), ("customer", None, "customer_id", ""), ("customer", {}, "customer_id", ""),
        ("customer", "cus_1", "customer_email", "pia@payer.example"),  # not expanded: the invoice's own copy
        ("customer", {"id": "cus_1", "deleted": True}, "customer_deleted", True),
        ("customer.preferred_locales", None, "locale", ""), ("customer.preferred_locales", [], "locale", ""),
        ("customer.preferred_locales", ["da", "de-AT"], "locale", "da, de-AT"),
        ("customer.metadata", {"tideover_segment": "Pro"}, "segment", "pro"),
        ("customer.metadata", {"tideover_segment": "two words"}, "segment", ""), ("customer.metadata", None, "segment", ""),
        ("customer.name", "Zoë\0 \ud83d", "customer_name", "Zoë ?"), ("customer.name", "क्\u200dष", "customer_name", "क्\u200dष"),
        ("lines", None, "description", ""), ("lines.data", [], "description", ""),
        ("lines.data.0.description", "x" * 300, "description", "x" * 200),
        # Stripe counts what is one of a kind, too; several are told as they are, and a name may begin with a number.
        ("lines.data.0.description", "1 \u00d7 Pro (at $99.00 / month)", "description", "Pro (at $99.00 / month)"),
        ("lines.data.0.description", "1 x Pro", "description", "Pro"),
        ("lines.data.0.description", "3 \u00d7 Seats", "description", "3 \u00d7 Seats"),
        ("lines.data.0.description", "11 x Pro", "description", "11 x Pro"),
        ("lines.data.0.description", "1 xylophone", "description", "1 xylophone"),
        ("payments", None, "payment_intent_id", ""), ("payments.data", [], "client_secret", ""),
        ("payments.data.0.payment.payment_intent", "pi_1", "payment_intent_id", ""),
        ("payments.data.0.payment.payment_intent.status", "processing", "processing", True),
        ("payments.data.0.payment.payment_intent.status", "requires_action", "requires_action", True),
        ("payments.data.0.payment.payment_intent.latest_charge", {"id": "ch_1"}, "latest_charge_id", "ch_1"),
        ("parent", None, "subscription_id", ""), ("parent.subscription_details.subscription", "sub_1", "subscription_id", "sub_1"),
        ("parent.subscription_details.subscription.status", "martian", "subscription_status", "martian"),
        ("test_clock", {"id": "clock_1"}, "test_clock", "clock_1"), ("collection_method", None, "collection_method", "charge_automatically"),
        ("customer.invoice_settings", None, "card", None),
        ("customer.invoice_settings.default_payment_method", "pm_1", "card", Card("pm_1")),
        ("customer.invoice_settings.default_payment_method", {"id": "pm_1", "type": "us_bank_account"}, "card", Card("pm_1", "us_bank_account", fingerprint="pm_1")),
        ("customer.invoice_settings.default_payment_method.card.exp_year", None, "card", replace(VISA, expires="")),
        ("default_payment_method", {**CARD, "id": "pm_2"}, "payment_method_from", "invoice"),
        ("parent.subscription_details.subscription.default_payment_method", {**CARD, "id": "pm_2"}, "payment_method_from", "subscription"),
    ],
)  # fmt: skip
def test_what_is_not_there_or_not_expanded_is_empty(path, value, field, read):
    assert getattr(reading.invoice_read(changed(INVOICE, path, value)), field) == read


def test_an_invoice_as_it_should_be():
    read = reading.invoice_read(INVOICE)
    assert (read.amount_due, read.currency, read.status, read.locale, read.country) == (
        9900,
        "usd",
        "open",
        "de-DE",
        "DE",
    )
    assert (read.card, read.payment_method_from, read.latest_charge_id) == (VISA, "customer", CHARGE["id"])
    assert read.created_at == datetime.fromtimestamp(MADE_AT, UTC)


def test_a_customer_that_is_an_account_is_told_by_its_own_field_and_by_the_invoices_words():
    read = reading.invoice_read({**INVOICE, "customer": None, "customer_account": "acct_1QxVbN2eZvKYlo2C"})
    assert (read.customer_id, read.customer_name, read.customer_email) == (
        "acct_1QxVbN2eZvKYlo2C", "Pia Payer", "pia@payer.example",
    )  # fmt: skip
    assert not read.customer_deleted
    both = reading.invoice_read({**INVOICE, "customer_account": "acct_1QxVbN2eZvKYlo2C"})
    assert both.customer_id == "cus_RqL8fJm0vYwT3x"


def test_the_intent_of_such_a_customer_is_theirs():
    intent = {"id": "seti_1", "status": "succeeded", "customer": None, "customer_account": "acct_1QxVbN2eZvKYlo2C"}
    assert reading.intent_read(intent).customer_id == "acct_1QxVbN2eZvKYlo2C"


@pytest.mark.parametrize(
    ("status", "field"), [("paid", "paid_at"), ("void", "voided_at"), ("uncollectible", "marked_uncollectible_at")]
)
def test_an_invoice_has_its_status_since_the_moment_of_that_status(status, field):
    ended = changed({**INVOICE, "status": status}, f"status_transitions.{field}", MADE_AT + 60)
    assert reading.invoice_read(ended).status_at == datetime.fromtimestamp(MADE_AT + 60, UTC)
    assert reading.invoice_read({**ended, "status": "open"}).status_at is None
    assert reading.invoice_read({**ended, "status_transitions": None}).status_at is None


def test_the_default_payment_is_the_one_that_counts_wherever_it_stands():
    other = {
        "id": "inpay_2",
        "is_default": False,
        "payment": {"payment_intent": {"id": "pi_other", "latest_charge": "ch_other"}},
    }
    both = changed(INVOICE, "payments.data", [other, *INVOICE["payments"]["data"]])
    assert reading.invoice_read(both).payment_intent_id == INTENT["id"]
    assert reading.intents_of(both) == {INTENT["id"]: CHARGE["id"], "pi_other": "ch_other"}


# ── charges ──


@pytest.mark.parametrize(
    ("changes", "outcome", "code"),
    [
        ({}, "declined", "insufficient_funds"),
        ({"status": "succeeded"}, "paid", None),
        ({"status": "pending"}, "processing", None),
        ({"outcome": None}, "declined", "card_declined"),
        ({"outcome": None, "failure_code": None}, "declined", None),
        ({"outcome": {"type": "blocked", "reason": "highest_risk_level"}}, "blocked", "highest_risk_level"),
        ({"outcome": {"type": "issuer_declined", "reason": "authentication_required"}}, "authentication", "authentication_required"),
        ({"outcome": {"type": "issuer_declined", "reason": "martian_moon"}}, "declined", "martian_moon"),
    ],
)  # fmt: skip
def test_a_charge_is_a_try_with_its_outcome(changes, outcome, code):
    read = reading.charge_read({**CHARGE, **changes})
    assert (read.outcome, read.decline.code if read.decline else None) == (outcome, code)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("id", ...), ("created", None), ("amount", "9900"), ("amount", ...), ("currency", None), ("outcome", []), ("outcome.reason", 51),
        ("payment_intent", 5), ("payment_method_details", 5), ("payment_method_details.card", [1]), ("disputed", "no"),
        ("amount_refunded", "all"), ("outcome.network_decline_code", 51),
    ],
)  # fmt: skip
def test_a_charge_with_a_field_of_another_kind_is_odd(path, value):
    with pytest.raises(Odd):
        reading.charge_read(changed(CHARGE, path, value))


def test_a_charge_without_its_details_is_still_a_try():
    bare = {name: CHARGE[name] for name in ("id", "created", "amount", "currency", "status")}
    read = reading.charge_read(bare)
    assert (read.outcome, read.card, read.refunded, read.disputed) == ("declined", Card(""), 0, False)
    assert read.reached_network
    assert not reading.charge_read({**bare, "outcome": {"network_status": "not_sent_to_network"}}).reached_network


# ── what came of a payment ──

OPEN_AND = {
    "processing": Processing(INTENT["id"], INTENT["latest_charge"]),
    "requires_action": NeedsAuthentication(INTENT["client_secret"], INVOICE["hosted_invoice_url"], "", INTENT["id"]),
}


@pytest.mark.parametrize(("status", "answer"), OPEN_AND.items())
def test_an_open_invoice_after_a_payment_is_told_by_its_intent(status, answer):
    assert reading.answer_of(changed(INVOICE, "payments.data.0.payment.payment_intent.status", status)) == answer


@pytest.mark.parametrize(
    "payments", [None, {"data": []}, {"data": [{"payment": {"payment_intent": "pi_1"}}]}, INVOICE["payments"]]
)
def test_an_open_invoice_that_does_not_say_why_is_no_bank_debit(payments):
    with pytest.raises(Odd):
        reading.answer_of({**INVOICE, "payments": payments})


@pytest.mark.parametrize("status", ["void", "uncollectible", "draft", "martian"])
def test_an_invoice_that_takes_no_payment_is_told_by_its_status(status):
    assert reading.answer_of({**INVOICE, "status": status}) == NotOpen(status)


def test_a_paid_invoice_is_paid_also_where_its_charge_is_not_told():
    assert reading.answer_of(paid()) == Paid(CHARGE["id"])
    for payments in (None, {"data": []}, {"data": [{"payment": {"payment_intent": "pi_1"}}]}):
        assert reading.answer_of(paid(payments=payments)) == Paid("")


@pytest.mark.parametrize("status", [None, ..., "", 1])
def test_an_answer_without_a_status_says_nothing(status):
    with pytest.raises(Odd):
        reading.answer_of(changed(INVOICE, "status", status))


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        ({}, Declined(Decline(None), "", "")),
        ({"code": "card_declined"}, Declined(Decline("card_declined"), "", "")),
        ({"code": "card_declined", "decline_code": "martian_moon"}, Declined(Decline("martian_moon"), "", "")),
        ({"code": "card_declined", "payment_intent": "pi_1"}, Declined(Decline("card_declined"), "", "pi_1")),
        ({"code": "card_declined", "payment_intent": INTENT}, Declined(Decline("card_declined", brand="visa"), "", INTENT["id"])),
        ({"code": "card_declined", "charge": {"id": "ch_1"}}, Declined(Decline("card_declined"), "ch_1", "")),
        ({"code": "card_declined", "payment_method": [5]}, Declined(Decline(None), "", "")),
        ({"code": 51}, Declined(Decline(None), "", "")),
        ({"code": "authentication_required", "payment_intent": INTENT},
         NeedsAuthentication(INTENT["client_secret"], "", "", INTENT["id"])),
        ({"decline_code": "authentication_required"}, NeedsAuthentication("", "", "", "")),
        ({"code": "invoice_payment_intent_requires_action"}, NeedsAuthentication("", "", "", "")),
    ],
)  # fmt: skip
def test_a_402_is_a_no(error, answer):
    assert reading.refusal_of(error) == answer
