"""The last days of a project's accounts through its rules: what they would have done with each payment that failed.

Nothing is written, sent or charged. What really came is told as what it was, and never as brought by the rules: nobody
knows what a try that was not made would have come to.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet, Subquery

from tideover.core.catalogue import Channel
from tideover.core.charging import why_no_schedule
from tideover.core.declines import Family
from tideover.core.editing.lives import Kind, Life, Mark, in_order, live_together
from tideover.core.limits import same_method_budget
from tideover.core.messaging import outside_hours
from tideover.core.money import Money
from tideover.core.outcomes import Unsent
from tideover.core.planner import explain_silence
from tideover.core.timing import local_day
from tideover.core.trials import fitting
from tideover.flow.alone import alone
from tideover.messages.keyed import address_hash
from tideover.messages.suppression import unsent_of
from tideover.mirror.models import Mirror, MirrorInvoice, Payment
from tideover.mirror.progress import Progress, progress
from tideover.recovery.models import Ruleset
from tideover.recovery.rulesets import newest, rules_of
from tideover.recovery.telling.past import Failure, Past, Payer, Whose, failures_around, first_failures, stripes_days
from tideover.tenants.models import Connection, Project

DAYS: Final = 90
MOST_DAYS: Final = 365
AT_ONCE: Final = 50
QUIET: Final = "sending_hours"  # a message that waits for them
NOT_CHARGED: Final = "not_charged"  # the kind of failure, or the rules, leave nothing to charge


@dataclass(frozen=True, slots=True)
class Relived:
    """A payment that failed, and what the rules would have done.

    never: why nothing at all would have been charged by itself, and by which rule; empty where something would.
    unsent: why its customer would not be written to, as it stands today. moved: when messages were meant that wait for
    the sending hours. silent: why messages of the rules are not for it, as it is known at the end.
    """

    failure: Failure
    zone: ZoneInfo
    family: Family
    marks: Sequence[Mark]
    never: tuple[str, str]
    unsent: Unsent | None
    moved: Mapping[str, datetime]
    silent: Sequence[str]

    @property
    def opened_at(self) -> datetime:
        return self.marks[0].at

    @property
    def amount(self) -> Money:
        first = self.failure.first
        return Money(first.amount, first.currency)

    @property
    def charges(self) -> list[Mark]:
        return [mark for mark in self.marks if mark.kind == Kind.CHARGE]

    @property
    def messages(self) -> list[Mark]:
        return [] if self.unsent else [mark for mark in self.marks if mark.kind == Kind.MESSAGE]

    @property
    def refused(self) -> list[Mark]:
        """The instants at which the rules would charge and something stands in the way."""
        return [mark for mark in self.marks if mark.kind == Kind.PASSED]

    @property
    def steps(self) -> Sequence[Mark]:
        """What is told of it, in order, after the failure itself."""
        return self.marks[1:]

    @property
    def invoice(self) -> MirrorInvoice:
        return self.failure.invoice

    @property
    def customer(self) -> Payer | None:
        return self.failure.customer


@dataclass(slots=True)
class Day:
    """How much falls on one day of the project's zone. failed, paid: what really was."""

    failed: int = 0
    paid: int = 0
    charges: int = 0
    messages: int = 0
    refused: int = 0


@dataclass(slots=True)
class Totals:
    """All of them, added up. known: of the charges those that were really made, by us. rules: steps by their rule.

    refused: what stood in the way, by its rule. silent: who would not be written to, by why.
    """

    failures: int = 0
    charges: int = 0
    known: int = 0
    messages: int = 0
    joined: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)  # minor units, by currency
    rules: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    silent: Counter[Unsent] = field(default_factory=Counter)
    days: defaultdict[date, Day] = field(default_factory=lambda: defaultdict(Day))

    def add(self, row: Relived, zone: ZoneInfo) -> None:
        """Count one in."""
        self.failures += 1
        self.failed[row.amount.currency] += row.amount.minor
        self.ended[row.failure.ended or "open"] += 1
        self.days[local_day(row.opened_at, zone)].failed += 1
        if row.failure.ended == "paid" and row.failure.ended_at:
            self.days[local_day(row.failure.ended_at, zone)].paid += 1
        if row.unsent:
            self.silent[row.unsent] += 1
        self.refused[QUIET] += 0 if row.unsent else len(row.moved)
        if row.never[0]:
            self.refused[row.never[0]] += 1
        self._add_steps(row, zone)

    def _add_steps(self, row: Relived, zone: ZoneInfo) -> None:
        for mark in row.charges:
            self.charges += 1
            self.known += mark.tried is not None
            self.rules[mark.rule] += 1
            self.days[local_day(mark.at, zone)].charges += 1
        for mark in row.messages:
            self.messages += 1
            self.rules[mark.rule] += 1
            self.days[local_day(mark.at, zone)].messages += 1
        for mark in row.refused:
            self.refused[mark.rule] += 1
            self.days[local_day(mark.at, zone)].refused += 1
        self.joined += 0 if row.unsent else sum(mark.kind == Kind.JOINED for mark in row.marks)

    @property
    def amounts(self) -> list[Money]:
        """What had failed, by currency. Nothing of it is said to have been recovered."""
        return [Money(minor, currency) for currency, minor in self.failed.most_common()]


@dataclass(frozen=True, slots=True)
class History:
    """An account and how far its history was read; None: that was not begun."""

    account: str
    progress: Progress | None

    @property
    def is_read(self) -> bool:
        return self.progress is not None and self.progress.imported_at is not None

    @property
    def sentence(self) -> str:
        """How far it is, where it is not read to its end."""
        if self.progress is None:
            return f"The history of {self.account} was not begun to be read: it is left out."
        how_far = f"{self.progress.percent} % of it, {self.progress.counted}"
        trouble = f" It does not go on at this time: {self.progress.trouble}" if self.progress.trouble else ""
        return f"The history of {self.account} is being read, {how_far}: it is left out until then.{trouble}"


@dataclass(frozen=True, slots=True)
class Around:
    """What failed with some payments, by customer; and who of them is not written to, by the hash of their address."""

    failures: Mapping[Whose, list[Failure]]
    barred: Mapping[str, Unsent]


@dataclass(frozen=True, slots=True)
class Backtest:
    """A project's accounts, rules and days. histories: of every account. since: what failed first from then on.

    odd: of what was lived through until now those with which that broke, by their first tries.
    """

    project: Project
    ruleset: Ruleset
    histories: Sequence[History]
    connections: Sequence[Connection]
    since: datetime
    now: datetime
    past: Past
    odd: set[UUID] = field(default_factory=set)

    @property
    def observes(self) -> bool:
        """Whether no account may be charged at this time: then it is told what would be if one could."""
        return not any(connection.may_write for connection in self.connections)

    @property
    def takes_over(self) -> bool:
        return self.past.rules.takes_over

    @property
    def assumptions(self) -> Sequence[str]:
        """What is taken for true, in sentences: nobody can know it."""
        return tuple(_assumptions(self))

    def firsts(self, after: UUID | None = None) -> QuerySet[Payment]:
        """The tries that the payments failed with, the latest first. after: those that come behind this one."""
        found = first_failures([connection.pk for connection in self.connections], self.since, self.now)
        if after is None:
            return found
        at = Subquery(Payment.objects.filter(pk=after, connection__in=self.connections).values("at")[:1])
        return found.filter(Q(at__lt=at) | Q(at=at, pk__lt=after), at__lte=at)

    def every(self) -> Iterator[Relived]:
        """All of them, the latest first, some at a time: as much memory for many as for few."""
        rows = iter(self.firsts().iterator(chunk_size=AT_ONCE))
        while batch := list(islice(rows, AT_ONCE)):
            yield from self.relived(batch)

    def relived(self, firsts: Sequence[Payment]) -> list[Relived]:
        """What would have been of these. One by one where that breaks: an odd one is left out, and no other."""
        with alone("backtest.broke", payments=len(firsts)):
            return self._relived(firsts)
        if len(firsts) > 1:
            return [each for first in firsts for each in self.relived([first])]
        self.odd.update(each.pk for each in firsts)
        return []

    def _relived(self, firsts: Sequence[Payment]) -> list[Relived]:
        return self.lived(firsts, self.around(firsts))

    def around(self, firsts: Sequence[Payment]) -> Around:
        """What is read for these, whatever the rules."""
        failures = failures_around(firsts, self.now)
        customers = [each.customer for mine in failures.values() for each in mine if each.customer]
        barred = unsent_of(self.project.organization_id, Channel.EMAIL, [each.email for each in customers])
        return Around(failures, barred)

    def lived(self, firsts: Sequence[Payment], around: Around) -> list[Relived]:
        """What would have been of these by the rules, of what was read."""
        found = dict[tuple[UUID, str], Relived]()
        for mine in around.failures.values():
            for each in self._together(mine, around.barred):
                found[each.invoice.connection_id, each.invoice.stripe_id] = each
        keys = [(each.connection_id, each.invoice_id) for each in firsts]
        return [found[key] for key in keys if key in found]

    def _together(self, failures: Sequence[Failure], barred: Mapping[str, Unsent]) -> list[Relived]:
        """The failed payments of one customer."""
        lives = [self.past.life(failure) for failure in failures]
        never = [_never(life) for life in lives]
        live_together(lives, self.now)
        return [
            Relived(
                failure,
                life.situation.zone,
                life.situation.family,
                in_order(life.marks),
                why if not any(mark.kind == Kind.CHARGE for mark in life.marks) else ("", ""),
                self._unsent(failure, barred),
                _moved(life),
                explain_silence(life.situation, life.rules),
            )
            for failure, life, why in zip(failures, lives, never, strict=True)
        ]

    def _unsent(self, failure: Failure, barred: Mapping[str, Unsent]) -> Unsent | None:
        email = failure.customer.email if failure.customer else ""
        if not (email or self.project.minimal):  # in minimal mode Stripe is asked when one leaves
            return Unsent.NO_ADDRESS
        silent = {each.pk for each in self.connections if not (each.livemode or each.test_mail)}
        if failure.invoice.connection_id in silent:
            return Unsent.TEST_MODE
        return barred.get(address_hash(email)) if email else None


def _assumptions(found: Backtest) -> Iterator[str]:
    yield (
        "What a charge that was not made would have come to, nobody knows: it is taken to have failed as the try"
        " before, so that all that would have followed is seen."
        " After what really paid an invoice nothing more is counted."
    )
    if found.takes_over:
        yield "The rules take over from Stripe: its own failed tries are left out, as they would have been held."
    if found.observes:
        yield "No account may be charged at this time (observe mode): this is what would have been if one could."
    yield (
        "Of new cards, promises, pauses and messages of the time nothing is known here, only of tries and of how each"
        " invoice ended. Opt-outs are today's."
    )


def _never(life: Life) -> tuple[str, str]:
    """By which rule nothing at all is charged by itself, and why; as it is known with the failure."""
    situation = life.situation
    rules = fitting(situation, life.rules)
    why = why_no_schedule(situation, rules)
    if not why:
        return "", ""
    left = same_method_budget(situation, rules, situation.opened_at)
    return (left.rule, left.why) if left.earliest_at is None else (NOT_CHARGED, why)


def _moved(life: Life) -> dict[str, datetime]:
    written = [mark.step for mark in life.marks if mark.kind == Kind.MESSAGE and mark.step]
    rules = fitting(life.situation, life.rules)
    return {step.step: at for step in written if (at := outside_hours(life.situation, rules, step.step))}


def backtest(project: Project, now: datetime, days: int = DAYS, ruleset: Ruleset | None = None) -> Backtest:
    """The last so many days by these rules, or the newest. Nothing is lived through yet."""
    accounts = Connection.objects.filter(project=project, state=Connection.State.ACTIVE).select_related("mirror")
    connections = list(accounts.order_by("created_at", "pk"))
    read = [each for each in connections if (mirror := _mirror(each)) and mirror.imported_at]
    ruleset = ruleset or newest(project)
    past = Past(project, rules_of(ruleset), stripes_days([each.pk for each in read], now), now)
    histories = [_history(each) for each in connections]
    return Backtest(project, ruleset, histories, read, now - timedelta(days=days), now, past)


def _history(connection: Connection) -> History:
    mirror = _mirror(connection)
    return History(connection.account_name or connection.account_id, progress(mirror) if mirror else None)


def _mirror(connection: Connection) -> Mirror | None:
    """How far it was read; None where that was not begun."""
    return getattr(connection, "mirror", None)
