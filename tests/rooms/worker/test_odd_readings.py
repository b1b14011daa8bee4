"""Whatever one field of an invoice holds, the invoice gets its case or is set aside, and no other invoice notices."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from tests.factories import make_connection, make_ruleset, make_stripe_event
from tests.fakes import FakeMail, FakeStripe, effects
from tests.rooms.gateways.bodies import CHARGE, INVOICE, MADE_AT
from tideover import clock
from tideover.gateways import reading
from tideover.gateways.answers import Garbled, InvoiceRead
from tideover.gateways.shape import Odd
from tideover.inbox.models import StripeEvent
from tideover.recovery.models import Action, Attempt, Case
from tideover.worker.loop import run_until_quiet
from tideover.worker.news import handle_stored

pytestmark = pytest.mark.django_db(transaction=True)  # PostgreSQL refuses a row when it comes, and that ends no test

NOW: Final = datetime.fromtimestamp(MADE_AT, UTC) + timedelta(hours=2)
LONG: Final = 5_000
ODD: Final[Mapping[str, Any]] = {
    "a long text": "N" * LONG,
    "a text with a NUL": "Pia\0Payer",
    "half a character": "Pia \ud83d",
    "an empty text": "",
    "a huge number": 10**30,
    "a number below zero": -1,
    "a yes": True,
    "a list": [["x"]],
    "an object": {"a": 1},
}
WRITTEN: Final = {"a long text", "a text with a NUL"}  # what mails and charges are made of, too: they take a while
FINGERPRINT: Final = CHARGE["payment_method_details"]["card"]["fingerprint"]
NAMES = {"id", "object"}  # which invoice it is: the event tells that


def paths(body: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for field, value in body.items():
        inside = value["data"][0] if isinstance(value, dict) and isinstance(value.get("data"), list) else value
        yield (field,)
        if isinstance(inside, dict):
            yield from ((field, *deeper) for deeper in paths(inside))


def changed(body: Mapping[str, Any], path: tuple[str, ...], value: object) -> dict[str, Any]:
    made = copy.deepcopy(dict(body))
    at = made
    for field in path[:-1]:
        inside = at[field]
        at = inside["data"][0] if isinstance(inside.get("data"), list) else inside
    at[path[-1]] = value
    return made


class Account(FakeStripe):
    """Many invoices, as Stripe's JSON tells them."""

    def __init__(self) -> None:
        super().__init__()
        self.bodies: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}

    def has(self, invoice: Mapping[str, Any], charge: Mapping[str, Any]) -> str:
        number = len(self.bodies)
        name = f"in_{number:021d}"
        invoice = {**invoice, "id": name}
        if charge.get("id") == CHARGE["id"]:
            charge = {**copy.deepcopy(dict(charge)), "id": f"ch_{number:021d}"}
        self._on_a_card_of_its_own(charge, number)
        if isinstance(invoice["customer"], dict) and invoice["customer"].get("email") == INVOICE["customer"]["email"]:
            invoice["customer"] = {**invoice["customer"], "email": f"pia{number}@payer.example"}
            if invoice["customer"].get("id") == INVOICE["customer"]["id"]:
                invoice["customer"]["id"] = f"cus_{number:014d}"  # each speaks for itself
        self.bodies[name] = invoice, dict(charge)
        return name

    def _on_a_card_of_its_own(self, charge: Mapping[str, Any], number: int) -> None:
        details = charge["payment_method_details"]
        card = details.get("card") if isinstance(details, dict) else None
        if isinstance(card, dict) and card.get("fingerprint") == FINGERPRINT:
            card["fingerprint"] = f"fp{number:014d}"

    def read_invoice(self, invoice_id: str, known: object = ()) -> InvoiceRead | None:
        invoice, charge = self.bodies[invoice_id]
        try:
            return reading.invoice_read(invoice, (reading.charge_read(charge),))
        except Odd as odd:
            raise Garbled(f"Stripe's answer cannot be read: {odd}") from None


@pytest.fixture
def account() -> Iterator[Account]:
    yield Account()
    clock.travel_to(None)


@pytest.fixture
def connection():
    connection = make_connection(livemode=True)
    make_ruleset(connection.project)
    return connection


def told(connection, invoice_id):
    body = {"id": f"evt_{invoice_id}", "type": "invoice.payment_failed", "created": MADE_AT}
    body["data"] = {"object": {"id": invoice_id}}
    return make_stripe_event(
        connection,
        event_id=body["id"],
        object_id=invoice_id,
        state="stored",
        body=json.dumps(body).encode(),
        received_at=NOW,
        try_at=NOW,
    )


def handle_all(account):
    while handle_stored(lambda _connection: account, NOW):
        pass


@pytest.mark.parametrize("kind", ODD)
def test_an_invoice_with_one_odd_field_has_its_case_or_is_set_aside_with_the_reason(account, connection, kind):
    plain = [account.has(INVOICE, CHARGE) for _ in range(3)]
    odd = [account.has(changed(INVOICE, path, ODD[kind]), CHARGE) for path in paths(INVOICE) if path[0] not in NAMES]
    odd += [account.has(INVOICE, changed(CHARGE, path, ODD[kind])) for path in paths(CHARGE)]
    for invoice_id in [plain[0], *odd, *plain[1:]]:
        told(connection, invoice_id)
    handle_all(account)

    ended = {event.object_id: event for event in StripeEvent.objects.all()}
    assert {ended[invoice_id].state for invoice_id in plain} == {"handled"}
    assert {event.tries for event in ended.values()} == {1}
    assert {event.state for event in ended.values()} <= {"handled", "irrelevant", "failed"}
    assert all(event.reason for event in ended.values() if event.state != "handled")
    assert Case.objects.filter(invoice_id__in=plain).count() == 3
    if kind in WRITTEN:
        _lives_on(account, plain)


def _lives_on(account: Account, plain: list[str]) -> None:
    """What is due for the cases that were opened is done, whatever their fields hold."""
    mail, later = FakeMail(), NOW + timedelta(hours=20)
    clock.travel_to(later)
    run_until_quiet(effects(account, mail), later)
    assert len(mail.accepted) >= len(plain)
    assert not Action.objects.filter(state__in=["claimed", "dead"]).exists()


def test_ids_and_names_as_long_as_stripe_allows_are_kept_whole(account, connection):
    long = {"id": "cus_" + "c" * 251, "name": "N" * 256, "email": "p@" + "x" * 502 + ".example"}
    charge = {**CHARGE, "id": "ch_" + "c" * 252, "payment_intent": "pi_" + "p" * 252}
    invoice_id = account.has({**INVOICE, "customer": {**INVOICE["customer"], **long}}, charge)
    told(connection, invoice_id)
    handle_all(account)
    case, attempt = Case.objects.get(), Attempt.objects.get()
    assert (case.customer_id, case.customer_name, case.customer_email) == tuple(long.values())
    assert (attempt.charge_id, attempt.payment_intent_id) == (charge["id"], charge["payment_intent"])


def test_an_id_is_never_cut_as_it_would_be_another_ones(account, connection):
    invoice_id = account.has({**INVOICE, "customer": {**INVOICE["customer"], "id": "cus_" + "c" * 252}}, CHARGE)
    told(connection, invoice_id)
    handle_all(account)
    event = StripeEvent.objects.get()
    assert (event.state, event.reason) == (
        "failed",
        "Stripe's answer cannot be read: id is a text of 256 characters",
    )
    assert not Case.objects.exists()
