"""SMS: a text of one part where that is possible, handed to Twilio by the merchant's own account."""

from __future__ import annotations

from typing import Final

import phonenumbers

from tideover.core.outcomes import Unsent
from tideover.gateways.twilio.client import NUMBER, Text
from tideover.messages.channels.sms.account import is_ready, recipient_of, sender_of, text_of
from tideover.messages.channels.sms.compose import compose
from tideover.messages.channels.way import Way

# What is certain to be none. In many countries, the United States among them, a number does not tell.
FIXED: Final = frozenset(
    {
        phonenumbers.PhoneNumberType.FIXED_LINE,
        phonenumbers.PhoneNumberType.TOLL_FREE,
        phonenumbers.PhoneNumberType.PREMIUM_RATE,
        phonenumbers.PhoneNumberType.SHARED_COST,
        phonenumbers.PhoneNumberType.UAN,
    }
)


def deliverable(number: str) -> bool:
    """Whether text messages may reach it: a whole number, in the form of all countries, of no fixed line."""
    if not NUMBER.fullmatch(number):
        return False
    try:
        read = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(read) and phonenumbers.number_type(read) not in FIXED


WAY: Final[Way[Text]] = Way(
    provider="twilio",
    provider_label="Twilio",
    compose=compose,
    deliverable=deliverable,
    sender=sender_of,
    recipient=recipient_of,
    content=text_of,
    no_address=Unsent.NO_PHONE,
    no_such=Unsent.INVALID_PHONE,
    ready=is_ready,
    short=True,
)
