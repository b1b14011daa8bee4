"""`tideover customer`: for people, for programs, and for who mistypes."""

import json
from datetime import date

import pytest
import typer

from tests.factories import NOW, make_case, make_customer, make_invoice, make_method, make_subscription
from tideover import clock
from tideover.cli.cases.customer import tell_customer
from tideover.messages.suppression import suppress

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _present():
    clock.travel_to(NOW)
    yield
    clock.travel_to(None)


@pytest.fixture
def pia():
    who = make_customer(name="Pia Payer", email="pia@payer.example", locale="da, de", country="AT")
    make_subscription(who)
    make_method(who, stripe_id="pm_9")
    make_invoice(who, status="open", number="A-7")
    make_case(who.connection, customer_id=who.stripe_id, invoice_number="A-8", promised_on=date(2026, 12, 1))
    suppress(who.organization, "email", who.email, "unsubscribed", NOW)
    return who


def test_people_read_what_they_owe_and_how_they_are_reached(pia, capsys):
    assert tell_customer("pia@payer.example", "", as_json=False) == 0
    told = capsys.readouterr().out
    for words in (
        f"Pia Payer  {pia.stripe_id}  {pia.public_id}",
        "open: $198.00",
        "A-7  $99.00",
        "left to Stripe",
        "promised for 2026-12-01",
        "pays for: Pro, $99.00 a month, active",
        "by: Visa",
        "language: German (there are no texts in Danish); zone: Europe/Vienna",
        "emails: off since 2026-11-20: unsubscribed",
    ):
        assert words in told


def test_programs_read_one_object(pia, capsys):
    assert tell_customer(pia.public_id, pia.organization.slug, as_json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["stripe_id"], told["emails"], len(told["open"])) == (pia.stripe_id, "off", 2)


@pytest.mark.parametrize(
    ("columns", "said", "segment"),
    [
        ({"segment": "pro"}, "segment: pro", "pro"),
        ({"odd_segment": True}, "segment: tideover_segment: what stands there is no segment", ""),
    ],
)
def test_a_segment_is_told_and_so_is_what_is_none(columns, said, segment, capsys):
    who = make_customer(**columns)
    tell_customer(who.stripe_id, "", as_json=False)
    assert said in capsys.readouterr().out
    tell_customer(who.stripe_id, "", as_json=True)
    assert json.loads(capsys.readouterr().out)["segment"] == segment


def test_who_is_called_so_twice_is_asked_about(pia, capsys):
    make_customer(name="Pia Other")
    with pytest.raises(typer.Exit):
        tell_customer("pia", "", as_json=False)
    assert "several customers" in capsys.readouterr().err
    with pytest.raises(typer.Exit):
        tell_customer("nobody", "", as_json=False)
    assert "no customer is called nobody" in capsys.readouterr().err
