"""CSV of what a page shows, row by row, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from django.http import StreamingHttpResponse

from tideover.cells import guarded

BYTE_ORDER_MARK: Final = "\ufeff"  # without it a spreadsheet reads "é" as two letters


class _Echo:
    """A file whose write gives the line back: the csv module as a generator."""

    def write(self, line: str) -> str:
        return line


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
