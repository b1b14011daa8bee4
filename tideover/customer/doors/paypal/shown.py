"""Whether there is a saved PayPal account, by our copy of the account's history, and what its form is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tideover.core.methods import Means
from tideover.customer.doors.owing import Owing
from tideover.ids import new_id
from tideover.mirror.models import Method
from tideover.recovery.models import Case

PAYPAL: Final = str(Means.PAYPAL)  # as Stripe calls it, too


def is_saved(case: Case) -> bool:
    """Whether one may be offered: known, still there, taken by the merchant, and not what failed."""
    if not case.customer_id or not case.project.pay_by_paypal or case.means == Means.PAYPAL:
        return False
    mine = Method.objects.filter(connection_id=case.connection_id, customer_id=case.customer_id, brand=PAYPAL)
    return mine.filter(gone=False).exists()


def facts(_owing: Owing) -> Mapping[str, Any]:
    """By which form it is asked for, so that a form sent twice is one payment."""
    return {"asked": f"form_{new_id()}"}
