"""Work is shared out by account: the backlog of one is nobody else's."""

import pytest
from django.db import connection as database

from tests.factories import make_connection
from tests.fakes import NOW, FakeStripe, effects
from tests.rooms.flow.work import SECOND, due, of
from tideover.core.outcomes import Outcome, Word
from tideover.recovery import claims
from tideover.recovery.models import Action
from tideover.tenants.models import Connection
from tideover.worker.crew import HANDS, HANDS_PER_LANE
from tideover.worker.loop import run_once

pytestmark = pytest.mark.django_db
CASES = 40
QUERIES_OF_AN_IDLE_LOOK = 2  # what is away; whether anything is due that can be done, and for which accounts
QUERIES_OF_A_CLAIM = QUERIES_OF_AN_IDLE_LOOK + 4  # begin; an account's first; the claim; commit
ONE_MORE_LANE = 1


def test_a_flood_of_one_account_leaves_the_others_their_share():
    flood, other = make_connection(), make_connection()
    due(flood, 100)
    due(other, 3)
    claimed = claims.claim_due(NOW + SECOND, limit=20)
    assert len(of(other, claimed)) == 3
    assert 10 <= len(of(flood, claimed)) <= 17


def flooded(connection, number):
    """That many due steps, in forty cases, as copies by one statement."""
    for _ in range(CASES):
        due(connection)
    new_id = "lower(hex(randomblob(16)))" if database.vendor == "sqlite" else "gen_random_uuid()"
    copied = {f'"{field.column}"': f'a."{field.column}"' for field in Action._meta.concrete_fields}
    copied |= {'"id"': new_id, '"step"': "'flood-' || n.i"}
    table = Action._meta.db_table
    with database.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < {number // CASES:d}) "  # noqa: S608
            f"INSERT INTO {table} ({', '.join(copied)}) "
            f"SELECT {', '.join(copied.values())} FROM {table} a CROSS JOIN n WHERE a.connection_id = %s",
            [Connection._meta.pk.get_db_prep_value(connection.pk, database)],
        )


def flooded_and_single(number):
    """An account with that many due steps, and the one step of another that came last."""
    flood, other = make_connection(livemode=True), make_connection(livemode=True)
    flooded(flood, number)
    (single,) = due(other)
    Action.objects.filter(pk=single.pk).update(due_at=NOW + SECOND)
    assert Action.objects.filter(connection=flood, state="planned").count() == number
    return flood, single


def test_fifty_thousand_due_steps_of_one_account_delay_anothers_by_no_round():
    _, single = flooded_and_single(50_000)
    run_once(effects(FakeStripe(invoice=None)), NOW + SECOND)
    single.refresh_from_db()
    assert single.state == "done"


@pytest.mark.parametrize("number", [80, 50_000])
def test_however_much_is_due_a_claim_asks_as_much_and_takes_as_much(number, django_assert_num_queries):
    flood, single = flooded_and_single(number)
    with django_assert_num_queries(QUERIES_OF_A_CLAIM + ONE_MORE_LANE):
        claimed = claims.claim_due(NOW + SECOND, limit=HANDS, most_per_lane=HANDS_PER_LANE)
    assert len(of(flood, claimed)) == HANDS_PER_LANE
    assert [action.pk for action in claimed if action.pk == single.pk] == [single.pk]


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


@pytest.mark.parametrize(("do", "lasting"), [("charge", 30), ("message", 90), ("close", 30)])
def test_a_message_is_held_until_its_turn_has_come_from_its_claim_on(do, lasting):
    due(make_connection())
    due(make_connection(), do=do, step=f"{do}-9")
    for claimed in claims.claim_due(NOW):
        row, seconds = Action.objects.get(pk=claimed.pk), lasting if claimed.step == f"{do}-9" else 30
        assert claimed.lease_until == row.lease_until == NOW + seconds * SECOND


def test_settling_many_passes_over_those_whose_lease_was_lost():
    due(make_connection(), 3)
    mine = claims.claim_due(NOW)
    lost = mine[0]
    later = NOW + claims.LEASE
    Action.objects.exclude(pk=lost.pk).update(lease_until=later + SECOND)
    (theirs,) = claims.overdue(later)
    assert claims.settle_all(mine, Outcome(Word.SKIPPED), later) == 2
    lost.refresh_from_db()
    assert (lost.state, lost.lease_token) == ("claimed", theirs.lease_token)


def test_an_idle_look_takes_no_lock(django_assert_num_queries):
    make_connection()
    with django_assert_num_queries(QUERIES_OF_AN_IDLE_LOOK):
        assert claims.claim_due(NOW) == []
