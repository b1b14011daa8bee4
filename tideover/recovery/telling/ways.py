"""What a customer may pay by on the pay page: what the merchant has chosen, held to what the account has activated.

Here and at Stripe: the page asks Stripe for these alone, and Stripe leaves out what the account has not activated or
what the currency cannot be paid by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Final

from tideover.core.settings.table import SETTINGS
from tideover.gateways.answers import NotHere, NotNow, Unknown
from tideover.gateways.stripe import Stripe
from tideover.ids import new_id
from tideover.recovery.models import Case
from tideover.recovery.ways.returning import is_open_again
from tideover.tenants.models import Connection, Project
from tideover.tenants.settings import settings_of

CARD: Final = "card"  # always: the way that every account has
COLUMN: Final = "pay_by_"
# The settings of them, by Stripe's types.
WAYS: Final[Mapping[str, str]] = {each.name: key for key, each in SETTINGS.items() if each.column.startswith(COLUMN)}
ACTIVATED_AT: Final = "https://dashboard.stripe.com/settings/payment_methods"
StripeFor = Callable[[Connection], Stripe]


def offered(project: Project) -> list[str]:
    """The types a customer may choose among, a card first."""
    return [CARD, *(way for way, key in WAYS.items() if getattr(project, SETTINGS[key].column))]


# What pays at once, and is no account that a bank may take it back to without a word.
AT_ONCE: Final = (CARD, "link")


def offered_for(case: Case) -> list[str]:
    """The same for this case: what a bank sent back is asked of no bank account again."""
    offering = offered(case.project)
    return [way for way in offering if way in AT_ONCE] if is_open_again(case) else offering


def refusals(project: Project, wanted: Mapping[str, object], stripe_for: StripeFor) -> dict[str, str]:
    """Of what would be turned on, what no account of the project has activated; by its key, why.

    What Stripe does not tell stands in nobody's way: the page shows what can be used, and no more.
    """
    now = settings_of(project)
    asked = [way for way, key in WAYS.items() if wanted.get(key) is True and now[key] is not True]
    told = [_activated(asked, stripe_for(connection)) for connection in _connections(project)] if asked else []
    nowhere = [way for way in asked if told and all(each.get(way) is False for each in told)]
    return {WAYS[way]: _not_activated(SETTINGS[WAYS[way]].label) for way in nowhere}


def _not_activated(label: str) -> str:
    return f"Your Stripe account has not activated {label}. Turn it on in Stripe first: {ACTIVATED_AT}"


def _connections(project: Project) -> Iterable[Connection]:
    return Connection.objects.filter(project=project, state=Connection.State.ACTIVE).order_by("created_at")


def _activated(ways: Sequence[str], stripe: Stripe) -> Mapping[str, bool]:
    """Whether the account has activated each, as far as Stripe says so, and says so to us."""
    told: dict[str, bool] = {}
    with suppress(NotHere, NotNow, Unknown):  # an app may not read the account
        account = stripe.account()
        told |= dict.fromkeys(account.activated, True) | dict.fromkeys(account.not_activated, False)
    untold = [way for way in ways if way not in told]
    with suppress(NotHere, NotNow, Unknown):
        kept = stripe.methods_kept([CARD, *untold], key=f"kept_{new_id()}") if untold else frozenset()
        told |= {way: way in kept for way in untold}
    return told
