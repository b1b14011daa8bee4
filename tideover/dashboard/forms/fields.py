"""The kinds of field a page may ask for: Django's, in the look of the house."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypedDict, Unpack

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

Attrs = Mapping[str, str]
HEX: Final = re.compile(r"#[0-9a-f]{6}")


class Said(TypedDict, total=False):
    """What every kind takes, as Django names it. `error_messages` by Django's codes: required, invalid …"""

    label: str
    help_text: str
    required: bool
    initial: object
    disabled: bool
    error_messages: dict[str, str]


class Text(forms.CharField):
    """A line. `prefix` and `suffix` stand beside it and are read with its label; they are no part of its value.

    attrs: what browsers are told, such as autocomplete or placeholder.
    """

    def __init__(
        self, *, longest: int = 200, prefix: str = "", suffix: str = "", attrs: Attrs | None = None,
        **said: Unpack[Said],
    ) -> None:  # fmt: skip
        super().__init__(max_length=longest, widget=forms.TextInput(attrs=dict(attrs or {})), **said)
        self.prefix, self.suffix = prefix, suffix


class Secret(forms.CharField):
    """A password or a key: taken as it is typed, and never written into a page."""

    def __init__(self, *, attrs: Attrs | None = None, **said: Unpack[Said]) -> None:
        super().__init__(
            strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "off", **(attrs or {})}), **said
        )


class LongText(forms.CharField):
    """Several lines."""

    def __init__(self, *, longest: int = 2000, rows: int = 3, **said: Unpack[Said]) -> None:
        super().__init__(max_length=longest, widget=forms.Textarea(attrs={"rows": rows}), **said)


class Email(forms.EmailField):
    """The address of a mailbox."""

    def __init__(self, *, attrs: Attrs | None = None, **said: Unpack[Said]) -> None:
        super().__init__(widget=forms.EmailInput(attrs={"autocomplete": "email", **(attrs or {})}), **said)


class Address(forms.URLField):
    """An address of the web; without a scheme it is https."""

    default_error_messages = {"invalid": "Write the whole address, such as https://example.com/billing."}

    def __init__(self, **said: Unpack[Said]) -> None:
        super().__init__(assume_scheme="https", **said)


class Number(forms.IntegerField):
    """A whole number with its unit. One sentence tells both bounds, whichever of them was passed."""

    prefix = ""

    def __init__(self, *, least: int, most: int, unit: str = "", **said: Unpack[Said]) -> None:
        super().__init__(min_value=least, max_value=most, **said)
        told = dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), f"Choose a number from {least} to {most}."
        )
        self.error_messages = {**self.error_messages, **told, **said.get("error_messages", {})}
        self.widget.attrs["inputmode"] = "numeric"
        self.suffix = unit


class Switch(forms.BooleanField):
    """On or off."""

    def __init__(self, **said: Unpack[Said]) -> None:
        super().__init__(widget=forms.CheckboxInput(attrs={"role": "switch"}), **said)
        self.template_name = "dashboard/forms/switch.html"
        self.required = False  # off is an answer


class Choice(forms.ChoiceField):
    """One of many, in a list that opens."""

    def __init__(self, *, choices: Sequence[tuple[str, str]], **said: Unpack[Said]) -> None:
        super().__init__(choices=choices, **said)


@dataclass(frozen=True, slots=True)
class Option:
    """A choice that says what it means."""

    value: str
    label: str
    hint: str = ""

    def __str__(self) -> str:
        return self.label


class Cards(forms.ChoiceField):
    """One of a few, each with a sentence, all in sight."""

    def __init__(self, *, options: Sequence[Option], **said: Unpack[Said]) -> None:
        choices: Sequence[tuple[str, Any]] = [(option.value, option) for option in options]
        super().__init__(choices=choices, widget=forms.RadioSelect, **said)
        self.template_name = "dashboard/forms/cards.html"


class Day(forms.DateField):
    """A day of the calendar, typed or picked."""

    def __init__(self, **said: Unpack[Said]) -> None:
        picker = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(input_formats=["%Y-%m-%d"], widget=picker, **said)


class _Swatch(forms.TextInput):
    template_name = "dashboard/forms/color.html"


class Color(forms.CharField):
    """A color as #rrggbb: typed, or picked where a script runs."""

    def __init__(self, **said: Unpack[Said]) -> None:
        super().__init__(max_length=7, widget=_Swatch(attrs={"spellcheck": "false"}), **said)

    def clean(self, value: object) -> str:
        """With its # and in small letters, however it was typed."""
        written = super().clean(value).lower()
        color = f"#{written.removeprefix('#')}" if written else ""
        if color and not HEX.fullmatch(color):
            raise ValidationError("Write the color as # and six digits or letters from a to f, such as #0d7a56.")
        return color


class File(forms.FileField):
    """A file of at most `most` bytes, of one of the kinds in `accept`.

    The kind is what its sender calls it: whoever keeps the file looks inside.
    """

    def __init__(self, *, accept: Sequence[str], most: int, **said: Unpack[Said]) -> None:
        super().__init__(widget=forms.FileInput(attrs={"accept": ",".join(accept)}), **said)
        self.accept, self.most = tuple(accept), most

    def clean(self, data: UploadedFile[Any] | None, initial: object = None) -> object:
        """What was sent, or what is kept already where nothing was."""
        if data and (data.size or 0) > self.most:
            raise ValidationError(f"The file is larger than {self.most // 1000} kB.")
        if data and data.content_type not in self.accept:
            raise ValidationError("A file of this kind cannot be used here.")
        return super().clean(data, initial)


class Confirm(forms.CharField):
    """What cannot be undone asks for its word; `problem` says so where it was not typed."""

    def __init__(self, *, word: str, problem: str, **said: Unpack[Said]) -> None:
        typed = forms.TextInput(attrs={"data-word": word, "autocomplete": "off"})
        said.setdefault("label", f"Type {word} to confirm")
        super().__init__(widget=typed, **said)
        self.word, self.problem = word, problem
        self.error_messages["required"] = problem

    def clean(self, value: object) -> str:
        """The word, in whatever case it was typed."""
        if super().clean(value).lower() != self.word:
            raise ValidationError(self.problem)
        return self.word
