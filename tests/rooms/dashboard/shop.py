"""A shop with a few months of failed payments behind it: every state, way and mark, the same on every run."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from tests import factories as make
from tideover.recovery.models import Action, Case
from tideover.tenants.models import Connection

COMPANIES = """Northwind Ops|Hanami Studio|Lumen Health|Brightleaf|Kotti Labs|Vela Inc.|Ondo|Marlow & Finch|Tessellate|Juniper Works
Fjord Data|Quillon|Sunder Robotics|Peach Tree Press|Halcyon Bikes|Aster Legal|Nimbus Yoga|Cobalt Kitchen|Oak & Ember|Pixel Forge
Meridian Tours|Larkspur Clinic|Banyan Films|Iris Optics|Delta Dairy|Saffron Tutors|Copper Lane|Willow Games|Atlas Movers|Echo Park Audio"""
NAMES = COMPANIES.replace("\n", "|").split("|")
FAMILIES = [
    ("no_funds", "insufficient_funds", 40, 0.78),
    ("expired", "expired_card", 20, 0.72),
    ("refused", "generic_decline", 18, 0.55),
    ("authentication", "authentication_required", 9, 0.66),
    ("card_dead", "lost_card", 7, 0.42),
    ("technical", "processing_error", 6, 0.9),
]
AMOUNTS = [2900, 4900, 9900, 9900, 14900, 24900, 49000, 96000, 118000]
WAYS = [("stripe", 30), ("retry", 26), ("email", 28), ("card_page", 12), ("customer", 4)]
MESSAGES = ["failed", "reminder", "warning", "suspension", "last_chance", "final"]


def rich_shop(connection: Connection, now: datetime, cases: int = 400, seed: int = 7) -> list[Case]:
    """`cases` cases over 100 days, busier towards the end."""
    dice = random.Random(seed)  # noqa: S311 - the same shop on every run
    made = [_case(connection, now, dice, number) for number in range(cases)]
    _need_attention([case for case in made if case.state == Case.State.FAILING])
    return made


def _case(connection: Connection, now: datetime, dice: random.Random, number: int) -> Case:
    family, code, _, chance = dice.choices(FAMILIES, [row[2] for row in FAMILIES])[0]
    age = timedelta(days=100 * (1 - dice.random() ** 0.8), minutes=dice.randrange(1440))
    opened_at = now - age
    name = dice.choice(NAMES)
    slug = "".join(letter for letter in name.lower() if letter.isalpha())
    took = timedelta(days=dice.choice([0.2, 1, 1.5, 2, 2, 3, 5, 7, 12]), hours=dice.randrange(5))
    values: dict[str, object] = {}
    if opened_at + took < now and dice.random() < chance:
        via = dice.choices([way for way, _ in WAYS], [weight for _, weight in WAYS])[0]
        values = {"state": "recovered", "via": via, "ended_at": opened_at + took}
    elif age > timedelta(days=19):
        ended = dice.choice(["abandoned", "abandoned", "churned", "canceled"])
        values = {"state": ended, "ended_at": opened_at + timedelta(days=18)}
    case = make.make_case(
        connection,
        customer_name=name,
        customer_email=f"{dice.choice(['billing', 'ops', 'finance', 'ap'])}@{slug}.example",
        amount_due=dice.choice(AMOUNTS),
        opened_at=opened_at,
        family=family,
        first_family=family,
        decline_code=code,
        card_brand=dice.choice(["visa", "mastercard", "amex"]),
        card_last4=dice.choice(["4242", "8210", "1881", "0005"]),
        **values,
    )
    _live(case, now, dice)
    return case


def _live(case: Case, now: datetime, dice: random.Random) -> None:
    """The tries, the messages and the visits of a case."""
    end = case.ended_at or now
    make.make_attempt(case, at=case.opened_at, by="stripe")
    for number, day in enumerate((0, 3, 7, 14, 21, 27), start=1):
        due_at = case.opened_at + timedelta(days=day, hours=1)
        if due_at < end:
            _send(case, number, due_at, now, dice)
        elif case.state == Case.State.FAILING:
            make.make_action(
                case,
                step=f"message-{number}",
                do="message",
                template=MESSAGES[number - 1],
                due_at=due_at,
                rule="tuned.message",
                why=f"Message {number} of 6 goes out on day {day} after the failure.",
            )
    for number, day in enumerate((2, 4, 8, 13), start=1):
        due_at = case.opened_at + timedelta(days=day)
        if due_at < end:
            _try(case, number, due_at)
        elif case.state == Case.State.FAILING and case.family == "no_funds":
            make.make_action(case, step=f"charge-{number}", due_at=due_at)
    if case.state == Case.State.RECOVERED:
        _pay(case)


def _send(case: Case, number: int, at: datetime, now: datetime, dice: random.Random) -> None:
    action = make.make_action(
        case,
        step=f"message-{number}",
        do="message",
        template=MESSAGES[number - 1],
        due_at=at,
        state=Action.State.DONE,
        outcome="sent",
        settled_at=at,
        rule="tuned.message",
        why=f"Message {number} of 6 goes out on its day.",
    )
    message = make.make_message(
        case,
        action,
        at=at,
        template=MESSAGES[number - 1],
        subject=f"Your payment to {case.project.brand_name} did not go through",
    )
    if dice.random() < 0.7:
        make.make_event(
            message, "opened", at=min(at + timedelta(hours=dice.randrange(1, 20)), now - timedelta(minutes=5))
        )
        if dice.random() < 0.5:
            make.make_link(
                case, message_id=message.pk, first_opened_at=min(at + timedelta(hours=20), now - timedelta(minutes=4))
            )


def _try(case: Case, number: int, at: datetime) -> None:
    if case.family in {"expired", "card_dead", "authentication"}:
        return
    action = make.make_action(
        case,
        step=f"charge-{number}",
        due_at=at,
        state=Action.State.DONE,
        outcome=f"declined:{case.decline_code}",
        settled_at=at,
        started_at=at,
        tries=1,
    )
    make.make_attempt(
        case, at=at, by="us", action=action, network_decline_code="51" if case.family == "no_funds" else ""
    )


def _pay(case: Case) -> None:
    at = case.ended_at
    assert at is not None
    if case.via in {"email", "card_page"}:
        make.make_link(case, first_opened_at=at - timedelta(minutes=4))
        make.make_fact(case, "card_replaced", at=at - timedelta(minutes=1), detail={"brand": "visa", "last4": "1111"})
    make.make_attempt(
        case, at=at, by={"stripe": "stripe", "retry": "us"}.get(case.via, "customer"), outcome="paid", code=""
    )
    make.make_fact(case, "paid", at=at, key="paid", detail={"amount": case.amount_due})


def _need_attention(failing: list[Case]) -> None:
    marks = ["authentication", "bounced", "no_address", "new_card", "unknown", "authentication", "bounced"]
    for case, mark in zip(sorted(failing, key=lambda case: -case.amount_due), marks, strict=False):
        case.attention = mark
        if mark == "no_address":
            case.customer_email = ""
        case.save(update_fields=["attention", "customer_email"])
