"""Stripe's consent (Connect OAuth): the page where a merchant agrees, what came of it, and its end.

Sources: https://docs.stripe.com/connect/oauth-reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import stripe
from stripe.oauth_error import OAuthError

from tideover.config import config
from tideover.gateways.answers import NotPossible, Unreachable
from tideover.gateways.errors import in_words
from tideover.gateways.skew import ListeningClient
from tideover.gateways.wire import Straight

PATIENCE_SECONDS: Final = 6.0  # somebody sits before the page
READ_ONLY, READ_WRITE = "read_only", "read_write"


@dataclass(frozen=True, slots=True)
class Platform:
    """The operator's application at Stripe. base: the simulator's address; empty is Stripe itself."""

    client_id: str
    secret_key: str = field(repr=False)
    base: str = ""


@dataclass(frozen=True, slots=True)
class Agreed:
    """What a merchant agreed to."""

    account_id: str
    api_key: str = field(repr=False)
    publishable_key: str
    may_write: bool
    livemode: bool


def platform() -> Platform | None:
    """The application, where the operator has set one up."""
    read = config()
    if not (read.stripe_client_id and read.stripe_secret_key):
        return None
    return Platform(read.stripe_client_id, read.stripe_secret_key, read.stripe_api_base)


def page(to: Platform, *, act: bool, state: str, back: str) -> str:
    """The address of Stripe's page, which comes back to `back` with `state` unchanged."""
    scope: Any = READ_WRITE if act else READ_ONLY
    return _client(to).oauth.authorize_url({"scope": scope, "state": state, "redirect_uri": back})


def agreed(to: Platform, code: str) -> Agreed:
    """Exchange the code that came back, which is possible once. Raises NotPossible or Unreachable."""
    with _in_our_words():
        told = _client(to).oauth.token({"grant_type": "authorization_code", "code": code}).to_dict()
        words = [told.get(name) for name in ("stripe_user_id", "access_token", "scope")]
        if not all(isinstance(word, str) and word for word in words) or told["scope"] not in {READ_ONLY, READ_WRITE}:
            raise Unreachable("Stripe's answer cannot be read")
        return Agreed(
            told["stripe_user_id"],
            told["access_token"],
            str(told.get("stripe_publishable_key") or ""),
            may_write=told["scope"] == READ_WRITE,
            livemode=told.get("livemode") is True,
        )


def end(to: Platform, account_id: str) -> None:
    """End the consent: its tokens open nothing any more. Raises NotPossible where there is none, or Unreachable."""
    with _in_our_words():
        _client(to).oauth.deauthorize({"stripe_user_id": account_id, "client_id": to.client_id})


def _client(to: Platform) -> stripe.StripeClient:
    http = ListeningClient(timeout=PATIENCE_SECONDS, session=Straight())
    where: Any = {"connect": to.base, "api": to.base} if to.base else {}
    return stripe.StripeClient(
        to.secret_key, client_id=to.client_id, max_network_retries=0, base_addresses=where, http_client=http
    )


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except (OAuthError, stripe.AuthenticationError, stripe.PermissionError, stripe.InvalidRequestError) as refused:
        raise NotPossible(in_words(refused)) from None
    except stripe.StripeError as silent:
        raise Unreachable(in_words(silent)) from None
