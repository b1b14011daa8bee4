"""A back-test in words: what each mark is, what stands in a charge's way, and all of it as a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from tideover.core.charging import WINDOW
from tideover.core.editing.lives import Kind, Mark
from tideover.core.limits import GAP, MOST_RETRIES, STRIPE_TRIES
from tideover.core.networks import RULES
from tideover.core.outcomes import Tried
from tideover.core.presentment import SCHEMES
from tideover.dashboard.words import REASONS, family_label
from tideover.recovery.telling.backtest import NOT_CHARGED, QUIET, Relived

COLUMNS: Final = (
    "invoice", "invoice_number", "customer", "email", "currency", "amount", "failed_at", "failure", "ended", "ended_at",
    "at", "what", "message", "rule", "why", "came_to",
)  # fmt: skip

WHAT: Final[Mapping[Kind, str]] = {
    Kind.FAILED: "failed",
    Kind.DUE: "due",
    Kind.STRIPE: "tried by others",
    Kind.CUSTOMER: "paid by the customer",
    Kind.CHARGE: "would charge",
    Kind.MESSAGE: "would write",
    Kind.JOINED: "told with another",
    Kind.PASSED: "would not charge",
    Kind.CLOSE: "would give up",
}

OUTCOMES: Final[Mapping[Tried, str]] = {
    Tried.PAID: "paid",
    Tried.DECLINED: "declined",
    Tried.AUTHENTICATION: "the bank asked for the customer",
    Tried.PROCESSING: "under way",
    Tried.BLOCKED: "blocked by Stripe",
}
ASSUMED: Final = "not known: taken as failed"

# What stands in the way of a charge or a message, by its rule.
IN_THE_WAY: Final[Mapping[str, str]] = {
    STRIPE_TRIES: "Stripe itself tries near it",
    GAP: "Too soon after another try",
    MOST_RETRIES: "The most tries by anyone in 30 days",
    WINDOW: "Outside the days of the rules",
    NOT_CHARGED: "This kind of failure is not charged by itself",
    QUIET: "A message waits for the sending hours",
    **{rule.id: f"A card network: {rule.text}" for rule in RULES},
    **{scheme.id: f"{scheme.name}: {scheme.text}" for scheme in SCHEMES.values()},
}


def in_the_way(rule: str) -> str:
    """In words; the id itself where nobody has words for it."""
    return IN_THE_WAY.get(rule, rule)


def came_to(mark: Mark) -> str:
    """What a try came to, as far as anybody knows."""
    if mark.tried is not None:
        code = mark.tried.decline.code if mark.tried.decline else None
        said = OUTCOMES[mark.tried.outcome]
        return f"{said} ({code})" if code else said
    return ASSUMED if mark.kind == Kind.CHARGE else ""


def what(mark: Mark, row: Relived) -> str:
    """What the mark is, in a word or two."""
    return "not written" if mark.kind == Kind.MESSAGE and row.unsent else WHAT[mark.kind]


def why(mark: Mark, row: Relived) -> str:
    """Why it is so: the planner's own sentence, or why its customer is not written to."""
    return REASONS[row.unsent] if mark.kind == Kind.MESSAGE and row.unsent else mark.why


def past_lines(rows: Iterable[Relived]) -> Iterator[Sequence[str]]:
    """A header, then what would have been, failure by failure and in the order of time."""
    yield COLUMNS
    for row in rows:
        whose = _whose(row)
        if row.never[0]:
            yield (*whose, _instant(row.opened_at), WHAT[Kind.PASSED], "", *row.never, "")
        for mark in row.steps:
            template = mark.step.template if mark.step else ""
            yield (*whose, _instant(mark.at), what(mark, row), template, mark.rule, why(mark, row), came_to(mark))


def _whose(row: Relived) -> Sequence[str]:
    invoice, customer = row.invoice, row.customer
    who = (customer.name, customer.email) if customer else ("", "")
    ended_at = row.failure.ended_at
    return (
        invoice.stripe_id,
        invoice.number,
        *who,
        row.amount.currency.upper(),
        str(row.amount.major()),
        _instant(row.opened_at),
        family_label(row.family),
        row.failure.ended or "open",
        _instant(ended_at) if ended_at else "",
    )


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
