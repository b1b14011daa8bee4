"""The product's database as anybody with its address sees it: plain SQL, none of the product's code."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

# What the oracle reads, under short names.
TABLES: Final = {
    "events": "SELECT id, connection_id, event_id, type, object_id, state, tries, reason, received_at, handled_at FROM inbox_stripeevent",
    "cases": "SELECT id, connection_id, invoice_id, customer_id, state, currency, amount_due, amount_recovered, opened_at, ruleset_id, promised_on FROM recovery_case",
    "rulesets": "SELECT id, version FROM recovery_ruleset",
    "plans": "SELECT id, case_id, number, state, currency, total, count FROM recovery_plan",
    "parts": "SELECT id, plan_id, number, amount, paid FROM recovery_instalment",
    "facts": "SELECT id, case_id, kind, key FROM recovery_learntfact",
    "actions": 'SELECT id, case_id, connection_id, step, "do", due_at, state, outcome, reason, tries, asked_by, started_at, settled_at, lease_until FROM recovery_action',
    "attempts": "SELECT id, case_id, connection_id, action_id, charge_id, at, by, currency, amount, outcome FROM recovery_attempt",
    "messages": "SELECT id, about, action_id, to_address, to_hash, state, may_retry, reason, data_started_at, sent_at FROM messages_message",
    "notices": "SELECT id, member_id, kind, about, state, lease_until, settled_at FROM notices_notice",
    "alerts": "SELECT id, state, settled_at FROM predunning_alert",
    "suppressions": "SELECT id, organization_id, address_hash, reason, at FROM messages_suppression",
    "audit": "SELECT organization_id, number, subject, previous_hash, hash FROM tenants_auditentry",
    "connections": "SELECT id, organization_id, account_id, livemode, mode, state, hook_token FROM tenants_connection",
}  # fmt: skip
WAITING: Final = (
    "SELECT (SELECT count(*) FROM inbox_stripeevent WHERE state = 'stored' AND try_at <= {now}),"
    " (SELECT count(*) FROM recovery_action WHERE state = 'planned' AND due_at <= {now}),"
    " (SELECT count(*) FROM recovery_action WHERE state = 'claimed'),"
    " (SELECT count(*) FROM recovery_action WHERE state = 'claimed' AND \"do\" = 'charge' AND started_at IS NOT NULL)"
)
IN_TRANSACTION: Final = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"


class Database:
    """One database, by its file or its URL."""

    def __init__(self, url: str, file: Path) -> None:
        self.kind = "postgres" if url else "sqlite"
        self._url, self._file = url, file
        self._kept: Any = None  # one connection for the many small looks
        self._turn = threading.Lock()

    def _rows(self, query: str) -> tuple[list[str], list[Sequence[Any]]]:
        with self._turn:
            try:
                cursor = self._connected().execute(query)
                return [column[0] for column in cursor.description], cursor.fetchall()
            except database_errors():
                self._kept = None
                raise

    def _connected(self) -> Any:  # noqa: ANN401 - a connection of either kind
        if self._kept is None and self.kind == "sqlite":
            address = f"file:{self._file}?mode=ro"
            self._kept = sqlite3.connect(address, uri=True, timeout=10, isolation_level=None, check_same_thread=False)
        elif self._kept is None:
            import psycopg  # noqa: PLC0415 - only where there is a PostgreSQL

            self._kept = psycopg.connect(self._url, autocommit=True)
        return self._kept

    def waiting(self, now: float) -> tuple[int, int, int, int]:
        """Events to understand, actions due, actions claimed, and of these the charges that have begun."""
        at = datetime.fromtimestamp(now, UTC)
        literal = f"'{at:%Y-%m-%d %H:%M:%S.%f}'" + ("" if self.kind == "sqlite" else "::timestamp AT TIME ZONE 'UTC'")
        row = self._rows(WAITING.format(now=literal))[1][0]
        return (int(row[0]), int(row[1]), int(row[2]), int(row[3]))

    def quarantined(self) -> bool:
        """Whether an account is not yet open again after a restore."""
        return bool(self._rows("SELECT count(*) FROM tenants_connection WHERE quarantined_at IS NOT NULL")[1][0][0])

    def news_left(self) -> int:
        """Events that nobody has understood yet, whether their time has come or not."""
        return int(self._rows("SELECT count(*) FROM inbox_stripeevent WHERE state = 'stored'")[1][0][0])

    def somebody_holds_it(self) -> bool:
        """Whether a transaction is open at PostgreSQL: who is put to sleep in one keeps others waiting for its rows."""
        return int(self._rows(IN_TRANSACTION)[1][0][0]) > 0

    def its_lock(self) -> Any:  # noqa: ANN401 - whatever can be closed
        """SQLite's one lock, waited for until nobody else has it; to be closed soon. A full disk gives none."""
        connection = sqlite3.connect(self._file, timeout=10, isolation_level=None, check_same_thread=False)
        for _ in range(3):
            with suppress(sqlite3.OperationalError):
                connection.execute("BEGIN IMMEDIATE")
                break
        return connection

    def write_out(self) -> None:
        """Leave no room in files that are there already: SQLite writes over its log again once that is written out."""
        if self.kind == "sqlite":
            connection = sqlite3.connect(self._file, timeout=10, isolation_level=None)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            connection.close()

    def let_go(self) -> None:
        """Close the connection that is kept; the next look opens another."""
        with self._turn:
            if self._kept is not None:
                self._kept.close()
            self._kept = None

    def dump(self) -> dict[str, list[dict[str, Any]]]:
        """Every row the oracle wants, as JSON values: ids as hex without dashes, instants as unix seconds."""
        return {name: self.table(name) for name in TABLES}

    def table(self, name: str) -> list[dict[str, Any]]:
        """The rows of one of them."""
        names, rows = self._rows(TABLES[name])
        return [{name: _plain(name, value) for name, value in zip(names, row, strict=True)} for row in rows]

    def cut_connections(self) -> int:
        """Throw everybody out of PostgreSQL; how many those were."""
        import psycopg  # noqa: PLC0415

        query = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        with psycopg.connect(self._url, autocommit=True) as connection:
            row = connection.execute(query).fetchone()
        return int(row[0]) if row else 0


def _plain(name: str, value: Any) -> Any:  # noqa: ANN401 - a column
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return value.timestamp()
    if type(value) is date:
        return value.isoformat()
    if value is not None and (name == "at" or name.endswith(("_at", "_until"))):
        return datetime.fromisoformat(str(value)).replace(tzinfo=UTC).timestamp()
    if name in {"id", "about"} or (name.endswith("_id") and isinstance(value, str) and len(value) == 36):
        return str(value).replace("-", "")
    return value


def database_errors() -> tuple[type[Exception], ...]:
    """What is raised while a database is away."""
    try:
        import psycopg  # noqa: PLC0415
    except ImportError:
        return (sqlite3.OperationalError,)
    return (sqlite3.OperationalError, psycopg.OperationalError)
