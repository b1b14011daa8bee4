"""The forms of a page as a browser reads and sends them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

Attributes = list[tuple[str, str | None]]
CHOSEN = {"radio", "checkbox"}


@dataclass
class Form:
    """Where it goes, what it sends by itself, and what can be chosen in it: by name, each with its values in order."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    buttons: dict[str, str] = field(default_factory=dict)  # with a name: what pressing one adds

    @property
    def name(self) -> str:
        """The last part of its address: what the form is for."""
        return self.action.rpartition("/")[2]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._inside: Form | None = None

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = Form(told.get("action", ""), told.get("method", "get").lower())
            self.found.append(self._inside)
        if self._inside is not None and told.get("name"):
            self._take(self._inside, tag, told)

    def _take(self, form: Form, tag: str, told: dict[str, str]) -> None:
        name, value, kind = told["name"], told.get("value", ""), told.get("type", "text")
        if tag == "button":
            form.buttons[name] = value
        elif tag == "input" and kind in CHOSEN:
            form.choices.setdefault(name, []).append(value)
            if "checked" in told:
                form.fields[name] = value
        elif tag == "input":
            form.fields[name] = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = None


def forms(page: str) -> list[Form]:
    """All forms of a page of HTML, in order."""
    reader = _Reader()
    reader.feed(page)
    return reader.found
