"""The rows of the actions bench and their doing; imported only once Django is awake."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection as database

from bench import machine
from bench.merchant import NOW, MemoryStripe, make_merchant
from tideover.core.outcomes import Outcome, Word
from tideover.recovery import claims
from tideover.recovery.intake import take_reading
from tideover.recovery.models import Action, Case
from tideover.recovery.perform import Verdict, settle_verdicts

BATCH = 500
# One statement copies a million rows of a template; the columns are the table's own, so that none is forgotten.
COPY = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %s)
INSERT INTO recovery_action ({columns}) SELECT {values} FROM recovery_action, numbers WHERE recovery_action.id = %s
"""


def prepared() -> Bench:
    """An empty database with one case, whose own actions are far away."""
    connection = make_merchant()
    case = take_reading(connection, MemoryStripe().read_invoice("in_0"), NOW)
    assert case is not None
    Action.objects.filter(case=case).update(due_at=NOW + timedelta(days=400))
    return Bench(case)


@dataclass
class Bench:
    """Plans actions by the thousand and does them."""

    case: Case
    drained: int = 0

    def drain(self, number: int) -> float:
        """Plan `number` due actions, then claim and settle them all; returns how many a second."""
        self.drained += 1
        self._copy(number, NOW, f"due-{self.drained}-")
        self._settle_down()
        with machine.stopwatch() as took:
            done = do_all(NOW + timedelta(minutes=1))
        if done != number:
            raise RuntimeError(f"{done} of {number} were done")
        return number / took[0]

    def park(self, number: int) -> None:
        """Plan `number` actions for a day weeks away."""
        self._copy(number, NOW + timedelta(days=30), "parked-")

    def _copy(self, number: int, due_at: datetime, step: str) -> None:
        template = Action.objects.filter(case=self.case).order_by("due_at", "id").last()
        assert template is not None
        plus = "INTERVAL '1 millisecond' * n" if database.vendor == "postgresql" else "''"
        changed = {
            "id": _new_id_sql(),
            "step": f"'{step}' || n",
            "state": "'planned'",
            "due_at": f"'{due_at.isoformat()}'::timestamptz + {plus}"
            if database.vendor == "postgresql"
            else f"'{due_at:%Y-%m-%d %H:%M:%S}'",
        }
        columns = [field.column for field in Action._meta.concrete_fields]  # noqa: SLF001 - Django's documented API
        quoted = {name: f'"{name}"' for name in columns}
        values = ", ".join(changed.get(str(name), quoted[name]) for name in columns)
        sql = COPY.format(columns=", ".join(quoted.values()), values=values)
        key = template.pk if database.vendor == "postgresql" else template.pk.hex
        with database.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0" if database.vendor == "postgresql" else "PRAGMA optimize")
            cursor.execute(sql, [number, key])

    def _settle_down(self) -> None:
        """What autovacuum does by itself within a minute, so that each run starts alike."""
        with database.cursor() as cursor:
            if database.vendor == "postgresql":
                cursor.execute("VACUUM ANALYZE recovery_action")
            else:
                cursor.execute("ANALYZE")
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _new_id_sql() -> str:
    return "gen_random_uuid()" if database.vendor == "postgresql" else "lower(hex(randomblob(16)))"


def do_all(now: datetime) -> int:
    """Claim and settle until nothing is due: the worker's own round with an effect that is nothing."""
    done = 0
    while claimed := claims.claim_due(now, limit=BATCH, most_per_lane=BATCH):
        done += settle_verdicts([Verdict(action, Outcome(Word.SKIPPED)) for action in claimed], now)
    return done
