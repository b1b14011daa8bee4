"""The round over all connections: one account's trouble holds up no other, and an end is heard between two of them."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from tests.factories import NOW, make_connection
from tideover.cli.serving import jobs
from tideover.flow import rate_limit
from tideover.flow.models import Lane
from tideover.gateways.answers import Unreachable
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import running
from tideover.tenants.disconnecting import disconnect
from tideover.upkeep.pulse import feel
from tideover.upkeep.rounds import PARTS, Kept, keep_up, wind_up_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def accounts():
    return [make_connection(api_base="http://127.0.0.1:9") for _ in range(3)]  # nobody listens there


@pytest.fixture
def asked():
    return []


@pytest.fixture
def silent(asked):
    def stripe_for(connection):
        asked.append(connection)
        raise Unreachable("no answer")

    return stripe_for


def test_an_account_whose_stripe_is_silent_holds_up_no_other(accounts, asked, silent):
    assert keep_up(silent, NOW) == Kept(silent=3)
    assert set(asked) == set(accounts)


@pytest.fixture
def broken(asked):
    """What nobody foresaw, for whichever account is asked about."""

    def stripe_for(connection):
        asked.append(connection)
        raise RuntimeError("nobody foresaw this")

    return stripe_for


def test_what_nobody_foresaw_of_one_account_holds_up_no_other_and_no_other_part(accounts, asked, broken):
    assert keep_up(broken, NOW) == Kept(broken=len(accounts) * len(PARTS))
    assert set(asked) == set(accounts)


@pytest.mark.parametrize("of_all", [feel, wind_up_all])
def test_so_it_is_in_each_round_over_accounts(accounts, asked, broken, of_all):
    if of_all is wind_up_all:
        for account in accounts:
            disconnect(account, by="alice", now=NOW)
    of_all(broken, NOW)
    assert set(asked) == set(accounts)


def test_a_round_whose_worker_is_told_to_end_takes_up_no_further_account(accounts, asked, silent):
    assert keep_up(silent, NOW, ended=lambda: len(asked) == 2) == Kept(silent=2)


def test_the_rounds_of_a_stopped_worker_call_nobody(accounts):
    stop = threading.Event()
    keeps_up = next(job for job in jobs(stop) if job.name == "keep-up")
    stop.set()
    keeps_up.run(NOW)
    assert not Lane.objects.exists()
    stop.clear()
    keeps_up.run(NOW)
    assert Lane.objects.count() == len(accounts), "and those of one that goes on do"


def test_a_round_ends_between_two_calls_for_one_account(monkeypatch):
    stop, calls = threading.Event(), []

    def told_to_end_during_the_first(*_):
        calls.append(1)
        stop.set()
        return timedelta(0)

    monkeypatch.setattr(rate_limit, "take_turn", told_to_end_during_the_first)
    with running(new_simulator(seed=3, start=int(NOW.timestamp()), clock="simulated")) as world:
        make_connection(api_base=world.base_url, api_key=world.sim.keys.secret, created_at=NOW - timedelta(days=2))
        jobs(stop)[0].run(NOW)
    assert len(calls) == 1, "the list of events, and not that of open invoices"


def test_what_people_wait_for_waits_for_nothing_that_asks_stripe():
    hand = {job.name: job.hand for job in jobs(threading.Event())}
    asks = {"keep-up", "backlog", "leaving", "giving-back", "pulse", "doctor"}
    assert len({hand[name] for name in asks}) == len(asks), "one that is slow holds up none of the others"
    assert not {hand[name] for name in hand if name not in asks} & {hand[name] for name in asks}
    assert hand["rules"] != hand["aging"], "nor does a walk through all rows"
