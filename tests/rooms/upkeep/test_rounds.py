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
from tideover.upkeep.rounds import Kept, keep_up

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
