"""An account that is disconnected: nothing is done from that moment on, and what we hold there is given back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import make_action, make_attempt, make_case, make_connection
from tests.fakes import NOW, a_charge, effects
from tideover.flow.stops import why_stopped
from tideover.gateways.answers import LockedOut, NotPossible, Unreachable
from tideover.recovery import claims
from tideover.recovery.models import Action, Case
from tideover.tenants.connecting import Access, Names, connect
from tideover.tenants.disconnecting import disconnect, leaving
from tideover.tenants.models import AuditEntry, Connection
from tideover.upkeep.leaving import GIVES_UP_AFTER, held, wind_up
from tideover.worker.loop import next_due, run_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def taken(world):
    """Charged once under rules that take over, and with more to come."""
    from tests.factories import make_ruleset  # noqa: PLC0415

    make_ruleset(world.connection.project, "tuned")
    Connection.objects.update(webhook_endpoint_id="we_1")
    world.connection.refresh_from_db()
    world.payment_fails(auto_advance=True)
    world.day(4)
    assert world.stripe.payments
    assert not world.stripe.invoice.auto_advance
    return world


def off(world, *, by="ada@alpine.example"):
    disconnect(world.connection, by=by, now=world.now)
    return world.connection


def after(world):
    world.connection.refresh_from_db()
    return world.connection.left_undone


def test_from_the_moment_it_is_disconnected_nothing_is_claimed_charged_or_sent(world):
    case = world.payment_fails()
    off(world)
    later = world.now + timedelta(days=30)
    assert (claims.claim_due(later), next_due(later), why_stopped(world.connection)) == (
        [],
        None,
        "this account is disconnected",
    )
    run_once(effects(world.stripe, world.mail), later)
    case.refresh_from_db()
    assert (case.state, world.stripe.writes, world.mail.subjects) == ("failing", [], [])


def test_what_a_worker_had_claimed_before_is_not_begun_after(world):
    world.payment_fails()
    claimed = claims.claim_due(world.now)
    off(world)
    from tideover.recovery.perform import attempt  # noqa: PLC0415

    for action in claimed:
        attempt(action, effects(world.stripe, world.mail), world.now)
    assert (world.stripe.writes, world.mail.subjects) == ([], [])


def test_cases_end_stripe_gets_its_invoices_back_and_the_key_is_forgotten(taken):
    off(taken)
    assert wind_up(taken.connection, taken.stripe, taken.now)
    assert (taken.case.state, taken.stripe.invoice.auto_advance) == ("canceled", True)
    assert ("delete we_1", "") in taken.stripe.writes
    assert "valid at Stripe until you delete it" in after(taken)
    connection = taken.connection
    assert (connection.api_key, connection.webhook_secret, connection.webhook_endpoint_id) == ("", "", "")
    assert [entry.what for entry in AuditEntry.objects.order_by("number")][-2:] == ["disconnected", "left"]
    assert not leaving().exists()
    assert not Action.objects.filter(state="planned").exists()


def test_an_invoice_is_given_back_once_however_often_the_round_is_repeated(taken):
    taken.stripe.delete_webhook_endpoint = lambda _id: fails(Unreachable("no route"))
    off(taken)
    for _ in range(3):
        with pytest.raises(Unreachable):
            wind_up(taken.connection, taken.stripe, taken.now)
    assert len([key for _, key in taken.stripe.writes if key.endswith("_back")]) == 1
    assert not held(taken.connection).exists()


def fails(problem):
    raise problem


def test_an_invoice_the_merchant_had_turned_off_before_us_stays_off(world):
    world.payment_fails(auto_advance=False)
    world.day(4)
    off(world)
    wind_up(world.connection, world.stripe, world.now)
    assert not world.stripe.invoice.auto_advance


@pytest.mark.parametrize("status", ["paid", "void", "deleted"])
def test_an_invoice_that_is_not_open_is_nobodys_to_collect(taken, status):
    taken.change(status=status)
    off(taken)
    assert wind_up(taken.connection, taken.stripe, taken.now)
    assert not [key for _, key in taken.stripe.writes if key.endswith("_back")]


def test_what_cannot_be_given_back_is_told_by_its_id(taken):
    taken.stripe.set_auto_advance = lambda *_, **__: fails(NotPossible("no"))
    off(taken)
    assert wind_up(taken.connection, taken.stripe, taken.now)
    assert "until you turn that on there: in_1." in after(taken)


def test_with_a_dead_key_it_is_over_at_once_and_everything_that_stays_is_told(taken):
    taken.stripe.invoice_status = lambda _id: fails(LockedOut("Expired API Key"))
    off(taken)
    assert wind_up(taken.connection, taken.stripe, taken.now)
    assert after(taken).splitlines()[0] == "Stripe refuses the key: Expired API Key."
    assert "in_1" in after(taken)
    assert "delete it" in after(taken)


def test_silence_is_waited_for_and_given_up_after_a_day(taken):
    taken.stripe.silent = True
    off(taken)
    with pytest.raises(Unreachable):
        wind_up(taken.connection, taken.stripe, taken.now)
    assert wind_up(taken.connection, taken.stripe, taken.now + GIVES_UP_AFTER)
    assert "did not answer for a day" in after(taken)


def test_in_observe_mode_nothing_is_written_and_the_invoices_are_told(taken):
    Connection.objects.update(mode="observe")
    off(taken)
    before = len(taken.stripe.writes)
    assert wind_up(taken.connection, taken.stripe, taken.now)
    assert len(taken.stripe.writes) == before
    assert "in_1" in after(taken)


# ── what was under way ──


def under_way(world, **values):
    now = world.now
    base = {"state": "claimed", "due_at": now, "lease_until": now, "started_at": now, "tries": 1}
    return make_action(world.case, **{**base, **values})


def test_what_a_worker_holds_is_waited_for(world):
    world.payment_fails()
    action = under_way(world, lease_until=world.now + claims.LEASE)
    off(world)
    assert not wind_up(world.connection, world.stripe, world.now)
    action.refresh_from_db()
    assert action.state == "claimed"


def test_a_charge_in_doubt_is_settled_by_reading_and_never_sent_again(world):
    world.payment_fails()
    action = under_way(world)
    paid = a_charge(None, at=world.now, number=9)
    world.change(status="paid", amount_paid=9900, amount_remaining=0, status_at=world.now, attempts=(paid,))
    off(world)
    assert wind_up(world.connection, world.stripe, world.now + claims.LEASE)
    action.refresh_from_db()
    assert (action.state, action.outcome, world.stripe.payments) == ("done", "paid", [])
    assert world.case.state == "recovered"


def test_what_had_not_left_is_dropped(world):
    world.payment_fails()
    action = under_way(world, started_at=None)
    off(world)
    assert wind_up(world.connection, world.stripe, world.now + claims.LEASE)
    action.refresh_from_db()
    assert (action.state, action.reason) == ("dropped", "the account was disconnected")


def test_a_charge_in_doubt_of_which_nobody_can_ask_any_more_goes_to_a_person(world):
    world.payment_fails()
    action = under_way(world)
    off(world)
    Connection.objects.update(api_key="")
    world.connection.refresh_from_db()
    assert wind_up(world.connection, world.stripe, world.now + claims.LEASE)
    action.refresh_from_db()
    assert action.state == "dead"
    assert "no key any more" in after(world)


# ── connected again ──


def test_connected_again_in_the_middle_it_is_left_alone(taken):
    off(taken)
    again(taken)
    assert not leaving().exists()
    connection = Connection.objects.get()
    assert (connection.state, connection.left_at, connection.left_undone) == ("active", None, "")


def test_connected_again_afterwards_it_begins_with_what_fails_from_then_on(taken):
    off(taken)
    wind_up(taken.connection, taken.stripe, taken.now)
    taken.now += timedelta(days=9)
    made = again(taken)
    assert (made.pk, made.since, made.left_undone) == (taken.connection.pk, taken.now, "")
    assert why_stopped(made) == ""
    assert Case.objects.get().state == "canceled"


def again(world):
    from tideover.gateways.answers import AccountRead  # noqa: PLC0415

    one = world.connection
    live = "live" if one.livemode else "test"
    account = AccountRead(
        one.account_id, "Alpine", livemode=one.livemode, country="AT", currency="eur", time_zone="UTC"
    )
    return connect(account, Access(f"rk_{live}_new"), Names(), world.now)


def test_disconnecting_is_done_once_and_says_by_whom(world):
    assert disconnect(world.connection, by="ada@alpine.example", now=NOW)
    assert not disconnect(world.connection, by="bob@alpine.example", now=NOW)
    assert AuditEntry.objects.get(what="disconnected").who == "ada@alpine.example"


def test_another_accounts_work_is_no_ones_business(world):
    other = make_connection()
    make_attempt(make_case(other))
    off(world)
    wind_up(world.connection, world.stripe, world.now)
    assert Case.objects.get(connection=other).state == "failing"
