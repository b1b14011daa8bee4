"""What an error of Stripe's tells: whether anybody answered, whether the key is dead, whether a thing is there."""

from __future__ import annotations

import re
from typing import Final

import stripe

from tideover.gateways.shape import Odd
from tideover.gateways.words import printable
from tideover.redaction import redact

Alarming = tuple[type[stripe.StripeError], ...]
LOCKED_OUT: Final[Alarming] = (stripe.AuthenticationError, stripe.PermissionError)
CONFLICT = 409


def is_silence(failed: stripe.StripeError) -> bool:
    """Whether nobody was there to answer: what a circuit breaker counts. A 409 is an answer about one key."""
    return isinstance(failed, stripe.APIConnectionError | stripe.APIError) and failed.http_status != CONFLICT


def is_dead(failed: stripe.StripeError) -> bool:
    """Whether the key is good for nothing any more, as opposed to this call."""
    told = failed.code or getattr(failed.error, "code", None)  # the library leaves it out of a 403's own fields
    return isinstance(failed, stripe.AuthenticationError) or told == "account_invalid"


NOT_FOUND = 404
# A live key that asks for what was made with a test key, or the other way round: it exists.
OTHER_MODE: Final = "a similar object exists in"


def does_not_exist(refused: stripe.InvalidRequestError) -> bool:
    """Stripe says so by a code. Any other refusal of a read tells of our question, not of what was asked for."""
    missing = refused.http_status == NOT_FOUND and refused.code == "resource_missing"
    return missing and OTHER_MODE not in str(refused.user_message)


_MASK: Final = re.compile(r"\*{4,}")


def in_words(error: stripe.StripeError | Odd) -> str:
    """What happened, in one line and without anything secret, whoever wrote it."""
    odd = f"Stripe's answer cannot be read: {error}"
    said = (error.user_message if isinstance(error, stripe.StripeError) else odd) or ""
    lines = said.splitlines() or [type(error).__name__]
    # Stripe masks a key with nearly a hundred stars, behind which the missing permission's name would be cut off.
    return redact(_MASK.sub("***", printable(lines[0])))[:200]
