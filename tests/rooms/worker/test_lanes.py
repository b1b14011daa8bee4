"""Work is shared out by account: backlog, silence and stops of one are nobody else's."""

import time
from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.db import connection as database
from django.db.models import QuerySet

from tests.factories import make_action, make_case, make_connection
from tests.fakes import NOW, FakeMail, FakeStripe, effects
from tideover.gateways.answers import Busy, Unknown, Unreachable
from tideover.gateways.email import Refused
from tideover.recovery import claims
from tideover.recovery.models import Action
from tideover.tenants import fuses, stopping
from tideover.tenants.models import Lane, Provider
from tideover.tenants.pace import take_turn
from tideover.tenants.stripe import paced_stripe_for
from tideover.worker.crew import HANDS, HANDS_PER_LANE
from tideover.worker.effects import WatchedMail
from tideover.worker.loop import run_once

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def due(connection, number=1, **values):
    case = make_case(connection)
    return [make_action(case, due_at=NOW, **values) for _ in range(number)]


def of(connection, claimed):
    return [action for action in claimed if action.connection_id == connection.pk]


def test_a_flood_of_one_account_leaves_the_others_their_share():
    flood, other = make_connection(), make_connection()
    due(flood, 100)
    due(other, 3)
    claimed = claims.claim_due(NOW + SECOND, limit=20)
    assert len(of(other, claimed)) == 3
    assert 10 <= len(of(flood, claimed)) <= 17


def flooded(connection, number):
    """That many due steps, as copies of one by one statement."""
    (first,) = due(connection)
    new_id = "lower(hex(randomblob(16)))" if database.vendor == "sqlite" else "gen_random_uuid()"
    copied = {f'"{field.column}"': f'a."{field.column}"' for field in Action._meta.concrete_fields}
    copied |= {'"id"': new_id, '"step"': "'flood-' || n.i"}
    table = Action._meta.db_table
    with database.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < {number:d}) "  # noqa: S608
            f"INSERT INTO {table} ({', '.join(copied)}) "
            f"SELECT {', '.join(copied.values())} FROM {table} a CROSS JOIN n WHERE a.id = %s",
            [Action._meta.pk.get_db_prep_value(first.pk, database)],
        )


@pytest.mark.parametrize("one_worker", [True, False], ids=["in one thread", "with many hands"])
def test_fifty_thousand_due_steps_of_one_account_delay_anothers_by_no_round(one_worker):
    flood, other = make_connection(), make_connection()
    flooded(flood, 50_000)
    (single,) = due(other)
    Action.objects.filter(pk=single.pk).update(due_at=NOW + SECOND)  # and it came last
    assert Action.objects.filter(connection=flood, state="planned").count() == 50_000
    began = time.monotonic()
    if one_worker:
        run_once(effects(FakeStripe(invoice=None)), NOW + SECOND)
    else:
        claimed = claims.claim_due(NOW + SECOND, limit=HANDS, most_per_lane=HANDS_PER_LANE)
        assert len(of(flood, claimed)) == HANDS_PER_LANE
    single.refresh_from_db()
    assert single.state == ("done" if one_worker else "claimed")
    assert time.monotonic() - began < 2.0


def test_an_account_with_its_hands_full_gets_no_more_until_one_is_free():
    busy, other = make_connection(), make_connection()
    due(busy, 10)
    due(other, 10)
    claimed = claims.claim_due(NOW, limit=8, most_per_lane=4, under_way={busy.pk: 3})
    assert (len(of(busy, claimed)), len(of(other, claimed))) == (1, 4)
    assert claims.claim_due(NOW, limit=8, most_per_lane=4, under_way={busy.pk: 4, other.pk: 4}) == []


def test_more_accounts_than_hands_are_served_with_the_least_busy_first():
    connections = [make_connection() for _ in range(6)]
    for connection in connections:
        due(connection, 2)
    under_way = {connection.pk: 1 for connection in connections[:3]}
    claimed = claims.claim_due(NOW, limit=3, under_way=under_way)
    assert {action.connection_id for action in claimed} == {connection.pk for connection in connections[3:]}


def test_a_claim_counts_the_try_and_says_what_stands_in_the_row():
    due(make_connection())
    (claimed,) = claims.claim_due(NOW)
    row = Action.objects.get()
    assert (row.state, row.tries, row.lease_until) == ("claimed", 1, NOW + claims.LEASE)
    assert (claimed.state, claimed.tries, claimed.lease_until) == (row.state, row.tries, row.lease_until)
    assert claimed.lease_token == row.lease_token


def test_settling_many_passes_over_those_whose_lease_was_lost():
    due(make_connection(), 3)
    mine = claims.claim_due(NOW)
    lost = mine[0]
    later = NOW + claims.LEASE
    Action.objects.exclude(pk=lost.pk).update(lease_until=later + SECOND)
    (theirs,) = claims.overdue(later)
    assert claims.settle_all(mine, "nothing", later) == 2
    lost.refresh_from_db()
    assert (lost.state, lost.lease_token) == ("claimed", theirs.lease_token)


def test_five_silences_rest_an_account_then_one_worker_tries_it_once():
    silent, other = make_connection(), make_connection()
    due(silent, 5)
    due(other, 1)
    for _ in range(5):
        fuses.silent("stripe", NOW, silent)
    assert of(silent, claims.claim_due(NOW + SECOND)) == []
    over = NOW + fuses.FIRST_REST
    assert len(of(silent, claims.claim_due(over))) == 1
    assert of(silent, claims.claim_due(over)) == [], "one try, and no second by another worker"
    fuses.silent("stripe", over, silent)
    assert Lane.objects.get().rests_until == over + 2 * fuses.FIRST_REST
    fuses.answered("stripe", silent)
    assert len(of(silent, claims.claim_due(over))) == 4


def test_a_provider_that_is_silent_for_everybody_rests_as_a_whole():
    connections = [make_connection() for _ in range(20)]
    due(connections[0])
    for connection in connections[:-1]:
        fuses.silent("stripe", NOW, connection)
    assert fuses.shut(NOW).providers == frozenset()
    fuses.silent("stripe", NOW, connections[-1])
    assert claims.claim_due(NOW) == []
    assert len(claims.claim_due(NOW + fuses.FIRST_REST)) == 1


def test_while_the_mail_server_rests_charges_go_on():
    connection = make_connection()
    due(connection, do="message", step="message-1")
    due(connection)
    for _ in range(20):
        fuses.silent("mail", NOW)
    assert [action.do for action in claims.claim_due(NOW)] == ["charge"]
    assert not Lane.objects.exists()


@pytest.mark.parametrize("whom", ["everything", "organization", "account"])
def test_a_stop_holds_for_whom_it_is_meant_and_doubts_wait_too(whom):
    stopped, other = make_connection(), make_connection()
    due(stopped, 2)
    due(other, 2)
    claims.claim_due(NOW, limit=2)
    target = {"everything": None, "organization": stopped.organization, "account": stopped}[whom]
    stopping.stop(target, by="operator", now=NOW)
    theirs = 0 if whom == "everything" else 1
    assert len(claims.claim_due(NOW)) == theirs
    doubts = claims.overdue(NOW + claims.LEASE)
    assert of(stopped, doubts) == []
    assert len(of(other, doubts)) == theirs * 2


def test_a_mail_server_that_says_nothing_or_later_blows_its_fuse_and_one_that_refuses_does_not():
    def lost():
        raise Unknown("no verdict")

    mail = FakeMail(refuse=Refused(permanent=True, reason="no such mailbox"))
    watched = WatchedMail(mail)
    for _ in range(30):
        watched.send("a@b.example", "c@d.example", EmailMessage())
    assert not Provider.objects.filter(failures__gt=0).exists()
    mail.refuse = Refused(permanent=False, reason="come back later")
    for _ in range(10):
        watched.send("a@b.example", "c@d.example", EmailMessage())
    mail.fail = lost
    for _ in range(10):
        with pytest.raises(Unknown):
            watched.send("a@b.example", "c@d.example", EmailMessage())
    assert Provider.objects.get(name="mail").rests_until is not None
    mail.refuse, mail.fail = None, lambda: None
    watched.send("a@b.example", "c@d.example", EmailMessage())
    assert Provider.objects.get(name="mail").failures == 0


def test_silence_of_stripe_is_counted_by_the_gateway_itself_and_an_answer_heals():
    connection = make_connection(api_base="http://127.0.0.1:9")  # nobody listens there
    for _ in range(5):
        with pytest.raises(Unreachable):
            paced_stripe_for(connection).read_invoice("in_1")
    lane = Lane.objects.get()
    assert (lane.failures, lane.rests_until is not None) == (5, True)
    with pytest.raises(Unknown):
        paced_stripe_for(connection).pay_invoice("in_1", key="k")
    assert Lane.objects.get().failures == 6


def test_silence_while_a_list_is_read_blows_the_fuse_too():
    connection = make_connection(api_base="http://127.0.0.1:9")
    for _ in range(5):
        with pytest.raises(Unreachable):
            list(paced_stripe_for(connection).list_open_invoices(NOW))
    assert Lane.objects.get().rests_until is not None


def test_a_worker_that_was_told_to_end_asks_stripe_nothing_more():
    connection = make_connection(api_base="http://127.0.0.1:9")
    with pytest.raises(Busy):
        paced_stripe_for(connection, ended=lambda: True).read_invoice("in_1")
    assert not Lane.objects.exists()


def test_a_clock_that_was_set_back_an_hour_stops_no_calls():
    connection = make_connection()
    take_turn(connection, NOW)
    assert take_turn(connection, NOW - timedelta(hours=1)) <= timedelta(seconds=1)


def test_calls_of_one_account_are_five_a_second_with_five_at_once():
    connection, other = make_connection(), make_connection()
    waits = [take_turn(connection, NOW).total_seconds() for _ in range(10)]
    assert waits == pytest.approx([0, 0, 0, 0, 0, 0.2, 0.4, 0.6, 0.8, 1.0])
    assert take_turn(other, NOW).total_seconds() == 0
    assert take_turn(connection, NOW + 10 * SECOND).total_seconds() == 0


def test_two_that_reach_for_one_turn_get_one_each(monkeypatch):
    connection = make_connection()
    for _ in range(4):
        take_turn(connection, NOW)
    update, of_the_other = QuerySet.update, []

    def a_moment_too_late(self, **values):
        monkeypatch.undo()
        of_the_other.append(take_turn(connection, NOW).total_seconds())
        return update(self, **values)

    monkeypatch.setattr(QuerySet, "update", a_moment_too_late)
    ours = take_turn(connection, NOW).total_seconds()
    assert (of_the_other, ours) == ([0], pytest.approx(0.2))


def test_who_would_wait_too_long_for_a_turn_takes_none():
    connection = make_connection()
    for _ in range(20):
        take_turn(connection, NOW)
    with pytest.raises(Busy):
        take_turn(connection, NOW)
    assert take_turn(connection, NOW + SECOND / 5).total_seconds() == pytest.approx(3.0)


def test_an_idle_look_takes_no_lock(django_assert_num_queries):
    make_connection()
    with django_assert_num_queries(4):
        assert claims.claim_due(NOW) == []
