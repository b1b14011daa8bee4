"""The payers of a run find the doors of the real pay page, send what its forms send, and their writes are told apart."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chaos.forms import Form, forms
from chaos.payers import DOORS, TOGETHER
from chaos.stripe_proxy import lasting, share_of
from chaos.wire import Message
from tests.factories import DAY, NOW, make_case, make_connection, make_project
from tideover import clock
from tideover.recovery import links


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    clock.travel_to(NOW)
    yield
    clock.travel_to(None)


@pytest.fixture
def page(client, db) -> str:
    """The pay page of somebody with two invoices on one card, to whom everything is offered."""
    project = make_project(brand_name="Acme", plans_enabled=True, backup_methods=True)
    connection = make_connection(project, publishable_key="pk_test_alice")
    told = {"customer_id": "cus_jane", "payment_method_id": "pm_old", "card_fingerprint": "fp_jane", "currency": "usd"}
    make_case(connection, **told, opened_at=NOW - 20 * DAY)
    case = make_case(connection, **told, opened_at=NOW - 15 * DAY)
    return str(client.get(f"/c/{links.make_link(case, message_id=None, now=NOW)}").content.decode())


def test_every_door_is_a_form_of_the_real_page(page):
    found = {form.name: form for form in forms(page)}
    assert set(DOORS) - {TOGETHER} <= set(found)
    assert {found[door].method for door in DOORS if door in found} == {"post"}
    assert found["plan"].fields["owed"] == "9900"
    assert found["plan"].choices["parts"] == ["2", "3", "4"]
    assert {"csrfmiddlewaretoken", "day"} <= set(found["promise"].fields)
    assert found["allow"].buttons == {"allow": "yes"}
    assert {"try", "agreed"} <= set(found["again"].fields)
    [picks] = [form for form in forms(page) if form.choices.get("in")]
    assert (picks.method, len(picks.choices["in"])) == ("get", 1), "the invoice of the link is always among them"


def test_what_is_checked_is_sent_and_what_stands_outside_of_a_form_is_not():
    [form] = forms(
        '<input name="lost"><form action="/x/y" method="POST"><input type="hidden" name="a" value="1">'
        '<input type="radio" name="n" value="2"><input type="radio" name="n" value="3" checked><button name="b" value="4">'
        '</form><input name="lost">'
    )
    assert form == Form("/x/y", "post", {"a": "1", "n": "3"}, {"n": ["2", "3"]}, {"b": "4"})
    assert form.name == "y"


def asked(method: str, path: str, body: str = "") -> Message:
    return Message(f"{method} {path} HTTP/1.1".encode(), [], body.encode())


@pytest.mark.parametrize(
    ("request_", "what"),
    [
        (asked("POST", "/v1/invoices/in_1", "auto_advance=false&metadata%5Btideover_held%5D=1"), "hold"),
        (asked("POST", "/v1/invoices/in_1", "auto_advance=true"), "give_back"),
        (asked("POST", "/v1/invoices/in_1/mark_uncollectible"), "uncollectible"),
        (asked("POST", "/v1/subscriptions/sub_1", "pause_collection%5Bbehavior%5D=void"), "pause"),
        (asked("DELETE", "/v1/subscriptions/sub_1"), "cancel"),
        (asked("POST", "/v1/subscriptions/sub_1", "default_payment_method=pm_1"), ""),
        (asked("POST", "/v1/invoices/in_1/pay", "off_session=true"), ""),
        (asked("GET", "/v1/invoices/in_1"), ""),
    ],
    ids=lambda value: value if isinstance(value, str) else value.first.decode(),
)
def test_what_stays_at_stripe_is_told_apart_from_all_else(request_, what):
    assert lasting(request_) == what


@pytest.mark.parametrize(
    ("request_", "share"),
    [
        (asked("GET", "/v1/invoices/in_1"), 45),
        (asked("POST", "/v1/invoices/in_1/pay"), 90),
        (asked("POST", "/v1/payment_intents"), 15),
        (asked("POST", "/v1/payment_intents/pi_1/confirm"), 22),
        (asked("DELETE", "/v1/subscriptions/sub_1"), 15),
    ],
    ids=lambda value: str(value) if isinstance(value, int) else value.first.decode(),
)
def test_charges_meet_most_faults_and_other_writes_few_enough_for_a_plan_to_stand(request_, share):
    assert share_of(request_, 45) == share
