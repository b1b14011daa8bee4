"""The payer changes their method in Stripe's portal: opened at their click alone, as its addresses die within minutes.

What they change there is news like any other: it is heard of by events, and charged as the rules say.
"""

from __future__ import annotations

from tideover.gateways.answers import NotHere, NotNow, Unknown
from tideover.gateways.stripe import Stripe
from tideover.ids import new_id
from tideover.recovery.models import Link


def open_portal(link: Link, back: str, stripe: Stripe) -> str:
    """Where it is, for this payer now; empty where Stripe opens none."""
    try:
        return stripe.open_portal(link.case.customer_id, back, key=f"portal_{new_id()}")
    except (Unknown, NotNow, NotHere):
        return ""
