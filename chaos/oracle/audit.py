"""The rule about the audit log: what left the house, as others wrote it down, against our chained entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from uuid import UUID

from chaos.oracle.books import Books, Row


def every_effect_is_in_the_log(books: Books) -> Iterator[str]:
    """Each charge and each message that reached somebody has its entry, and no entry was lost or changed."""
    chains: dict[str, list[Row]] = defaultdict(list)
    for entry in books.tables["audit"]:
        chains[entry["organization_id"]].append(entry)
    for chain in chains.values():
        yield from _flaws(sorted(chain, key=lambda entry: entry["number"]))
    told = {entry["subject"] for entry in books.tables["audit"]}
    for key, lines in books.ours_by_key.items():
        if (
            key in books.charges
            and not books.forgotten(lines[0]["at"])
            and f"charge:{key.removeprefix('pr_')}" not in told
        ):
            yield f"{lines[0]['invoice']} was tried under {key}, and the audit log does not know it"
    rows = {message["action_id"]: message for message in books.tables["messages"]}
    for mail in books.mails:
        row = rows.get(books.action_of(mail))
        if row and not books.forgotten(mail["at"]) and f"message:{UUID(row['id'])}" not in told:
            yield f"message {row['id']} arrived, and the audit log does not know it"


def _flaws(chain: list[Row]) -> Iterator[str]:
    if chain[0]["number"] != 1:
        yield f"the audit log begins with entry {chain[0]['number']}"
    for one, following in pairwise(chain):
        if following["number"] != one["number"] + 1 or following["previous_hash"] != one["hash"]:
            yield f"the audit log breaks after entry {one['number']}"
