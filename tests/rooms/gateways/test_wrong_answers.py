"""Whatever comes back from Stripe's address, each call answers with a value or with one of six words. A total table."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from tests.rooms.gateways.bodies import DECLINED, INVOICE, page
from tests.rooms.gateways.strange import Answer, hangs_up, hangs_up_at_once, refuses, says, says_nothing
from tideover.core.ahead.offers import Discount
from tideover.core.declines import Decline
from tideover.gateways import way
from tideover.gateways.answers import (
    Busy,
    Declined,
    LockedOut,
    NotOpen,
    NotPossible,
    ReadOnly,
    Refused,
    Unknown,
    Unpaid,
    Unreachable,
)
from tideover.gateways.leading.comebacks import Session
from tideover.gateways.payments.beside import Debt
from tideover.gateways.payments.parts import Part
from tideover.gateways.reading import invoice_read
from tideover.gateways.stripe import Stripe

KEY = "rk_test_51QxVb02eZvKYlo2CcanaryT8hJ3kLm9Nq4Ws7Yx"
SINCE = datetime(2026, 11, 1, tzinfo=UTC)
READ = invoice_read(INVOICE)
SESSION = Session(
    "sub_1QxVbM2eZvKYlo2C", "promo_1QxVbM2eZvKYlo2C", "alert_1", "https://billing.example/back/x", "back_1"
)
DEBT = Debt("case_1", READ.id, "dp_1", 9900, "eur", READ.customer_id, "Invoice A-1", ("card",))

READS: Mapping[str, Callable[[Stripe], object]] = {
    "account": lambda stripe: stripe.account(),
    "feel": lambda stripe: stripe.feel(),
    "read_invoice": lambda stripe: stripe.read_invoice(READ.id),
    "read_charge": lambda stripe: stripe.read_charge("ch_1QxVbN2eZvKYlo2C"),
    "invoice_status": lambda stripe: stripe.invoice_status(READ.id),
    "read_setup_intent": lambda stripe: stripe.read_setup_intent("seti_1QxVbP2eZvKYlo2CkT3vB6gH"),
    "read_payment_intent": lambda stripe: stripe.read_payment_intent(READ.payment_intent_id),
    "read_beside": lambda stripe: stripe.read_beside(READ.payment_intent_id),
    "read_besides": lambda stripe: stripe.read_besides(READ.customer_id, "case_1", SINCE),
    "list_events": lambda stripe: list(stripe.list_events(SINCE, ["invoice.paid"])),
    "list_open_invoices": lambda stripe: list(stripe.list_open_invoices(SINCE)),
    "list_overdue_invoices": lambda stripe: list(stripe.list_overdue_invoices(SINCE, SINCE)),
    "read_clock": lambda stripe: stripe.read_clock("clock_1QxVbM2eZvKYlo2C"),
    "look": lambda stripe: stripe.look(lambda v1, _: v1.invoices.retrieve(READ.id)),
    "saved_methods": lambda stripe: stripe.saved_methods("cus_1QxVbM2eZvKYlo2C"),
    "unpaid_invoices": lambda stripe: stripe.unpaid_invoices(),
    "webhook_endpoints": lambda stripe: stripe.webhook_endpoints(),
    "upcoming": lambda stripe: stripe.upcoming("sub_1QxVbM2eZvKYlo2C"),
    "subscribes": lambda stripe: stripe.subscribes("cus_1QxVbM2eZvKYlo2C"),
}
WRITES: Mapping[str, Callable[[Stripe], object]] = {
    "pay_invoice": lambda stripe: stripe.pay_invoice(READ.id, key="pr_1"),
    "pay_part": lambda stripe: stripe.pay_part(READ.id, Part(3300, "usd", READ.customer_id, "pm_1"), key="pr_1"),
    "make_beside": lambda stripe: stripe.make_beside(DEBT, key="pr_1_made"),
    "pay_beside": lambda stripe: stripe.pay_beside("pi_1", "pm_1QxVbN2eZvKYlo2CXa7Jd0Tp", key="pr_1"),
    "drop_payment": lambda stripe: stripe.drop_payment("pi_1", key="pr_1_dropped"),
    "create_setup_intent": lambda stripe: stripe.create_setup_intent(READ.customer_id, key="setup_1"),
    "methods_kept": lambda stripe: stripe.methods_kept(["card", "paypal"], key="kept_1"),
    "open_portal": lambda stripe: stripe.open_portal(READ.customer_id, "https://billing.example/c/x", key="portal_1"),
    "open_canceling": lambda stripe: stripe.open_canceling(
        READ.customer_id, "sub_1QxVbM2eZvKYlo2C", "https://billing.example/plan/x", key="portal_1"
    ),
    "offer": lambda stripe: stripe.offer(READ.customer_id, Discount(3, 20), SINCE, key="offer_1"),
    "open_checkout": lambda stripe: stripe.open_checkout(SESSION),
    "close_checkout": lambda stripe: stripe.close_checkout(SESSION),
    "show_saved": lambda stripe: stripe.show_saved(READ.customer_id, key="saved_1"),
    "set_default_method": lambda stripe: stripe.set_default_method(
        READ, "pm_1QxVbN2eZvKYlo2CXa7Jd0Tp", key="default_1"
    ),
    "charge_by": lambda stripe: stripe.charge_by("sub_1QxVbM2eZvKYlo2C", "pm_1QxVbN2eZvKYlo2CXa7Jd0Tp", key="by_1"),
    "set_auto_advance": lambda stripe: stripe.set_auto_advance(READ.id, on=False, key="pr_1_take"),
    "cancel_subscription": lambda stripe: stripe.cancel_subscription("sub_1QxVbM2eZvKYlo2C", key="pr_1_cancel"),
    "pause_collection": lambda stripe: stripe.pause_collection("sub_1QxVbM2eZvKYlo2C", key="pr_1_pause"),
    "mark_uncollectible": lambda stripe: stripe.mark_uncollectible(READ.id, key="pr_1_uncollectible"),
    "advance_clock": lambda stripe: stripe.advance_clock("clock_1QxVbM2eZvKYlo2C", SINCE, key="clock_1"),
    "create_webhook_endpoint": lambda stripe: stripe.create_webhook_endpoint(
        "https://billing.example/hooks/stripe/x", ["invoice.paid"], key="endpoint_1"
    ),
    "move_webhook_endpoint": lambda stripe: stripe.move_webhook_endpoint(
        "we_1", "https://billing.example/hooks/stripe/x", ["invoice.paid"], key="endpoint_2"
    ),
    "delete_webhook_endpoint": lambda stripe: stripe.delete_webhook_endpoint("we_1"),
}


@dataclass(frozen=True)
class Wrong:
    """What is sent, and what a read and a write make of it. `silence`: it counts as if nobody had been there."""

    answer: Answer
    read: type[Exception]
    write: type[Exception]
    silence: bool = False


def nobody(answer: Answer) -> Wrong:
    """No answer of Stripe's: a read did not come through, and what became of a write nobody knows."""
    return Wrong(answer, Unreachable, Unknown, silence=True)


WHOLE = json.dumps(INVOICE)
# What a read is refused with tells of our key or our question; a write may well be refused for what it asks. A payment
# that was refused is followed by a read.
REFUSED_READS = {"400", "400 without a word", "404 of an address that is none"}
NO_KEY = f"Invalid API Key provided: {KEY}"
WRONG: Mapping[str, Wrong] = {
    "400": Wrong(refuses(400, type="invalid_request_error", code="parameter_unknown"), Unreachable, NotPossible),
    "400 without a word": Wrong(refuses(400), Unreachable, NotPossible),
    "400 for a key under which something else was asked": Wrong(
        refuses(400, type="idempotency_error"), Unreachable, Unknown
    ),
    "400 for too many": Wrong(refuses(400, code="rate_limit"), Busy, Busy),
    "401": Wrong(refuses(401, type="invalid_request_error", message=NO_KEY), LockedOut, LockedOut),
    "402": Wrong(refuses(402, **DECLINED), Unreachable, NotPossible),
    "402 without a word": Wrong(refuses(402), Unreachable, NotPossible),
    "403": Wrong(refuses(403, message="This key lacks rak_invoice_write"), LockedOut, LockedOut),
    "404 of an address that is none": Wrong(
        refuses(404, type="invalid_request_error", message="Unrecognized request URL"), Unreachable, NotPossible
    ),
    "409 for a key that is in use": Wrong(refuses(409, code="idempotency_key_in_use"), Unreachable, Unknown),
    "429": Wrong(refuses(429, code="lock_timeout"), Busy, Busy),
    "500": nobody(refuses(500, type="api_error", message=f"Authorization was {KEY}")),
    "502 of a proxy": nobody(says(502, f"<html>Bad Gateway for {KEY}</html>", Content_Type="text/html")),
    "503 with nothing": nobody(says(503, "")),
    "418": nobody(refuses(418, message="a teapot")),
    "a page instead of JSON": nobody(says(200, "<html>Sign in to this network</html>", Content_Type="text/html")),
    "nothing": nobody(says(200, "")),
    "204": nobody(says(204, "")),
    "an answer that was cut off": nobody(says(200, WHOLE, Content_Length=str(len(WHOLE) + 1))),
    "half of the JSON": nobody(says(200, WHOLE[: len(WHOLE) // 2])),
    "chunks that are none": nobody(says(200, "zz\r\n", Transfer_Encoding="chunked", Content_Length="4")),
    "a coding that it is not in": nobody(says(200, WHOLE, Content_Encoding="gzip")),
    "no UTF-8": nobody(says(200, b'{"id": "\xff\xfe"}')),
    "a list": nobody(says(200, [INVOICE])),
    "null": nobody(says(200, "null")),
    "a number": nobody(says(200, "7")),
    "brackets without an end": nobody(says(200, "[" * 100_000)),
    "a redirect": nobody(says(302, "", Location="/v1/elsewhere")),
    "a redirect that keeps the method": nobody(says(307, "", Location="/v1/elsewhere")),
    "an error that is a word": nobody(says(401, {"error": "Unauthorized"})),
    "an error that is a word of OAuth": nobody(says(400, {"error": "invalid_request"})),
    "an error that is null": nobody(says(400, {"error": None})),
    "an error that is a list": nobody(says(400, {"error": ["no"]})),
    "an error with an odd message": nobody(refuses(400, message={"text": "no"})),
    "an error with an odd code": nobody(refuses(402, code=51)),
    "another protocol": nobody(lambda connection: connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")),
    "a connection reset before the request": nobody(hangs_up_at_once),
    "a connection reset after the request": nobody(hangs_up),
    "no answer in time": nobody(says_nothing),
}
# Where the call itself knows better.
KNOWS: Mapping[tuple[str, str], type[Exception] | object] = {
    ("pay_invoice", "400"): Busy,  # it was not tried, and the invoice cannot be read to tell why
    ("pay_invoice", "400 without a word"): Busy,
    ("pay_invoice", "404 of an address that is none"): Busy,
    ("pay_part", "400"): Busy,
    ("pay_part", "400 without a word"): Busy,
    ("pay_part", "404 of an address that is none"): Busy,
    ("pay_part", "402"): Declined(
        Decline("insufficient_funds", "try_again_later", brand="visa"), DECLINED["charge"], READ.payment_intent_id
    ),
    ("pay_part", "402 without a word"): Declined(Decline(None), "", ""),
    ("pay_beside", "402"): Declined(
        Decline("insufficient_funds", "try_again_later", brand="visa"), DECLINED["charge"], READ.payment_intent_id
    ),
    ("pay_beside", "402 without a word"): Declined(Decline(None), "", ""),
    ("pay_invoice", "402"): Declined(
        Decline("insufficient_funds", "try_again_later", brand="visa"), DECLINED["charge"], READ.payment_intent_id
    ),
    ("pay_invoice", "402 without a word"): Declined(Decline(None), "", ""),
    ("show_saved", "403"): "",
    ("offer", "403"): "",
    **{("upcoming", wrong): None for wrong in ("400", "400 without a word", "403", "404 of an address that is none")},
}
OPTIONAL = {
    "show_saved",
    "offer",
    "open_checkout",
    "close_checkout",
    "read_clock",
    "advance_clock",
    "upcoming",
}  # a key that lacks the permission does all else: no alarm
CALLS = READS | WRITES
# Where a 4xx is told: there the call is not what it ought to be. Of what is to come Stripe says so where there is none.
TELLING = {*READS, "pay_invoice", "pay_part"} - {"upcoming"}


def test_every_call_of_the_gateway_is_in_the_table():
    public = {name for name, _ in inspect.getmembers(Stripe, inspect.isfunction) if not name.startswith("_")}
    assert public == CALLS.keys()
    assert READS.keys().isdisjoint(WRITES)


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("call", CALLS)
def test_each_wrong_answer_comes_out_as_one_word(strange, ear, call, wrong, monkeypatch):
    if WRONG[wrong].answer is says_nothing:  # everybody else may take their time
        monkeypatch.setattr(way, "TIMEOUT_SECONDS", 0.01)
        way.client_with.cache_clear()  # a port may come again, and with it a client that waits for 20 seconds
    strange.says(WRONG[wrong].answer)
    stripe = Stripe(KEY, api_base=strange.url, may_write=True, line=ear)
    due = KNOWS.get((call, wrong), WRONG[wrong].read if call in READS else WRONG[wrong].write)
    if isinstance(due, type):
        with pytest.raises(due) as raised:
            CALLS[call](stripe)
        assert type(raised.value) is due
        assert 0 < len(str(raised.value)) <= 300
        assert "canary" not in str(raised.value)
    else:
        assert CALLS[call](stripe) == due
    assert ("silent" in ear.heard) == WRONG[wrong].silence, "a circuit breaker counts silence, and no answer"
    assert ear.heard.count("all refused") == (wrong == "401"), "a dead key raises an alarm"
    assert ("refused" in ear.heard) == (
        (wrong == "403" and call not in OPTIONAL) or (call in TELLING and wrong in REFUSED_READS)
    )
    assert sum(asked.method == "POST" for asked in strange.asked) <= 1, (
        "nothing is repeated, and nothing sent elsewhere"
    )
    assert not any("elsewhere" in asked.path for asked in strange.asked)


@pytest.mark.parametrize("call", ["read_invoice", "invoice_status"])
@pytest.mark.parametrize(
    "refusal",
    [
        refuses(400, code="resource_missing", message="No such payment method"),
        refuses(400, message="This property cannot be expanded (payments)."),
        refuses(404, code="resource_missing", message="No such invoice: 'in_1'; a similar object exists in live mode"),
    ],
)
def test_deleted_is_only_what_stripe_does_not_have_at_all(strange, ear, refusal, call):
    strange.says(refusal)
    with pytest.raises(Unreachable):
        CALLS[call](Stripe(KEY, api_base=strange.url, line=ear))
    assert ear.heard == ["refused"]


@pytest.mark.parametrize("call", WRITES)
def test_without_leave_to_write_nothing_is_asked(strange, call):
    with pytest.raises(ReadOnly):
        WRITES[call](Stripe(KEY, api_base=strange.url))
    assert strange.asked == []


@pytest.mark.parametrize("call", CALLS)
def test_a_port_where_nobody_listens_is_silence(ear, call):
    with pytest.raises(Unreachable if call in READS else Unknown, match="no connection"):
        CALLS[call](Stripe(KEY, api_base="http://127.0.0.1:1", may_write=True, line=ear))
    assert ear.heard == ["silent"]


@pytest.mark.parametrize("base", ["nonsense", "http://", "http://[::1", "ftp://127.0.0.1"])
def test_an_address_that_is_none_is_told_as_such(base):
    with pytest.raises(Unreachable, match="address is none"):
        Stripe(KEY, api_base=base).account()


@pytest.mark.parametrize(
    "key", ["rk_test_canary\nX-Sly: 1", "rk_test_canary_ключ", "rk_test_canary\0", " rk_test_canary"]
)
def test_a_key_that_cannot_be_sent_is_told_as_such_and_adds_nothing_to_the_request(strange, key):
    strange.says(refuses(401, message="Invalid API Key provided"))
    with pytest.raises((Unreachable, LockedOut)) as told:
        Stripe(key, api_base=strange.url).account()
    assert "canary" not in str(told.value)
    assert not any("x-sly" in asked.headers for asked in strange.asked)


def test_an_empty_key_is_a_key_that_stripe_refuses(strange):
    strange.says(refuses(401, message="You did not provide an API key."))
    with pytest.raises(LockedOut):
        Stripe("", api_base=strange.url).account()


# ── what Stripe does not have ──

MISSING = refuses(404, type="invalid_request_error", code="resource_missing", message="No such thing")


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("read_invoice", None),
        ("read_charge", None),
        ("invoice_status", "deleted"),
        ("read_setup_intent", None),
        ("read_payment_intent", None),
    ],
)
def test_what_does_not_exist_is_no_error(strange, ear, call, answer):
    strange.says(MISSING)
    assert CALLS[call](Stripe(KEY, api_base=strange.url, line=ear)) == answer
    assert ear.heard == ["answered"]


def test_an_invoice_is_deleted_only_where_stripe_says_so_and_not_where_it_refuses_the_question(strange):
    """Read as deleted it would end the case."""
    strange.says(refuses(400, code="parameter_unknown", message="This property cannot be expanded (payments)."))
    for call in ("read_invoice", "invoice_status"):
        with pytest.raises(Unreachable, match="cannot be expanded"):
            CALLS[call](Stripe(KEY, api_base=strange.url))


# ── a charge that was refused without a try ──


@pytest.mark.parametrize(
    ("then", "answer"),
    [
        (says(200, {"status": "paid"}), NotOpen("paid")),
        (says(200, {"status": "void"}), NotOpen("void")),
        (MISSING, NotOpen("deleted")),
        (says(200, {"status": "open"}), Refused("invoice_no_payment_method", "There is no payment method.")),
    ],
)
def test_why_a_charge_was_not_tried_is_told_by_the_invoice(strange, then, answer):
    strange.says(refuses(400, code="invoice_no_payment_method", message="There is no payment method."), then)
    assert Stripe(KEY, api_base=strange.url, may_write=True).pay_invoice(READ.id, key="pr_1") == answer
    assert [asked.method for asked in strange.asked] == ["POST", "GET"]


@pytest.mark.parametrize("then", [refuses(500), refuses(429), hangs_up, says(200, {}), says(200, "<html>")])
def test_a_charge_that_was_not_tried_may_be_made_later_where_the_invoice_cannot_be_read(strange, then):
    strange.says(refuses(400, code="amount_too_small", message="Too small."), then)
    with pytest.raises(Busy, match=r"not tried \(Too small\.\)"):
        Stripe(KEY, api_base=strange.url, may_write=True).pay_invoice(READ.id, key="pr_1")


def test_a_key_that_is_taken_away_right_after_a_charge_was_refused_locks_out(strange):
    strange.says(refuses(400, message="Too small."), refuses(401, message="Expired API Key"))
    with pytest.raises(LockedOut):
        Stripe(KEY, api_base=strange.url, may_write=True).pay_invoice(READ.id, key="pr_1")


# ── lists ──


def test_a_list_is_read_to_its_end(strange):
    strange.says(says(200, page({"id": "evt_3"}, {"id": "evt_2"}, more=True)), says(200, page({"id": "evt_1"})))
    assert CALLS["list_events"](Stripe(KEY, api_base=strange.url)) == [
        [{"id": "evt_3"}, {"id": "evt_2"}],
        [{"id": "evt_1"}],
    ]
    assert "starting_after=evt_2" in strange.asked[1].path


def test_unpaid_invoices_come_page_by_page_and_only_what_was_tried(strange):
    tried, fresh = {"id": "in_2", "attempted": True, "created": 60}, {"id": "in_1", "attempted": False}
    strange.says(says(200, page(tried, fresh, more=True)), says(200, page()))
    stripe = Stripe(KEY, api_base=strange.url)
    assert stripe.unpaid_invoices() == ([Unpaid("in_2", datetime(1970, 1, 1, 0, 1, tzinfo=UTC))], "in_1")
    assert stripe.unpaid_invoices("in_1") == ([], "")
    assert "starting_after=in_1" in strange.asked[1].path
    assert "starting_after" not in strange.asked[0].path


@pytest.mark.parametrize("call", ["list_events", "list_open_invoices", "list_overdue_invoices", "unpaid_invoices"])
@pytest.mark.parametrize(
    "body",
    [
        {}, {"data": []}, {"has_more": False}, {"data": None, "has_more": False}, {"data": {}, "has_more": False},
        page("evt_1"), page(None), page(more=True), page({"id": 5}, more=True), {"data": [{"id": "a"}], "has_more": "yes"},
    ],
    ids=str,
)  # fmt: skip
def test_a_list_that_cannot_be_read_is_not_taken_for_an_empty_one(strange, call, body):
    strange.says(says(200, body))
    with pytest.raises(Unreachable, match="cannot be read"):
        CALLS[call](Stripe(KEY, api_base=strange.url))


def test_a_list_that_says_the_same_for_ever_is_not_read_for_ever(strange):
    strange.says(says(200, page({"id": "evt_1"}, more=True)))
    with pytest.raises(Unreachable, match="has_more"):
        CALLS["list_events"](Stripe(KEY, api_base=strange.url))
    assert len(strange.asked) == 2


def test_a_break_in_the_middle_of_a_list_keeps_what_came_before(strange):
    strange.says(says(200, page({"id": "evt_2"}, more=True)), hangs_up)
    pages = Stripe(KEY, api_base=strange.url).list_events(SINCE, ["invoice.paid"])
    assert next(pages) == [{"id": "evt_2"}]
    with pytest.raises(Unreachable):
        next(pages)
