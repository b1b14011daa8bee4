"""Stripe's errors: one exception that carries the status and the JSON body a client would see.

Sources: https://docs.stripe.com/api/errors (types and statuses), https://docs.stripe.com/error-codes. Words of
messages are not confirmed.
"""

from __future__ import annotations

from typing import Final

from tideover.simulator.account import declines
from tideover.simulator.account.issuer import Verdict
from tideover.simulator.account.store import Json

DOCS = "https://stripe.com/docs/error-codes/"


WRONG_ACCOUNT: Final[Json] = {
    "type": "invalid_request_error",
    "code": "account_invalid",
    "message": "The provided key does not have access to this account (or that account does not exist). Application "
    "access may have been revoked.",
}


class StripeError(Exception):
    """An answer other than 200. `error` is the value under "error" in the body."""

    def __init__(self, status: int, error: Json) -> None:
        super().__init__(error.get("message", ""))
        self.status = status
        self.error = error


def invalid(message: str, *, code: str | None = None, param: str | None = None, status: int = 400) -> StripeError:
    """An invalid_request_error: the request cannot be carried out as it is."""
    error: Json = {"type": "invalid_request_error", "message": message}
    if code:
        error |= {"code": code, "doc_url": DOCS + code.replace("_", "-")}
    if param:
        error["param"] = param
    return StripeError(status, error)


WORDS = {"payment_method": "PaymentMethod", "setup_intent": "setupintent", "payment_intent": "payment_intent"}
# As seen in answers that others published; for other kinds not confirmed.
IN_PATH = {"setup_intent": "intent", "payment_intent": "intent"}  # what Stripe calls the id in the path; others: "id"


def missing(kind: str, key: str, param: str | None = None) -> StripeError:
    """The object does not exist: a 404 when it was named in the path, a 400 when in the parameter `param`."""
    words, place = WORDS.get(kind, kind.replace("_", " ")), param or IN_PATH.get(kind, "id")
    status = 400 if param else 404
    return invalid(f"No such {words}: '{key}'", code="resource_missing", param=place, status=status)


def unrecognized(method: str, path: str) -> StripeError:
    """An address at which nothing is served."""
    words = f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we can help at"
    return invalid(f"{words} https://support.stripe.com/.", status=404)


def unknown_parameter(name: str) -> StripeError:
    """A parameter this operation does not take."""
    return invalid(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)


def empty(name: str) -> StripeError:
    """A parameter that was given as "", which would unset what cannot be unset."""
    return invalid(
        f"You passed an empty string for '{name}'. It cannot be unset: leave it out, or give it a value.",
        code="parameter_invalid_empty",
        param=name,
    )


def required(name: str) -> StripeError:
    """A parameter that must be there is not."""
    return invalid(f"Missing required param: {name}.", code="parameter_missing", param=name)


# Of these the code says it all, and there is no decline code beside it: https://docs.stripe.com/testing#declined-payments.
ITSELF: Final = frozenset({"expired_card", "incorrect_cvc", "incorrect_number", "processing_error"})


# What is no card's fault is no card error: https://docs.stripe.com/error-codes. Which type it is then is not confirmed.
OTHERS: Final = {
    "payment_intent_mandate_invalid": "The mandate of this payment method is not active, so that it cannot be debited.",
    "payment_intent_payment_attempt_failed": "The payment failed: the customer's bank sent the debit back.",
}


def card_error(verdict: Verdict, extra: Json | None = None) -> StripeError:
    """402 for a bank's no; `extra` adds charge, payment_intent, payment_method or setup_intent."""
    return StripeError(402, {**decline_fields(verdict), **(extra or {})})


def decline_fields(verdict: Verdict) -> Json:
    """What an error, a last_payment_error and a last_setup_error say about a bank's no."""
    code = verdict.code or "card_declined"
    error: Json = {
        "code": code,
        "doc_url": DOCS + code.replace("_", "-"),
        "message": OTHERS.get(code) or declines.message(verdict.decline_code),
        "type": "invalid_request_error" if code in OTHERS else "card_error",
    }
    optional = {
        "advice_code": verdict.advice_code,
        "decline_code": None if code in ITSELF else verdict.decline_code,
        "network_advice_code": verdict.network_advice_code,
        "network_decline_code": verdict.network_decline_code,
    }
    return error | {name: value for name, value in optional.items() if value is not None}
