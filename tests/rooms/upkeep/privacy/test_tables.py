"""The table of what erasure does is total over every model's every column that can hold words, and it is what happens."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.apps import apps

from tests import factories as make
from tests.rooms.predunning.there import make_offer
from tideover.messages.erased import pseudonym
from tideover.messages.keyed import address_hash
from tideover.messages.models import LetBackIn, Message, MessageEvent
from tideover.mirror.models import Method
from tideover.recovery.models import Action, Attempt, Case, LearntFact
from tideover.recovery.ways.rows import Forward, Recipient
from tideover.upkeep.privacy.erase import erase, go_on
from tideover.upkeep.privacy.tables import ERASED_NAME, TABLES, Does, table_of, words_in

NOW = make.NOW
OURS = [model for model in apps.get_models(include_auto_created=True) if model.__module__.startswith("tideover.")]
OF_CUSTOMERS = [model for model in OURS if not table_of(model).nothing]
PIA = "pia@payer.example"


def test_every_model_is_in_the_table_and_nothing_else():
    assert set(TABLES) == {model._meta.label for model in OURS}


@pytest.mark.parametrize("model", OF_CUSTOMERS, ids=lambda model: model.__name__)
def test_every_column_that_can_hold_words_says_what_becomes_of_it(model):
    told = list(table_of(model).columns())
    assert sorted(told) == sorted(column.name for column in words_in(model))
    assert all(table_of(model).kept or {"": ""})


@pytest.mark.parametrize(
    "model", [model for model in OURS if model not in OF_CUSTOMERS], ids=lambda model: model.__name__
)
def test_what_says_that_it_holds_nothing_of_customers_tells_of_no_column(model):
    assert not table_of(model).columns()


@pytest.fixture
def hers(db):
    """A row of hers in each table, with words in every column that erasure touches."""
    case = make.make_case(
        customer_email=PIA, customer_name="Pia Payer", hosted_url="https://pay.example/pia", locale="de-AT",
        time_zone="Europe/Vienna", payment_method_id="pm_1Canary0", new_method="pm_2Canary0", card_expires="11/2030",
        customer_phone="+447911123456", state="canceled", segment="enterprise",
    )  # fmt: skip
    words = {"request": {"payment_method": "pm_1Canary0"}, "why": "of in_1Canary0", "reason": "ch_1Canary0 failed"}
    action = make.make_action(
        case, step="card:pm_1Canary0", outcome="by pi_1Canary0", instead=["sub_1Canary0"], state="done", **words
    )
    make.make_fact(
        case,
        key="charge:ch_1Canary0",
        detail={"charge": "ch_1Canary0", "fingerprint": "XtCanary", "code": "do_not_honor", "by": "ada@alpine.example"},
    )
    make.make_attempt(case, card_fingerprint="XtCanary", card_last4="4242")
    make.make_collection(case, intent_id="pi_2Canary0")
    Recipient.objects.create(
        organization=case.organization, connection=case.connection, customer_id=case.customer_id, address=PIA,
        address_hash=address_hash(PIA), name="Pia Payer", language="de", made_at=NOW,
    )  # fmt: skip
    Forward.objects.create(
        organization=case.organization, case=case, number=1, address="office@acme.example", asked_at=NOW
    )
    message = make.make_message(
        case,
        action,
        to_hash=address_hash(PIA),
        to_address=PIA,
        provider_id="<canary@mail>",
        keys=["k"],
        reason="pia is full",
    )
    make.make_event(message, detail="pia is full", heard={"person": {"agent": "Pia's mail program"}})
    LetBackIn.objects.create(
        organization=case.organization, address_hash=address_hash(PIA), channel="email", consent="wrote",
        why="Pia called", by="ada", at=NOW, was="bounced", was_since=NOW,
    )  # fmt: skip
    make.make_stripe_event(
        case.connection, object_id=case.invoice_id, body=f'{{"customer": "{case.customer_id}"}}'.encode(), reason="pia"
    )
    whose = {"customer_id": case.customer_id}
    customer = make.make_customer(
        case.connection,
        stripe_id=case.customer_id,
        name="Pia Payer",
        email=PIA,
        region="Vienna",
        method_id="pm_1Canary0",
        readers=f"tideover_owner={PIA}",
        readers_followed=f"tideover_owner={PIA}",
        segment="enterprise",
    )
    make.make_subscription(customer, method_id="pm_1Canary0")
    make.make_invoice(customer, subscription_id="sub_1Canary0")
    make.make_payment(customer, invoice_id="in_1Canary0", intent_id="pi_1Canary0")
    method = make.make_method(customer, **whose)
    _offered(method)
    return case


def _offered(method: Method) -> None:
    """An alert about a card of hers, and what a letter offered."""
    alert = make.make_alert(method, default_then="pm_1Canary0", subscription_id="sub_1Canary0", reason="of pm_1Canary0")
    make_offer(alert, code_id="promo_1Canary0")


TOUCHED = [label for label, table in TABLES.items() if table.does and label != "tenants.Erasure"]


@pytest.mark.parametrize("label", TOUCHED)
def test_each_column_is_afterwards_as_the_table_says(hers, label):
    model = apps.get_model(label)
    [before] = model.objects.all()
    erase(hers.organization, PIA, "ada", NOW)
    go_on(NOW + timedelta(minutes=11))
    [after] = model.objects.all()
    for column, does in TABLES[label].does.items():
        was, now = getattr(before, column), getattr(after, column)
        assert was, f"{column}: the fixture must fill it"
        match does:
            case Does.CLEARED if column != "reason":
                assert (
                    bytes(now) == b""
                    if isinstance(now, memoryview | bytes)
                    else now == model._meta.get_field(column).get_default()
                ), column
            case Does.CLEARED:
                assert "pia" not in now.lower(), column
            case Does.HASHED:
                assert now == pseudonym(hers.organization_id, was), column
            case Does.RENAMED:
                assert now == ERASED_NAME
            case Does.REWORDED:
                assert "anary" not in str(now), column
                assert "erased_" in str(now), column
    for columns in (TABLES[label].kept or {}).values():
        for column in columns.split():
            assert getattr(after, column) == getattr(before, column), column


def test_codes_amounts_and_the_merchants_own_people_stay_in_facts(hers):
    erase(hers.organization, PIA, "ada", NOW)
    detail = LearntFact.objects.get().detail
    assert (detail["code"], detail["by"]) == ("do_not_honor", "ada@alpine.example")
    assert {model.objects.count() for model in (Case, Action, Attempt, Message, MessageEvent)} == {1}
