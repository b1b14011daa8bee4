"""The round over all connections: one account's trouble holds up no other, and an end is heard between two of them."""

from __future__ import annotations

import threading

import pytest

from tests.factories import NOW, make_connection
from tideover.cli.serving import jobs
from tideover.gateways.answers import Unreachable
from tideover.tenants.models import Lane
from tideover.upkeep.rounds import Kept, keep_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def accounts():
    return [make_connection(api_base="http://127.0.0.1:9") for _ in range(3)]  # nobody listens there


def test_an_account_whose_stripe_is_silent_holds_up_no_other(accounts):
    asked = []

    def silent(connection):
        asked.append(connection)
        raise Unreachable("no answer")

    assert keep_up(silent, NOW) == Kept(silent=3)
    assert set(asked) == set(accounts)


def test_a_round_whose_worker_is_told_to_end_takes_up_no_further_account(accounts):
    asked = []

    def silent(connection):
        asked.append(connection)
        raise Unreachable("no answer")

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
