"""A customer is erased: nothing of them is left or comes back, everything has stopped, and the books are as before."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.apps import apps
from django.db.models import Sum
from structlog.testing import capture_logs

from tests import factories as make
from tests.fakes import VISA, a_charge, an_invoice, effects
from tests.rooms.recovery.conftest import World
from tideover import clock
from tideover.core.catalogue import Channel
from tideover.core.facts import Learnt
from tideover.inbox.models import StripeEvent
from tideover.inbox.translate import ChargeNews
from tideover.messages.erased import mark_of
from tideover.messages.keyed import address_hash
from tideover.messages.models import LetBackIn, Message
from tideover.messages.suppression import Request, let_back_in, refusal
from tideover.mirror.models import Customer
from tideover.recovery import hearing, intake
from tideover.recovery.models import Action, Attempt, Case
from tideover.tenants import audit
from tideover.tenants.models import AuditEntry, Erasure
from tideover.tenants.secrets import sealed_field
from tideover.upkeep.privacy.erase import erase, erase_again, go_on, kept_of
from tideover.upkeep.privacy.person import NobodyNamed
from tideover.upkeep.sealing import missing, seal
from tideover.worker.news import handle_stored

pytestmark = pytest.mark.django_db
PIA, CUSTOMER = "pia.canary@payer.example", "cus_1Canary0"
IDS = {"id": "in_1Canary0", "subscription_id": "sub_1Canary0", "payment_intent_id": "pi_1Canary0"}
HERS = {
    **IDS,
    "customer_id": CUSTOMER,
    "customer_email": PIA,
    "customer_name": "Pia Canary",
    "hosted_url": "https://x.example/canary",
}
LATER = timedelta(minutes=11)


def kept() -> str:
    """Every value of every row, as text."""
    told = io.StringIO()
    for model in apps.get_models(include_auto_created=True):
        for row in model._default_manager.values():
            for value in row.values():
                told.write(
                    bytes(value).decode(errors="replace") if isinstance(value, bytes | memoryview) else str(value)
                )
    return told.getvalue()


@pytest.fixture
def world(db):
    connection = make.make_connection()
    make.make_ruleset(connection.project, "revguard")
    there = World(connection)
    card = VISA
    there.payment_fails(attempts=(a_charge(card=card, at=there.now),), **HERS)
    there.day(4)
    body = json.dumps({"data": {"object": {"id": "in_1Canary0", "customer": CUSTOMER, "customer_email": PIA}}})
    make.make_stripe_event(connection, object_id="in_1Canary0", body=body.encode())
    yield there
    clock.travel_to(None)


def totals():
    return (
        Case.objects.aggregate(Sum("amount_due"), Sum("amount_recovered")),
        Attempt.objects.count(), Message.objects.filter(sent_at__isnull=False).count(),
        Action.objects.filter(state="done").count(),
    )  # fmt: skip


@pytest.mark.parametrize("name", [CUSTOMER, PIA, f" {PIA.upper()} "])
def test_nothing_of_a_customer_is_left_anywhere_and_the_totals_are_as_before(world, name):
    seal(world.now)
    assert "canary" in kept().lower()
    before = totals()
    assert before[1] > 0
    assert before[2] > 0
    with capture_logs() as logged:
        erasure = erase(world.connection.organization, name, "ada@alpine.example", world.now)
        go_on(world.now + LATER)
    assert "canary" not in kept().lower()
    assert "canary" not in str(logged).lower()
    assert totals() == before
    erasure.refresh_from_db()
    assert (erasure.done_at, erasure.words, erasure.cases, erasure.events) == (world.now + LATER, "", 1, 1)
    assert erasure.messages == before[2]


def test_the_audit_log_is_whole_and_tells_who_erased_and_not_whom(world):
    seal(world.now)
    erasure = erase(world.connection.organization, PIA, "ada@alpine.example", world.now)
    seal(world.now)
    assert not [*audit.flaws(world.connection.organization_id), *missing(world.connection.organization_id)]
    [entry] = AuditEntry.objects.filter(what="customer erased")
    assert (entry.who, entry.about) == ("ada@alpine.example", str(erasure.pk))


def test_from_that_moment_nothing_is_charged_or_sent_and_the_card_page_is_closed(world):
    case, before = world.case, (len(world.stripe.payments), len(world.mail.subjects))
    assert case.links.filter(revoked_at=None).exists()
    erase(world.connection.organization, CUSTOMER, "ada", world.now)
    world.day(60)
    assert (len(world.stripe.payments), len(world.mail.subjects)) == before
    assert (Case.objects.get().state, Action.objects.filter(state="planned").exists()) == ("canceled", False)
    assert not case.links.filter(revoked_at=None).exists()
    assert refusal(world.connection.project, Channel.EMAIL, PIA, world.now) == "suppressed:unsubscribed"


@pytest.mark.parametrize(
    "seen",
    [
        {}, {"id": "in_2Canary0", "subscription_id": "sub_2"}, {"id": "in_3Canary0", "customer_email": "new.canary@payer.example"},
        {"id": "in_4Canary0", "customer_id": "cus_another"},
    ],
    ids=["the same invoice", "another invoice", "another address", "another customer of the same address"],
)  # fmt: skip
def test_no_later_reading_brings_them_back(world, seen):
    erase(world.connection.organization, CUSTOMER, "ada", world.now)
    go_on(world.now + LATER)
    read = an_invoice(at=world.now, **{**HERS, **seen})
    assert intake.take_reading(world.connection, read, world.now + LATER) is None
    assert "canary" not in kept().lower()


def test_an_erasure_whose_words_cannot_be_opened_holds_up_no_other(world):
    odd, other = (erase(world.connection.organization, name, "ada", world.now) for name in ("cus_2Other00", CUSTOMER))
    Erasure.objects.filter(pk=odd.pk).update(
        at=world.now - LATER, words=sealed_field(Erasure, "words").sealed(other.pk, "{}")
    )
    go_on(world.now + LATER)
    assert Erasure.objects.get(pk=other.pk).done_at == world.now + LATER
    assert Erasure.objects.get(pk=odd.pk).done_at is None


def test_events_are_looked_through_some_in_each_round_and_one_that_no_key_opens_stops_none(world, monkeypatch):
    monkeypatch.setattr("tideover.upkeep.privacy.erase.EVENTS_IN_A_ROUND", 2)
    made = [make.make_stripe_event(world.connection, body=event("x", customer=CUSTOMER)) for _ in range(4)]
    closed = sealed_field(StripeEvent, "body").sealed("another row", b"{}")
    StripeEvent.objects.filter(pk=made[0].pk).update(body=closed)
    erasure = erase(world.connection.organization, CUSTOMER, "ada", world.now)
    rounds = 0
    while Erasure.objects.get(pk=erasure.pk).done_at is None:
        go_on(world.now + LATER)
        rounds += 1
    assert rounds == 3, "five events, and two in each round"
    assert [bytes(StripeEvent.objects.get(pk=each.pk).body) for each in made[1:]] == [b""] * 3


def event(of_type: str, **thing: object) -> bytes:
    told = {"id": "evt_9", "type": of_type, "created": 1_793_000_000, "data": {"object": thing}}
    return json.dumps(told).encode()


@pytest.mark.parametrize(
    "body",
    [
        event("invoice.payment_failed", id="in_7Canary0", customer=CUSTOMER, customer_email=PIA),
        event("customer.updated", id=CUSTOMER, email=PIA, name="Pia Canary"),
        event("payment_method.attached", id="pm_7Canary0", customer=CUSTOMER, type="card"),
        event("charge.dispute.created", id="dp_1", charge="ch_1", amount=9900, status="needs_response", evidence={"customer_name": "Pia Canary"}),
    ],
    ids=lambda body: json.loads(body)["type"],
)  # fmt: skip
def test_no_later_webhook_leaves_a_trace(world, body):
    erase(world.connection.organization, CUSTOMER, "ada", world.now)
    go_on(world.now + LATER)
    told = json.loads(body)
    make.make_stripe_event(
        world.connection, type=told["type"], object_id=told["data"]["object"]["id"], body=body, state="stored", try_at=world.now,
    )  # fmt: skip
    world.stripe.invoice = an_invoice(at=world.now, **{**HERS, "id": "in_7Canary0"})
    assert handle_stored(lambda _connection: world.stripe, world.now + LATER) == 1
    assert "canary" not in kept().lower()
    assert not StripeEvent.objects.filter(state="stored").exists()


def test_money_that_goes_back_later_is_still_taken_off(world):
    case, paid = world.case, replace(a_charge(None, at=world.now), id="ch_2Canary0", payment_intent_id="pi_1Canary0")
    read = an_invoice(at=world.now, **{**HERS, "status": "paid", "amount_paid": 9900, "amount_remaining": 0})
    read = replace(read, attempts=(*read.attempts, paid), status_at=world.now)
    intake.take_reading(world.connection, read, world.now)
    case.refresh_from_db()
    assert case.amount_recovered == 9900
    erase(world.connection.organization, CUSTOMER, "ada", world.now)
    news = ChargeNews("ch_2Canary0", "", Learnt.REFUNDED, "ch_2Canary0", 4000, world.now)
    for _ in range(2):
        assert hearing.hear(world.connection, news, world.now)
        case.refresh_from_db()
        assert (case.amount_recovered, case.amount_returned) == (5900, 4000)
    go_on(world.now + LATER)
    assert "canary" not in kept().lower()


def test_a_charge_that_is_out_keeps_its_case_until_its_answer_is_known(world):
    action = make.make_action(world.case, state="claimed", started_at=world.now, step="asked-9")
    erasure = erase(world.connection.organization, CUSTOMER, "ada", world.now)
    case = world.case
    assert (case.state, case.erased_at, case.customer_id) == ("canceled", None, CUSTOMER)
    go_on(world.now + LATER)
    erasure.refresh_from_db()
    assert erasure.done_at is None
    Action.objects.filter(pk=action.pk).update(state="done", settled_at=world.now)
    go_on(world.now + LATER)
    assert "canary" not in kept().lower()


def test_whoever_shares_the_address_is_the_same_person_and_others_stay(world, mallory):
    same = make.make_case(world.connection, customer_email=PIA.title(), state="recovered")
    other = make.make_case(world.connection)
    hers = make.make_case(make.make_connection(mallory.project), customer_id=CUSTOMER, customer_email=PIA)
    assert (
        kept_of(world.connection.organization, CUSTOMER).customers,
        kept_of(world.connection.organization, CUSTOMER).cases,
    ) == (2, 2)
    erase(world.connection.organization, CUSTOMER, "ada", world.now)
    for case in (same, other, hers):
        case.refresh_from_db()
    assert (same.erased_at, other.erased_at, hers.erased_at) == (world.now, None, None)


def test_who_is_known_nowhere_is_kept_out_for_the_future(world):
    erase(world.connection.organization, "cus_9Never", "ada", world.now)
    read = an_invoice(at=world.now, id="in_9", customer_id="cus_9Never", customer_email="n@x.example")
    assert intake.take_reading(world.connection, read, world.now) is None


def test_who_asks_for_it_is_let_back_in_as_somebody_new(world):
    erase(world.connection.organization, CUSTOMER, "ada", world.now)
    wish = Request(LetBackIn.Consent.WROTE, "Signed up again.", "ada")
    let_back_in(world.connection.organization, Channel.EMAIL, PIA, wish, world.now)
    read = an_invoice(at=world.now, id="in_9New0", customer_id="cus_9New0", customer_email=PIA)
    assert intake.take_reading(world.connection, read, world.now) is not None
    assert refusal(world.connection.project, Channel.EMAIL, PIA, world.now + timedelta(days=2)) is None


@pytest.mark.parametrize("name", ["", "  ", "Pia Payer", "in_1", "@", "a b@x.example"])
def test_a_name_is_no_identity(world, name):
    with pytest.raises(NobodyNamed):
        erase(world.connection.organization, name, "ada", world.now)
    assert not Erasure.objects.exists()


def test_effects_that_wait_see_that_it_is_over(world):
    assert effects(world.stripe, world.mail)  # the world's own ways out are there
    erase(world.connection.organization, CUSTOMER, "ada", world.now)
    assert go_on(world.now) == 1
    assert go_on(world.now + LATER) == 1
    assert go_on(world.now + LATER) == 0


def test_who_never_failed_is_known_by_their_history_and_goes_with_all_of_it(world):
    connection = world.connection
    customer = make.make_customer(connection, stripe_id="cus_2Canary0", email="bo@payer.example", name="Bo Canary")
    make.make_payment(customer, stripe_id="ch_2Canary0", intent_id="pi_2Canary0")
    make.make_invoice(customer, stripe_id="in_2Canary0")
    make.make_method(customer, stripe_id="pm_2Canary0")
    other = make.make_customer(connection)
    body = json.dumps({"data": {"object": {"id": "dp_1", "charge": "ch_2Canary0"}}})
    make.make_stripe_event(connection, object_id="dp_1", body=body.encode())
    erasure = erase(connection.organization, "bo@payer.example", "ada", world.now)
    go_on(erasure.at + LATER)
    assert not any(mark in kept() for mark in ("2Canary0", "Bo Canary", "bo@payer.example"))
    gone = Customer.objects.exclude(pk=other.pk).get(connection=connection)
    assert gone.erased_at == world.now
    assert not StripeEvent.objects.get(event_id__startswith="evt", object_id__startswith="erased_").body
    other.refresh_from_db()
    assert other.erased_at is None


def test_what_was_written_of_their_card_to_an_address_they_had_before_goes_too(world):
    """They never failed, so no case leads from them to the message."""
    connection = world.connection
    customer = make.make_customer(connection, stripe_id="cus_2Canary0", email="bo@payer.example", name="Bo Canary")
    alert = make.make_alert(make.make_method(customer, stripe_id="pm_2Canary0"), state="sent")
    told = {"about": alert.pk, "action_id": alert.pk, "template": "card_expiring"}
    was = {
        "to_address": "bo.before@payer.example",
        "to_name": "Bo Canary",
        "to_hash": address_hash("bo.before@payer.example"),
    }
    make.make_message(make.make_case(connection), **told, **was)
    erasure = erase(connection.organization, "bo@payer.example", "ada", world.now)
    go_on(erasure.at + LATER)
    assert not any(mark in kept() for mark in ("2Canary0", "Bo Canary", "bo@payer.example", "bo.before@"))


def test_after_a_restore_who_never_failed_is_erased_again(world):
    connection = world.connection
    make.make_customer(connection, stripe_id="cus_2Canary0", email="bo@payer.example")
    mark = mark_of(connection.organization_id, "cus_2Canary0")
    assert erase_again(connection.organization, {mark: world.now}) == 1
    assert Customer.objects.get(connection=connection).erased_at is not None
