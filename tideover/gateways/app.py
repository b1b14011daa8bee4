"""A Stripe App: its install link, the tokens that come of an installation and roll with each refresh, its manifest.

Sources: https://docs.stripe.com/stripe-apps/api-authentication/oauth,
https://docs.stripe.com/stripe-apps/reference/app-manifest. That a refresh under the idempotency key of an earlier one
is answered as that was is not confirmed: where it is, an answer that was lost does no harm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import stripe
from stripe.oauth_error import InvalidGrantError, OAuthError

from tideover.config import config
from tideover.gateways.answers import NotPossible, Unreachable
from tideover.gateways.errors import in_words
from tideover.gateways.kinds import Kind
from tideover.gateways.permissions import Access, needed
from tideover.gateways.skew import ListeningClient
from tideover.gateways.wire import Straight

PATIENCE_SECONDS: Final = 6.0
LASTS: Final = timedelta(hours=1)  # of an access token; the answer does not say
EXCHANGE: Final = "/v1/oauth/token"


@dataclass(frozen=True, slots=True)
class Publisher:
    """The operator's app. link: where it is installed, as Stripe shows it. base: the simulator's address, or empty."""

    link: str
    secret_key: str = field(repr=False)
    base: str = ""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What an installation opens with. refresh: good for one exchange."""

    account_id: str
    api_key: str = field(repr=False)
    refresh: str = field(repr=False)
    publishable_key: str
    livemode: bool


class Spent(NotPossible):
    """The code or token was exchanged already, is too old, or the app was uninstalled."""


def publisher() -> Publisher | None:
    """The app, where the operator has set one up."""
    read = config()
    if not (read.stripe_app_link and read.stripe_app_secret_key):
        return None
    return Publisher(read.stripe_app_link, read.stripe_app_secret_key, read.stripe_api_base)


def page(of: Publisher, *, state: str, back: str) -> str:
    """The address of Stripe's page, which comes back to `back` with `state` unchanged."""
    joined = "&" if urlsplit(of.link).query else "?"
    return f"{of.link}{joined}{urlencode({'state': state, 'redirect_uri': back})}"


def installed(of: Publisher, code: str) -> Tokens:
    """Exchange the code that came back, which is possible once. Raises NotPossible or Unreachable."""
    return _exchanged(of, {"grant_type": "authorization_code", "code": code})


def refreshed(of: Publisher, refresh: str, *, key: str) -> Tokens:
    """New tokens; `refresh` is spent from then on. Raises Spent, NotPossible, or Unreachable: then nobody knows."""
    return _exchanged(of, {"grant_type": "refresh_token", "refresh_token": refresh}, key)


def _exchanged(of: Publisher, given: Mapping[str, str], key: str = "") -> Tokens:
    try:
        answer = _client(of).raw_request("post", EXCHANGE, **given, **({"idempotency_key": key} if key else {}))
        return _read(answer.data)
    except InvalidGrantError as spent:
        raise Spent(in_words(spent)) from None
    except (OAuthError, stripe.AuthenticationError, stripe.PermissionError, stripe.InvalidRequestError) as refused:
        raise NotPossible(in_words(refused)) from None
    except stripe.StripeError as silent:
        raise Unreachable(in_words(silent)) from None


def _read(told: Any) -> Tokens:  # noqa: ANN401 - whatever came back
    account, access, refresh = (told.get(name) for name in ("stripe_user_id", "access_token", "refresh_token"))
    if not all(isinstance(word, str) and word for word in (account, access, refresh)):
        raise Unreachable("Stripe's answer cannot be read")
    shown = str(told.get("stripe_publishable_key") or "")
    return Tokens(account, access, refresh, shown, livemode=told.get("livemode") is True)


def _client(of: Publisher) -> stripe.StripeClient:
    http = ListeningClient(timeout=PATIENCE_SECONDS, session=Straight())
    where: Any = {"api": of.base} if of.base else {}
    return stripe.StripeClient(of.secret_key, max_network_retries=0, base_addresses=where, http_client=http)


def manifest(*, address: str, callback: str, home: str, act: bool) -> dict[str, Any]:
    """An app's `stripe-app.json`, its permissions those of the one table. address: ours; the others are paths there."""
    host = (urlsplit(address).hostname or "").split(".")
    return {
        "id": f"{'.'.join(reversed(host))}.tideover",
        "version": "1.0.0",
        "name": "Tideover",
        "icon": "./icon.png",
        "permissions": [{"permission": name, "purpose": purpose} for name, purpose in asks(act=act).items()],
        "stripe_api_access_type": "oauth",
        "distribution_type": "public",
        "sandbox_install_compatible": True,
        "allowed_redirect_uris": [f"{address}{callback}"],
        "post_install_action": {"type": "external", "url": f"{address}{home}"},
    }


def asks(*, act: bool) -> dict[str, str]:
    """Each permission with its purpose. Who writes a thing reads it, too, and of an app that is said apart."""
    asked = needed(act=act, kind=Kind.APP)
    names = {each.app_name: each.what_for for each in asked}
    for each in asked:
        if each.access == Access.WRITE:
            names.setdefault(f"{each.word}_{Access.READ}", each.what_for)
    return names
