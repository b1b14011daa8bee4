"""How often one action asks the database, from its claim to its settled row: every question has its reason here."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.fakes import FakeStripe, effects, perform
from tideover.core.declines import Decline
from tideover.flow.stops import why_stopped
from tideover.gateways.answers import Declined, Paid
from tideover.recovery import claims
from tideover.recovery.models import Action

MOST = 20


class Guarded(FakeStripe):
    """Asks right before each write whether all is stopped, as the gateway does."""

    account = None

    def _write(self, what, key):
        assert not why_stopped(self.account)
        super()._write(what, key)


@pytest.fixture
def house(world):
    world.stripe = Guarded(clock=lambda: world.now)
    world.stripe.account = world.connection
    world.payment_fails()
    return world


def questions_about(house, action):
    """What the database is asked between the claim of the one thing that is due and its end, but begin and commit."""
    house._at(action.due_at + timedelta(seconds=20))
    with CaptureQueriesContext(connection) as captured:
        (mine,) = claims.claim_due(house.now)
        perform(mine, effects(house.stripe, house.mail), house.now)
    action.refresh_from_db()
    assert (mine.pk, action.settled_at) == (action.pk, house.now)
    sql = [query["sql"] for query in captured]
    return [said for said in sql if not said.startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))]


@pytest.mark.parametrize(
    ("answer", "outcome", "number"),
    [(Paid(""), "paid", 20), (Declined(Decline("insufficient_funds"), "", "pi_1"), "declined:insufficient_funds", 18)],
)
def test_a_charge_asks_the_database_at_most_twenty_times(house, answer, outcome, number):
    """Without begin and commit, of which there are three (claim, last look, settling), these are:

    claim      1 what is away; 2 the accounts with something due that can be done, and how they stand; 3 the action,
               locked; 4 its lease
    approach   5 its case with all whom it concerns, and what holds it back; 6 the charges that need not be read again
    last look  7 the case, locked, and what holds it back; 8 facts; 9 actions; 10 attempts; 11 the case as it was read
               (and once more where what was read moves the plan: here the next message waits for the charge)
    mark       12 that the charge begins
    write      13 whether all is stopped, right before the call
    settling   14 the case, locked; 15 the action; 16 the attempt; 17 the fact; 18 the case
               (and once more where the end drops what was planned, and where it changes the figures)
    """
    house.stripe.answer = lambda: answer
    house.day(0.1)  # the first message is out
    charge = Action.objects.filter(do="charge").order_by("due_at").first()
    questions = questions_about(house, charge)
    assert charge.outcome == outcome
    assert len(questions) == number <= MOST, "\n".join(questions)


def test_a_message_asks_the_database_at_most_twenty_two_times(house):
    """Without begin and commit, of which there are four (claim, last look, mark, settling), these are:

    claim      1 what is away; 2 the accounts with something due that can be done, and how they stand; 3 the action, locked;
               4 its lease, until its turn in line has come
    approach   5 its case with all whom it concerns, what holds it back, and whether it has a message already
               and the merchant texts of their own; 6 facts; 7 actions; 8 attempts
    last look  9 the case, locked, and what holds it back; 10 the case as it was read
    writing    11 whether the person may be written to; 12 their link; 13 the message
    sending    14 by whose account
    mark       15 the organization, locked; 16 a lease until the verdict; 17 the case as it is now, and what holds it
               back; 18 once more whether the person may be written to; 19 that it leaves
    verdict    20 what the mail server said
    settling   21 the case, locked; 22 the action
    """
    message = Action.objects.filter(do="message").order_by("due_at").first()
    questions = questions_about(house, message)
    assert message.outcome == "sent"
    assert len(questions) == 22, "\n".join(questions)
