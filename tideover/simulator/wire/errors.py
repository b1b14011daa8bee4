"""Stripe's errors: one exception that carries the status and the JSON body a client would see."""

from __future__ import annotations

from tideover.simulator.account import declines
from tideover.simulator.account.issuer import Verdict
from tideover.simulator.account.store import Json

DOCS = "https://stripe.com/docs/error-codes/"


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


def missing(kind: str, key: str, param: str = "id") -> StripeError:
    """The object does not exist; 404 when it was named in the path, 400 when in a parameter."""
    status = 404 if param == "id" else 400
    name = kind.replace("_", " ")
    words = {"payment method": "PaymentMethod", "setup intent": "setupintent", "payment intent": "payment_intent"}
    return invalid(f"No such {words.get(name, name)}: '{key}'", code="resource_missing", param=param, status=status)


def unknown_parameter(name: str) -> StripeError:
    """A parameter this operation does not take."""
    return invalid(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)


def required(name: str) -> StripeError:
    """A parameter that must be there is not."""
    return invalid(f"Missing required param: {name}.", code="parameter_missing", param=name)


def card_error(verdict: Verdict, extra: Json | None = None) -> StripeError:
    """402 for a bank's no; `extra` adds charge, payment_intent, payment_method or setup_intent."""
    return StripeError(402, {**decline_fields(verdict), **(extra or {})})


def decline_fields(verdict: Verdict) -> Json:
    """What an error, a last_payment_error and a last_setup_error say about a bank's no."""
    code = verdict.code or "card_declined"
    error: Json = {
        "code": code,
        "doc_url": DOCS + code.replace("_", "-"),
        "message": declines.message(verdict.decline_code),
        "type": "card_error",
    }
    optional = {
        "advice_code": verdict.advice_code,
        "decline_code": verdict.decline_code,
        "network_advice_code": verdict.network_advice_code,
        "network_decline_code": verdict.network_decline_code,
    }
    return error | {name: value for name, value in optional.items() if value is not None}
