"""What a credential must be allowed: one table, of which Stripe's key form, an app's manifest, the probe and the docs
are made.

In the names of keys' permissions the account's own data are `accounts_kyc_basic`, and writing includes reading
(https://docs.stripe.com/keys#limit-access).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode

from tideover.gateways.kinds import CAPABILITIES, Kind

KEY_FORM: Final = "https://dashboard.stripe.com/apikeys/create"
UNRESTRICTED: Final = (
    "a secret key (sk_…) may pay out, refund and read everything. Tideover needs a dozen permissions and asks for a "
    "restricted key (rk_…), which can do nothing else whoever gets hold of it."
)


ENDPOINT: Final = "webhook"  # the word of the permission for our own endpoint


class Access(StrEnum):
    """What a permission allows with its resource."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class KeyPermission:
    """One thing a key is asked for.

    resource: as Stripe's key form calls it. word: as a key's permission does. acting: needed in act mode alone.
    without: what still works where it is missing. vital: the mode is not possible without it. kinds: whose it can be.
    testing: only an account in test mode is asked for it.
    """

    resource: str
    word: str
    access: Access
    acting: bool
    what_for: str
    without: str
    vital: bool = True
    kinds: Collection[Kind] = frozenset(Kind)
    testing: bool = False

    @property
    def app_name(self) -> str:
        """As the manifest of an app has it: https://docs.stripe.com/stripe-apps/reference/permissions."""
        return f"{self.word}_{self.access}"

    @property
    def name(self) -> str:
        """As Stripe writes it."""
        return f"rak_{self.word}_{self.access}"


_NO_CASES: Final = "Nothing: no failure can be read."
_R, _W = Access.READ, Access.WRITE
_WHOSE_IT_IS: Final = frozenset(kind for kind, can in CAPABILITIES.items() if can.reads_account)
_ONLY_KEYS: Final = frozenset({Kind.KEY})
_OWN_ENDPOINT: Final = frozenset(kind for kind, can in CAPABILITIES.items() if can.makes_endpoint)
_APPS_EVENTS: Final = frozenset(kind for kind, can in CAPABILITIES.items() if can.hears_by_permission)
PERMISSIONS: Final[Sequence[KeyPermission]] = (
    KeyPermission(
        "Account information",
        "accounts_kyc_basic",
        _R,
        False,
        "The account's name and time zone",
        "Nothing: nobody knows whose key it is.",
        kinds=_WHOSE_IT_IS,
    ),
    KeyPermission("Invoices", "invoice", _R, False, "What failed, and what is still owed", _NO_CASES),
    KeyPermission("Customers", "customer", _R, False, "Name, address and language", _NO_CASES),
    KeyPermission("Subscriptions", "subscription", _R, False, "What is paid for", _NO_CASES),
    KeyPermission("Charges", "charge", _R, False, "Every attempt and its codes", _NO_CASES),
    KeyPermission("Payment Intents", "payment_intent", _R, False, "Which attempts belong to an invoice", _NO_CASES),
    KeyPermission(
        "Payment Methods", "payment_method", _R, False, "The card's brand, last four digits and fingerprint", _NO_CASES
    ),
    KeyPermission(
        "Events",
        "event",
        _R,
        False,
        "Catching up on what no webhook told",
        "Recovery by webhooks; what one misses is found once a day.",
        vital=False,
    ),
    KeyPermission(
        "Disputes",
        "dispute",
        _R,
        False,
        "Hearing of money that a bank took back",
        "What a bank takes back still counts as recovered.",
        vital=False,
        kinds=_APPS_EVENTS,
    ),
    KeyPermission(
        "Invoices",
        "invoice",
        _W,
        True,
        "Paying a failed invoice; holding Stripe's own retries; writing it off where your rules end so",
        "Observe mode: reads, measures, writes to customers. Charges nothing.",
    ),
    KeyPermission(
        "Payment Intents",
        "payment_intent",
        _W,
        True,
        "Charging the parts of a payment plan",
        "Everything but payment plans: turn them off in the settings.",
        vital=False,
    ),
    KeyPermission(
        "Customers",
        "customer",
        _W,
        True,
        "Making a new card the default",
        "Charges of the card on file. A new card is not kept as the default.",
        vital=False,
    ),
    KeyPermission(
        "Subscriptions",
        "subscription",
        _W,
        True,
        "The same, where the subscription has a card of its own; canceling or pausing it where your rules end so",
        "Charges; a new card is not kept for the subscription, and it is not ended.",
        vital=False,
    ),
    KeyPermission(
        "Setup Intents",
        "setup_intent",
        _W,
        True,
        "Taking a new card on the card page",
        "The card page leads to Stripe's own invoice page.",
        vital=False,
    ),
    KeyPermission(
        "Customer Sessions",
        "customer_session",
        _W,
        True,
        "Showing on the card page what the payer has saved",
        "The card page without it: everything is entered anew.",
        vital=False,
    ),
    KeyPermission(
        "Customer portal",
        "customer_portal",
        _W,
        True,
        "Opening Stripe's customer portal for a payer, where you prefer it to the form",
        "The form in its place.",
        vital=False,
    ),
    KeyPermission(
        "Coupons",
        "coupon",
        _W,
        True,
        "Win-back: the coupon behind what you offer to who has left",
        "Letters without an offer.",
        vital=False,
    ),
    KeyPermission(
        "Promotion Codes",
        "promotion_code",
        _W,
        True,
        "Win-back: an offer for one customer alone",
        "Letters without an offer.",
        vital=False,
    ),
    KeyPermission(
        "Checkout Sessions",
        "checkout_session",
        _W,
        True,
        "Win-back: opening Stripe's Checkout, where who has left subscribes again",
        "The page behind a letter says to write to you.",
        vital=False,
    ),
    KeyPermission(
        "Test Clocks",
        "billing_clock",
        _R,
        False,
        "Reading what time it is for customers on a test clock",
        "Their cases wait at the time at which their invoice was made.",
        vital=False,
        kinds=_ONLY_KEYS,
        testing=True,
    ),
    KeyPermission(
        "Test Clocks",
        "billing_clock",
        _W,
        True,
        "Advancing a test clock to a case's next step, where you ask for that",
        "Advance it in Stripe's dashboard: its cases follow within a minute.",
        vital=False,
        kinds=_ONLY_KEYS,
        testing=True,
    ),
    KeyPermission(
        "Webhook Endpoints",
        ENDPOINT,
        _W,
        True,
        "Making and mending the endpoint",
        "One step by hand: you make the endpoint and hand over its secret.",
        vital=False,
        kinds=_OWN_ENDPOINT,
    ),
)


def needed(*, act: bool, endpoint: bool = False, kind: Kind = Kind.KEY, testing: bool = False) -> list[KeyPermission]:
    """What a mode needs. endpoint: whether our webhook endpoint is to be made in observe mode, too.

    testing: whether the account is one in test mode.
    """
    mine = [each for each in PERMISSIONS if kind in each.kinds and (testing or not each.testing)]
    return [each for each in mine if act or not each.acting or (endpoint and each.word == ENDPOINT)]


def asked_of(*, act: bool, endpoint: bool = False, testing: bool = False) -> list[KeyPermission]:
    """What a key of this mode is asked for, one row a resource: writing includes reading."""
    highest = {each.resource: each for each in needed(act=act, endpoint=endpoint, testing=testing)}
    return list(highest.values())


def key_form(*, act: bool, endpoint: bool = False) -> str:
    """Stripe's form for a new restricted key, with its name and permissions filled in."""
    names = [each.name for each in asked_of(act=act, endpoint=endpoint)]
    query = [("name", "Tideover"), *(("permissions[]", name) for name in names)]
    return f"{KEY_FORM}?{urlencode(query, safe='[]')}"


def is_unrestricted(api_key: str) -> bool:
    """Whether the key may do everything."""
    return api_key.startswith("sk_")
