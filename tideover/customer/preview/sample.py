"""A failure that nobody had: no row is written, and what is known of it is what the merchant's own settings say."""

from __future__ import annotations

from copy import copy
from datetime import datetime
from typing import Final

from tideover.core.declines import Family
from tideover.core.planner import plan
from tideover.core.steps import Do
from tideover.core.timing import DAY
from tideover.messages.examples import EXAMPLE
from tideover.recovery.known import known_of
from tideover.recovery.models import Case, Link
from tideover.recovery.planning import situation_of
from tideover.recovery.rulesets import newest, rules_of
from tideover.tenants.models import Connection, Project

# What a bank, or Stripe, says of a failure of each family; empty where nobody says a word.
CODES: Final = {
    Family.NO_FUNDS: "insufficient_funds",
    Family.REFUSED: "do_not_honor",
    Family.TECHNICAL: "processing_error",
    Family.EXPIRED: "expired_card",
    Family.CARD_DEAD: "lost_card",
    Family.AUTHENTICATION: "authentication_required",
    Family.REVOKED: "revocation_of_authorization",
    Family.WRONG_DATA: "incorrect_cvc",
    Family.BLOCKED: "",
    Family.UNCHARGEABLE: "",
    Family.OVERDUE: "",
    Family.OTHER: "",
}
BEGAN: Final = DAY  # so long ago
STRIPES_PAGE: Final = "https://invoice.stripe.com/i/preview"  # no invoice's: where a link of the page would lead


def sample(project: Project, family: Family, locale: str, now: datetime) -> Link:
    """The way in to the page of a payer whom this happened to a day ago, while recovery is on."""
    case = _case(project, family, locale, now)
    [known] = known_of([case], now)
    steps = plan(situation_of(known, now), rules_of(case.ruleset), None, now)
    # Nothing is planned in rows: the day on which it is tried next is said as that of Stripe's own next try is.
    case.stripe_next_attempt_at = min((step.at for step in steps if step.do == Do.CHARGE), default=None)
    return Link(organization=case.organization, case=case)


def _case(project: Project, family: Family, locale: str, now: datetime) -> Case:
    project = copy(project)
    project.recovery_enabled = True
    card = {"card_brand": EXAMPLE.card_brand, "card_last4": EXAMPLE.card_last4, "payment_method_id": "pm_preview"}
    return Case(
        organization=project.organization,
        project=project,
        connection=_connection(project),
        ruleset=newest(project),
        invoice_id="in_preview",
        invoice_number=EXAMPLE.invoice_number,
        customer_id="cus_preview",
        subscription_id="sub_preview",
        customer_name=EXAMPLE.customer_name,
        description=EXAMPLE.description,
        billing_reason="subscription_cycle",
        locale=locale,
        hosted_url=STRIPES_PAGE,
        currency=project.currency,
        amount_due=EXAMPLE.amount.minor,
        opened_at=now - BEGAN,
        family=family,
        first_family=family,
        decline_code=CODES[family],
        **({} if family == Family.OVERDUE else card),
    )


def _connection(project: Project) -> Connection:
    """The account that was connected last, as it is; before there is one, as one that charges would be."""
    connected = project.connections.exclude(state=Connection.State.DISCONNECTED).order_by("-created_at").first()
    if connected is None:
        return Connection(
            organization=project.organization, project=project, mode=Connection.Mode.ACT, publishable_key="pk_preview"
        )
    connected.project, connected.organization = project, project.organization
    return connected
