"""The rule about restored backups: what was done after one is not done again, although nothing here knows of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from chaos.oracle.books import Books, Row


def nothing_repeated(books: Books) -> Iterator[str]:
    """What was done between a backup and its restore is not done again."""
    yield from _charges(books)
    yield from _mails(books)
    yield from _notices(books)


def _charges(books: Books) -> Iterator[str]:
    done = [lines[0] for lines in books.ours_by_key.values() if books.forgotten(lines[0]["at"])]
    for line in done:
        again = [other for other in books.ours_by_key[line["idempotency_key"]] if not books.forgotten(other["at"])]
        if again:
            yield f"{line['invoice']} was tried again under {line['idempotency_key']} after a restore"


def _mails(books: Books) -> Iterator[str]:
    """Those whose row the backup has."""
    steps: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for mail in books.mails:
        steps[mail["to"], mail["message_id"]].append(books.forgotten(mail["at"]))
    yield from (
        f"{to} got {mail} again after a restore" for (to, mail), when in steps.items() if any(when) and not all(when)
    )


def _notices(books: Books) -> Iterator[str]:
    """Those whose row the backup has not: another would be made of the same thing."""
    for restore in books.restores:
        told = {_told(row): row["id"] for row in restore.get("notices", ()) if books.arrived[row["id"]]}
        for row in books.tables["notices"]:
            if books.arrived[row["id"]] and told.get(_told(row), row["id"]) != row["id"]:
                yield f"member {row['member_id']} was told of {row['kind']} {row['about']} again after a restore"


def _told(notice: Row) -> tuple[str, str, str]:
    """To whom, and of what."""
    return notice["member_id"], notice["kind"], notice["about"]
