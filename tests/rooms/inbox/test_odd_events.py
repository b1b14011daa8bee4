"""However odd what comes to the webhook is: it never breaks, and nobody else's news notices. More: --odd-events 5000."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

import pytest
import structlog
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.factories import make_connection, make_ruleset
from tests.fakes import FakeStripe, a_charge, an_invoice
from tests.rooms.inbox.odd_events import event, odd_events
from tests.rooms.inbox.posting import NOW, SECRET, Answer, Poster, of_this_thread, on_django, signed
from tideover import clock
from tideover.inbox.models import StripeEvent
from tideover.inbox.translate import EVENTS
from tideover.inbox.webhook import Webhook
from tideover.recovery.models import Case
from tideover.worker.news import handle_stored

pytestmark = pytest.mark.django_db

KINDS = [*EVENTS, "payout.paid"]
INNOCENT_EACH = 20  # odd ones


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    clock.travel_to(NOW)
    yield
    clock.travel_to(None)


@pytest.fixture
def connection():
    made = make_connection(webhook_secret=SECRET, account_id="acct_alice")
    make_ruleset(made.project)
    return made


@pytest.fixture
def poster() -> Iterator[Poster]:
    with of_this_thread() as executor:
        yield Poster(Webhook(None, executor=executor))


class Everything(FakeStripe):
    """Whatever invoice is asked for is there, and failed."""

    def read_invoice(self, invoice_id: str, known: object = ()):
        charge = replace(a_charge(at=NOW), id=f"ch_{invoice_id}")
        return replace(an_invoice(at=NOW), id=invoice_id, attempts=(charge,))


def test_odd_events_are_taken_or_refused_and_those_between_them_are_read_at_the_first_try(connection, poster, request):
    path, told = f"/hooks/stripe/{connection.hook_token}", request.config.getoption("--odd-events")
    innocent = set[str]()
    for number, odd in enumerate(odd_events(KINDS, told, seed=1)):
        assert _posted(poster, path, odd) in {200, 400}
        if number % INNOCENT_EACH == 0:
            made = event("invoice.payment_failed", told + number)
            made["data"]["object"]["id"] = f"in_{number}"
            assert _posted(poster, path, made) == 200
            innocent.add(made["id"])
    with structlog.testing.capture_logs() as said:
        while handle_stored(lambda _connection: Everything(), NOW):
            pass
    _nobody_noticed(innocent)
    assert [line for line in said if line["event"] in {"event.not_understood", "event.not_handled"}] == []


def _posted(poster: Poster, path: str, told: object) -> int:
    body = json.dumps(told).encode()
    return poster.post(path, body, signed(body)).status_code


def _nobody_noticed(innocent: set[str]) -> None:
    ended = {row.event_id: row for row in StripeEvent.objects.all()}
    assert {(ended[name].state, ended[name].tries) for name in innocent} == {("handled", 1)}
    assert Case.objects.filter(invoice_id__startswith="in_").count() >= len(innocent)
    assert {row.state for row in ended.values()} == {"handled", "irrelevant", "failed", "refused"}
    assert {row.tries for row in ended.values() if row.state != "refused"} == {1}
    assert [row.event_id for row in ended.values() if not row.reason and row.state != "handled"] == []


@pytest.mark.parametrize(
    ("kind", "thing", "reason"),
    [
        ("customer.subscription.deleted", {"id": "sub_1", "cancellation_details": "x"},
         "not understood: cancellation_details is a text of 1 characters"),
        ("customer.subscription.deleted", {"id": "sub_1", "ended_at": 10**30},
         "not understood: ended_at is a number that cannot be"),
        ("payment_method.attached", {"id": "", "customer": "cus_1"}, "not understood: id is an empty text"),
        ("payment_method.attached", {"id": "pm_1", "customer": "cus_1", "card": [1]},
         "not understood: card is a list"),
        ("invoice_payment.paid", {"id": "inpay_1", "invoice": ["in_1"]}, "not understood: invoice is a list"),
        ("invoice.payment_failed", {"id": 7}, "not understood: id is a number"),
        ("charge.refunded", {"id": "ch_1", "amount_refunded": -5}, "not understood: amount_refunded is a number that cannot be"),
        ("invoice.payment_failed", "in_1", "not understood: object is a text of 4 characters"),
    ],
)  # fmt: skip
def test_what_is_set_aside_says_which_field_is_odd_and_what_stands_there(connection, poster, kind, thing, reason):
    told = {**event(kind, 1), "data": {"object": thing}}
    assert _posted(poster, f"/hooks/stripe/{connection.hook_token}", told) == 200
    handle_stored(lambda _connection: Everything(), NOW)
    row = StripeEvent.objects.get()
    assert (row.state, row.reason, row.tries) == ("failed", reason, 1)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (event("payout.paid", 1), "nothing here listens to events of this type"),
        (event("invoice.paid", 1), "the invoice has no case here"),
        (event("charge.refunded", 1), "no case here is about it"),
        (event("customer.deleted", 1), "no case here is about it"),
    ],
)
def test_what_is_none_of_our_business_says_why(connection, poster, told, reason):
    assert _posted(poster, f"/hooks/stripe/{connection.hook_token}", told) == 200
    handle_stored(lambda _connection: Everything(), NOW)
    row = StripeEvent.objects.get()
    assert (row.state, row.reason) == ("irrelevant", reason)


def test_an_invoice_that_never_failed_says_so(connection, poster):
    class Draft(Everything):
        def read_invoice(self, invoice_id: str, known: object = ()):
            return replace(super().read_invoice(invoice_id), status="draft")

    assert _posted(poster, f"/hooks/stripe/{connection.hook_token}", event("invoice.payment_failed", 1)) == 200
    handle_stored(lambda _connection: Draft(), NOW)
    assert StripeEvent.objects.get().reason == "the invoice is no failed payment that is recovered here"


# ── the door ──

DIGITS = st.integers(1, 6_000).map(lambda number: "9" * number)
PARTS = st.one_of(
    st.builds("t={}".format, DIGITS | st.text(alphabet="0123456789-+_ .e²", max_size=12)),
    st.builds("v1={}".format, st.text(alphabet=st.characters(max_codepoint=255), max_size=80)),
    st.text(alphabet=st.characters(max_codepoint=255), max_size=40),
)
HEADERS = st.lists(PARTS, max_size=5).map(",".join)
BODIES = st.binary(max_size=300) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
).map(lambda value: json.dumps(value).encode())
TOKENS = st.sampled_from(["mine", "mine\0", "", "x" * 200, "ünï", "a/b"]) | st.text(max_size=30)


class Knock(NamedTuple):
    """What somebody brings to the door; without a header of theirs, one that is genuine."""

    header: str | None
    body: bytes
    token: str


Way = Callable[[str, bytes, str], Answer]


@pytest.fixture(params=["asgi", "wsgi"])
def door(request, client, poster) -> Way:
    return poster.post if request.param == "asgi" else on_django(client)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(knock=st.builds(Knock, HEADERS | st.none(), BODIES, TOKENS))
@example(knock=Knock(f"t={'9' * 309},v1=00", b"{}", "mine"))
@example(knock=Knock(f"t={'9' * 4_301},v1=00", b"{}", "mine"))
def test_whatever_comes_the_door_says_yes_no_or_not_now(connection, door, knock):
    header, body, token = knock.header, knock.body, knock.token.replace("mine", connection.hook_token)
    path = f"/hooks/stripe/{token}"
    if door.__name__ == "post" and not hasattr(door, "__self__"):  # Django's client has its own way to write an address
        path = path.replace("\0", "%00").replace("?", "").replace("#", "").replace("%", "%25")
    header = signed(body) if header is None else header.replace("\r", "").replace("\n", "")
    assert door(path, body, header).status_code in {200, 400, 404}
