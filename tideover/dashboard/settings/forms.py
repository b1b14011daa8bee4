"""The forms of the settings, made from the table of them: each field with its words, its bounds and its reach."""

from __future__ import annotations

from typing import Any, ClassVar
from zoneinfo import available_timezones

from django.forms import Field

from tideover.core.settings import SETTINGS, Setting, setting
from tideover.core.values import BadValue, Currency, Email, Kind, Line, Switch, Value, Zone
from tideover.dashboard.forms import fields
from tideover.dashboard.forms.fields import Said
from tideover.dashboard.forms.form import About, Data, Files, Form
from tideover.tenants.models import Project
from tideover.tenants.settings import settings_of


def field_of(key: str) -> Field:
    """The field in which a setting is changed. What was there when the page was drawn is sent along (see `changes`)."""
    each = setting(key)
    field = _control(each.kind, _said(each))
    field.show_hidden_initial = True
    return field


def _said(each: Setting) -> Said:
    return {"label": each.label, "help_text": each.effect, "required": getattr(each.kind, "required", False)}


def _control(kind: Kind, said: Said) -> Field:
    match kind:
        case Line():
            return fields.Text(longest=kind.longest, **said)
        case Email():
            return fields.Email(**said)
        case Switch():
            return fields.Switch(**said)
        case Zone():
            return fields.Choice(choices=[(name, name) for name in sorted(available_timezones())], **said)
        case Currency():
            return fields.Text(longest=3, **said)
    raise TypeError(f"No field is known for {kind!r}.")


class SettingsForm(Form):
    """The settings of one group. Its fields are named as the table names them; title and intro are the page's."""

    group: ClassVar[str]
    title: ClassVar[str]
    intro: ClassVar[str]

    def __init__(self, project: Project, data: Data | None = None, files: Files | None = None) -> None:
        kept = settings_of(project)
        super().__init__(data, files, initial={name: kept[self.key(name)] for name in self.base_fields})
        self._stays(kept)

    def _stays(self, kept: dict[str, Value]) -> None:
        """What is kept can be kept, also where a list would not offer it."""
        for name, field in self.fields.items():
            value = kept[self.key(name)]
            if isinstance(field, fields.Choice) and value not in dict(field.choices):  # type: ignore[arg-type]
                field.choices = [(str(value), str(value)), *field.choices]  # type: ignore[misc]

    def key(self, name: str) -> str:
        """How the table calls the setting of a field."""
        return f"{self.group}.{name}"

    def clean(self) -> dict[str, Any]:
        """Each value as it is kept, held to the table."""
        for name, value in list(self.cleaned_data.items()):
            try:
                self.cleaned_data[name] = SETTINGS[self.key(name)].kind.checked(value)
            except BadValue as wrong:
                self.add_error(name, str(wrong))
        return self.cleaned_data

    @property
    def changes(self) -> dict[str, Value]:
        """What this person changed, by its key: what somebody else changed meanwhile stays theirs."""
        return {self.key(name): self.cleaned_data[name] for name in self.changed_data}


class GeneralForm(SettingsForm):
    """Names, time zone and currency."""

    group, title = "general", "General"
    intro = "What your workspace is called, and in which days and money it counts."
    about = About(sections={"Names": ("organization", "project"), "Numbers and days": ("zone", "currency")})
    organization = field_of("general.organization")
    project = field_of("general.project")
    zone = field_of("general.zone")
    currency = field_of("general.currency")
