"""A merchant to measure with: one connected account and a Stripe in memory that answers at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tideover.core.declines import Decline
from tideover.core.outcomes import Tried
from tideover.core.rules import PRESETS
from tideover.gateways.answers import Card, ChargeRead, InvoiceRead
from tideover.recovery.rulesets import adopt
from tideover.tenants.models import Connection, Organization, Project

NOW = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
CONNECTED = NOW - timedelta(days=30)  # before anything of what is measured failed: what had is not taken up by itself


def make_merchant(number: int = 1) -> Connection:
    """An organization with a project, its rules and a connection in act mode."""
    name = f"Merchant {number}"
    organization = Organization.objects.create(name=name, slug=f"merchant-{number}", created_at=CONNECTED)
    project = Project.objects.create(
        organization=organization,
        name=name,
        slug="shop",
        brand_name=name,
        sender_email="a@b.example",
        created_at=CONNECTED,
    )
    adopt(project, "tuned", PRESETS["tuned"], CONNECTED)
    return Connection.objects.create(
        organization=organization,
        project=project,
        account_id=f"acct_{number}",
        account_name=name,
        livemode=False,
        test_mail=True,
        mode=Connection.Mode.ACT,
        api_key="sk_test_bench",
        webhook_secret="whsec_bench",  # noqa: S106 - opens nothing
        created_at=CONNECTED,
    )


@dataclass
class MemoryStripe:
    """Reads as Stripe's do, without the wire: an invoice is open after one decline, until it is in `paid`."""

    paid: set[str] = field(default_factory=set)

    def read_invoice(self, invoice_id: str, known: object = ()) -> InvoiceRead:
        """The invoice with its one failed charge, which `known` does not shorten."""
        del known
        is_paid = invoice_id in self.paid
        return InvoiceRead(
            id=invoice_id,
            number=f"A-{invoice_id}",
            status="paid" if is_paid else "open",
            currency="usd",
            amount_due=9900,
            amount_paid=9900 if is_paid else 0,
            amount_remaining=0 if is_paid else 9900,
            created_at=NOW - timedelta(hours=1),
            status_at=NOW if is_paid else None,
            billing_reason="subscription_cycle",
            collection_method="charge_automatically",
            auto_advance=True,
            next_attempt_at=None,
            hosted_url="",
            description="Pro, monthly",
            customer_id=f"cus_{invoice_id}",
            customer_name="Pia Payer",
            customer_email=f"{invoice_id}@payer.example",
            customer_deleted=False,
            locale="en-US",
            country="US",
            region="CA",
            subscription_id=f"sub_{invoice_id}",
            subscription_status="past_due",
            subscription_ended_at=None,
            test_clock="",
            payment_method_from="customer",
            card=_card(invoice_id),
            attempts=(_declined(invoice_id),),
            payment_intent_id=f"pi_{invoice_id}",
            client_secret="",
        )


def _card(invoice_id: str) -> Card:
    return Card(f"pm_{invoice_id}", "visa", "4242", f"fp_{invoice_id}", "12/2027")


def _declined(invoice_id: str) -> ChargeRead:
    return ChargeRead(
        id=f"ch_{invoice_id}",
        payment_intent_id=f"pi_{invoice_id}",
        at=NOW - timedelta(minutes=5),
        amount=9900,
        currency="usd",
        outcome=Tried.DECLINED,
        decline=Decline("insufficient_funds"),
        card=_card(invoice_id),
        reached_network=True,
    )
