"""What an error of Stripe's tells: whether anybody answered, whether the key is dead, whether a thing is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import stripe

from tideover.gateways.answers import Busy, Garbled, LockedOut, NotPossible, OnItsWay, Unknown, Unreachable
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


# What Stripe says, as a rate limit, of a change to what lives on a test clock that is on its way.
CLOCK_ADVANCES: Final = "test clock advancement"


def _later(limited: stripe.RateLimitError) -> Busy:
    said = in_words(limited)
    return OnItsWay(said) if CLOCK_ADVANCES in said.lower() else Busy("Stripe's rate limit")


@contextmanager
def in_reading() -> Iterator[None]:
    """A read that fails changed nothing, so every failure is one of four words."""
    try:
        yield
    except LOCKED_OUT as refused:
        raise LockedOut(in_words(refused)) from None
    except stripe.RateLimitError as limited:
        raise _later(limited) from None
    except stripe.StripeError as failed:
        raise Unreachable(in_words(failed)) from None
    except Odd as odd:
        raise Garbled(in_words(odd)) from None


@contextmanager
def in_writing() -> Iterator[None]:
    """A write that fails without an answer may have happened; a 4xx says that it did not.

    Except one about the idempotency key: an earlier request under it is under way, or said something else. What became
    of that one nobody knows.
    """
    try:
        yield
    except LOCKED_OUT as refused:
        raise LockedOut(in_words(refused)) from None
    except stripe.RateLimitError as limited:  # comes before the idempotency layer: nothing was stored or done
        raise _later(limited) from None
    except (stripe.InvalidRequestError, stripe.CardError) as refused:
        raise NotPossible(in_words(refused)) from None
    except (stripe.StripeError, Odd) as lost:
        raise Unknown(in_words(lost)) from None
