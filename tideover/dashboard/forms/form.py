"""A form of ours: its fields in sections, its button, its problems in the order of the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from django import forms
from django.core.exceptions import ImproperlyConfigured
from django.forms import BoundField
from django.utils.datastructures import MultiValueDict

MISSING: Final = "This is missing."
Data = Mapping[str, Any]
Files = MultiValueDict[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong: `target` is the id of the control to go to, empty where it is the form as a whole."""

    target: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """A card of a page's form."""

    title: str
    fields: Sequence[BoundField]
    above: str = ""  # the template of what stands over its fields


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a form says of itself.

    button: the words on what sends it. tone: its look ("p" ink, "danger", "" plain). panel: it stands in a menu's
    panel, not on a page of its own; title and intro are said there. sections: the titles of its cards, each with the
    names of its fields, in order; a form without any is one card. above: the template of what stands over the fields
    of a section, by its title. once: it does something, and its button ends it; else a bar in sight saves it.
    """

    button: str = "Save"
    tone: str = "p"
    panel: bool = False
    title: str = ""
    intro: str = ""
    sections: Mapping[str, Sequence[str]] = field(default_factory=dict)
    above: Mapping[str, str] = field(default_factory=dict)
    once: bool = False


class Form(forms.Form):
    """A form of Django's that knows how it is drawn."""

    about: ClassVar[About] = About()

    def __init__(
        self, data: Data | None = None, files: Files | None = None, *, initial: Mapping[str, object] | None = None,
        sent_to: str = "",
    ) -> None:  # fmt: skip
        self.sent_to = sent_to  # an address; empty is that of the page it stands on
        self.read_only = False  # drawn to be read: who looks at it may not send it
        self.form_id = type(self).__name__.removesuffix("Form").lower()
        super().__init__(data, files, initial=dict(initial or {}), auto_id=f"{self.form_id}-%s")
        for each in self.fields.values():
            if each.error_messages["required"] == forms.Field.default_error_messages["required"]:
                each.error_messages["required"] = MISSING

    @property
    def cards(self) -> Sequence[Section]:
        """The sections with their fields."""
        visible = [bound.name for bound in self.visible_fields()]
        sections = self.about.sections or {self.about.title: visible}
        named = [name for names in sections.values() for name in names]
        if sorted(named) != sorted(visible):
            raise ImproperlyConfigured(f"The sections of {type(self).__name__} do not name each of its fields once.")
        above = self.about.above
        return [
            Section(title, [self[name] for name in names], above.get(title, "")) for title, names in sections.items()
        ]

    @property
    def problems(self) -> Sequence[Problem]:
        """Everything that is wrong: with the form as a whole, then field by field in the order of the page."""
        whole = [*self.non_field_errors(), *(text for bound in self.hidden_fields() for text in bound.errors)]
        by_field = [problem for card in self.cards for bound in card.fields for problem in _problems(bound)]
        return [*(Problem("", "", str(text)) for text in whole), *by_field]

    @property
    def summed_up(self) -> bool:
        """Whether problems are listed on top, too: one field says all there is to say beside itself."""
        return len(self.visible_fields()) > 1 or any(not problem.target for problem in self.problems)

    def point_at_problem(self) -> None:
        """Let the browser begin at what is wrong: at the list on top, or at the only field."""
        if not self.summed_up:
            for name in self.errors:
                self.fields[name].widget.attrs["autofocus"] = True


def _problems(bound: BoundField) -> Iterator[Problem]:
    target = bound.id_for_label or f"{bound.auto_id}_0"  # a group has no control of its own: its first one
    return (Problem(target, str(bound.label), str(text)) for text in bound.errors)
