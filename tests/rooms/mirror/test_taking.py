"""What is newer stays, in whichever order it comes; who was erased does not come back; payments find their invoice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest
from django.db import connection as db
from django.db import transaction
from django.test.utils import CaptureQueriesContext

from tests.rooms.mirror.conftest import NOW, nobody
from tideover.gateways.listed import RETRIEVE
from tideover.gateways.told import CustomerTold, InvoiceTold, MethodTold, PaymentTold, Told
from tideover.mirror.importing import begin
from tideover.mirror.models import Customer, Method, MirrorInvoice, Payment
from tideover.mirror.taking import MODELS, Said, Unmirrored, hold, said, take
from tideover.tenants.models import Connection

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def a_customer(**values: object) -> CustomerTold:
    told = {
        "stripe_id": "cus_1", "name": "Pia", "email": "pia@payer.example", "locale": "de", "country": "DE",
        "region": "", "made_at": NOW, "method_id": "pm_1", "test_clock": "",
    }  # fmt: skip
    return CustomerTold(**{**told, **values})  # type: ignore[arg-type]


def an_invoice(**values: object) -> InvoiceTold:
    told = {
        "stripe_id": "in_1", "customer_id": "cus_1", "subscription_id": "sub_1", "number": "A-1",
        "description": "Pro", "status": "open", "reason": "subscription_cycle", "sent": False, "currency": "usd",
        "amount_due": 9900, "amount_paid": 0, "amount_open": 9900, "tries": 1, "made_at": NOW, "due_at": None,
        "status_at": None,
    }  # fmt: skip
    return InvoiceTold(**{**told, **values})  # type: ignore[arg-type]


def a_payment(number: int = 1, **values: object) -> PaymentTold:
    told = {
        "stripe_id": f"ch_{number}", "customer_id": "cus_1", "intent_id": "pi_1", "at": NOW, "currency": "usd",
        "amount": 9900, "refunded": 0, "disputed": False, "outcome": "declined", "code": "insufficient_funds",
        "advice_code": "", "network_decline_code": "", "network_advice_code": "", "reached_network": True,
        "method_id": "pm_1", "brand": "visa", "last4": "4242", "fingerprint": "fp_1",
    }  # fmt: skip
    return PaymentTold(**{**told, **values})  # type: ignore[arg-type]


def a_method(**values: object) -> MethodTold:
    told = {
        "stripe_id": "pm_1", "customer_id": "cus_1", "brand": "visa", "last4": "4242", "fingerprint": "fp_1",
        "expires_on": date(2027, 12, 31),
    }  # fmt: skip
    return MethodTold(**{**told, **values})  # type: ignore[arg-type]


@pytest.fixture
def account(connection: Connection) -> Connection:
    begin(connection, NOW)
    return connection


def tell(connection: Connection, *things: tuple[Told, datetime]) -> None:
    with transaction.atomic():
        hold(connection)
        take(connection, [said(told, at) for told, at in things], nobody)


def test_in_whichever_order_they_come_the_newest_is_kept(account):
    versions = [(a_customer(name=name), NOW + number * SECOND) for number, name in enumerate("abc")]
    for order in permutations(versions):
        Customer.objects.all().delete()
        for one in order:
            tell(account, one)
        assert Customer.objects.get().name == "c"
        Customer.objects.all().delete()
        tell(account, *order)
        assert Customer.objects.get().name == "c"


def test_what_differs_in_one_second_is_asked_about_again(account):
    tell(account, (a_customer(name="a"), NOW))
    assert not Customer.objects.get().unsure
    tell(account, (a_customer(name="a"), NOW))
    assert not Customer.objects.get().unsure
    tell(account, (a_customer(name="b"), NOW))
    assert Customer.objects.get().unsure
    tell(account, (a_customer(name="c"), NOW + SECOND))
    assert (Customer.objects.get().name, Customer.objects.get().unsure) == ("c", False)


def test_of_an_invoice_the_one_that_is_further_came_later(account):
    both = [(an_invoice(status="paid", amount_open=0, amount_paid=9900), NOW), (an_invoice(), NOW)]
    for order in permutations(both):
        MirrorInvoice.objects.all().delete()
        for one in order:
            tell(account, one)
        assert (MirrorInvoice.objects.get().status, MirrorInvoice.objects.get().unsure) == ("paid", False)
        MirrorInvoice.objects.all().delete()
        tell(account, *order)
        assert (MirrorInvoice.objects.get().status, MirrorInvoice.objects.get().unsure) == ("paid", False)


def test_who_was_erased_does_not_come_back(account):
    def forgotten(_organization, words):
        return {word for word in words if word in {"cus_1", "old@payer.example"}}

    told: list[Told] = [a_customer(), a_payment(), an_invoice(), a_method()]
    told += [a_customer(stripe_id="cus_2", email="old@payer.example"), a_customer(stripe_id="cus_3", email="")]
    with transaction.atomic():
        hold(account)
        take(account, [Said(each, NOW) for each in told], forgotten)
    assert list(Customer.objects.values_list("stripe_id", flat=True)) == ["cus_3"]
    assert not Payment.objects.exists()
    assert not MirrorInvoice.objects.exists()
    assert not Method.objects.exists()


def test_where_no_names_are_kept_there_are_none(account):
    account.project.minimal = True
    tell(account, (a_customer(segment="pro"), NOW))
    kept = Customer.objects.get()
    assert (kept.name, kept.email, kept.country, kept.segment) == ("", "", "DE", "pro")


def test_payments_learn_of_which_invoice_they_are(account):
    tell(account, (a_payment(1), NOW), (a_payment(9, intent_id="pi_9"), NOW))
    tell(account, (an_invoice(intents=("pi_1",)), NOW))
    tell(account, (a_payment(2), NOW))
    assert dict(Payment.objects.values_list("stripe_id", "invoice_id")) == {"ch_1": "in_1", "ch_2": "in_1", "ch_9": ""}


def test_a_page_of_many_invoices_asks_the_database_as_often_as_one_of_two(account):
    asked = []
    for first, last in ((0, 2), (10, 50)):
        told = [(a_payment(each, intent_id=f"pi_{each}"), NOW) for each in range(first, last)]
        told += [(an_invoice(stripe_id=f"in_{each}", intents=(f"pi_{each}",)), NOW) for each in range(first, last)]
        with CaptureQueriesContext(db) as queries:
            tell(account, *told)
        asked.append(len(queries))
    assert asked[0] == asked[1]
    assert Payment.objects.filter(invoice_id="").count() == 0


def test_each_kind_that_is_kept_can_be_asked_for():
    assert RETRIEVE.keys() == MODELS.keys()


def test_a_payment_of_long_ago_tells_of_its_card_as_it_was_then(account):
    tell(account, (a_method(expires_on=date(2030, 1, 31)), NOW))
    tell(account, (a_method(as_of=NOW - timedelta(days=400)), NOW))
    kept = Method.objects.get()
    assert (kept.expires_on, kept.unsure) == (date(2030, 1, 31), False)


def test_a_method_that_was_detached_keeps_whose_it_was(account):
    tell(account, (a_method(), NOW))
    tell(account, (a_method(customer_id="", gone=True), NOW + SECOND))
    kept = Method.objects.get()
    assert (kept.customer_id, kept.gone) == ("cus_1", True)


def test_words_that_are_too_long_are_no_change(account):
    long = a_customer(name="x" * 400)
    tell(account, (long, NOW))
    tell(account, (long, NOW))
    assert not Customer.objects.get().unsure


def test_without_a_mirror_nothing_is_kept(connection):
    with transaction.atomic(), pytest.raises(Unmirrored):
        hold(connection)


def test_two_accounts_may_have_things_of_one_id(account):
    tell(account, (a_customer(), NOW))
    from tests import factories as make  # noqa: PLC0415

    other = make.make_connection()
    begin(other, NOW)
    tell(other, (a_customer(name="Other"), datetime(2020, 1, 1, tzinfo=UTC)))
    assert Customer.objects.count() == 2
