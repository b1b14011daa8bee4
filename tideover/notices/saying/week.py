"""The week in figures, beside the week before: each as its page has it, each currency by itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tideover.analytics import queries, revenue
from tideover.analytics.messages import By as MessagesBy
from tideover.analytics.messages import performance
from tideover.analytics.period import Comparison, Period
from tideover.analytics.queries import Flows, Reason, Totals, Waiting
from tideover.analytics.revenue import Recurring, Tries
from tideover.analytics.scope import Scope, counts, currencies
from tideover.core.declines import Family, for_merchant
from tideover.core.money import Money, spoken
from tideover.core.networks import By
from tideover.core.timing import DAY, local_day, spoken_date
from tideover.gateways.answers import NotNow
from tideover.messages.letters import Letter
from tideover.messages.pauses import paused as read_pause
from tideover.notices.kinds import Kind
from tideover.notices.models import Notice
from tideover.notices.saying.cases import Block, count_of, page_of, waits
from tideover.notices.saying.troubles import refused, standing, title_of
from tideover.recovery.places import zone
from tideover.tenants.models import Project

REASONS: Final = 3
WITHIN: Final = 7  # days within which a payment counts as one after a message


@dataclass(frozen=True, slots=True)
class Week:
    """What a week brought in one currency.

    sent: messages that left about invoices in it; paid_after: how many of these were paid within seven days.
    """

    flows: Flows
    before: Flows
    waiting: Waiting
    at_risk: Recurring
    recurring: Recurring
    tries: Tries
    reasons: Sequence[Reason]
    sent: int
    paid_after: int

    @property
    def totals(self) -> Totals:
        return self.flows.totals()

    @property
    def is_quiet(self) -> bool:
        """Whether nothing happened, and nothing is open."""
        totals = self.totals
        figures = (totals.recovered.minor, totals.failed_cases, totals.lost.minor, self.waiting.cases, self.sent)
        return not any(figures)


def read(scope: Scope, period: Period) -> Week:
    """The figures of the pages, for these days."""
    before = period.before(Comparison.EXACT)
    flows, earlier, shares = queries.flows_and_shares(scope, period, before)
    messages = performance(scope, period, MessagesBy.KIND, WITHIN)
    return Week(
        flows=flows,
        before=earlier or flows,
        waiting=queries.waiting(scope),
        at_risk=revenue.at_risk(scope),
        recurring=revenue.recovered(revenue.by_sort(scope, period)),
        tries=revenue.tries(scope, period)[By.US],
        reasons=shares.reasons[:REASONS],
        sent=sum(each.sums.sent for each in messages),
        paid_after=sum(each.paid for each in messages),
    )


def period_of(notice: Notice) -> Period:
    """The days a notice tells of."""
    here = zone(notice.project.time_zone)
    since, until = notice.since or notice.due_at, notice.until or notice.due_at
    return Period(local_day(since, here), local_day(until, here) - DAY, here)


def the_week(notice: Notice, _now: datetime) -> Letter | None:
    """Nothing where it was quiet in every currency. Raises NotNow as long as cases are missing in the figures."""
    project, period = notice.project, period_of(notice)
    known = counts(project)
    if known.uncounted:
        raise NotNow("cases have changed that are not in the figures yet; a worker counts them within minutes")
    scopes = [Scope(project.organization_id, project.pk, each) for each in currencies(project, known.standing)]
    weeks = [read(scope, period) for scope in scopes]
    weeks = [week for week in weeks if not week.is_quiet]
    if not weeks:
        return None
    came = [week.totals.recovered for week in weeks if week.totals.recovered.minor]
    title = f"{_both(came)} came back last week" if came else "No payment came back last week"
    days = f"from {spoken_date(period.first_on)} to {spoken_date(period.last_on)}"
    return Letter(
        subject=f"{title} ({project.name})",
        heading=title,
        paragraphs=[f"{project.name}, {days}, beside the week before."],
        figures=[*(block for week in weeks for block in _of(week, named=len(weeks) > 1)), *_needs_you(project)],
        closing="Recovered is what came after a payment had failed, by whatever way. The pages tell how each figure is"
        " computed.",
        label="See the figures",
        url=f"{page_of(Kind.DIGEST, project)}?range=custom&from={period.first_on}&to={period.last_on}",
    )


def _both(amounts: Iterable[Money]) -> str:
    return " and ".join(spoken(amount) for amount in amounts)


# ── of one currency ──


def _of(week: Week, *, named: bool) -> Sequence[Block]:
    currency = week.flows.scope.currency.upper()
    return [
        *([{"kind": "text", "words": f"In {currency}:"}] if named else []),
        {"kind": "rows", "rows": _figures(week)},
        {"kind": "text", "words": "What came back by day; the thin bar is the same day of the week before:"},
        {"kind": "bars", "rows": _bars(week)},
        *_reasons(week.reasons),
        {"kind": "text", "words": "What Tideover did about it:"},
        {"kind": "rows", "rows": _did(week)},
    ]


def _figures(week: Week) -> Sequence[Block]:
    now, then = week.totals, week.before.totals()
    return [
        _row("Recovered", now.recovered, count_of(now.recovered_cases, "payment"), then.recovered),
        _row("Failed first", now.failed, count_of(now.failed_cases, "payment"), then.failed),
        _row("Lost", now.lost, "", then.lost),
        _row("MRR recovered", week.recurring.amount, _months(week.recurring, "invoice")),
        _row("In recovery now", week.waiting.amount, count_of(week.waiting.cases, "case")),
        _row("MRR at risk now", week.at_risk.amount, _months(week.at_risk, "subscription")),
    ]


def _months(some: Recurring, what: str) -> str:
    """Of how many it is; and of how many more nobody has read what recurs."""
    without = f", without {count_of(some.unread, 'case')} not read again since an upgrade" if some.unread else ""
    return f"{count_of(some.cases, what)}{without}"


def _row(label: str, amount: Money, of: str, was: Money | None = None) -> Block:
    beside = [*([of] if of else []), *([f"before {spoken(was)}"] if was is not None else [])]
    return {"label": label, "value": " · ".join([spoken(amount), *beside])}


def _bars(week: Week) -> Sequence[Block]:
    """A line for each day: this week's bar over that of the week before, on one scale."""
    scope = week.flows.scope
    pairs = list(zip(week.flows.days().items(), week.before.days().values(), strict=True))
    most = max(max(now.recovered, then.recovered) for (_, now), then in pairs)
    return [
        {
            "label": spoken_date(day),
            "value": spoken(scope.money(now.recovered)),
            "says": f"{spoken(scope.money(now.recovered))}, {spoken(scope.money(then.recovered))} the week before",
            "bars": [{"share": _share(now.recovered, most)}, {"share": _share(then.recovered, most)}],
        }
        for (day, now), then in pairs
    ]


def _share(part: int, most: int) -> int:
    """In percent of the longest bar; what is more than nothing is seen."""
    return max(part * 100 // most, 1) if part > 0 else 0


def _reasons(reasons: Sequence[Reason]) -> Sequence[Block]:
    if not reasons:
        return []
    rows = [
        {
            "label": for_merchant(Family(each.family)),
            "value": f"{spoken(each.amount)} · {count_of(each.cases, 'payment')}, {spoken(each.recovered)} came back",
        }
        for each in reasons
    ]
    return [{"kind": "text", "words": "Why payments failed first:"}, {"kind": "rows", "rows": rows}]


def _did(week: Week) -> Sequence[Block]:
    tried = week.tries.paid + week.tries.failed
    return [
        {"label": "Charges of ours", "value": f"{tried}, of which {week.tries.paid} went through"},
        {"label": "Messages", "value": f"{week.sent} left, {week.paid_after} of them with a payment within 7 days"},
    ]


# ── of all ──


def _needs_you(project: Project) -> Sequence[Block]:
    """What waits for a person at this moment; that nothing does is said, too."""
    number = waits(project).count()
    lines = [
        *([f"{count_of(number, 'case')} {'waits' if number == 1 else 'wait'} for a person"] if number else []),
        *(title_of(lane) for lane in refused(project)),
        *(read_pause(pause).title for pause in standing(project)),
    ]
    return [{"kind": "text", "words": f"What needs you: {'; '.join(lines) or 'nothing at this moment'}."}]
