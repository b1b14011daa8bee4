"""What connecting asks for: the mode and a restricted key."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import ValidationError

from tideover.dashboard.forms.fields import Cards, Option, Secret, Switch, Text
from tideover.dashboard.forms.form import About, Form
from tideover.gateways.permissions import UNRESTRICTED, is_unrestricted, key_form
from tideover.tenants.connecting import where_stripe_is
from tideover.tenants.models import Connection

MODES: Final = [
    Option(
        Connection.Mode.OBSERVE,
        "Observe",
        "Read-only: reads what failed, measures, writes to customers. Changes nothing at Stripe.",
    ),
    Option(
        Connection.Mode.ACT, "Act", "Also charges the card again, takes new cards and makes its own webhook endpoint."
    ),
]
KEY: Final = re.compile(r"(rk|sk)_(test|live)_\w+", re.ASCII)
KEY_LINKS: Final = "dashboard/connections/key_links.html"
NO_KEY: Final = "A restricted key begins with rk_live_ or rk_test_. Copy the whole of it."
ITS_WORDS: Final = {"required": NO_KEY}


@dataclass(frozen=True, slots=True)
class KeyLink:
    """Stripe's form for a new key, filled in. mode: which of the choices above it is for; all it is, without one."""

    mode: str
    label: str
    url: str


class KeyForm(Form):
    """A key for a connection that stands already; its mode stays. links: to the forms for it at Stripe."""

    about = About(
        button="Replace the key",
        once=True,
        sections={"Make another key at Stripe, and paste it here": ("api_key",)},
        above={"Make another key at Stripe, and paste it here": KEY_LINKS},
    )
    links: Sequence[KeyLink] = ()
    api_key = Secret(
        label="Restricted key", help_text="Kept encrypted, and never shown again.", error_messages=ITS_WORDS
    )

    def clean_api_key(self) -> str:
        """Whole, and restricted; a key of the simulator opens nothing and is taken as it is."""
        key = str(self.cleaned_data["api_key"]).strip()
        if not KEY.fullmatch(key):
            raise ValidationError(NO_KEY)
        if is_unrestricted(key) and not where_stripe_is(key):
            raise ValidationError(UNRESTRICTED[0].upper() + UNRESTRICTED[1:])
        return key


class DisconnectForm(Form):
    """One word, so that nobody disconnects by a slip of the hand."""

    about = About(button="Disconnect", once=True, tone="danger")
    word = Text(label="Type disconnect to confirm", longest=20, attrs={"autocomplete": "off", "autocapitalize": "none"})

    def clean_word(self) -> str:
        """The word itself, in whatever case."""
        word = str(self.cleaned_data["word"]).strip().lower()
        if word != "disconnect":
            raise ValidationError("The word is disconnect.")
        return word


class ConnectForm(KeyForm):
    """The mode first, then the key."""

    about = About(
        button="Connect",
        once=True,
        sections={
            "What may Tideover do?": ("mode", "own_endpoint"),
            "Make a key at Stripe, and paste it here": ("api_key", "publishable_key"),
        },
        above={"Make a key at Stripe, and paste it here": KEY_LINKS},
    )
    links = (
        KeyLink("observe", "Open Stripe's form for observe mode", key_form(act=False)),
        KeyLink(
            "endpoint", "Open Stripe's form for observe mode with its endpoint", key_form(act=False, endpoint=True)
        ),
        KeyLink("act", "Open Stripe's form for act mode", key_form(act=True)),
    )
    publishable_key = Text(
        label="Publishable key",
        longest=255,
        required=False,
        help_text="pk_… lets the card page take cards. Without it, it leads to Stripe's own invoice page.",
        attrs={"autocomplete": "off", "spellcheck": "false"},
    )
    own_endpoint = Switch(
        label="Also in observe mode: make the webhook endpoint",
        help_text="All that is written then. Without it you make it at Stripe, and hand over its secret.",
    )
    mode = Cards(label="Mode", options=MODES, initial=Connection.Mode.OBSERVE)
    field_order = ("mode", "own_endpoint", "api_key", "publishable_key")

    def clean_publishable_key(self) -> str:
        """Public by nature, and no other kind of key."""
        key = str(self.cleaned_data["publishable_key"])
        if key and not key.startswith("pk_"):
            raise ValidationError("A publishable key begins with pk_.")
        return key
