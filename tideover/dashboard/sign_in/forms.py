"""What signing in and signing up ask for."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.forms import CharField, HiddenInput

from tideover.dashboard.forms.fields import Email, Secret, Text
from tideover.dashboard.forms.form import MISSING, Form


class SignInForm(Form):
    """Email and password. The email stays in the form after a mistake, the password never does."""

    email = Email(label="Email", attrs={"autocomplete": "username", "autofocus": "autofocus"})
    password = Secret(label="Password", attrs={"autocomplete": "current-password"})

    def clean_email(self) -> str:
        """As it is stored: in small letters."""
        return str(self.cleaned_data["email"]).lower()

    def refuse(self, why: str) -> None:
        """One answer whatever was wrong, so that none tells which half of a pair was right."""
        self.errors.clear()
        self.add_error(None, why)


class FoundForm(Form):
    """What an organization is called."""

    organization = Text(label="Name of your company", longest=120, attrs={"autocomplete": "organization"})


class AddressForm(Form):
    """Where the code is sent."""

    email = Email(label="Work email", attrs={"autocomplete": "email", "autofocus": "autofocus"})


class _NewPerson(FoundForm):
    password = Secret(
        label="Choose a password", help_text="At least 12 characters.", attrs={"autocomplete": "new-password"}
    )

    def clean_password(self) -> str:
        """Long enough, and none that everybody tries."""
        password = str(self.cleaned_data["password"])
        validate_password(password)
        return password


class VerifyForm(_NewPerson):
    """The code that was sent, and what an account needs."""

    code = Text(label="Code", longest=12, attrs={"autocomplete": "one-time-code", "inputmode": "numeric"})
    field_order = ("code", "organization", "password")


class FirstForm(_NewPerson):
    """The code that the server printed, and what its owner's account needs."""

    code = Text(label="Set-up code", longest=40, help_text="The server prints it when it starts.",
                attrs={"autocomplete": "off", "autofocus": "autofocus"})  # fmt: skip
    email = Email(label="Your email", attrs={"autocomplete": "username"})
    field_order = ("code", "organization", "email", "password")


class SecondForm(Form):
    """The second factor: what is typed, or what a passkey's device answered."""

    code = Text(
        label="Code", longest=40, required=False, attrs={"autocomplete": "one-time-code", "autofocus": "autofocus"}
    )
    answer = CharField(required=False, widget=HiddenInput())

    def clean(self) -> dict[str, Any]:
        """One of both."""
        if not (self.cleaned_data.get("code") or self.cleaned_data.get("answer")) and not self.errors:
            self.add_error("code", MISSING)
        return self.cleaned_data
