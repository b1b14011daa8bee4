"""The token of a Stripe App: refreshed before it ends, by one at a time, stored before use; what is lost is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from django.db import OperationalError, transaction
from django.db import connection as database

from tests.factories import NOW, make_connection
from tideover import clock
from tideover.config import config
from tideover.flow import refusals, tokens
from tideover.flow.models import Lane
from tideover.flow.stripe import stripe_for, stripe_for_workers
from tideover.gateways import app
from tideover.gateways.answers import Busy, LockedOut
from tideover.gateways.app import Tokens, asks
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import Running, running
from tideover.tenants.models import Connection

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def stripe(monkeypatch) -> Iterator[Running]:
    """At `NOW` on both sides of the wire."""
    clock.travel_to(NOW)
    with running(new_simulator(seed=3, start=int(NOW.timestamp()))) as world:
        told = world.pull("app", permissions=list(asks(act=True)))
        monkeypatch.setattr(config(), "stripe_api_base", world.base_url)
        monkeypatch.setattr(config(), "stripe_app_link", told["link"])
        monkeypatch.setattr(config(), "stripe_app_secret_key", told["secret"])
        yield world
    clock.travel_to(None)


def got(stripe: Running) -> Tokens:
    """What an installation comes back with."""
    back = httpx.post(
        f"{stripe.base_url}/oauth/v2/authorize", data={"answer": "yes", "redirect_uri": "https://a.example"}
    )
    of = app.publisher()
    assert of is not None
    return app.installed(of, httpx.URL(back.headers["Location"]).params["code"])


@pytest.fixture
def connection(stripe) -> Connection:
    told = got(stripe)
    return make_connection(
        kind="app",
        account_id=told.account_id,
        api_base=stripe.base_url,
        api_key=told.api_key,
        refresh_token=told.refresh,
        api_key_until=NOW + HOUR,
        webhook_secret="",
    )


def later(stripe: Running, span: timedelta) -> None:
    now = clock.now() + span
    clock.travel_to(now)
    stripe.pull("advance", to=int(now.timestamp()))


def row(connection: Connection) -> Connection:
    return Connection.objects.get(pk=connection.pk)


def test_a_token_that_holds_is_used_as_it_is(connection, stripe):
    before = connection.api_key
    stripe_for(connection).feel()
    assert (row(connection).api_key, row(connection).rolls) == (before, 0)


def test_five_minutes_before_its_end_the_next_one_is_stored_and_used(connection, stripe):
    before = connection.refresh_token
    later(stripe, HOUR - 4 * MINUTE)
    stripe_for(connection).feel()
    kept = row(connection)
    assert (kept.rolls, kept.api_key_until, kept.rolling_until) == (1, clock.now() + HOUR, None)
    assert kept.refresh_token != before
    assert kept.api_key in stripe.sim.app.access
    assert list(stripe.sim.app.refresh) == [kept.refresh_token]


def test_a_month_of_hours_needs_nobody(connection, stripe):
    for _ in range(30):
        later(stripe, timedelta(hours=23))
        stripe_for_workers(row(connection)).feel()
    assert row(connection).rolls == 30


def test_who_finds_another_at_it_goes_on_with_what_holds_and_then_waits(connection, stripe):
    later(stripe, HOUR - 4 * MINUTE)
    Connection.objects.update(rolling_until=clock.now() + tokens.LEASE)
    stripe_for(row(connection)).feel()
    Connection.objects.update(api_key_until=clock.now())
    with pytest.raises(Busy, match="being refreshed"):
        stripe_for(row(connection)).feel()
    assert row(connection).rolls == 0


def test_a_process_that_died_at_it_is_followed_by_the_next_one(connection, stripe):
    later(stripe, 2 * HOUR)
    Connection.objects.update(rolling_until=clock.now() - timedelta(seconds=1))
    stripe_for(row(connection)).feel()
    assert row(connection).rolls == 1


def test_who_lost_the_race_reads_what_the_winner_stored(connection, stripe, monkeypatch):
    """Both hold the same refresh token, as the first one's lease was over before its answer came."""
    later(stripe, 2 * HOUR)
    slow, quick = row(connection), row(connection)
    exchange = tokens.app.refreshed

    def while_the_other_wins(of, refresh, *, key):
        monkeypatch.setattr(tokens.app, "refreshed", exchange)
        Connection.objects.update(rolling_until=None)
        stripe_for(quick).feel()
        return exchange(of, refresh, key=key)

    monkeypatch.setattr(tokens.app, "refreshed", while_the_other_wins)
    stripe_for_workers(slow).feel()
    assert slow.api_key == row(connection).api_key
    assert (row(connection).rolls, refusals.refusal_of(connection)) == (1, None)


def test_a_new_installation_meanwhile_counts_and_the_refreshed_token_is_dropped(connection, stripe, monkeypatch):
    later(stripe, 2 * HOUR)
    exchange, anew = tokens.app.refreshed, got(stripe)

    def while_it_is_installed_anew(of, refresh, *, key):
        mine = exchange(of, refresh, key=key)
        theirs = row(connection)
        theirs.api_key, theirs.refresh_token, theirs.rolls = anew.api_key, anew.refresh, theirs.rolls + 1
        theirs.api_key_until = clock.now() + HOUR
        theirs.save()
        return mine

    monkeypatch.setattr(tokens.app, "refreshed", while_it_is_installed_anew)
    used = row(connection)
    stripe_for(used).feel()
    assert used.api_key == row(connection).api_key == anew.api_key
    assert (row(connection).refresh_token, row(connection).rolls) == (anew.refresh, 1)


def test_killed_between_answer_and_store_the_account_waits_and_its_owners_hear_within_a_minute(connection, stripe):
    """What is left of it: the lease, and a token that is spent."""
    later(stripe, 2 * HOUR)
    Connection.objects.update(rolling_until=clock.now() + tokens.LEASE)
    app.refreshed(app.publisher(), connection.refresh_token, key="lost")
    with pytest.raises(Busy):
        stripe_for_workers(row(connection)).feel()
    later(stripe, tokens.LEASE)
    with pytest.raises(LockedOut, match="Install it once more"):
        stripe_for_workers(row(connection)).feel()
    told = refusals.refusal_of(connection)
    assert told is not None
    assert "gives no new token" in told.why
    assert row(connection).state == "active"
    assert row(connection).rolling_until is None


def test_what_a_database_did_not_take_is_stored_once_it_is_back_and_not_asked_for_again(connection, stripe):
    later(stripe, 2 * HOUR)

    def is_away(execute, sql, params, many, context):
        if "UPDATE" in sql and '"refresh_token"' in sql:
            raise OperationalError("the connection is closed")
        return execute(sql, params, many, context)

    with pytest.raises(OperationalError), transaction.atomic(), database.execute_wrapper(is_away):
        stripe_for(row(connection)).feel()
    [made] = stripe.sim.app.refresh
    later(stripe, tokens.LEASE)
    stripe_for(row(connection)).feel()
    assert (row(connection).refresh_token, list(stripe.sim.app.refresh)) == (made, [made])
    assert row(connection).api_key_until == clock.now() - tokens.LEASE + HOUR, "its hour began with the answer"


def test_installed_once_more_it_goes_on(connection, stripe):
    later(stripe, 2 * HOUR)
    stripe.sim.app.refresh.clear()
    with pytest.raises(LockedOut):
        stripe_for_workers(row(connection)).feel()
    anew, now = got(stripe), clock.now()
    fresh = row(connection)
    fresh.api_key, fresh.refresh_token, fresh.api_key_until = anew.api_key, anew.refresh, now + HOUR
    fresh.save()
    stripe_for_workers(row(connection)).feel()
    assert refusals.refusal_of(connection) is None


def test_silence_is_no_end(connection, stripe, monkeypatch):
    later(stripe, 2 * HOUR)
    of = app.publisher()
    gone = app.Publisher(of.link, of.secret_key, "http://127.0.0.1:1")
    monkeypatch.setattr(tokens.app, "publisher", lambda: gone)
    with pytest.raises(Busy, match="no new token"):
        stripe_for_workers(row(connection)).feel()
    assert (row(connection).rolling_until, refusals.refusal_of(connection)) == (None, None)


def test_an_app_that_is_not_set_up_any_more_is_said_to_be_so(connection, stripe, monkeypatch):
    later(stripe, 2 * HOUR)
    monkeypatch.setattr(config(), "stripe_app_link", "")
    with pytest.raises(LockedOut, match="TIDEOVER_STRIPE_APP_LINK"):
        stripe_for_workers(row(connection)).feel()


def test_a_token_that_ended_early_is_no_dead_app(connection, stripe):
    later(stripe, HOUR / 2)
    stripe_for_workers(row(connection)).feel()
    Lane.objects.update(felt_at=clock.now())
    stripe.sim.app.access[connection.api_key] = 0
    with pytest.raises(LockedOut):
        stripe_for_workers(row(connection)).feel()
    assert refusals.refusal_of(connection) is None
    assert Lane.objects.get(pk=connection.pk).felt_at is None
    stripe_for_workers(row(connection)).feel()
    assert row(connection).rolls == 1


def test_a_young_token_that_is_refused_is_told(connection, stripe):
    stripe.sim.app.access[connection.api_key] = 0
    with pytest.raises(LockedOut):
        stripe_for_workers(row(connection)).feel()
    assert refusals.refusal_of(connection) is not None
