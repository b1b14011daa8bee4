"""A sentence for the next page: what was done, with a way to undo it, or why it was not."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from django.http import HttpRequest

KEY = "flash"


@dataclass(frozen=True, slots=True)
class Flash:
    """`undo_url` with `undo_fields` is a form that takes the action back; empty where nothing can."""

    text: str
    bad: bool = False
    undo_url: str = ""
    undo_fields: dict[str, str] = field(default_factory=dict)


def say(request: HttpRequest, flash: Flash) -> None:
    """Keep the sentence until the next page is drawn."""
    request.session[KEY] = asdict(flash)


def take(request: HttpRequest) -> Flash | None:
    """The sentence, once."""
    stored = request.session.pop(KEY, None) if KEY in request.session else None
    return Flash(**stored) if stored else None
