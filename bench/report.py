"""How a figure is told: a table for people, a file for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

HOME = Path(__file__).resolve().parent.parent / ".tideover" / "bench"


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns as wide as their widest cell; numbers to the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(head, *cells, strict=True)]
    lines = ["  ".join(name.ljust(width) for name, width in zip(head, widths, strict=True))]
    for row, told in zip(rows, cells, strict=True):
        aligned = [
            text.ljust(width) if isinstance(value, str) else text.rjust(width)
            for value, text, width in zip(row, told, widths, strict=True)
        ]
        lines.append("  ".join(aligned))
    return "\n".join(f"  {line.rstrip()}" for line in lines)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}" if value >= 10 else f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def keep(name: str, told: Mapping[str, Any]) -> Path:
    """Write `told` to .tideover/bench/<name>.json."""
    HOME.mkdir(parents=True, exist_ok=True)
    path = HOME / f"{name}.json"
    path.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    return path
