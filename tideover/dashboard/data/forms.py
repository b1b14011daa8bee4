"""The forms of data and privacy: whom to erase, and the word that makes it sure."""

from __future__ import annotations

from typing import Any

from django.forms import CharField, HiddenInput

from tideover.dashboard.forms.fields import Confirm, Text
from tideover.dashboard.forms.form import About, Data, Form
from tideover.tenants.models import Organization
from tideover.upkeep.privacy.erase import Kept, kept_of
from tideover.upkeep.privacy.person import NobodyNamed


class _OfSomebody(Form):
    """A form that names a customer; once it is valid, `kept` says what is kept of them."""

    customer: CharField
    kept: Kept | None = None

    def __init__(self, organization: Organization, data: Data | None = None, *, sent_to: str = "") -> None:
        super().__init__(data, sent_to=sent_to)
        self.organization = organization

    def clean(self) -> dict[str, Any]:
        """An id or an address, and what is kept under it."""
        if "customer" in self.cleaned_data:
            try:
                self.kept = kept_of(self.organization, self.cleaned_data["customer"])
            except NobodyNamed:
                self.add_error("customer", "Write a customer's id at Stripe (cus_…) or an email address.")
        return self.cleaned_data


class WhomForm(_OfSomebody):
    """Whom."""

    customer = Text(
        label="Customer",
        longest=320,
        help_text="Their id at Stripe (cus_…) or their email address. Nothing is erased before you have seen what.",
        attrs={"autocomplete": "off", "spellcheck": "false"},
    )


class EraseForm(_OfSomebody):
    """Sure."""

    about = About(button="Erase this customer", once=True, tone="danger")
    customer = CharField(widget=HiddenInput(), max_length=320)
    confirm = Confirm(word="erase", problem="Type erase to erase this customer.")


class EndForm(Form):
    """Sure, of everything: the word is the organization's own."""

    about = About(button="Erase everything", once=True, tone="danger")

    def __init__(self, organization: Organization, data: Data | None = None) -> None:
        super().__init__(data)
        word = organization.slug.lower()
        confirm = Confirm(word=word, problem=f"Type {word} to erase everything.")
        confirm.widget.attrs["id"] = f"{self.form_id}-confirm"
        self.fields["confirm"] = confirm
