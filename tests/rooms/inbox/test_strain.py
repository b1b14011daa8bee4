"""The webhook under strain: crowds, storms, slow senders, a store that is away, and secrets that change."""

import asyncio
import json
import threading
from contextlib import contextmanager

import pytest
from django.db import connection as database
from django.db.backends.signals import connection_created
from django.test.utils import CaptureQueriesContext

from tests.factories import make_connection
from tests.full_disk import refusing
from tests.moved_time import pass_time_until, run_by_hand
from tests.rooms.inbox.posting import NOW, SECRET, Poster, an_event, of_this_thread, signed
from tests.rooms.tenants.lost_keys import damage
from tideover import clock
from tideover.inbox import endpoints
from tideover.inbox.models import StripeEvent
from tideover.inbox.webhook import Webhook
from tideover.tenants.connecting import keep_webhook_secret
from tideover.tenants.models import Connection

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_noon():
    clock.travel_to(NOW)
    yield
    clock.travel_to(None)


@pytest.fixture
def executor():
    with of_this_thread() as executor:
        yield executor


@pytest.fixture
def connection():
    return make_connection(webhook_secret=SECRET)


@pytest.fixture
def poster(executor):
    return Poster(Webhook(None, executor=executor))


def a_delivery(connection, number=1, secret=SECRET, **values):
    body = json.dumps(an_event(id=f"evt_{number}", **values)).encode()
    return f"/hooks/stripe/{connection.hook_token}", body, signed(body, secret)


def statuses(answers):
    return {answer.status_code for answer in answers}


def test_fifty_simultaneous_copies_are_one_row_and_fifty_times_yes(poster, connection):
    assert statuses(poster.post_together([a_delivery(connection)] * 50)) == {200}
    assert StripeEvent.objects.count() == 1


def test_a_hundred_events_at_once_share_their_commits(poster, connection):
    with CaptureQueriesContext(database) as asked:
        assert statuses(poster.post_together([a_delivery(connection, n) for n in range(100)])) == {200}
    inserts = [query for query in asked.captured_queries if "INSERT" in query["sql"]]
    assert StripeEvent.objects.count() == 100
    assert database.vendor == "postgresql" or 1 <= len(inserts) <= 3
    reads = [query for query in asked.captured_queries if "hook_token" in query["sql"] and "SELECT" in query["sql"]]
    assert len(reads) <= 3


def test_a_storm_of_garbage_leaves_nothing_and_keeps_nobody_out(poster, connection):
    strangers = [("/hooks/stripe/" + f"{n:032d}", b"{}", "t=1,v1=00") for n in range(300)]
    forged = [(*a_delivery(connection, n)[:2], signed(b"another body")) for n in range(300)]
    honest = [a_delivery(connection, n) for n in range(10)]
    answers = poster.post_together([*strangers, *forged, *honest])
    assert statuses(answers[:600]) == {400}
    assert statuses(answers[600:]) == {200}
    assert StripeEvent.objects.count() == 10
    assert poster.webhook._bodies.held == 0


def test_a_storm_of_forgeries_costs_few_queries(poster, connection):
    forged = (*a_delivery(connection)[:2], signed(b"another body"))
    with CaptureQueriesContext(database) as asked:
        poster.post_together([forged] * 500)
    assert len(asked) < 20


def test_a_rolled_secret_works_at_once_and_the_old_one_no_more(poster, connection):
    assert poster.post(*a_delivery(connection, 1)).status_code == 200
    connection.webhook_secret = "whsec_fresh"
    connection.save(update_fields=["webhook_secret"])
    assert poster.post(*a_delivery(connection, 2, "whsec_fresh")).status_code == 200
    assert poster.post(*a_delivery(connection, 3)).status_code == 400


def test_what_is_remembered_of_an_address_is_forgotten_soon(poster, connection, monkeypatch):
    monkeypatch.setattr(endpoints, "REMEMBERED_SECONDS", 0.0)
    assert poster.post(*a_delivery(connection, 1)).status_code == 200
    Connection.objects.filter(pk=connection.pk).update(state="disconnected")
    assert poster.post(*a_delivery(connection, 2)).status_code == 400


def test_one_merchants_unreadable_secret_is_no_other_merchants_trouble(poster, connection):
    other = make_connection(webhook_secret=SECRET)
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE tenants_connection SET webhook_secret = 'sealed with a lost key' WHERE account_id = %s",
            [other.account_id],
        )
    answers = poster.post_together([a_delivery(connection), a_delivery(other)])
    assert [answer.status_code for answer in answers] == [200, 503]


@pytest.mark.parametrize(("column", "status"), [("webhook_secret_previous", 200), ("webhook_secret", 503)])
def test_a_secret_from_before_a_roll_that_does_not_open_shuts_out_nothing_signed_with_the_new_one(
    poster, column, status
):
    connection = make_connection(webhook_secret="whsec_old" if column != "webhook_secret" else SECRET)
    if column != "webhook_secret":
        keep_webhook_secret(connection, SECRET, NOW)
    damage(connection, column=column)
    assert poster.post(*a_delivery(connection)).status_code == status


def test_a_body_in_many_parts_is_one_event(poster, connection):
    path, body, header = a_delivery(connection)
    parts = [body[place : place + 7] for place in range(0, len(body), 7)]
    assert asyncio.run(poster.send(path, parts, header)).status_code == 200


def test_a_sender_who_hangs_up_leaves_nothing(poster, connection):
    path, body, header = a_delivery(connection)

    async def cut(_self, parts):
        yield {"type": "http.request", "body": body[:50], "more_body": True}
        yield {"type": "http.disconnect"}

    poster._incoming = cut.__get__(poster)
    assert poster.post(path, body, header).status_code == 400
    assert not StripeEvent.objects.exists()


def test_reading_stops_at_the_cap(poster, connection):
    path, _, header = a_delivery(connection)
    sent = []

    async def endless(_self, parts):
        while True:
            sent.append(1)
            yield {"type": "http.request", "body": b"x" * 60_000, "more_body": True}

    poster._incoming = endless.__get__(poster)
    assert poster.post(path, b"", header).status_code == 400
    assert len(sent) == 9  # 540,000 bytes


def test_all_bodies_together_hold_no_more_than_their_bound(executor, connection):
    poster = Poster(Webhook(None, executor=executor, most_bytes_held=5_000))
    crowd = [a_delivery(connection, n, padding="x" * 900) for n in range(20)]
    answers = poster.post_together(crowd)
    assert statuses(answers) == {200, 503}
    assert sum(answer.status_code == 200 for answer in answers) == StripeEvent.objects.count() <= 5
    assert statuses(poster.post_together([crowd[-1]])) == {200}


def test_a_store_that_takes_too_long_is_a_503_and_the_event_may_come_again(executor, connection):
    poster = Poster(Webhook(None, executor=executor))
    free = threading.Event()

    async def patience_ends():
        first = await poster.send(*_parts(a_delivery(connection, 1)))
        executor.submit(free.wait, 60)
        late = asyncio.create_task(poster.send(*_parts(a_delivery(connection, 2))))
        await pass_time_until(late)
        free.set()
        return first, late.result(), await poster.send(*_parts(a_delivery(connection, 2)))

    assert [answer.status_code for answer in run_by_hand(patience_ends())] == [200, 503, 200]
    assert StripeEvent.objects.count() == 2


def _parts(delivery):
    path, body, header = delivery
    return path, [body], header


@contextmanager
def no_room_left():
    """The database takes nothing more: its disk is full."""
    if database.vendor == "postgresql":
        with refusing(lambda change: database.cursor().execute(change)):  # a new one each: the store may reconnect
            yield
        return
    with database.cursor() as cursor:
        cursor.execute("VACUUM")  # else there is room in what earlier tests have emptied
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]

    def keep_small(connection, most=pages + 20, **_):
        connection.cursor().execute(f"PRAGMA max_page_count = {most}")

    keep_small(database)
    connection_created.connect(keep_small)  # SQLite forgets it with a connection, and the store may open another
    yield
    connection_created.disconnect(keep_small)
    keep_small(database, most=1073741823)


@pytest.mark.django_db(transaction=True)
def test_a_store_that_takes_nothing_is_a_503_and_no_yes(poster, connection):
    large = a_delivery(connection, 1, padding="x" * 400_000)
    with no_room_left():
        database.close_at = 0  # its time is over, as that of a connection in a long run may be
        assert poster.post(*large).status_code == 503
        assert not StripeEvent.objects.exists()
    assert poster.post(*large).status_code == 200
    assert StripeEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_merchant_deleted_this_instant_takes_no_other_event_along(poster, connection):
    gone = make_connection(webhook_secret=SECRET)
    poster.post_together([a_delivery(gone, 1), a_delivery(connection, 1)])  # both are remembered now
    gone.delete()
    answers = poster.post_together([a_delivery(gone, 2), a_delivery(connection, 2)])
    assert [answer.status_code for answer in answers] == [503, 200]
    assert StripeEvent.objects.count() == 2
