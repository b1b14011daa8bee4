"""From our figures to those of Stripe's own recovery page, line by line; what no line can tell is said in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tideover.analytics.revenue import Kind, Proceeds
from tideover.core.case import State
from tideover.core.measures import recovery_rate
from tideover.core.money import Money
from tideover.dashboard.templatetags.house import percent, whole_money
from tideover.dashboard.words import DASH

MINUS: Final = "\N{MINUS SIGN}"
SINGLE: Final = "Single invoices, of no subscription"
TRIAL: Final = "The first invoice after a trial"
# What Stripe's page counts is told by its documentation and by those who read it; not confirmed on an account.
IN_WORDS: Final[Sequence[tuple[str, str]]] = (
    ("Failure rate", "It is a share of every payment. These figures are made of what failed, so there is none."),
    ("Currencies", "Stripe converts all into one. Here each stands alone."),
    ("Days", "Stripe's page is renewed once a day, ours with each event. A payment counts here when its case ends."),
    (
        "From before",
        "Stripe counts all that failed before the account was connected; here only what was still open of it.",
    ),
    ("Waiting", "Stripe's rate divides by what still waits, too. The matured rate here does not."),
)


@dataclass(frozen=True, slots=True)
class Step:
    """A line of the bridge. sign: empty for the two ends, which are sums."""

    label: str
    failed: str
    came: str
    sign: str = ""


@dataclass(frozen=True, slots=True)
class Bridge:
    """The lines for what failed and what came back; the rate at the other end; what is said in words."""

    steps: Sequence[Step]
    rate: str
    words: Sequence[tuple[str, str]] = IN_WORDS


def bridge(kinds: Sequence[Kind], proceeds: Proceeds) -> Bridge:
    """From ours down to what Stripe's page would say of the same failures."""
    every, single, trial = kinds
    failed = every.failed - single.failed - trial.failed
    came = every.came - single.came - trial.came
    back = proceeds.came - proceeds.kept
    steps = [
        Step("Tideover", whole_money(every.failed), whole_money(proceeds.kept)),
        Step("Went back since: Stripe counts what came", "", whole_money(back), "+"),
        Step(SINGLE, whole_money(single.failed), whole_money(single.came), MINUS),
        Step(TRIAL, whole_money(trial.failed), whole_money(trial.came), MINUS),
        Step("As Stripe's page counts", whole_money(failed), whole_money(came)),
    ]
    return Bridge(steps, _rate(came, failed))


def _rate(came: Money, failed: Money) -> str:
    """What came of what failed in the same days, as Stripe divides; more may come than failed in them."""
    share = recovery_rate({State.RECOVERED: came.minor, State.FAILING: failed.minor - came.minor})
    return DASH if share.basis_points is None else f"{percent(share.basis_points)}%"
