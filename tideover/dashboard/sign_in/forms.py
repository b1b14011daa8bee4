"""What signing in asks for."""

from __future__ import annotations

from tideover.dashboard.forms.fields import Email, Secret
from tideover.dashboard.forms.form import Form


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
