"""Checks of who else has a hand in it: other tools that dun, Stripe's own retries, and PayPal's consent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from django.db.models import Q

from tideover.core.tries import By
from tideover.gateways.answers import AccountRead
from tideover.recovery.models import Attempt
from tideover.tenants.models import Connection
from tideover.upkeep.doctor.asking import Answers
from tideover.upkeep.doctor.checks.webhooks import seen_by
from tideover.upkeep.doctor.findings import Finding, Level, Mend
from tideover.upkeep.doctor.patient import Patient, called

MONTH: Final = timedelta(days=30)
BILLING: Final = "https://dashboard.stripe.com/settings/billing/automatic"
GRANTED: Final = "active"
# Where the endpoints of tools that recover payments lead.
TOOLS: Final[Mapping[str, str]] = {
    "churnbuster.io": "Churn Buster",
    "churnkey.co": "Churnkey",
    "baremetrics.com": "Baremetrics",
    "butterpayments.com": "Butter",
    "flexpay.io": "FlexPay",
    "gravysolutions.io": "Gravy",
    "paddle.com": "ProfitWell Retain",
    "profitwell.com": "ProfitWell Retain",
    "recover.so": "Recover",
    "stunning.co": "Stunning",
    "churnzero.net": "ChurnZero",
}


def others(patient: Patient, connection: Connection, answers: Answers) -> Iterator[Finding]:
    """Who else tries and writes, as far as it can be seen."""
    tries = Attempt.objects.filter(connection=connection, at__gt=patient.now - MONTH, by=By.STRIPE)
    count, cases = tries.count(), tries.values("case").distinct().count()
    if count:
        says = "Stripe's own retries are at work"
        evidence = f"{count} tries in {cases} cases within 30 days. They count against the networks' limits."
        mend = Mend("See what Stripe is set to do", link=BILLING)
        yield Finding("others", Level.NOTE, says, evidence, called(connection), mend)
    found = seen_by(connection, answers) or []
    for tool in sorted({_tool(each.url) for each in found} - {""}):
        says = f"{tool} listens to this account as well"
        evidence = "One of the account's endpoints leads there. Who is written to twice pays no sooner."
        mend = Mend("Let one of the two write and charge", link="https://dashboard.stripe.com/webhooks")
        yield Finding("others", Level.WARN, says, evidence, called(connection), mend)


def _tool(url: str) -> str:
    host = urlsplit(url).hostname or ""
    return next((name for of, name in TOOLS.items() if host == of or host.endswith(f".{of}")), "")


def paypal(patient: Patient, connection: Connection, answers: Answers) -> Iterator[Finding]:
    """Whether what fails on PayPal fails because recurring payments were never granted there."""
    which = Q(connection=connection, card_brand="paypal")
    failing = patient.open_cases(which).count()
    if not failing:
        return
    account: AccountRead = answers.of("account", connection)
    about, waits = called(connection), patient.waits(which)
    mend = Mend(
        "Ask for recurring payments in Stripe's PayPal settings",
        link="https://dashboard.stripe.com/settings/payment_methods",
    )
    if account.paypal and account.paypal != GRANTED:
        says = "PayPal is not granted to this account"
        evidence = f"Stripe says: {account.paypal}. {failing} open cases are to be paid by it."
        yield Finding("paypal", Level.BAD, says, evidence, about, mend, waits)
    elif connection.livemode:
        says = "See whether PayPal has granted recurring payments"
        evidence = f"{failing} open cases are to be paid by it. Stripe tells of that consent on its own page alone."
        yield Finding("paypal", Level.NOTE, says, evidence, about, mend, waits)
