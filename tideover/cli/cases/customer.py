"""`tideover customer cus_…`: what is open, what they pay for, how they pay and how they are written to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import orjson
import typer

from tideover.cli.start import fail, with_tables
from tideover.core.settings.segments import NO_SEGMENT

if TYPE_CHECKING:
    from tideover.core.money import Money
    from tideover.dashboard.customers.one import Known, Way
    from tideover.mirror.models import Customer


def tell_customer(name: str, organization: str, *, as_json: bool) -> int:
    """Print what is known of the customer of this id or address, for people or as one JSON object."""
    with_tables()
    from tideover import clock  # noqa: PLC0415
    from tideover.dashboard.customers.one import known_of  # noqa: PLC0415

    known = known_of(_customer(name, organization), clock.now())
    if as_json:
        typer.echo(orjson.dumps(_fields(known), option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z).decode())
    else:
        typer.echo("\n".join(_lines(known)))
    return 0


def _customer(name: str, organization: str) -> Customer:
    from tideover.dashboard.search import is_called  # noqa: PLC0415
    from tideover.mirror.models import Customer  # noqa: PLC0415

    everybody = Customer.objects.filter(erased_at=None).select_related("connection", "project__organization")
    if organization:
        everybody = everybody.filter(organization__slug=organization)
    found = list(everybody.filter(is_called(name)).order_by("name", "pk")[:6])
    exact = [each for each in found if name in {each.stripe_id, each.public_id}]
    if not found:
        fail(f"no customer is called {name}", then="How far the history is read: tideover import --status")
    if len(exact or found) > 1:
        who = ", ".join(f"{each.stripe_id} ({each.name or each.organization.slug})" for each in found)
        fail(f"{name} is several customers: {who}", then="Name one by its id, and its --organization.")
    return (exact or found)[0]


def _amounts(amounts: Iterable[Money]) -> str:
    from tideover.core.money import spoken  # noqa: PLC0415

    return ", ".join(spoken(amount) for amount in amounts) or "nothing"


def _lines(known: Known) -> Iterator[str]:
    who, reach = known.customer, known.reach
    yield f"{who.name or who.email or who.stripe_id}  {who.stripe_id}  {who.public_id}"
    if who.segment or who.odd_segment:
        yield f"  segment: {who.segment or NO_SEGMENT}"
    yield f"  open: {_amounts(known.total)}"
    for each in known.open:
        case = each.row.case.public_id if each.row else "left to Stripe"
        promised = each.row.case.promised_on if each.row else None
        said = f", promised for {promised:%Y-%m-%d}" if promised else ""
        yield f"    {each.number}  {_amounts([each.amount])}  since {each.since:%Y-%m-%d}  {case}{said}"
    for plan in known.plans:
        yield f"  pays for: {plan.plan or plan.stripe_id}, {_monthly(plan.monthly, plan.currency)}, {plan.status}"
    yield from map(_by, known.ways)
    yield from _agreed(known)
    wanted = f" (there are no texts in {reach.wanted})" if reach.wanted else ""
    yield f"  language: {reach.language}{wanted}; zone: {reach.zone}"
    yield f"  emails: {f'off since {reach.silent.at:%Y-%m-%d}: {reach.silent.reason}' if reach.silent else 'on'}"
    for contact in known.other_contacts:
        yield f"    before: {contact.address or 'an address that is not kept'}, {contact.sent} sent"
    yield f"  cases: {len(known.cases)}, of {known.closed} closed ones {known.paid_back} came back"


def _by(way: Way) -> str:
    if way.gone_at:
        return f"  no longer by: {way.label}, taken off {way.gone_at:%Y-%m-%d}"
    main = ", main" if way.main else ""
    ends = f", expires {way.expires_on:%m/%Y}" if way.expires_on else ""
    return f"  by: {way.label}{main}{ends}{f', declined {way.declined} times in 30 days' if way.declined else ''}"


def _agreed(known: Known) -> Iterator[str]:
    access, promises = known.kept.access, known.promises
    yield f"  access: {access.standing}{f' until {access.until}' if access.until else ''}. {access.why}"
    if promises.made:
        yield f"  promises: {promises.made}, of them {promises.kept} kept and {promises.broken} broken"


def _monthly(minor: int | None, currency: str) -> str:
    from tideover.core.money import Money, spoken  # noqa: PLC0415

    return "by use" if minor is None else f"{spoken(Money(minor, currency))} a month"


def _fields(known: Known) -> dict[str, Any]:
    who, reach = known.customer, known.reach
    return {
        "customer": who.public_id,
        "stripe_id": who.stripe_id,
        "account": who.connection.account_id,
        "open": [
            {
                "invoice": each.number, "amount": each.amount.minor, "currency": each.amount.currency,
                "since": each.since, "case": each.row.case.public_id if each.row else None,
                "promised_on": each.row.case.promised_on if each.row else None,
            }
            for each in known.open
        ],
        "subscriptions": [
            {"id": plan.stripe_id, "status": plan.status, "monthly": plan.monthly, "currency": plan.currency}
            for plan in known.plans
        ],
        "methods": [
            {
                "id": way.stripe_id, "label": way.label, "main": way.main, "expires": way.expires_on,
                "detached_at": way.gone_at,
            }
            for way in known.ways
        ],
        "access": {"standing": known.kept.access.standing, "until": known.kept.access.until},
        "promises": {"made": known.promises.made, "kept": known.promises.kept, "broken": known.promises.broken},
        "contacts": [
            {"address": contact.address, "current": contact.current, "sent": contact.sent, "last": contact.last}
            for contact in reach.contacts
        ],
        "cases": [row.case.public_id for row in known.cases],
        "segment": who.segment,
        "locale": who.locale,
        "zone": reach.zone,
        "emails": "off" if reach.silent else "on",
    }  # fmt: skip
