"""Who else reads for customers, as a file with a line each: read with every problem by its line, and written. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tideover.core.tongues import Tongue
from tideover.core.ways.readers import Role

COLUMNS: Final = ("customer", "address", "name", "role", "language", "from_day")
MOST_LINES: Final = 10_000
LAST_DAY: Final = 60


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody who is to be written to for a customer (their id at Stripe)."""

    customer: str
    address: str
    name: str = ""
    role: Role = Role.OTHER
    language: str = ""
    from_day: int = 0


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with a line, in a sentence. number: as an editor counts, the head is line 1."""

    number: int
    why: str

    def __str__(self) -> str:
        return f"line {self.number}: {self.why}"


@dataclass(frozen=True, slots=True)
class FileRead:
    """What a file asks for, each wish with its line, and what is wrong with it."""

    wishes: Sequence[tuple[int, Wish]] = ()
    problems: Sequence[Wrong] = ()


def read_file(text: str, most: int = MOST_LINES) -> FileRead:
    """Every line that can be followed, and why each other cannot. Empty lines are passed over. most: lines."""
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    try:
        head = [column.strip().lower() for column in next(lines, [])]
        if missing := [column for column in COLUMNS[:2] if column not in head]:
            return FileRead(
                problems=[Wrong(1, f"The first line names the columns; {' and '.join(missing)} is missing.")]
            )
        if strange := [column for column in head if column not in COLUMNS]:
            return FileRead(problems=[Wrong(1, f"There is no column {strange[0]!r}; there are {', '.join(COLUMNS)}.")])
        rows = [(lines.line_num, row) for row in lines if any(cell.strip() for cell in row)]
    except csv.Error as odd:
        return FileRead(problems=[Wrong(lines.line_num, f"It cannot be read as CSV: {odd}.")])
    if len(rows) > most:
        return FileRead(problems=[Wrong(rows[most][0], f"There are {len(rows)} lines, and {most} are the most.")])
    return _read(head, rows)


def _read(head: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]]) -> FileRead:
    wishes, problems, seen = list[tuple[int, Wish]](), list[Wrong](), dict[tuple[str, str], int]()
    for number, row in rows:
        cells = {column: cell.strip() for column, cell in zip(head, row, strict=False)}
        if wrong := next(problems_of(cells), ""):
            problems.append(Wrong(number, wrong))
            continue
        wish = wish_of(cells)
        first = seen.setdefault((wish.customer, wish.address.lower()), number)
        if first != number:
            problems.append(Wrong(number, f"It names the same customer and address as line {first}."))
        else:
            wishes.append((number, wish))
    return FileRead(wishes, problems)


def problems_of(cells: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the cells of a line, as far as one sees it without looking anything up."""
    if not cells.get("customer"):
        yield "It names no customer: their id at Stripe, such as cus_NffrFeUfNV2Hib."
    if "@" not in cells.get("address", ""):
        yield "It names no address of mail."
    if (role := cells.get("role", "").lower()) and role not in set(Role):
        yield f"There is no role {role!r}; there are {', '.join(Role)}."
    if (language := cells.get("language", "")) and language not in set(Tongue):
        yield f"There are no texts in {language!r}; there are {', '.join(Tongue)}."
    day = cells.get("from_day", "") or "0"
    if not (day.isascii() and day.isdecimal() and len(day) < 4 and int(day) <= LAST_DAY):
        yield f"from_day is a day of the sequence, from 0 to {LAST_DAY}, not {day!r}."


def wish_of(cells: Mapping[str, str]) -> Wish:
    """The cells of a line with which nothing is wrong."""
    role = cells.get("role", "").lower()
    return Wish(
        customer=cells["customer"],
        address=cells["address"],
        name=cells.get("name", "")[:200],
        role=Role(role) if role else Role.OTHER,
        language=cells.get("language", ""),
        from_day=int(cells.get("from_day", "") or "0"),
    )
