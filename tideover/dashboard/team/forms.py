"""What inviting and joining ask for."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.password_validation import validate_password

from tideover.dashboard.forms.fields import Cards, Email, Option, Secret, Text
from tideover.dashboard.forms.form import About, Form
from tideover.tenants.roles import GRANTS, Role

ROLES: Final = [Option(role.value, role.label, f"{grant.words}.") for role, grant in GRANTS.items()]


class InviteForm(Form):
    """To whom a place is offered, and with which role."""

    about = About(button="Invite")
    email = Email(label="Email", attrs={"autocomplete": "off"})
    role = Cards(label="Role", options=ROLES, initial=Role.SUPPORT)


class JoinForm(Form):
    """A new person's name and password."""

    name = Text(label="Your name", longest=120, required=False, attrs={"autocomplete": "name"})
    password = Secret(
        label="Choose a password", help_text="At least 12 characters.", attrs={"autocomplete": "new-password"}
    )

    def clean_password(self) -> str:
        """Long enough, and none that everybody tries."""
        password = str(self.cleaned_data["password"])
        validate_password(password)
        return password
