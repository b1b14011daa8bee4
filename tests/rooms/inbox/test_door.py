"""The door: what is acknowledged is stored once, and nothing else has an effect."""

import json
from datetime import UTC, datetime

import pytest
from stripe import WebhookSignature

from tests.factories import make_connection
from tideover import clock
from tideover.inbox.models import StripeEvent
from tideover.tenants.models import Connection

NOW = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
SECRET = "whsec_test"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_noon():
    clock.travel_to(NOW)
    yield
    clock.travel_to(None)


@pytest.fixture
def connection():
    return make_connection(webhook_secret=SECRET, account_id="acct_alice", livemode=False)


def an_event(**values):
    event = {
        "object": "event",
        "id": "evt_1",
        "type": "invoice.paid",
        "created": int(NOW.timestamp()),
        "livemode": False,
        "data": {"object": {"id": "in_1", "object": "invoice"}},
    }
    return {**event, **values}


def deliver(client, connection, event, *, secret=SECRET, header=None):
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    signature = WebhookSignature.generate_signature_header(body.decode("latin-1"), secret, int(NOW.timestamp()))
    return client.post(
        f"/hooks/stripe/{connection.hook_token}",
        data=body,
        content_type="application/json",
        headers={"Stripe-Signature": signature if header is None else header},
    )


def test_an_event_is_stored_as_it_came(client, connection):
    assert deliver(client, connection, an_event()).status_code == 200
    row = StripeEvent.objects.get()
    assert (row.event_id, row.type, row.object_id, row.state) == ("evt_1", "invoice.paid", "in_1", "stored")
    assert json.loads(bytes(row.body)) == an_event()
    assert row.organization_id == connection.organization_id


def test_fifty_copies_are_one_row_and_fifty_times_yes(client, connection):
    assert {deliver(client, connection, an_event()).status_code for _ in range(50)} == {200}
    assert StripeEvent.objects.count() == 1


def test_the_same_event_id_of_two_merchants_is_two_events(client, connection):
    other = make_connection(webhook_secret=SECRET, livemode=False)
    deliver(client, connection, an_event())
    deliver(client, other, an_event())
    assert StripeEvent.objects.count() == 2


@pytest.mark.parametrize("header", ["", "t=1,v1=00", "nonsense"])
def test_every_reject_gets_the_same_answer(client, connection, header):
    answer = deliver(client, connection, an_event(), header=header)
    wrong_secret = deliver(client, connection, an_event(), secret="whsec_of_someone_else")
    nowhere = client.post("/hooks/stripe/no-such-door", data=b"{}", content_type="application/json")
    assert (answer.status_code, answer.content) == (wrong_secret.status_code, wrong_secret.content)
    assert (answer.status_code, answer.content) == (nowhere.status_code, nowhere.content) == (400, b"rejected")
    assert not StripeEvent.objects.exists()


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"object":"event"}', b'{"id":1,"object":"event","type":"x"}', b"[" * 5_000, b"\x00\xff"],
    ids=["empty", "list", "cut", "no id", "odd id", "deep", "bytes"],
)
def test_signed_nonsense_is_rejected_without_a_crash(client, connection, body):
    assert deliver(client, connection, body).status_code == 400


def test_a_body_over_the_cap_is_rejected(client, connection):
    assert deliver(client, connection, an_event(padding="x" * 520_000)).status_code == 400


def test_an_event_of_another_account_is_kept_and_has_no_effect(client, connection):
    assert deliver(client, connection, an_event(account="acct_mallory")).status_code == 200
    row = StripeEvent.objects.get()
    assert (row.state, row.reason) == ("refused", "the event belongs to account acct_mallory")


def test_a_live_event_on_a_test_connection_has_no_effect(client, connection):
    deliver(client, connection, an_event(livemode=True))
    assert StripeEvent.objects.get().state == "refused"


def test_both_secrets_are_accepted_while_one_is_rolled(client, connection):
    Connection.objects.filter(pk=connection.pk).update(webhook_secret_previous=SECRET, webhook_secret="whsec_fresh")
    assert deliver(client, connection, an_event()).status_code == 200


def test_a_disconnected_account_is_not_listened_to(client, connection):
    Connection.objects.filter(pk=connection.pk).update(state="disconnected")
    assert deliver(client, connection, an_event()).status_code == 400


def test_looking_at_the_door_changes_nothing(client, connection):
    assert client.get(f"/hooks/stripe/{connection.hook_token}").status_code == 405
    assert not StripeEvent.objects.exists()
