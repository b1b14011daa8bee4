"""What must never be, looked for in production on a timer: each rule is a question to the database, with examples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from tideover.core.case import state_of
from tideover.core.catalogue import TEMPLATES
from tideover.core.facts import Learnt
from tideover.core.networks import By
from tideover.core.outcomes import Tried
from tideover.core.rules import BadRules
from tideover.core.steps import CHARGES, IN_PARTS, Do
from tideover.core.ways.returns import beyond
from tideover.ids import public
from tideover.inbox.models import StripeEvent
from tideover.messages.models import Message
from tideover.recovery.learnt import as_fact
from tideover.recovery.models import UNCOUNTED, Action, Attempt, Case, LearntFact, Plan, Ruleset
from tideover.recovery.plans.standing import has_a_plan
from tideover.recovery.rulesets import rules_of
from tideover.recovery.ways.giving_back import held_cases
from tideover.tenants.ending import of_whom
from tideover.tenants.models import Connection

SHOWN = 5
UNHANDLED_FOR = timedelta(minutes=15)
UNCOUNTED_FOR = timedelta(minutes=15)
LEASE_OVER_FOR = timedelta(minutes=15)
GIVEN_BACK_IN = timedelta(minutes=15)
GRACE_AFTER_PAYMENT = timedelta(seconds=10)
LOOKED_BACK = timedelta(days=30)
TOUCHED = timedelta(days=2)  # the fold is checked for the cases that something was learnt about lately
MOST_CASES = 2000
BEGIN: Final = {"sqlite": "BEGIN", "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"}


@dataclass(frozen=True, slots=True)
class Found:
    """What became of one rule: how often it is broken, and where for example."""

    name: str
    says: str
    count: int
    examples: Sequence[str] = ()

    @property
    def fine(self) -> bool:
        return self.count == 0


class Place(NamedTuple):
    """Whose it is, and which row."""

    organization_id: UUID
    row: str


Broken = Mapping[str, Sequence[Place]]


def look(now: datetime, organization_id: UUID | None = None) -> list[Found]:
    """Every rule held against the database as it was at one instant; of one organization, or of all."""
    return found(broken(now, organization_id))


def broken(now: datetime, organization_id: UUID | None = None) -> Broken:
    """By rule, where it is broken."""
    with one_snapshot():
        return {name: list(rule(now, organization_id)) for name, (_, rule) in RULES.items()}


def found(places: Broken, organization_id: UUID | None = None) -> list[Found]:
    """What became of each rule; of one organization, or of all."""
    rows = {
        name: [place.row for place in there if organization_id in {None, place.organization_id}]
        for name, there in places.items()
    }
    return [Found(name, says, len(rows[name]), rows[name][:SHOWN]) for name, (says, _) in RULES.items()]


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Let all that is read within belong to one instant: a case that is being taught is seen before it or after it.

    Said to the database itself: Django's own transaction takes SQLite's lock to write, and PostgreSQL's as it is set up
    sees with each query what was committed meanwhile. In a transaction that is open already it is the caller's affair.
    """
    if connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(BEGIN[connection.vendor])
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def _cases(rows: QuerySet[Any], column: str = "case_id") -> list[Place]:
    return [Place(whose, public("case", case)) for whose, case in rows.values_list("organization_id", column)]


def _paid_twice(now: datetime, whose: UUID | None) -> Iterable[Place]:
    paid = Attempt.objects.filter(by=By.US, outcome=Tried.PAID).exclude(action__step__startswith=IN_PARTS)
    another = paid.filter(case_id=OuterRef("case_id")).exclude(pk=OuterRef("pk"))
    return dict.fromkeys(_cases(paid.filter(of_whom(whose), Exists(another), at__gte=now - LOOKED_BACK)))


def _more_than_owed(now: datetime, whose: UUID | None) -> Iterable[Place]:
    """Cases of which we collected more than had failed, whole and in parts together."""
    ours = Attempt.objects.filter(of_whom(whose), by=By.US, outcome=Tried.PAID)
    lately = ours.filter(at__gte=now - LOOKED_BACK).values("case_id")
    by_case = ours.filter(case_id__in=lately).values("organization_id", "case_id", "case__amount_due")
    return _cases(by_case.annotate(came=Sum("amount")).filter(came__gt=F("case__amount_due")))


def _more_than_came_back(now: datetime, whose: UUID | None) -> Iterable[Place]:
    """Cases of which more came after a bank had sent their debit back than is owed of that: also where that was undone
    later, as the merchant has it twice then.
    """
    back = LearntFact.objects.filter(case_id=OuterRef("case_id"), kind=Learnt.CAME_BACK)
    lately = LearntFact.objects.filter(
        of_whom(whose), Exists(back), kind__in=[Learnt.RECEIVED, Learnt.DISPUTE_WON], learnt_at__gte=now - LOOKED_BACK
    )
    ids = list(lately.order_by().values_list("case_id", flat=True).distinct()[:MOST_CASES])
    return [Place(case.organization_id, public("case", case.pk)) for case in _with_facts(ids) if _is_beyond(case)]


def _is_beyond(case: Case) -> bool:
    """What cannot be read says nothing: the rule about states tells of it."""
    try:
        return beyond(map(as_fact, case.facts.all())) > 0
    except ValueError:
        return False


def _parts_are_not_the_debt(now: datetime, whose: UUID | None) -> Iterable[Place]:
    """Plans whose parts do not add up to what they are for."""
    plans = Plan.objects.filter(of_whom(whose), agreed_at__gte=now - LOOKED_BACK)
    return _cases(plans.annotate(parts_sum=Sum("parts__amount")).exclude(parts_sum=F("total")))


def _two_charges(_now: datetime, whose: UUID | None) -> Iterable[Place]:
    started = Action.objects.filter(
        of_whom(whose), do__in=CHARGES, state=Action.State.CLAIMED, started_at__isnull=False
    ).values("organization_id", "case_id")
    return _cases(started.annotate(times=Count("id")).filter(times__gt=1))


def _written_after_payment(now: datetime, whose: UUID | None) -> Iterable[Place]:
    """Messages that left more than 10 s after we had learnt that their case is paid."""
    learnt = LearntFact.objects.filter(
        case_id=OuterRef("about"), kind=Learnt.PAID, learnt_at__lt=OuterRef("data_started_at") - GRACE_AFTER_PAYMENT
    )
    late = Message.objects.filter(of_whom(whose), Exists(learnt), data_started_at__gte=now - LOOKED_BACK)
    late = late.exclude(template__in=[template for template, about in TEMPLATES.items() if about.settled])  # receipts
    return [Place(its, public("msg", row_id)) for its, row_id in late.values_list("organization_id", "id")]


def _events(whose: UUID | None, state: StripeEvent.State, **further: object) -> Iterable[Place]:
    there = StripeEvent.objects.filter(of_whom(whose), state=state, **further)
    return [Place(*row) for row in there.values_list("organization_id", "event_id")]


def _dead_letters(_now: datetime, whose: UUID | None) -> Iterable[Place]:
    dead = Action.objects.filter(of_whom(whose), state=Action.State.DEAD)
    return [*_cases(dead), *_events(whose, StripeEvent.State.FAILED)]


def _leases_over(now: datetime, whose: UUID | None) -> Iterable[Place]:
    return _cases(
        Action.objects.filter(of_whom(whose), state=Action.State.CLAIMED, lease_until__lt=now - LEASE_OVER_FOR)
    )


def _state_is_not_the_fold(now: datetime, whose: UUID | None) -> Iterable[Place]:
    touched = LearntFact.objects.filter(of_whom(whose), learnt_at__gte=now - TOUCHED).order_by("-learnt_at")
    ids = list(dict.fromkeys(touched.values_list("case_id", flat=True)[: MOST_CASES * 4]))[:MOST_CASES]
    return [Place(case.organization_id, public("case", case.pk)) for case in _with_facts(ids) if not _is_the_fold(case)]


def _is_the_fold(case: Case) -> bool:
    """What cannot be read is not: one odd fact, such as a newer version's, keeps nobody else from being looked at."""
    try:
        return case.state == state_of(map(as_fact, case.facts.all()))
    except ValueError:
        return False


def _with_facts(ids: Sequence[UUID]) -> QuerySet[Case]:
    return Case.objects.filter(pk__in=ids).prefetch_related("facts")


def _uncounted(now: datetime, whose: UUID | None) -> Iterable[Place]:
    """Cases that the figures do not show as they are, although there was time to count them."""
    waiting = Case.objects.filter(UNCOUNTED, of_whom(whose), read_at__lt=now - UNCOUNTED_FOR)
    return _cases(waiting.order_by("opened_at")[:MOST_CASES], "id")


def _unhandled(now: datetime, whose: UUID | None) -> Iterable[Place]:
    late = {"received_at__lt": now - UNHANDLED_FOR, "connection__state": Connection.State.ACTIVE}
    return _events(whose, StripeEvent.State.STORED, **late)


def _effects_in_quarantine(_now: datetime, whose: UUID | None) -> Iterable[Place]:
    there = Action.objects.filter(of_whom(whose), do__in=CHARGES, connection__quarantined_at__isnull=False)
    return _cases(there.filter(started_at__gt=F("connection__quarantined_at")))


def _effects_while_off(_now: datetime, whose: UUID | None) -> Iterable[Place]:
    off = Action.objects.filter(of_whom(whose), do__in=CHARGES, case__project__recovery_enabled=False)
    return _cases(off.filter(started_at__gt=F("case__project__recovery_turned_at")))


def _held_for_nothing(now: datetime, whose: UUID | None) -> Iterable[Place]:
    """Invoices that we hold from Stripe for no reason that lasts, and there was time to give them back."""
    held = held_cases().filter(of_whom(whose), ~has_a_plan(), promised_on=None)
    held = held.filter(project__recovery_enabled=True, organization__stopped_at=None, connection__quarantined_at=None)
    held = held.filter(connection__state=Connection.State.ACTIVE, connection__mode=Connection.Mode.ACT)
    soon = Q(clock=None, due_at__gte=now - GIVEN_BACK_IN) | Q(due_at__gte=F("clock__shows") - GIVEN_BACK_IN)
    coming = Action.objects.filter(soon, case_id=OuterRef("pk"), do=Do.HOLD)
    rulesets = Ruleset.objects.filter(pk__in=held.values("ruleset"))
    taking_over = [ruleset.pk for ruleset in rulesets if _takes_over(ruleset)]
    is_ours = Q(ruleset__in=taking_over) & ~Q(state=Case.State.CANCELED)  # as core.ways.holding has it
    return _cases(held.exclude(Exists(coming)).exclude(is_ours), "id")


def _takes_over(ruleset: Ruleset) -> bool:
    """Rules that cannot be read hold nothing: by them nobody could say why it is held."""
    try:
        return rules_of(ruleset).takes_over
    except BadRules:
        return False


Rule = Callable[[datetime, UUID | None], Iterable[Place]]
RULES: Final[Mapping[str, tuple[str, Rule]]] = {
    "paid_once": ("No invoice is paid twice by us.", _paid_twice),
    "never_more_than_owed": ("Of no invoice we collect more than had failed.", _more_than_owed),
    "never_more_than_came_back": ("Of no debit that came back more is collected than is owed.", _more_than_came_back),
    "parts_are_the_debt": ("The parts of each plan add up to its debt.", _parts_are_not_the_debt),
    "one_charge": ("No case has two charges under way.", _two_charges),
    "silent_after_payment": ("Nobody is written to after they have paid.", _written_after_payment),
    "no_dead_letters": ("Nothing failed five times and waits for a person.", _dead_letters),
    "no_old_leases": ("No work is held by a worker that is gone.", _leases_over),
    "state_is_the_fold": ("Every case is in the state that its facts say.", _state_is_not_the_fold),
    "figures_are_the_cases": ("Every case is in the figures as it is.", _uncounted),
    "news_is_read": ("Every event is read within 15 minutes.", _unhandled),
    "quarantine_holds": ("Nothing is charged in quarantine after a restore.", _effects_in_quarantine),
    "held_is_given_back": (
        "No invoice is held from Stripe but for a promise, a payment plan, or by rules that take over.",
        _held_for_nothing,
    ),
    "off_holds": ("Nothing is charged while recovery is off.", _effects_while_off),
}
