"""One thing that Tideover does, as its list tells of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Call:
    """An address that is asked by a machine, or by who holds a link: what stands in place of its ids."""

    method: str
    address: str
    ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing it does. pages: by the names of their addresses. commands: what stands after `tideover`."""

    name: str
    does: str
    pages: Sequence[str] = ()
    calls: Sequence[Call] = ()
    commands: Sequence[str] = ()
