"""A mail as a provider has it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail that was taken."""

    id: str
    provider: str
    sender: str
    to: str
    subject: str
    text: str
    headers: dict[str, str]
    tag: str
