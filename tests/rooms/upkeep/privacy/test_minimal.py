"""Minimal mode: no row tells a name or an address, messages reach who they are for, and what was kept before goes."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from tests import factories as make
from tests.fakes import VISA, a_charge, effects
from tests.rooms.recovery.conftest import World
from tests.rooms.upkeep.privacy.test_erasing import kept
from tideover import clock
from tideover.gateways.transport import Refused
from tideover.inbox.essence import essence
from tideover.inbox.models import StripeEvent
from tideover.inbox.translate import MONEY_MOVES, news_of
from tideover.messages import tracking
from tideover.messages.keyed import address_hash, unsubscribe_token
from tideover.messages.models import Message, MessageEvent, Suppression
from tideover.recovery.conversing import turn_of
from tideover.recovery.models import Action, Case
from tideover.recovery.telling.rehearsal import rehearse
from tideover.tenants.models import Project
from tideover.tenants.settings import change
from tideover.upkeep import aging
from tideover.upkeep.doctor.examine import examine
from tideover.upkeep.privacy.erase import erase, go_on
from tideover.upkeep.privacy.tables import TABLES
from tideover.upkeep.sealing import seal
from tideover.worker.loop import run_once
from tideover.worker.news import handle_stored

pytestmark = pytest.mark.django_db(transaction=True)
PIA = {"customer_name": "Pia Canary", "customer_email": "pia.canary@payer.example", "customer_phone": "+447911123456"}
HERS = {**PIA, "customer_id": "cus_1Pia", "id": "in_1Pia"}


def told(kind: str, at, **thing: object) -> bytes:
    event = {"id": "evt_1", "type": kind, "created": int(at.timestamp()), "data": {"object": thing}}
    return json.dumps(event).encode()


@pytest.fixture
def world(db):
    connection = make.make_connection()
    make.make_ruleset(connection.project, "revguard")
    yield World(connection)
    clock.travel_to(None)


def turn(world, *, on: bool = True) -> None:
    change(world.connection.project, {"retention.minimal": on}, "ada", world.now)
    world.connection.project.refresh_from_db()


def recipients(world) -> set[str]:
    return {to for to, _ in world.mail.accepted}


def test_after_a_month_no_column_tells_her_name_or_address_and_she_was_written_to(world):
    turn(world)
    with capture_logs() as logged:
        world.payment_fails(attempts=(a_charge(card=VISA, at=world.now),), **HERS)
        for day in range(1, 31):
            make.make_stripe_event(
                world.connection, type="invoice.payment_failed", object_id="in_1Pia", state="stored", try_at=world.now,
                body=told("invoice.payment_failed", world.now, id="in_1Pia", customer="cus_1Pia", **PIA),
            )  # fmt: skip
            handle_stored(lambda _connection: world.stripe, world.now)
            world.day(day)
            assert "canary" not in kept().lower(), f"day {day}"
        seal(world.now)
    assert "canary" not in (kept() + str(logged)).lower()
    assert recipients(world) == {PIA["customer_email"]}
    assert "Pia Canary" in world.mail.accepted[0][1]["To"]
    assert Message.objects.filter(state="sent", to_hash=address_hash(PIA["customer_email"])).count() > 1
    case = Case.objects.get()
    assert (case.customer_id, case.amount_due, case.attempts.exists()) == ("cus_1Pia", 9900, True)


def test_the_same_month_without_it_is_full_of_her():
    """So that the test above cannot pass by itself."""
    connection = make.make_connection()
    make.make_ruleset(connection.project, "revguard")
    there = World(connection)
    there.payment_fails(**HERS)
    there.day(4)
    clock.travel_to(None)
    assert kept().lower().count("canary") > 5


def test_it_charges_and_writes_on_the_same_days_as_without_it(world):
    plain = make.make_connection(make.make_project(world.connection.organization))
    make.make_ruleset(plain.project, "revguard")
    other = World(plain)
    other.payment_fails(**{**HERS, "customer_email": "other@payer.example"})
    story = other.day(30).story()
    Action.objects.all().delete()
    there = World(world.connection)
    turn(there)
    there.payment_fails(**HERS)
    assert there.day(30).story() == story


def test_the_address_is_the_one_that_stripe_has_as_the_message_leaves(world):
    turn(world)
    world.payment_fails(**HERS)
    world.change(customer_email="new@payer.example")
    world.day(5)
    assert recipients(world) == {"new@payer.example"}


def test_while_stripe_does_not_answer_a_message_waits_and_says_so(world):
    turn(world)
    world.payment_fails(**HERS)
    message = Action.objects.filter(do="message", state="planned").order_by("due_at").first()
    world.stripe.silent = True
    clock.travel_to(message.due_at)
    run_once(effects(world.stripe, world.mail), message.due_at)
    message.refresh_from_db()
    assert (message.state, world.mail.accepted) == ("planned", [])
    assert "no route" in message.reason


def test_an_opt_out_holds_by_the_hash(world):
    turn(world)
    world.payment_fails(**HERS)
    world.day(1)
    [message] = Message.objects.filter(state="sent")
    tracking.unsubscribe(tracking.message_of(unsubscribe_token(message.action_id)), world.now)
    sent = len(world.mail.accepted)
    world.day(30)
    assert len(world.mail.accepted) == sent
    assert Suppression.objects.get().address_hash == address_hash(PIA["customer_email"])
    assert Action.objects.filter(outcome="skipped", reason__contains="unsubscribed").exists()


def test_what_a_mail_server_says_of_her_is_kept_without_her_address(world):
    turn(world)
    world.payment_fails(**HERS)
    world.mail.refuse = Refused(reason="550 <pia.canary@payer.example> is unknown", permanent=True, mailbox=True)
    world.day(2)
    assert MessageEvent.objects.filter(kind="bounced").exists()
    assert "canary" not in kept().lower()
    assert "is unknown" in Message.objects.exclude(reason="").first().reason


def test_her_other_invoices_are_one_conversation_all_the_same(world):
    turn(world)
    world.payment_fails(**HERS)
    world.day(1)
    first = Case.objects.get()
    other = make.make_case(
        world.connection, customer_id="cus_1Pia", invoice_id="in_2Pia", customer_name="", customer_email=""
    )
    message = Message.objects.filter(state="sent").first()
    Message.objects.filter(pk=message.pk).update(also_about=[str(other.pk)])
    assert first.pk == message.about
    assert turn_of(other, world.now) is not None


@pytest.mark.parametrize("kind", MONEY_MOVES)
def test_what_is_kept_of_an_event_about_money_tells_the_same_news(kind):
    thing = {
        "id": "dp_1" if "dispute" in kind else "re_1", "charge": {"id": "ch_1", "billing_details": PIA},
        "payment_intent": "pi_1", "amount": 4000, "amount_refunded": 4000, "currency": "usd", "status": "won",
        "evidence": {"customer_name": "Pia Canary"}, "receipt_email": PIA["customer_email"],
    }  # fmt: skip
    body = told(kind, make.NOW, **thing)
    small = essence(kind, body)
    assert b"anary" not in small
    assert news_of(json.loads(small)) == news_of(json.loads(body))


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"data": 1}', b'{"data": {"object": []}}', told("x", make.NOW)])
def test_of_all_else_nothing_is_kept(body):
    assert essence("invoice.paid", body) == b""
    assert b"anary" not in essence("charge.refunded", body)


def test_turned_on_later_what_was_kept_is_emptied_in_rounds(world, monkeypatch):
    monkeypatch.setattr(aging, "TOGETHER", 1)
    world.payment_fails(**HERS)
    world.mail.refuse = Refused(reason="450 <pia.canary@payer.example> is full", permanent=False, mailbox=False)
    world.day(4)
    world.mail.refuse = None
    world.day(8)
    for state in ("handled", "irrelevant"):
        make.make_stripe_event(
            world.connection, type="charge.refunded", state=state,
            body=told("charge.refunded", world.now, id="ch_1", amount_refunded=10, payment_intent="pi_1", **PIA),
        )  # fmt: skip
    aging.clear(world.now + timedelta(hours=1))
    assert "canary" in kept().lower()
    world.now += timedelta(hours=2)
    turn(world)
    aging.clear(world.now + timedelta(minutes=1))
    assert "canary" not in kept().lower()
    assert StripeEvent.objects.filter(type="charge.refunded").exclude(body=b"").count() == 2


def test_another_project_keeps_its_own(world):
    turn(world)
    sibling = make.make_connection(make.make_project(world.connection.organization))
    case = make.make_case(sibling, **PIA)
    aging.clear(world.now + timedelta(minutes=1))
    case.refresh_from_db()
    assert case.customer_name == "Pia Canary"


def test_turned_off_names_are_kept_from_then_on(world):
    turn(world)
    world.payment_fails(**HERS)
    assert Case.objects.get().customer_name == ""
    turn(world, on=False)
    world.connection.project = Project.objects.get(pk=world.connection.project_id)
    world.payment_fails(**HERS)
    assert Case.objects.get().customer_name == "Pia Canary"


def test_every_column_that_erasure_clears_as_a_name_is_emptied_or_has_its_reason():
    """A table with words of a customer that minimal mode does not know of fails here."""
    words = {
        "recovery.Case": {"customer_name", "customer_email", "customer_phone"},
        "recovery.Recipient": {"address", "name", "language"},  # the whole row goes
        "recovery.Forward": {"address"},  # as here
        "messages.Message": {"to_address", "to_name", "subject", "html", "text", "keys", "reason"},
        "messages.MessageEvent": {"detail", "heard"},
        "inbox.StripeEvent": {"body"},
        "mirror.Customer": {"name", "email", "readers", "readers_followed"},
    }
    shelved = {shelf.model._meta.label for shelf in aging.SHELVES if shelf.minimal}
    assert shelved == set(words)
    # What is an id, a code, a day or the merchant's own words; and what is sealed until an erasure is done.
    stays = {
        "recovery.Case": "invoice_number description locale time_zone hosted_url card_last4 card_expires segment",
        "recovery.Attempt": "card_last4", "messages.Message": "provider_id", "mirror.Customer": "locale country region segment",
        "mirror.MirrorInvoice": "number description", "mirror.Payment": "last4", "mirror.Method": "last4", "messages.LetBackIn": "why",
        "inbox.StripeEvent": "reason", "tenants.Erasure": "words",
    }  # fmt: skip
    for label, table in TABLES.items():
        cleared = {column for column, does in (table.does or {}).items() if does in {"cleared", "renamed"}}
        assert cleared == words.get(label, set()) | set(stays.get(label, "").split()), label


def test_nobody_lacks_an_address_where_none_is_kept(world):
    turn(world)
    world.payment_fails(**HERS)
    [row] = rehearse(world.connection.project, world.now).rows
    assert row.unsent is None
    assert not [found for found in examine(world.connection.organization_id, world.now) if found.check == "addresses"]


def test_she_is_erased_by_her_id_and_by_the_address_she_was_written_to(world):
    turn(world)
    world.payment_fails(**HERS)
    world.day(3)
    erasure = erase(world.connection.organization, PIA["customer_email"], "ada", world.now)
    go_on(world.now + timedelta(minutes=11))
    erasure.refresh_from_db()
    assert (erasure.cases, Case.objects.get().customer_id[:7]) == (1, "erased_")


def test_pages_show_her_id_and_no_false_word(world, client):
    turn(world)
    world.payment_fails(**HERS)
    world.day(2)
    member = make.make_member(organization=world.connection.organization, role="owner")
    client.force_login(member.user)
    clock.travel_to(None)
    case = Case.objects.get()
    for page in ("/", "/cases/", f"/cases/{case.public_id}/", "/messages/", "/go-live/"):
        answer = client.get(page)
        assert answer.status_code == 200
        said = answer.content.decode()
        assert "no email address" not in said, page
        assert "cus_1Pia" in said, page
    assert "not kept" in client.get("/cases/").content.decode()
