"""Events keep the mirror: as soon as they come, late ones without harm, and what is in doubt is read again."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests import factories as make
from tests.rooms.gateways.bodies import INVOICE
from tests.rooms.mirror.conftest import NOW, START, nobody
from tideover.flow.stripe import stripe_for
from tideover.gateways.answers import LockedOut
from tideover.mirror.hearing import hear, read_again
from tideover.mirror.importing import begin, read_all
from tideover.mirror.models import Customer, Method, Mirror, MirrorInvoice, Payment
from tideover.tenants.models import Connection

pytestmark = pytest.mark.django_db


def an_event(
    connection: Connection, thing: object, kind: str = "customer.updated", at: int = START + 600, **before: object
):
    data = {"object": thing, "previous_attributes": before}
    body = json.dumps({"id": "evt_1", "type": kind, "created": at, "data": data})
    return make.make_stripe_event(connection, type=kind, body=body.encode(), state="stored")


def a_customer(name: str, **values: object) -> dict[str, object]:
    return {"id": "cus_1", "object": "customer", "created": START, "name": name, **values}


@pytest.fixture
def account(connection: Connection) -> Connection:
    begin(connection, NOW)
    return connection


def test_an_event_is_kept_and_a_late_one_is_not(account):
    hear([an_event(account, a_customer("new"))], nobody)
    hear([an_event(account, a_customer("old"), at=START + 599)], nobody)
    assert Customer.objects.get().name == "new"


def test_a_customer_that_was_deleted_is_gone(account):
    hear([an_event(account, a_customer("Pia"), "customer.deleted")], nobody)
    assert Customer.objects.get().gone


def test_of_an_account_without_a_mirror_nothing_is_kept(connection):
    hear([an_event(connection, a_customer("Pia"))], nobody)
    assert not Customer.objects.exists()


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"data": 1}', b'{"created": 1, "data": {"object": {"object": "customer"}}}']
)
def test_what_cannot_be_read_disturbs_nobody(account, body):
    odd = make.make_stripe_event(account, body=body, state="stored")
    hear([odd, an_event(account, a_customer("Pia"))], nobody)
    assert Customer.objects.get().name == "Pia"


def test_what_two_events_of_one_second_leave_in_doubt_is_read_again(merchant, wired):
    merchant.customer()
    read_all(stripe_for, nobody, NOW)
    row = Customer.objects.get()
    for name in ("a", "b"):
        hear([an_event(wired, a_customer(name, id=row.stripe_id), at=START + 400)], nobody)
    assert Customer.objects.get().unsure
    later = NOW + timedelta(minutes=10)
    assert read_again(stripe_for, nobody, later) == 1
    known = Customer.objects.get()
    assert (known.name, known.unsure) == ("Ada", False)
    assert read_again(stripe_for, nobody, later) == 0


def test_what_is_no_more_is_in_doubt_no_more(merchant, wired):
    begin(wired, NOW)
    for name in ("a", "b"):
        hear([an_event(wired, {**a_customer(name), "id": "cus_none"})], nobody)
    assert read_again(stripe_for, nobody, NOW + timedelta(hours=1)) == 1
    assert not Customer.objects.get().unsure


def test_an_account_that_does_not_answer_is_not_asked_again_at_once(account):
    for name in ("a", "b"):
        hear([an_event(account, a_customer(name))], nobody)
    asked = []

    class Locked:
        def look(self, _ask):
            asked.append(1)
            raise LockedOut("the key was revoked")

    later = NOW + timedelta(hours=1)
    for seconds in (0, 10, 20):
        read_again(lambda _: Locked(), nobody, later + timedelta(seconds=seconds))  # type: ignore[arg-type,return-value]
    assert len(asked) == 1
    assert "the key was revoked" in Mirror.objects.get().trouble
    read_again(lambda _: Locked(), nobody, later + timedelta(minutes=10))  # type: ignore[arg-type,return-value]
    assert len(asked) == 2


def test_where_nothing_is_in_doubt_no_account_is_looked_at(django_assert_num_queries):
    for _ in range(3):
        begin(make.make_connection(created_at=NOW), NOW)
    with django_assert_num_queries(5):
        assert read_again(stripe_for, nobody, NOW) == 0


@pytest.fixture
def payer(account: Connection) -> Customer:
    return make.make_customer(account, stripe_id="cus_1")


def test_a_method_that_was_taken_off_is_gone_and_keeps_whose_it_was(account):
    method = {"id": "pm_1", "object": "payment_method", "type": "card", "customer": "cus_1"}
    hear([an_event(account, method, "payment_method.attached")], nobody)
    off = {**method, "customer": None}
    hear([an_event(account, off, "payment_method.detached", START + 601, customer="cus_1")], nobody)
    assert (Method.objects.get().gone, Method.objects.get().customer_id) == (True, "cus_1")


def test_who_was_erased_does_not_come_back_by_a_method_that_is_taken_off(account):
    method = {"id": "pm_1", "object": "payment_method", "type": "card", "customer": None}
    event = an_event(account, method, "payment_method.detached", customer="cus_1")
    hear([event], lambda _, words: {"cus_1"} & set(words))
    assert not Method.objects.exists()


@pytest.mark.parametrize("kind", ["charge.dispute.created", "refund.failed"])
def test_what_became_of_a_charge_that_an_event_only_names_is_asked(account, payer, kind):
    for number in (1, 2):
        make.make_payment(payer, stripe_id=f"ch_{number}")
    hear([an_event(account, {"id": "x_1", "object": kind.split(".")[-2], "charge": "ch_1"}, kind)], nobody)
    assert list(Payment.objects.filter(unsure=True).values_list("stripe_id", flat=True)) == ["ch_1"]


def test_a_debit_under_way_is_asked_about_once_its_customers_invoice_changes(account, payer):
    for number, outcome in enumerate(("processing", "declined"), 1):
        make.make_payment(payer, stripe_id=f"ch_{number}", outcome=outcome)
    invoice = {**INVOICE, "object": "invoice", "customer": "cus_1", "status": "paid"}
    hear([an_event(account, invoice, "invoice.paid")], nobody)
    assert list(Payment.objects.filter(unsure=True).values_list("stripe_id", flat=True)) == ["ch_1"]


def test_events_of_the_simulator_keep_the_mirror_as_the_account_is(merchant, wired):
    """What an import would read anew is what the events have told."""
    begin(wired, NOW)
    merchant.failed_invoice()
    listed = merchant.v1.events.list({"limit": 100}).data
    for event in reversed(listed):
        hear(
            [
                make.make_stripe_event(
                    wired, type=event.type, body=json.dumps(event.to_dict(), default=str).encode(), state="stored"
                )
            ],
            nobody,
        )
    told = set(MirrorInvoice.objects.values_list("stripe_id", "status", "amount_open"))
    assert told == {
        (each.id, each.status, each.amount_remaining) for each in merchant.v1.invoices.list({"limit": 100}).data
    }
