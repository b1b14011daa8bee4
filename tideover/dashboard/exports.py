"""CSV of what a page shows, row by row, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from django.http import StreamingHttpResponse

BYTE_ORDER_MARK: Final = "\ufeff"  # without it a spreadsheet reads "é" as two letters
STARTS_A_FORMULA: Final = ("=", "+", "-", "@", "|", "%")
BLANK: Final = {"Zs", "Zl", "Zp", "Cc", "Cf"}  # Unicode's spaces, controls and signs without a width
# Where a spreadsheet may begin a cell: at the start, and wherever one with another country's settings ends one.
CELLS: Final = re.compile(r"([;\t\r\n])")


class _Echo:
    """A file whose write gives the line back: the csv module as a generator."""

    def write(self, line: str) -> str:
        return line


def guarded(cell: str) -> str:
    """The cell as text: a spreadsheet would run what starts like a formula, and customers choose their names.

    Quotation marks hold a semicolon together only for who splits at commas: where lists are split at semicolons,
    "Acme;=1+1" is two cells. So each piece of a cell is looked at.
    """
    safe = "".join(f"'{piece}" if _runs(piece) else piece for piece in CELLS.split(cell))
    return f"'{safe}" if CELLS.match(safe) else safe


def _runs(piece: str) -> bool:
    """Whether a spreadsheet may take it for a formula: it forgives blanks before it, and letters as wide as Chinese."""
    plain = unicodedata.normalize("NFKC", piece)
    return next((sign for sign in plain if unicodedata.category(sign) not in BLANK), "") in STARTS_A_FORMULA


def csv_response(name: str, lines: Iterable[Sequence[str]]) -> StreamingHttpResponse:
    """Lines as a download, streamed."""
    writer = csv.writer(_Echo(), quoting=csv.QUOTE_ALL)
    body = (writer.writerow([guarded(cell) for cell in line]) for line in lines)
    response = StreamingHttpResponse(_with_mark(body), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _with_mark(lines: Iterator[str]) -> Iterator[str]:
    yield BYTE_ORDER_MARK
    yield from lines
