"""What is said of cases: those that were recovered, and those that wait for a person."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet

from tideover.analytics.scope import needs_a_person
from tideover.analytics.sums import WON
from tideover.config import public_address
from tideover.core.case import FAILED_STEP, WAITS_FOR, attention
from tideover.core.facts import Learnt
from tideover.core.money import Money, spoken
from tideover.ids import public
from tideover.messages.letters import Letter
from tideover.notices.kinds import KINDS, Kind
from tideover.notices.models import Notice
from tideover.recovery.models import Case, LearntFact
from tideover.tenants.models import Project

Block = Mapping[str, Any]
SHOWN: Final = 10
PAID: Final = (Learnt.PAID, Learnt.PAID_AFTER_ALL)


def paid(project: Project) -> QuerySet[LearntFact]:
    """Each time that we learnt of a payment: an event may come late, and then it is news all the same."""
    return LearntFact.objects.filter(organization_id=project.organization_id, case__project=project, kind__in=PAID)


def recovered(notice: Notice, _now: datetime) -> Letter | None:
    """What was paid within the notice's time, the largest amounts of a currency first."""
    heard = paid(notice.project).filter(learnt_at__gte=notice.since, learnt_at__lt=notice.until)
    cases = cases_of(notice.project).filter(WON, pk__in=heard.values("case_id"))
    found = list(cases.order_by("currency", "-amount_recovered", "pk"))
    if not found:
        return None
    title = f"{count_of(len(found), 'payment')} came back: {_sum(map(_recovered, found))}"
    return Letter(
        subject=f"{title} ({notice.project.name})",
        heading=title,
        paragraphs=[f"What had failed at {notice.project.name} and is paid now:"],
        figures=listed(notice.project, found, len(found), lambda case: spoken(_recovered(case))),
        closing="Each case tells what had gone out before.",
        label="See what was recovered",
        url=page_of(Kind.RECOVERED, notice.project),
    )


def _recovered(case: Case) -> Money:
    return Money(case.amount_recovered, case.currency)


def attend(notice: Notice, _now: datetime) -> Letter | None:
    """Every open case that waits for a person at this moment: the same as on the list of cases."""
    waiting = waits(notice.project)
    number = waiting.count()
    if not number:
        return None
    title = f"{count_of(number, 'case')} {'waits' if number == 1 else 'wait'} for you"
    shown = list(waiting.order_by("currency", "-amount_due", "pk")[:SHOWN])
    return Letter(
        subject=f"{title} ({notice.project.name})",
        heading=title,
        paragraphs=[f"At {notice.project.name} something goes on only once a person has looked at it:"],
        figures=listed(notice.project, shown, number, lambda case: f"{spoken(case.owed)} · {_why(case)}"),
        closing="Each case says what it waits for, and what you can do.",
        label="See the cases",
        url=page_of(Kind.ATTENTION, notice.project),
    )


def waits(project: Project) -> QuerySet[Case]:
    """The open cases of a project that wait for a person."""
    return cases_of(project).filter(needs_a_person(project.organization_id))


def cases_of(project: Project) -> QuerySet[Case]:
    """All of a project's."""
    return Case.objects.filter(organization_id=project.organization_id, project=project)


def _why(case: Case) -> str:
    """A mark that a newer version of ours has set is not known here."""
    mark = attention(case.attention)
    return "Needs a look" if mark is None else WAITS_FOR.get(mark, FAILED_STEP)


# ── parts of letters ──


def page_of(kind: Kind, project: Project) -> str:
    """The address of the page that tells more, in the project it is about, whichever a browser showed last."""
    return opens(project, KINDS[kind].page)


def opens(project: Project, page: str) -> str:
    """The address of a page of a project."""
    return f"{public_address()}/at/{public('proj', project.pk)}{page}"


def count_of(number: int, what: str) -> str:
    """As people say it: "1 case", "3 cases"."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def listed(project: Project, cases: Sequence[Case], number: int, say: Callable[[Case], str]) -> Sequence[Block]:
    """The first cases, each with what is said of it; and how many more there are."""
    rows = [{"label": _name_of(project, case), "value": say(case)} for case in cases[:SHOWN]]
    more = [{"kind": "text", "words": f"And {number - SHOWN} more."}] if number > SHOWN else []
    return [{"kind": "rows", "rows": rows}, *more]


def _name_of(project: Project, case: Case) -> str:
    """As the pages call its customer; where a project keeps no names, by the case's own id."""
    return case.public_id if project.minimal else case.customer_name or case.customer_email or case.customer_id


def _sum(amounts: Iterable[Money]) -> str:
    """What amounts come to, each currency by itself."""
    totals: dict[str, Money] = {}
    for amount in amounts:
        totals[amount.currency] = totals.get(amount.currency, Money(0, amount.currency)) + amount
    return " and ".join(spoken(total) for total in totals.values())
