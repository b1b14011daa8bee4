"""Rows for tests: plain functions with keyword defaults. Every row that could point at two merchants points at one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from tideover.core.outcomes import Unsent
from tideover.core.rules import PRESETS, to_json
from tideover.core.signals.heard import Trace
from tideover.core.signals.signs import Sign, Who
from tideover.ids import new_id
from tideover.inbox.models import StripeEvent
from tideover.messages.drafts.rows import Draft, DraftAccount
from tideover.messages.keyed import plan_token, token_hash
from tideover.messages.models import Message, MessageEvent, StreamPause, TextTrial
from tideover.messages.tracking import HEARD, marks_of
from tideover.mirror.models import Customer, Method, MirrorInvoice, Payment, Subscription
from tideover.predunning.models import Alert
from tideover.recovery.figures import reached, tallies
from tideover.recovery.models import (
    Action,
    Attempt,
    Case,
    Clock,
    Collection,
    Instalment,
    LearntFact,
    Link,
    Plan,
    Ruleset,
)
from tideover.tenants.models import Connection, Member, Organization, Project, User
from tideover.tenants.roles import Role

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
_numbers = count(1)


def make_organization(**values: object) -> Organization:
    number = next(_numbers)
    defaults = {"name": f"Merchant {number}", "slug": f"merchant-{number}", "created_at": NOW - 200 * DAY}
    return Organization.objects.create(**{**defaults, **values})


def make_project(organization: Organization | None = None, **values: object) -> Project:
    number = next(_numbers)
    organization = organization or make_organization()
    defaults = {
        "name": organization.name,
        "slug": f"project-{number}",
        "brand_name": organization.name,
        "sender_email": "billing@merchant.example",
        "created_at": NOW - 200 * DAY,
    }
    return Project.objects.create(organization=organization, **{**defaults, **values})


def make_user(email: str = "", password: str | None = None, name: str = "") -> User:
    return User.objects.create_user(email or f"person{next(_numbers)}@merchant.example", password, name)


def make_member(user: User | None = None, organization: Organization | None = None, **values: object) -> Member:
    return Member.objects.create(
        organization=organization or make_organization(),
        user=user or make_user(),
        **{"role": Role.OWNER, **values},
    )


def make_connection(project: Project | None = None, **values: object) -> Connection:
    project = project or make_project()
    defaults = {
        "account_id": f"acct_{next(_numbers):08d}",
        "account_name": project.name,
        "livemode": False,
        "test_mail": True,  # as in the demo: customers of a test account are written to
        "mode": Connection.Mode.ACT,
        "api_key": "sk_test_factory",
        "webhook_secret": "whsec_factory",
        "created_at": NOW - 200 * DAY,
    }
    return Connection.objects.create(organization=project.organization, project=project, **{**defaults, **values})


def make_stripe_event(connection: Connection, **values: object) -> StripeEvent:
    number = next(_numbers)
    defaults = {
        "event_id": f"evt_{number:08d}",
        "type": "invoice.payment_failed",
        "object_id": f"in_{number:08d}",
        "happened_at": NOW,
        "received_at": NOW,
        "body": b"{}",
        "state": StripeEvent.State.HANDLED,
        "try_at": NOW,
    }
    return StripeEvent.objects.create(
        organization=connection.organization, connection=connection, **{**defaults, **values}
    )


def make_ruleset(project: Project | None = None, preset: str = "tuned", **values: object) -> Ruleset:
    project = project or make_project()
    defaults = {
        "version": project.rulesets.count() + 1,
        "name": preset,
        "rules": to_json(PRESETS[preset]),
        "created_at": NOW - 200 * DAY,
    }
    return Ruleset.objects.create(organization=project.organization, project=project, **{**defaults, **values})


def make_case(connection: Connection | None = None, **values: Any) -> Case:
    """A failing case of $99.00 that opened a day before NOW; `state` and `ended_at` make it an ended one."""
    number = next(_numbers)
    connection = connection or make_connection()
    project = connection.project
    ruleset = values.pop("ruleset", None) or project.rulesets.order_by("-version").first() or make_ruleset(project)
    defaults = {
        "invoice_id": f"in_{number:08d}",
        "invoice_number": f"INV-{number:05d}",
        "customer_id": f"cus_{number:08d}",
        "subscription_id": f"sub_{number:08d}",
        "customer_name": f"Customer {number}",
        "customer_email": f"customer{number}@payer.example",
        "description": "Pro, monthly",
        "currency": "usd",
        "amount_due": 9900,
        "opened_at": NOW - DAY,
        "family": "no_funds",
        "first_family": "no_funds",
        "decline_code": "insufficient_funds",
        "card_brand": "visa",
        "card_last4": "4242",
        "card_fingerprint": f"fp_{number:08d}",
        "read_at": NOW,
    }
    values = {**defaults, **values}
    if values.get("state") == Case.State.RECOVERED:
        values = {"via": Case.Via.RETRY, "amount_recovered": values["amount_due"], "ended_at": NOW, **values}
    elif values.get("state") not in {None, Case.State.FAILING}:
        values = {"ended_at": NOW, **values}
    case = Case(organization=connection.organization, project=project, connection=connection, ruleset=ruleset, **values)
    added = tallies.count([case])
    case.save(force_insert=True)
    tallies.write(added)
    return case


def make_action(case: Case, **values: object) -> Action:
    defaults = {
        "step": f"charge-{next(_numbers)}",
        "do": Action.Do.CHARGE,
        "due_at": NOW + DAY,
        "rule": "tuned.no_funds",
        "why": "Insufficient funds: the next try is on day 2.",
        "instead": ["Day 1 was passed over: too close to the failure."],
        "ruleset_version": case.ruleset.version,
    }
    return Action.objects.create(
        organization=case.organization, case=case, connection=case.connection, **{**defaults, **values}
    )


def make_clock(connection: Connection | None = None, **values: object) -> Clock:
    """A test clock that shows NOW."""
    connection = connection or make_connection()
    defaults = {"clock_id": f"clock_{next(_numbers):08d}", "shows": NOW, "read_at": NOW}
    return Clock.objects.create(organization=connection.organization, connection=connection, **{**defaults, **values})


def hang(case: Case, clock: Clock) -> Case:
    """The case's customer hangs on the clock, and so does all that is planned."""
    Case.objects.filter(pk=case.pk).update(clock=clock, test_clock=clock.clock_id)
    Action.objects.filter(case=case).update(clock=clock)
    return Case.objects.get(pk=case.pk)


def make_plan(case: Case, **values: Any) -> Plan:
    """A plan of three parts, of which the first was paid."""
    third = case.amount_due // 3
    first = case.amount_due - 2 * third
    plan = Plan.objects.create(
        organization=case.organization,
        case=case,
        **{
            "number": 1, "currency": case.currency, "total": case.amount_due, "first": first, "each": third, "count": 3,
            "agreed_at": NOW, "agreed_by": "customer", "via": "card_page", **values,
        },
    )  # fmt: skip
    for number, amount in enumerate((first, third, third), 1):
        paid: dict[str, Any] = {}
        if number == 1:
            charge = make_action(case, step="charge-plan-1-part-1", state="done", outcome="paid", settled_at=NOW)
            paid = {"paid_at": NOW, "paid": amount, "charge": charge}
        due_at = NOW + (number - 1) * 30 * DAY
        whose = {"organization": case.organization, "plan": plan}
        Instalment.objects.create(**whose, number=number, due_at=due_at, amount=amount, **paid)
    Case.objects.filter(pk=case.pk).update(in_parts=True, amount_open=2 * third)
    case.in_parts, case.amount_open = True, 2 * third
    return plan


def make_collection(case: Case, **values: Any) -> Collection:
    """What a bank sent back, paid by a payment of its own."""
    defaults = {"debt": 1, "currency": case.currency, "amount": case.amount_due, "collected": case.amount_due}
    times = dict.fromkeys(("agreed_at", "looked_at", "closed_at"), NOW)
    defaults |= {"intent_id": "pi_3QxVbN2eZvKYlo2C0beside00", **times}
    return Collection.objects.create(organization=case.organization, case=case, **{**defaults, **values})


def make_attempt(case: Case, **values: object) -> Attempt:
    number = next(_numbers)
    defaults = {
        "charge_id": f"ch_{number:08d}",
        "payment_intent_id": f"pi_{number:08d}",
        "at": case.opened_at,
        "by": "stripe",
        "currency": case.currency,
        "amount": case.amount_due,
        "outcome": "declined",
        "code": case.decline_code,
        "card_brand": case.card_brand,
        "card_last4": case.card_last4,
        "card_fingerprint": case.card_fingerprint,
    }
    return Attempt.objects.create(
        organization=case.organization, connection=case.connection, case=case, **{**defaults, **values}
    )


def make_fact(case: Case, kind: str = "payment_failed", **values: Any) -> LearntFact:
    at = values.pop("at", case.opened_at)
    defaults = {
        "key": f"{kind}:{next(_numbers)}", "learnt_at": at, "detail": {}, "sealed": kind != "card_replaced",
    }  # fmt: skip
    reached.again(case.pk)
    return LearntFact.objects.create(
        organization=case.organization, case=case, kind=kind, at=at, **{**defaults, **values}
    )


def make_link(case: Case, **values: object) -> Link:
    number = next(_numbers)
    defaults = {"token_hash": f"hash-{number}", "created_at": NOW, "expires_at": NOW + 30 * DAY}
    reached.again(case.pk)
    return Link.objects.create(organization=case.organization, case=case, **{**defaults, **values})


def make_message(case: Case, action: Action | None = None, **values: object) -> Message:
    """A sent mail about the case."""
    number = next(_numbers)
    at = values.pop("at", NOW - timedelta(hours=3))
    defaults = {
        "about": case.pk,
        "action_id": action.pk if action else new_id(),
        "to_address": case.customer_email,
        "to_name": case.customer_name,
        "to_hash": f"to-{number}",
        "locale": "en",
        "template": "failed",
        "tone": "friendly",
        "subject": "Your payment did not go through",
        "html": "<html><body><p>We could not collect your payment.</p></body></html>",
        "text": "We could not collect your payment.",
        "state": Message.State.SENT,
        "created_at": at,
        "claimed_at": at,
        "data_started_at": at,
        "sent_at": at,
        "unsubscribe_hash": f"unsubscribe-{number}",
        "open_token": f"open-{number}",
    }
    reached.again(case.pk)
    return Message.objects.create(organization=case.organization, project=case.project, **{**defaults, **values})


def make_event(message: Message, kind: str = "opened", **values: object) -> MessageEvent:
    """Something that happened to the message; of what machines do as well it was a person, unless `by` says so."""
    event = MessageEvent.objects.create(
        organization=message.organization, message=message, kind=kind, **{"at": NOW, "by": "person", **values}
    )
    at = {"sign": Sign.EARLIER, "at": event.at, "last": event.at}
    heard = {
        MessageEvent.Kind(each.kind): {Who(each.by): Trace(**at)} for each in message.events.filter(kind__in=HEARD)
    }
    for name, value in marks_of(heard).items():
        setattr(message, name, value)
    message.save(update_fields=["opened_by", "clicked_by"])
    reached.again(message.about)
    return event


def make_trial(project: Project, **values: object) -> TextTrial:
    """Ours beside a first version of the merchant's."""
    text = {"template": "failed", "channel": "email", "language": "en", "a": 0, "b": 1}
    return TextTrial.objects.create(
        organization=project.organization,
        project=project,
        **{**text, "within_days": 7, "began_at": NOW, "began_by": "alice", **values},
    )


def make_draft(project: Project, **values: Any) -> Draft:
    """One of a model that is set; it may be used."""
    told = {"template": "failed", "channel": "email", "language": "en", "tone": "friendly", "model": "small-1"}
    whose = {"organization": project.organization, "project": project}
    at = {"provider": "openai", "address": "https://model.example/v1", "model": "small-1", "secret": "a-key"}
    DraftAccount.objects.create(**whose, **at, set_at=NOW)
    spent = {"state": "proposed", "times": 1, "tokens_in": 900, "tokens_out": 210}
    return Draft.objects.create(**{**whose, **told, **spent, "asked": "h", "made_at": NOW, **values})


def make_pause(organization: Organization, **values: object) -> StreamPause:
    """Of 500 mails 21 came back, and none goes out."""
    figures = {"why": Unsent.TOO_MANY_BOUNCES.value, "bad": 21, "left": 500, "begun_at": NOW}
    return StreamPause.objects.create(organization=organization, **{"channel": "email", **figures, **values})


def _mirrored(connection: Connection | None, prefix: str) -> dict[str, Any]:
    connection = connection or make_connection()
    stripe_id = f"{prefix}_{next(_numbers):08d}"
    return {
        "organization": connection.organization, "connection": connection, "stripe_id": stripe_id, "told_at": NOW,
    }  # fmt: skip


def make_customer(connection: Connection | None = None, **values: object) -> Customer:
    row = _mirrored(connection, "cus")
    number = row["stripe_id"][-4:]
    defaults = {
        "project": row["connection"].project, "name": f"Customer {number}", "email": f"customer{number}@payer.example",
        "locale": "en", "country": "US", "made_at": NOW - 100 * DAY,
    }  # fmt: skip
    return Customer.objects.create(**{**row, **defaults, **values})


def make_subscription(customer: Customer, **values: object) -> Subscription:
    defaults = {
        "customer_id": customer.stripe_id, "status": "active", "plan": "Pro", "currency": "usd", "monthly": 9900,
        "began_at": NOW - 100 * DAY, "renews_at": NOW + 10 * DAY,
    }  # fmt: skip
    return Subscription.objects.create(**{**_mirrored(customer.connection, "sub"), **defaults, **values})


def make_invoice(customer: Customer, **values: object) -> MirrorInvoice:
    """A paid one, unless `status` says otherwise."""
    owed = 9900 if values.get("status", "paid") == "open" else 0
    row = _mirrored(customer.connection, "in")
    defaults = {
        "customer_id": customer.stripe_id, "number": f"INV-{row['stripe_id'][-4:]}", "description": "Pro, monthly",
        "status": "paid", "currency": "usd", "amount_due": 9900, "amount_paid": 9900 - owed, "amount_open": owed,
        "tries": 1, "made_at": NOW - DAY,
    }  # fmt: skip
    return MirrorInvoice.objects.create(**{**row, **defaults, **values})


def make_payment(customer: Customer, **values: object) -> Payment:
    defaults = {
        "customer_id": customer.stripe_id, "intent_id": f"pi_{next(_numbers):08d}", "at": NOW - DAY,
        "currency": "usd", "amount": 9900, "outcome": "paid", "method_id": "pm_1", "brand": "visa", "last4": "4242",
        "fingerprint": "fp_1",
    }  # fmt: skip
    return Payment.objects.create(**{**_mirrored(customer.connection, "ch"), **defaults, **values})


def make_method(customer: Customer, **values: object) -> Method:
    defaults = {"customer_id": customer.stripe_id, "brand": "visa", "last4": "4242", "fingerprint": "fp_1"}
    return Method.objects.create(**{**_mirrored(customer.connection, "pm"), **defaults, **values})


def make_notice(plan: Subscription, **values: object) -> Alert:
    """That this subscription renews; planned, unless `state` says otherwise."""
    planned = values.get("state", "planned") == "planned"
    notice_id = new_id()
    defaults = {
        "id": notice_id, "kind": "renewal", "organization_id": plan.organization_id,
        "connection_id": plan.connection_id, "customer_id": plan.customer_id, "subscription_id": plan.stripe_id,
        "renews_at": plan.renews_at, "planned_at": NOW, "try_at": NOW, "settled_at": None if planned else NOW,
        "token_hash": token_hash(plan_token(notice_id)),
    }  # fmt: skip
    return Alert.objects.create(**{**defaults, **values})


def make_alert(method: Method, **values: object) -> Alert:
    """About this card; planned, unless `state` says otherwise."""
    planned = values.get("state", "planned") == "planned"
    defaults = {
        "id": new_id(), "organization_id": method.organization_id, "connection_id": method.connection_id,
        "customer_id": method.customer_id, "card": method.fingerprint or method.stripe_id,
        "method_id": method.stripe_id, "expires_on": method.expires_on or NOW.date(), "subscription_id": "sub_1",
        "renews_at": NOW + 10 * DAY, "planned_at": NOW, "try_at": NOW, "settled_at": None if planned else NOW,
    }  # fmt: skip
    return Alert.objects.create(**{**defaults, **values})
