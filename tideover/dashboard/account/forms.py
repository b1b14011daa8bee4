"""What changes of a person's own account ask for."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib.auth.password_validation import validate_password
from django.forms import CharField, HiddenInput

from tideover.core.calendars.paces import Pace
from tideover.dashboard.forms.fields import Choice, Email, Secret, Text
from tideover.dashboard.forms.form import About, Data, Form
from tideover.notices.kinds import KINDS, PACES, Kind


class PasswordForm(Form):
    """A new password."""

    about = About(button="Save the password")
    password = Secret(label="New password", help_text="At least 12 characters.", attrs={"autocomplete": "new-password"})

    def clean_password(self) -> str:
        """Long enough, and none that everybody tries."""
        password = str(self.cleaned_data["password"])
        validate_password(password)
        return password


class AddressForm(Form):
    """The address that is to be the account's."""

    about = About(button="Send a code")
    email = Email(label="New address")


class CodeForm(Form):
    """The code that was sent there."""

    about = About(button="Change the address")
    code = Text(label="Code", longest=12, attrs={"autocomplete": "one-time-code", "inputmode": "numeric"})


class PasskeyForm(Form):
    """What a new passkey is called, and what its device answered."""

    name = Text(label="Name", longest=60, help_text="By which you know it again, such as Work laptop.")
    answer = CharField(
        widget=HiddenInput(), error_messages={"required": "Your device was not asked: that needs JavaScript."}
    )


class AppForm(Form):
    """The code that the app shows, once it knows the secret."""

    about = About(button="Turn it on")
    code = Text(label="Code of the app", longest=12, attrs={"autocomplete": "one-time-code", "inputmode": "numeric"})


class NoticesForm(Form):
    """How often somebody wants to be told of each thing: a field for each kind of the table."""

    about = About(button="Save")

    def __init__(self, data: Data | None, paces: Mapping[Kind, Pace]) -> None:
        super().__init__(data, initial={str(kind): pace for kind, pace in paces.items()})
        for kind, about in KINDS.items():
            offered = [(pace.value, PACES[pace]) for pace in (*about.paces, Pace.OFF)]
            self.fields[kind.value] = Choice(label=about.label, help_text=about.says, choices=offered)

    @property
    def chosen(self) -> Mapping[Kind, Pace]:
        """What was sent."""
        return {kind: Pace(self.cleaned_data[kind.value]) for kind in Kind}
