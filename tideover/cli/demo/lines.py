"""A report of the demo in lines for people: what is told, and what may be read into it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tideover.core.money import Money, spoken

# Recovered, in percent: the ranges that vendors publish of these families. None of them is a census; the demo's shop is
# made to lie within, and the report says both.
FIELD: Final[Mapping[str, tuple[int, int]]] = {"no_funds": (48, 71), "refused": (25, 40), "expired": (50, 70)}

Rows = list[tuple[str, str]]


def percent(rate: Mapping[str, int]) -> str:
    """A rate as in `71.4 % (20 of 28)`."""
    return f"{rate['basis_points'] / 100:.1f} % ({rate['count']} of {rate['of']})"


def rows(report: Mapping[str, Any]) -> Rows:
    """The table's lines: first what can be compared, then what there was. Each currency has a line of its own."""
    charges, messages = report["charges"], report["messages"]
    return [
        *compared(report["same_failures"]),
        ("Failed payments", str(report["failed"]["count"])),
        *_money(report["failed"]["amounts"]),
        ("Recovered", str(report["recovered"]["count"])),
        *_money(report["recovered"]["amounts"]),
        *_went_back(report["returned"]["amounts"]),
        ("Recovery rate, closed cases", percent(report["recovery_rate_matured"])),
        ("Recovery rate, all cases", percent(report["recovery_rate"])),
        *[(f"  {cause['words']}", _of_cause(cause)) for cause in report["by_cause"]],
        ("Messages sent", str(messages["sent"])),
        ("Charges of ours after the first failure", str(charges.get("us", 0))),
        ("Median days to recovery", report["median_days_to_recovery"] or "-"),
        ("Violations", str(len(report["violations"]))),
    ]


def compared(same: Mapping[str, Any]) -> Rows:
    """The same first failures in each world: paid in how many, and how far ahead of it ours is."""
    if same["of"] == 0:
        return [("The same first failures", f"not yet measurable: none has had its {same['days']} days")]
    ours, *others = same["worlds"]
    heading = (f"The same {same['of']} first failures, paid in {same['days']} days", "of 100, with 95 % intervals")
    return [heading, (f"  {ours['name']}", _paid(ours)), *[(f"  {one['name']}", _behind(one)) for one in others]]


def _paid(world: Mapping[str, Any]) -> str:
    low, high = world["interval"]
    return f"{world['paid']}   {world['basis_points'] / 100:.1f} % ({low / 100:.0f} to {high / 100:.0f})"


def _behind(world: Mapping[str, Any]) -> str:
    ahead = world["ahead"]
    low, high = ahead["interval"]
    sure = "" if low > 0 or high < 0 else ": may be chance"
    apart = f"{ahead['basis_points'] / 100:+.1f} points ({low / 100:+.0f} to {high / 100:+.0f})"
    return f"{_paid(world)}   ours {apart}{sure}"


def _money(by_currency: Mapping[str, int]) -> Rows:
    """A line a currency: they are never added."""
    return [(f"  {currency.upper()}", spoken(Money(minor, currency))) for currency, minor in by_currency.items()]


def _went_back(by_currency: Mapping[str, int]) -> Rows:
    return [("Came, and went back since", ""), *_money(by_currency)] if by_currency else []


def _of_cause(cause: Mapping[str, Any]) -> str:
    open_still = f", {cause['failed'] - cause['ended']} open" if cause["failed"] > cause["ended"] else ""
    field = FIELD.get(cause["cause"])
    told = f"   the field: {field[0]} to {field[1]} %" if field else ""
    rate = f" ({cause['recovered'] * 100 // cause['ended']} %)" if cause["ended"] else ""
    return f"{cause['recovered']} of {cause['ended']}{rate}{open_still}{told}"
