"""An account whose key cannot be read waits for it, loses nothing meanwhile, and holds up nobody else."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from django.db import connection as database
from django.test import Client

from tests.factories import NOW, make_action, make_case, make_connection, make_stripe_event
from tests.rooms.gateways.bodies import INVOICE
from tests.rooms.gateways.strange import says, strange_stripe
from tests.rooms.messages.mailers import sends_by
from tests.rooms.messages.texting import MOBILE, with_sms
from tests.rooms.tenants.lost_keys import damage, data_keys
from tideover import clock
from tideover.core.catalogue import Channel
from tideover.flow.stripe import stripe_for, stripe_for_workers
from tideover.gateways import skew
from tideover.gateways.answers import Busy
from tideover.gateways.mailers.account import Provider
from tideover.gateways.transport import Accepted
from tideover.ids import new_id
from tideover.inbox.models import StripeEvent
from tideover.messages.channels import compose
from tideover.messages.delivery import Letter, claim, deliver
from tideover.messages.examples import EXAMPLE
from tideover.messages.languages import spoken_in
from tideover.recovery import claims, links
from tideover.recovery.perform import Effects, attempt
from tideover.recovery.reconcile import settle_doubt
from tideover.recovery.telling.said import Sentence
from tideover.recovery.writing import ADDRESSES
from tideover.upkeep.rounds import keep_up
from tideover.worker.news import handle_stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def stripe():
    with strange_stripe() as there:
        there.says(says(200, {**INVOICE, "object": "list", "data": [], "has_more": False}))
        yield there
    skew.take()


@pytest.fixture
def lost(stripe):
    """A connection whose key does not open."""
    connection = make_connection(api_base=stripe.url, events_seen_to=NOW - timedelta(days=2))
    damage(connection)
    return type(connection).objects.get(pk=connection.pk)


@pytest.mark.parametrize("way", [stripe_for, stripe_for_workers])
def test_nothing_is_asked_with_a_key_that_cannot_be_read_and_the_reason_is_told(stripe, lost, way):
    for call in (
        lambda there: there.invoice_status("in_1"),
        lambda there: there.pay_invoice("in_1", key="pr_1"),
        lambda there: list(there.list_open_invoices(NOW)),
    ):
        with pytest.raises(Busy, match="TIDEOVER_DATA_KEYS"):
            call(way(lost))
    assert stripe.asked == []


def test_the_next_round_keeps_up_with_everybody_else(stripe, lost):
    other = make_connection(api_base=stripe.url, events_seen_to=NOW - timedelta(days=1))
    assert keep_up(stripe_for_workers, NOW).silent == 1
    other.refresh_from_db()
    assert other.events_seen_to == NOW


def test_its_events_wait_and_those_of_others_are_read(stripe, lost):
    other = make_connection(api_base=stripe.url)
    for connection in (lost, other):
        body = b'{"type": "invoice.payment_failed", "created": 1793631600, "data": {"object": {"id": "in_1"}}}'
        make_stripe_event(connection, body=body, state="stored", object_id="in_1")
    assert handle_stored(stripe_for_workers, NOW) == 2
    waiting, read = (StripeEvent.objects.get(connection=connection) for connection in (lost, other))
    assert (waiting.state, waiting.tries, "TIDEOVER_DATA_KEYS" in waiting.reason) == ("stored", 0, True)
    assert read.state != "stored"


@dataclass
class Post:
    """Takes everything, and keeps what it was given."""

    sent: list[object] = field(default_factory=list)

    def send(self, _sender, _recipient, content, leaving):
        leaving()
        self.sent.append(content)
        return Accepted()


def the_effects() -> Effects:
    return Effects(stripe_for=stripe_for_workers, transports={})


def test_a_charge_that_is_due_waits_and_says_for_what(stripe, lost):
    action = make_action(make_case(lost), due_at=NOW)
    [claimed] = claims.claim_due(NOW, limit=1)
    assert attempt(claimed, the_effects(), NOW) is None
    action.refresh_from_db()
    assert (action.state, "TIDEOVER_DATA_KEYS" in action.reason, stripe.asked) == ("planned", True, [])


@pytest.mark.parametrize("channel", sorted(Channel))
def test_a_message_whose_own_account_cannot_be_read_waits_and_says_for_what(stripe, channel):
    connection = make_connection(api_base=stripe.url, livemode=True)
    sends_by(connection.project, Provider.RESEND)
    with_sms(connection.project)
    with database.cursor() as cursor:
        cursor.execute("UPDATE messages_mailaccount SET secret = 'cut off'")
        cursor.execute("UPDATE tenants_smsaccount SET auth_token = 'cut off'")
    case = make_case(connection, customer_email="pia@payer.example", customer_phone=MOBILE)
    words = replace(EXAMPLE, channel=channel)
    message = claim(Letter(new_id(), case.pk, case.project, ADDRESSES[channel](case)), compose(words), NOW)
    post = Post()
    with pytest.raises(Busy, match="A stored secret cannot be decrypted"):
        deliver(message, post, lambda: NOW)
    message.refresh_from_db()
    assert (message.state, message.data_started_at, post.sent) == ("claimed", None, [])


def test_a_charge_in_doubt_stays_in_doubt_and_is_not_given_up(stripe, lost):
    action = make_action(
        make_case(lost), state="claimed", started_at=NOW - timedelta(hours=1), lease_until=NOW - timedelta(minutes=1)
    )
    [doubtful] = claims.overdue(NOW, limit=1)
    settle_doubt(doubtful, the_effects(), NOW)
    action.refresh_from_db()
    assert (action.state, stripe.asked) == ("claimed", [])


def test_its_customers_are_told_to_come_back_and_not_that_something_broke(stripe, lost):
    token = links.make_link(make_case(lost), message_id=None, now=clock.now())
    answer = Client().post(f"/c/{token}/setup", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["state"]) == (200, "declined")
    assert answer.json()["message"] == spoken_in("en").say("answers", Sentence.NOT_REACHED)
    assert stripe.asked == []


def test_everything_goes_on_once_the_key_is_back(stripe):
    with data_keys("old"):
        connection = make_connection(api_base=stripe.url)
    with data_keys("new"), pytest.raises(Busy):
        stripe_for(type(connection).objects.get()).invoice_status("in_1")
    with data_keys("new,old"):
        assert stripe_for(type(connection).objects.get()).invoice_status("in_1") == "open"
