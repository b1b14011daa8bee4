"""A customer disputes a payment by card: what else they owe waits, and a person looks at it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from tideover.core.methods import is_debit
from tideover.inbox.translate import ChargeNews
from tideover.mirror.models import Payment
from tideover.recovery.intake import learn
from tideover.recovery.known import lock
from tideover.recovery.models import Attempt, Case
from tideover.recovery.test_clocks.rows import now_by
from tideover.recovery.ways.resting import rest
from tideover.tenants import audit
from tideover.tenants.models import AuditEntry, Connection

WAITS: Final = timedelta(days=14)  # a person may resume the case before
A_DISPUTE: Final = "a dispute of another payment of theirs"
DEED: Final = "held for a dispute"


def disputed(connection: Connection, news: ChargeNews, now: datetime) -> None:
    """Let the open cases of whoever disputes this charge wait, once. A debit that comes back is no such thing."""
    customers = _customers_of(connection, news.charge_id)
    open_ = Case.objects.filter(connection=connection, customer_id__in=customers, state=Case.State.FAILING)
    for case in open_.order_by("pk"):
        _waits(case, news, now)


def _customers_of(connection: Connection, charge_id: str) -> set[str]:
    """Whose charge it is, where it was one by card: by the ledger, or as the mirror has it."""
    tried = Attempt.objects.filter(connection=connection, charge_id=charge_id)
    told = Payment.objects.filter(connection=connection, stripe_id=charge_id)
    known = [*tried.values_list("case__customer_id", "card_brand"), *told.values_list("customer_id", "brand")]
    return {customer for customer, brand in known if customer and not is_debit(brand)}


def _waits(case: Case, news: ChargeNews, now: datetime) -> None:
    with transaction.atomic():
        case = lock(case)
        subject = f"dispute:{news.about}:{case.pk}"
        told_before = AuditEntry.objects.filter(organization=case.organization_id, subject=subject)
        if case.state != Case.State.FAILING or told_before.exists():
            return
        said = {"until": rest(case, now_by(case.clock, now) + WAITS, A_DISPUTE).isoformat()}
        audit.write(case.organization_id, audit.Deed("stripe", DEED, case.public_id, after=said, subject=subject), now)
        learn(case, [], now)
