"""The rule about two versions at once: what the database said to the code of either."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from chaos.oracle.books import Books


def both_versions_fit_the_tables(books: Books) -> Iterator[str]:
    """Nobody, of this version or of the one before it, makes or asks for a row that the tables do not have so."""
    for (log, said), count in Counter((line["log"], line["said"]) for line in books.misfits).items():
        yield f"{log}: {said} ({count} times)"
