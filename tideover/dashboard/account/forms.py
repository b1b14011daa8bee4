"""What changes of a person's own account ask for."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.forms import CharField, HiddenInput

from tideover.dashboard.forms.fields import Email, Secret, Text
from tideover.dashboard.forms.form import About, Form


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
