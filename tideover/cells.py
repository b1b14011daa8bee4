"""Cells of a file that a spreadsheet may open: text, and nothing that it would run."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

STARTS_A_FORMULA: Final = ("=", "+", "-", "@", "|", "%")
BLANK: Final = {"Zs", "Zl", "Zp", "Cc", "Cf"}  # Unicode's spaces, controls and signs without a width
# Where a spreadsheet may begin a cell: at the start, and wherever one with another country's settings ends one.
CELLS: Final = re.compile(r"([;\t\r\n])")


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
