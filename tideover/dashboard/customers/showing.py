"""What stands on the page of a customer, with the form by which somebody else is written to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.http import Http404
from django.urls import reverse

from tideover import clock
from tideover.core.settings.segments import NO_SEGMENT
from tideover.core.tongues import Tongue
from tideover.core.ways.reader_file import LAST_DAY
from tideover.core.ways.readers import WORDS, Role
from tideover.dashboard.customers.one import known_of
from tideover.dashboard.forms.fields import Choice, Email, Number, Text
from tideover.dashboard.forms.form import About, Data, Form
from tideover.dashboard.search import customers_of
from tideover.dashboard.stripe_pages import page_of_customer
from tideover.dashboard.words import language_label
from tideover.ids import private
from tideover.mirror.models import Customer
from tideover.mirror.progress import was_imported
from tideover.recovery.ways.from_stripe import odd_of
from tideover.recovery.ways.recipients import recipients_of
from tideover.recovery.ways.rows import Recipient
from tideover.tenants.access import MemberRequest

CUSTOMER_PAGE: Final = "dashboard/customers/customer.html"


class RecipientForm(Form):
    """Somebody who gets each message of the sequence, too."""

    about = About(panel=True, button="Write to them, too")
    address = Email(label="Address", attrs={"autocomplete": "off"})
    name = Text(label="Name", longest=200, required=False)
    role = Choice(label="Who they are", choices=[(role.value, WORDS[role].capitalize()) for role in Role])
    from_day = Number(label="From day", least=0, most=LAST_DAY, unit="of the sequence", initial=0)
    language = Choice(
        label="Language",
        choices=[("", "The customer's"), *((tongue.value, language_label(tongue)) for tongue in Tongue)],
        required=False,
    )


def form_for(customer: Customer, data: Data | None = None) -> RecipientForm:
    """The form that stands on the customer's page."""
    return RecipientForm(data, sent_to=reverse("dashboard:add-recipient", args=[customer.public_id]))


def found_of(request: MemberRequest, public_id: str) -> Customer:
    """The customer of this id. Raises Http404: another merchant's is as absent as one that never was."""
    pk = private("customer", public_id)
    mine = customers_of(request.project).select_related("connection", "project__organization")
    found = mine.annotate(all_read=was_imported("connection_id")).filter(pk=pk).first() if pk else None
    if found is None:
        raise Http404("There is no such customer.")
    return found


def name_of(customer: Customer) -> str:
    """What a merchant calls them."""
    return customer.name or customer.email or customer.stripe_id


def shown(customer: Customer, form: Form | None = None) -> dict[str, Any]:
    """Of one who was `found_of`; form: what was typed, where something is wrong with it."""
    known = known_of(customer, clock.now())
    return {
        "known": known,
        "name": name_of(customer),
        "all_read": bool(known.open) or vars(customer)["all_read"],
        "at_stripe": page_of_customer(customer.connection, customer.stripe_id),
        "recipients": _recipients(customer),
        "odd_readers": odd_of(customer),
        "odd_segment": NO_SEGMENT,
        "recipient_form": form or form_for(customer),
    }


def _recipients(customer: Customer) -> Sequence[Recipient]:
    if not customer.connection.has_recipients:
        return ()
    theirs = recipients_of(customer.project).filter(connection=customer.connection, customer_id=customer.stripe_id)
    return list(theirs)
