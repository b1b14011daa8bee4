"""What became of messages, in numbers: what left and came back, what people opened and followed, and what was paid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from django.db.models import (
    CharField,
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Cast

from tideover.analytics.period import Period
from tideover.analytics.scope import Scope
from tideover.analytics.sums import WON
from tideover.core.measures import part_of
from tideover.core.money import Money
from tideover.core.signals.signs import Who
from tideover.messages.languages import spoken_in
from tideover.messages.models import Message, MessageEvent
from tideover.recovery.models import Action, Case
from tideover.tenants.models import Project

LEFT: Final = Q(state__in=[Message.State.SENT, Message.State.UNKNOWN, Message.State.DATA_STARTED])
LEFT_AT, UNSENT_AT = "data_started_at", "settled_at"  # when a message left, and when it was known that one will not
Told = Mapping[str, Any]
# A step whose message the receiver's server would not have: it came back before it was in.
REFUSED: Final = Exists(
    MessageEvent.objects.filter(
        kind=MessageEvent.Kind.BOUNCED, organization=OuterRef("organization"), message__action_id=OuterRef("pk")
    )
)


def left(project: Project) -> QuerySet[Message]:
    """The messages of a project that left the house, or may have."""
    return Message.objects.filter(LEFT, organization_id=project.organization_id, project=project)


def within(period: Period | None, column: str) -> Q:
    """Rows of these days; without any, all."""
    return Q() if period is None else Q(**{f"{column}__gte": period.start, f"{column}__lt": period.end})


@dataclass(frozen=True, slots=True)
class Sums:
    """What became of some messages. opened, clicked: by the strongest of whom it was heard, each message once.

    sent: those that may have left as well, and those that a server refused. bounced: refused, or taken and come back.
    delivered: as far as anybody tells us, taken and not come back.
    """

    sent: int
    bounced: int
    delivered: int
    opened: Mapping[Who, int]
    clicked: Mapping[Who, int]

    def of_delivered(self, heard: Mapping[Who, int], who: Who = Who.PERSON) -> int | None:
        """The share of what was delivered: of people as a rule, who are at least so many."""
        return part_of(heard.get(who, 0), self.delivered)


def summed(rows: Iterable[Told], back: int, refused: int) -> Sums:
    """rows: how many (`n`) left, of each state, opened_by and clicked_by. back: of these. refused: beside them."""
    states, opened, clicked = Counter[str](), Counter[Who](), Counter[Who]()
    for row in rows:
        states[row["state"]] += row["n"]
        for heard, by in ((opened, row["opened_by"]), (clicked, row["clicked_by"])):
            if by:
                heard[Who(by)] += row["n"]
    delivered = max(states[Message.State.SENT] - back, 0)
    return Sums(states.total() + refused, back + refused, delivered, opened, clicked)


def _came_back(messages: QuerySet[Message]) -> Q:
    """Those of them that came back."""
    back = MessageEvent.objects.filter(kind=MessageEvent.Kind.BOUNCED, message__in=messages.order_by().values("pk"))
    return Q(pk__in=back.values("message"))


# ── beside a list of messages ──


@dataclass(frozen=True, slots=True)
class Listed:
    """What is listed: messages that left, steps that were to be one and are not, steps still to go."""

    left: QuerySet[Message]
    unsent: QuerySet[Action]
    queued: QuerySet[Action]


@dataclass(frozen=True, slots=True)
class Standing:
    """How the messages of some days stand. unsent: steps that were to be one and are not."""

    sums: Sums
    unsent: int


@dataclass(frozen=True, slots=True)
class Standings:
    """The same of some days and of those they are compared with; what is still to go, and when the next one does."""

    now: Standing
    before: Standing
    queued: int
    next_at: datetime | None


def standings(rows: Listed, period: Period | None, before: Period | None) -> Standings:
    """All of it, read in one query; without a period of all time, and compared with nothing."""
    parts = [_counted(rows.queued, "queued", at=Min("due_at"))]
    for days, each in (("now", period), *([("before", before)] if before else [])):
        gone = rows.left.filter(within(each, LEFT_AT))
        parts += [
            _counted(gone, "left", days, "state", "opened_by", "clicked_by"),
            _counted(gone.filter(_came_back(gone)), "back", days),
            _counted(rows.unsent.filter(within(each, UNSENT_AT), ~REFUSED), "unsent", days),
            _counted(rows.unsent.filter(within(each, UNSENT_AT), REFUSED), "refused", days),
        ]
    told: list[Told] = list(parts[0].union(*parts[1:], all=True))
    queued = [row for row in told if row["of"] == "queued"]
    return Standings(
        now=_standing([row for row in told if row["days"] == "now"]),
        before=_standing([row for row in told if row["days"] == "before"]),
        queued=sum(row["n"] for row in queued),
        next_at=next((row["at"] for row in queued), None),
    )


def _counted(rows: QuerySet[Any], of: str, days: str = "", *keys: str, at: Min | None = None) -> QuerySet[Any, Any]:
    """How many there are of each key, asked in the same columns whatever is counted."""
    blank = Value("", output_field=CharField())
    names = dict(zip(("kept", "by_opening", "by_click"), [*map(F, keys), *[blank] * 3], strict=False))
    sums = {"n": Count("pk"), "at": at or Cast(Value(None), DateTimeField())}
    counted: QuerySet[Any, Any] = rows.order_by().values(of=Value(of), days=Value(days), **names).annotate(**sums)
    return counted


def _standing(told: Sequence[Told]) -> Standing:
    rows = [
        {"state": row["kept"], "opened_by": row["by_opening"], "clicked_by": row["by_click"], "n": row["n"]}
        for row in told
        if row["of"] == "left"
    ]
    counts = Counter[str]()
    for row in told:
        counts[row["of"]] += row["n"]
    return Standing(summed(rows, counts["back"], counts["refused"]), counts["unsent"])


# ── by kind, language, step, tone and wording ──


class By(StrEnum):
    """What messages are told apart by."""

    KIND = "kind"
    LANGUAGE = "language"
    STEP = "step"
    TONE = "tone"
    WORDING = "wording"


# The column that tells, and what of its value counts.
_KEYS: Final[Mapping[By, tuple[Any, Callable[[Any], str]]]] = {
    By.KIND: (F("template"), str),
    By.LANGUAGE: (F("locale"), lambda locale: spoken_in(locale).code),
    By.STEP: (Subquery(Action.objects.filter(pk=OuterRef("action_id")).values("step")), lambda step: step or ""),
    By.TONE: (F("tone"), str),
    By.WORDING: (F("psychology"), lambda marked: "psychology" if marked else "plain"),
}


@dataclass(frozen=True, slots=True)
class Performance:
    """What became of the messages of one key. paid: after how many their invoice was paid in time.

    by_link: of these, how many were paid by the link of a message. money: of the invoices that were paid; one that
    followed several messages is in each.
    """

    key: str
    sums: Sums
    paid: int
    by_link: int
    money: Money


def performance(scope: Scope, period: Period, by: By, days: int) -> Sequence[Performance]:
    """Of what left in the period about invoices of the scope's currency; most first. days: within which one is paid."""
    column, key_of = _KEYS[by]
    mine = {"organization_id": scope.organization_id, "project_id": scope.project_id}
    cases = Case.objects.filter(**mine, currency=scope.currency)
    sent = Message.objects.filter(LEFT, within(period, LEFT_AT), **mine, about__in=cases.values("pk"))
    paid = cases.filter(_paid_within(days), pk=OuterRef("about"))
    sums = {"n": Count("pk"), "paid": Count("money"), "came": Sum("money")}
    told = sent.order_by().annotate(key=column, money=Subquery(paid.values("amount_recovered")))
    told = told.annotate(by_link=Exists(paid.filter(via=OuterRef("channel"))))
    rows: list[Told] = list(told.values("key", "state", "opened_by", "clicked_by", "by_link").annotate(**sums))
    refused = Message.objects.filter(within(period, "created_at"), **mine, state=Message.State.FAILED)
    back = _by_key(sent.filter(_came_back(sent)).annotate(key=column), key_of)
    out = _by_key(refused.filter(_came_back(refused), about__in=cases.values("pk")).annotate(key=column), key_of)
    by_key: dict[str, list[Told]] = {key: [] for key in out}
    for row in rows:
        by_key.setdefault(key_of(row["key"]), []).append(row)
    found = [
        Performance(
            key=key,
            sums=summed(some, back[key], out[key]),
            paid=sum(row["paid"] for row in some),
            by_link=sum(row["paid"] for row in some if row["by_link"]),
            money=scope.money(sum(row["came"] or 0 for row in some)),
        )
        for key, some in by_key.items()
    ]
    return sorted(found, key=lambda each: (-each.sums.sent, each.key))


def _by_key(messages: QuerySet[Any, Any], key_of: Callable[[Any], str]) -> Counter[str]:
    """How many there are of each key."""
    counted = Counter[str]()
    for key, number in messages.order_by().values("key").annotate(n=Count("pk")).values_list("key", "n"):
        counted[key_of(key)] += number
    return counted


def _paid_within(days: int) -> Q:
    """Cases that were recovered after the message left, and soon enough for anybody to see a connection."""
    left_at = OuterRef(LEFT_AT)
    return WON & Q(ended_at__gt=left_at, ended_at__lte=ExpressionWrapper(left_at + timedelta(days), DateTimeField()))
