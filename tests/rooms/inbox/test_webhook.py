"""The webhook: what is acknowledged is stored once, and nothing else has an effect. On both servers' ways to it."""

import json

import pytest

from tests.factories import make_connection
from tests.rooms.inbox.posting import NOW, SECRET, Poster, an_event, of_this_thread, on_django, signed
from tideover import clock
from tideover.inbox.models import StripeEvent
from tideover.inbox.webhook import Webhook
from tideover.tenants.connecting import ROLLED_WITHIN, end_old_secrets, keep_webhook_secret
from tideover.tenants.models import AuditEntry, Connection

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_noon():
    clock.travel_to(NOW)
    yield
    clock.travel_to(None)


@pytest.fixture
def connection():
    return make_connection(webhook_secret=SECRET, account_id="acct_alice", livemode=False)


@pytest.fixture(params=["asgi", "wsgi"])
def client(request, client):
    """The way in: through the webhook, or where a server speaks only WSGI through Django."""
    if request.param == "wsgi":
        yield on_django(client)
        return
    with of_this_thread() as executor:
        yield Poster(Webhook(None, executor=executor)).post


def deliver(client, connection, event, *, secret=SECRET, header=None):
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    return client(f"/hooks/stripe/{connection.hook_token}", body, signed(body, secret) if header is None else header)


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
    nowhere = client("/hooks/stripe/no-such-hook", b"{}", signed(b"{}"))
    assert (answer.status_code, answer.content) == (wrong_secret.status_code, wrong_secret.content)
    assert (answer.status_code, answer.content) == (nowhere.status_code, nowhere.content) == (400, b"rejected")
    assert not StripeEvent.objects.exists()


ODD = [
    {"created": 10**15},
    {"created": -1},
    {"created": "1"},
    {"created": True},
    {"id": "evt_\x00"},
    {"type": "\ud800"},
    {"data": json.loads("[" * 70 + "]" * 70)},
]


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"object":"event"}', b'{"id":1,"object":"event","type":"x"}', b"[" * 5_000, b"\x00\xff"]
    + [json.dumps(an_event(**odd)).encode() for odd in ODD],
    ids=["empty", "list", "cut", "no id", "odd id", "deep", "bytes", *map(str, ODD)],
)
def test_signed_nonsense_is_rejected_without_a_crash(client, connection, body):
    assert deliver(client, connection, body).status_code == 400


@pytest.mark.parametrize(
    "data", [None, [], {"object": []}, {"object": {"id": 7}}, {"object": {"id": "in_\x001"}}], ids=str
)
def test_an_event_about_something_odd_is_stored_all_the_same(client, connection, data):
    assert deliver(client, connection, an_event(data=data)).status_code == 200
    assert StripeEvent.objects.get().object_id in {"", "in_1"}


def test_sixty_four_levels_are_still_an_event(client, connection):
    deepest = json.loads("[" * 63 + "]" * 63)  # and the event itself around it
    assert deliver(client, connection, an_event(data=deepest)).status_code == 200
    assert deliver(client, connection, an_event(id="evt_2", data=[deepest])).status_code == 400


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
    keep_webhook_secret(connection, "whsec_fresh", NOW)
    assert deliver(client, connection, an_event()).status_code == 200


def test_a_secret_from_before_a_roll_ends_after_a_day(client, connection):
    keep_webhook_secret(connection, "whsec_fresh", NOW - ROLLED_WITHIN)
    assert deliver(client, connection, an_event()).status_code == 400


def test_a_secret_from_before_a_roll_ends_when_a_person_says_so_and_the_new_one_holds(client, connection):
    keep_webhook_secret(connection, "whsec_fresh", NOW)
    assert end_old_secrets(Connection.objects.all(), NOW) == 1
    assert deliver(client, connection, an_event()).status_code == 400
    connection.refresh_from_db()
    assert (connection.webhook_secret, connection.webhook_secret_previous) == ("whsec_fresh", "")
    assert AuditEntry.objects.get().what == "ended the old webhook secret"
    assert end_old_secrets(Connection.objects.all(), NOW) == 0


def test_a_disconnected_account_is_not_listened_to(client, connection):
    Connection.objects.filter(pk=connection.pk).update(state="disconnected")
    assert deliver(client, connection, an_event()).status_code == 400


def test_looking_at_the_webhook_changes_nothing(client, connection):
    assert client(f"/hooks/stripe/{connection.hook_token}", b"", "", method="GET").status_code == 405
    assert not StripeEvent.objects.exists()
