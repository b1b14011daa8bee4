"""A year of cases with their journal, made by the database itself; imported only once Django is awake."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from django.db import connection as database
from django.db.models import Model

from bench import machine
from tideover import clock
from tideover.ids import new_id
from tideover.messages.models import Message
from tideover.recovery.figures import tallies
from tideover.recovery.models import Action, Attempt, Case, LearntFact, Ruleset
from tideover.tenants.models import Connection, Project
from tideover.upkeep import recounting

YEAR: Final = timedelta(days=365)
POSTGRES: Final = database.vendor == "postgresql"
# Of a hundred cases, in turn; the newest of all are open.
STATE = """CASE WHEN {i} < {cases} / 50 THEN 'failing' WHEN {i} % 100 < 62 THEN 'recovered'
           WHEN {i} % 100 < 88 THEN 'abandoned' WHEN {i} % 100 < 97 THEN 'churned' ELSE 'canceled' END"""
FAMILY = """CASE {i} % 20 WHEN 0 THEN 'technical' WHEN 1 THEN 'authentication' WHEN 2 THEN 'card_dead'
            WHEN 3 THEN 'refused' WHEN 4 THEN 'expired' WHEN 5 THEN 'expired' ELSE 'no_funds' END"""
WAY = """CASE {i} % 5 WHEN 0 THEN 'stripe' WHEN 1 THEN 'retry' WHEN 2 THEN 'email' WHEN 3 THEN 'card_page'
         ELSE 'customer' END"""
# What is no constraint's, and how to make it again.
INDEXES: Final = """SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    AND indexname NOT IN (SELECT conname FROM pg_constraint)"""


def fill(connection: Connection, cases: int) -> None:
    """`cases` cases of the last year, the newest first, each with five rows of its journal."""
    with _indexed_afterwards():
        _fill(connection, cases)
    _at_length("ANALYZE")


def _fill(connection: Connection, cases: int) -> None:
    now, every = clock.wall(), YEAR / cases
    state = STATE.replace("{cases}", str(cases))
    opened, ended = _ago(now, every), _ago(now - timedelta(days=-4), every, oldest=now)
    is_open = f"{state} = 'failing'"
    likeness = _case(connection, now)
    _copy(
        likeness,
        cases,
        id=_id(1),
        invoice_id="'in_' || {i}",
        customer_id="'cus_' || {i}",
        subscription_id="'sub_' || {i}",
        customer_name="'Customer ' || ({i} % 50000 * 7919 % 50000)",
        customer_email="'billing@c' || ({i} % 50000 * 7919 % 50000) || '.example'",
        currency="CASE WHEN {i} % 10 = 0 THEN 'eur' ELSE 'usd' END",
        amount_due="({i} % 500 * 37 % 500 + 1) * 100",
        amount_recovered=f"CASE WHEN {state} = 'recovered' THEN ({{i}} % 500 * 37 % 500 + 1) * 100 ELSE 0 END",
        monthly="({i} % 500 * 37 % 500 + 1) * 100",
        state=state,
        via=f"CASE WHEN {state} = 'recovered' THEN {WAY} ELSE '' END",
        attention=f"CASE WHEN {is_open} AND {{i}} % 10 = 0 THEN 'bounced' ELSE '' END",
        family=FAMILY,
        first_family=FAMILY,
        opened_at=opened,
        ended_at=f"CASE WHEN {is_open} THEN NULL ELSE {ended} END",
    )
    _copy_journal(likeness, cases, is_open, opened)
    Message.objects.filter(about=likeness.pk).delete()
    likeness.delete()


def _copy_journal(likeness: Case, cases: int, is_open: str, opened: str) -> None:
    """Five rows for each case. is_open, opened: of the case of a row, in SQL."""
    journal: list[tuple[Model, dict[str, str]]] = [
        (_fact(likeness, "payment_failed"), {"at": opened, "learnt_at": opened}),
        (_fact(likeness, "card_replaced"), {"at": opened, "learnt_at": opened}),
        (_attempt(likeness), {"at": opened, "charge_id": "'ch_' || {i}"}),
        (
            _action(likeness),
            {
                "state": f"CASE WHEN {is_open} THEN 'planned' ELSE 'done' END",
                "due_at": opened,
                "settled_at": f"CASE WHEN {is_open} THEN NULL ELSE {opened} END",
            },
        ),
        (
            _message(likeness),
            {
                "about": _id(1),
                "action_id": _id(5),
                "created_at": opened,
                "sent_at": opened,
                "claimed_at": opened,
                "data_started_at": opened,
                "unsubscribe_hash": "'u' || {i}",
                "open_token": "'o' || {i}",
            },
        ),
    ]
    for number, (row, columns) in enumerate(journal, start=2):
        of_case = {} if isinstance(row, Message) else {"case_id": _id(1)}
        _copy(row, cases, id=_id(number), **of_case, **columns)


def count(project: Project) -> tuple[float, float]:
    """Let the figures be counted by the worker's own code; the seconds of this, and of a recount."""
    with machine.stopwatch() as counted:
        while tallies.count_waiting():
            pass
        while tallies.fold_up():
            pass
    with machine.stopwatch() as recounted:
        found = recounting.recount(project, clock.wall())
    if found.counted or found.mended:
        raise RuntimeError(f"the figures are not what the cases add up to: {found}")
    _at_length("VACUUM ANALYZE" if POSTGRES else "ANALYZE")
    return counted[0], recounted[0]


def _id(kind: int) -> str:
    """The id of a row: the newest case has the largest."""
    number = f"({kind * 10**9 + 999_999_999} - {{i}})"
    return f"lpad(to_hex({number}), 32, '0')::uuid" if POSTGRES else f"printf('%032x', {number})"


def _ago(now: datetime, every: timedelta, oldest: datetime | None = None) -> str:
    """An instant for each row, further back with each; none later than `oldest`, where there is such."""
    seconds = every.total_seconds()
    if POSTGRES:
        at = f"(TIMESTAMPTZ '{now.isoformat()}' - {{i}} * INTERVAL '{seconds:.6f} seconds')"
        return at if oldest is None else f"LEAST({at}, TIMESTAMPTZ '{oldest.isoformat()}')"
    at = f"strftime('%Y-%m-%d %H:%M:%f000', '{now:%Y-%m-%d %H:%M:%S}', '-' || ({{i}} * {seconds:.6f}) || ' seconds')"
    return at if oldest is None else f"MIN({at}, '{oldest:%Y-%m-%d %H:%M:%S.000000}')"


def _copy(likeness: Model, times: int, **columns: str) -> None:
    """As many rows like this one as that; `columns`: what differs, in SQL, with {i} for a row's number."""
    likeness.save(force_insert=True)
    about = likeness._meta  # noqa: SLF001 - documented
    names = [str(field.column) for field in about.concrete_fields]
    told = [columns.get(name, f'likeness."{name}"').replace("{i}", "n.i") for name in names]
    key = about.pk.get_db_prep_value(likeness.pk, database)
    sql = f"""
        INSERT INTO {about.db_table} ({", ".join(f'"{name}"' for name in names)})
        WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {times - 1})
        SELECT {", ".join(told)} FROM {about.db_table} likeness, n WHERE likeness.id = '{key}'
    """  # noqa: S608 - of our own words
    _at_length(sql)


def _at_length(*statements: str) -> None:
    """What may take the database longer than the product lets any statement take."""
    with database.cursor() as cursor:
        if POSTGRES:
            cursor.execute("SET statement_timeout = 0")
        for sql in statements:
            cursor.execute(sql)
        if POSTGRES:
            cursor.execute("RESET statement_timeout")


@contextmanager
def _indexed_afterwards() -> Iterator[None]:
    """Meanwhile PostgreSQL keeps no index but those of constraints and looks after no foreign key: far quicker."""
    if not POSTGRES:
        yield
        return
    with database.cursor() as cursor:
        cursor.execute(INDEXES)
        made = dict(cursor.fetchall())
    _at_length("SET session_replication_role = replica", *(f'DROP INDEX "{name}"' for name in made))
    yield
    _at_length("SET session_replication_role = DEFAULT", *made.values())


def _case(connection: Connection, now: datetime) -> Case:
    return Case(
        organization=connection.organization,
        project=connection.project,
        connection=connection,
        ruleset=Ruleset.objects.get(project=connection.project),
        invoice_id="in_likeness",
        customer_id="cus_likeness",
        currency="usd",
        amount_due=100,
        opened_at=now,
        family="no_funds",
        first_family="no_funds",
        card_brand="visa",
        card_last4="4242",
        description="Pro, monthly",
        read_at=now,
        version=1,
    )


def _fact(case: Case, kind: str) -> LearntFact:
    at = case.opened_at
    return LearntFact(organization=case.organization, case=case, kind=kind, key=kind, at=at, learnt_at=at)


def _attempt(case: Case) -> Attempt:
    return Attempt(
        organization=case.organization,
        connection=case.connection,
        case=case,
        charge_id="ch_likeness",
        at=case.opened_at,
        by="stripe",
        currency="usd",
        amount=100,
        outcome="declined",
    )


def _action(case: Case) -> Action:
    return Action(
        organization=case.organization,
        connection=case.connection,
        case=case,
        step="charge-1",
        do="charge",
        due_at=case.opened_at,
        rule="tuned",
        why="Day 3 of the plan.",
        ruleset_version=1,
        outcome="declined",
    )


def _message(case: Case) -> Message:
    return Message(
        organization=case.organization,
        project=case.project,
        about=case.pk,
        action_id=new_id(),
        to_address="billing@c1.example",
        to_name="Customer 1",
        template="failed",
        locale="en",
        subject="About your payment",
        html="<p>Your payment failed.</p>",
        text="Your payment failed.",
        state=Message.State.SENT,
        created_at=case.opened_at,
        claimed_at=case.opened_at,
        data_started_at=case.opened_at,
        sent_at=case.opened_at,
        unsubscribe_hash="likeness",
        open_token="likeness",  # noqa: S106 - opens nothing
    )
