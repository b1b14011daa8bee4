"""Take in what was learnt: open the cases, add the facts, decide their states, and plan again. All or nothing.

One case is a batch of one: what is read together is taken in together, with one commit and hardly more queries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from tideover.core.case import State, ended_at, state_of
from tideover.core.declines import Family
from tideover.core.facts import Fact, Learnt
from tideover.core.outcomes import Tried
from tideover.core.proceeds import proceeds
from tideover.core.timing import day_after
from tideover.core.tongues import wishes
from tideover.failpoints import failpoint
from tideover.gateways.answers import ChargeRead, InvoiceRead
from tideover.messages.erased import erased_among
from tideover.recovery import ledger, reading
from tideover.recovery.attribution import attributed, is_of, via_of_attempt
from tideover.recovery.figures import tallies
from tideover.recovery.figures.reached import BROUGHT_A_CARD
from tideover.recovery.known import Known, known_of, lock, name_as_read, nameless, still_known
from tideover.recovery.learnt import as_row, told_before, unheard
from tideover.recovery.models import CHANGED, Attempt, Case, LearntFact
from tideover.recovery.places import dialled, zone, zone_name
from tideover.recovery.planning import replan
from tideover.recovery.plans import found
from tideover.recovery.repairs import Before, before, repair
from tideover.recovery.rulesets import current_ruleset, rules_of
from tideover.recovery.test_clocks.keeping import by_clock, clock_of, dated_by, hang
from tideover.recovery.test_clocks.rows import Clock, now_by
from tideover.recovery.ways import accessing, promising, returning
from tideover.tenants.kept_apart import Backlog
from tideover.tenants.models import Connection, Project

# Two readings under way at once overlap by no more; a time that lies further ahead is of a wrong clock.
LONGEST_READING: Final = timedelta(minutes=10)
EVER: Final = datetime.min.replace(tzinfo=UTC)
Reading = tuple[Connection, InvoiceRead]  # an invoice, and the account it was read in
Invoice = tuple[UUID, str]  # by its connection and its id


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a case is to learn. `via`: what brought the money, where whoever teaches knows it."""

    known: Known
    facts: Sequence[Fact]
    via: Case.Via | None = None


def take_reading(connection: Connection, read: InvoiceRead, now: datetime) -> Case | None:
    """Bring the invoice's case up to what was read at Stripe. None where it is no failed payment of ours."""
    return take_readings([(connection, read)], now)[0]


def take_readings(readings: Sequence[Reading], now: datetime) -> list[Case | None]:
    """The same for many invoices, each once, in one transaction: where one of them cannot be taken in, none is."""
    try:
        return _take(readings, now)
    except IntegrityError:  # another worker opened one of the cases at the same moment: now it is there to be taken
        return _take(readings, now)


def _take(readings: Sequence[Reading], now: datetime) -> list[Case | None]:
    with transaction.atomic():
        known: dict[Invoice, Case | None] = dict(_locked(readings))
        for clock, mine in by_clock(readings):
            _take_by(clock, mine, known, now_by(clock, now))
    return [known.get((connection.pk, read.id)) for connection, read in readings]


def _take_by(
    clock: Clock | None, readings: Sequence[Reading], known: dict[Invoice, Case | None], now: datetime
) -> None:
    """Those of one clock, or of nobody on one, at its time. `known`: the cases that there are, and opened ones."""
    dated = [
        (whose, reading.dated(dated_by(clock, whose, read, is_new=(whose.pk, read.id) not in known), now))
        for whose, read in readings
    ]
    fresh = [one for one in dated if (one[0].pk, one[1].id) not in known]
    known.update({(connection.pk, read.id): _opened(connection, read, now) for connection, read in _nobodys(fresh)})
    cases = [(known.get((connection.pk, read.id)), read) for connection, read in dated]
    pairs = [(case, read) for case, read in cases if case is not None]
    for case, _ in pairs:
        hang(case, clock)
    _take_in(pairs, now)


def _take_in(pairs: Sequence[tuple[Case, InvoiceRead]], now: datetime) -> None:
    """Bring cases, whose rows the caller holds or has just made, up to what was read."""
    was = [_describe(case, read, now) for case, read in pairs]
    held = known_of([case for case, _ in pairs], now)
    _learn_of([(known, read, before) for known, (_, read), before in zip(held, pairs, was, strict=True)], now)


def _learn_of(readings: Sequence[tuple[Known, InvoiceRead, Before | None]], now: datetime) -> None:
    told = told_before(_count_attempts([(known, read) for known, read, _ in readings], now))
    # An event knows when money went back; a reading only that it did, and it may be older. Of both the event's stays.
    lessons = [
        Lesson(known, (*_facts_of(known, read, was, now), *told.get(known.case.pk, ())))
        for known, read, was in readings
    ]
    teach(lessons, now)
    failpoint("case.before_commit")


def _facts_of(known: Known, read: InvoiceRead, was: Before | None, now: datetime) -> Iterator[Fact]:
    repaired = repair(known, read, was, now) if was else None
    if repaired:
        yield repaired
    yield from reading.facts_of(read, reading.failure_of(known.case.opened_at, known.facts, read), now)
    yield from returning.open_at_stripe(known, read, now)


def _locked(readings: Sequence[Reading]) -> dict[tuple[UUID, str], Case]:
    """The cases there are, by connection and invoice, held until the transaction ends."""
    connections = {connection.pk: connection for connection, _ in readings}
    cases = Case.objects.select_for_update().filter(
        connection_id__in=connections, invoice_id__in=[read.id for _, read in readings]
    )
    held = {}
    for case in cases.order_by("id"):  # the same order for all, so that no two workers wait for each other
        # Whoever asks for news of an account has it in hand, and a paid case needs no rules.
        case.connection = connections[case.connection_id]
        case.project = case.connection.project
        held[case.connection_id, case.invoice_id] = case
    return held


def _nobodys(fresh: Sequence[Reading]) -> list[Reading]:
    """Those that are not of a customer who was erased: of them no case is opened any more.

    Asked under the locks: who is being erased is known from before their cases are looked through.
    """
    words = defaultdict[UUID, set[str]](set)
    for connection, read in fresh:
        words[connection.organization_id] |= {read.id, read.customer_id, read.customer_email}
    gone = {organization_id: erased_among(organization_id, said) for organization_id, said in words.items()}
    return [
        (connection, read)
        for connection, read in fresh
        if gone[connection.organization_id].isdisjoint({read.id, read.customer_id, read.customer_email})
    ]


def _opened(connection: Connection, read: InvoiceRead, now: datetime) -> Case | None:
    """A new case, not yet saved: `teach` does it. Foreign keys are checked at the end of the transaction."""
    overdue = reading.is_overdue(read, now)
    if not overdue and not reading.is_a_failure(read):
        return None
    first = _beginning(connection, read)
    if first is None or (overdue and not _is_chased(connection.project, read, first, now)):
        return None
    family = reading.family_of(read)
    return Case(
        organization_id=connection.organization_id,
        project=connection.project,
        connection=connection,
        ruleset=current_ruleset(connection.project, now),
        invoice_id=read.id,
        customer_id=read.customer_id,
        currency=read.currency,
        amount_due=first.amount,
        opened_at=first.at,
        family=family,
        first_family=family,
        read_at=now,
    )


def _is_chased(project: Project, read: InvoiceRead, first: reading.Beginning, now: datetime) -> bool:
    """Whether the rules chase what is overdue; not for longer than all they would write lies behind."""
    rules = rules_of(current_ruleset(project, now))
    here = zone(zone_name(read.country, read.region, project.time_zone))
    return rules.chase_overdue and now < day_after(first.at, rules.window_days, here)


def _beginning(connection: Connection, read: InvoiceRead) -> reading.Beginning | None:
    """The failure that the case begins with. What failed before the account was ours counts where it is taken in."""
    first = reading.beginning(read, EVER)
    if read.test_clock:  # what it shows says nothing of when the account was connected
        return first
    if read.status == "open" and first and first.at < connection.since and _is_taken_in(connection, first.at):
        return first
    return reading.beginning(read, connection.since)


def _is_taken_in(connection: Connection, failed_at: datetime) -> bool:
    """Asked under the row's lock: somebody may be choosing otherwise at this moment."""
    backlog = Backlog.objects.select_for_update(no_key=True).filter(connection=connection, left_at=None)
    return backlog.filter(since__lte=failed_at).first() is not None


def _describe(case: Case, read: InvoiceRead, now: datetime) -> Before | None:
    """Copy what Stripe says about people, plan, card and its own next try; returns what was on file before.

    The reading that was begun last wins: None for an older one.
    """
    name_as_read(case, read)
    if now < case.read_at <= now + LONGEST_READING:
        return None
    was = before(case)
    case.invoice_number, case.customer_name, case.customer_email = read.number, read.customer_name, read.customer_email
    case.subscription_id, case.billing_reason = read.subscription_id, read.billing_reason
    case.description, case.other_lines, case.hosted_url = read.description, read.other_lines, read.hosted_url
    case.locale, case.test_clock = wishes(read.locale, read.country), read.test_clock
    case.customer_phone = dialled(read.customer_phone, read.country)
    case.time_zone = zone_name(read.country, read.region, case.project.time_zone)
    case.stripe_next_attempt_at, case.read_at = read.next_attempt_at, now
    case.payment_method_from, case.processing = read.payment_method_from, read.processing
    case.amount_open, case.collects = max(read.amount_remaining, 0), read.auto_advance
    case.monthly, case.after_trial, case.prices = read.monthly, read.after_trial, " ".join(read.prices)
    case.rest, case.segment = reading.rest_of(read), read.segment
    case.held = read.held and read.status == "open"  # what is closed is nobody's to collect
    if reading.is_sent(read):
        case.family = Family.OVERDUE
    elif reading.failed_attempts(read) or read.requires_action or read.payment_error:
        decline = reading.latest_decline(read)
        case.family, case.decline_code = reading.family_of(read), (decline.code or "")[:64]
        _ask_for_attention(case, waits=read.requires_action or case.family == Family.AUTHENTICATION)
    card = reading.method_of(read)
    if card:
        case.payment_method_id, case.card_brand, case.card_last4 = card.payment_method_id, card.brand, card.last4
        case.card_fingerprint, case.card_expires = card.fingerprint, card.expires
    return was


def _ask_for_attention(case: Case, *, waits: bool) -> None:
    """Only the customer can confirm with the bank, so a person may want to see to it that they do."""
    if waits and not case.attention:
        case.attention = Case.Attention.AUTHENTICATION
    elif not waits and case.attention == Case.Attention.AUTHENTICATION:
        case.attention = Case.Attention.NONE


def _count_attempts(concerned: Sequence[tuple[Known, InvoiceRead]], now: datetime) -> list[Attempt]:
    """Whatever tries the readings tell of, into the ledger; returns those of which news may have come too early."""
    rows, of_nobody = list[Attempt](), list[Attempt]()
    for known, read in concerned:
        fresh = _fresh_attempts(known, read, now)
        rows += fresh
        of_nobody += unheard(fresh, known.own_attempts)
    ledger.add(rows)
    ledger.put_right(told for known, read in concerned for told in _told_of_again(known, read))
    for attempts in {id(known.attempts): known.attempts for known, _ in concerned}.values():  # one list for all
        attempts[:] = ledger.in_order([*attempts, *rows])
    return of_nobody


def _fresh_attempts(known: Known, read: InvoiceRead, now: datetime) -> list[Attempt]:
    before = known.own_attempts
    ids = {attempt.charge_id for attempt in before}
    fresh = [charge for charge in read.attempts if charge.id not in ids]
    failed = {attempt.card_fingerprint for attempt in before if attempt.outcome != Tried.PAID}
    failed |= {charge.card.fingerprint for charge in reading.failed_attempts(read) if charge.card}
    of_parts, under_way = found.take_in(known, fresh, now), next(iter(known.charges_under_way), None)
    if under_way is not None:
        under_way.case = known.case
    ours = {charge.id: under_way for charge in fresh if under_way is not None and is_of(under_way, charge)}
    return [attributed(known.case, charge, {**ours, **of_parts}.get(charge.id), failed) for charge in fresh]


def _told_of_again(known: Known, read: InvoiceRead) -> Iterator[tuple[Attempt, ChargeRead]]:
    """The tries in the ledger of which the reading tells more than is known."""
    told = {charge.id: charge for charge in read.attempts}
    for attempt in known.own_attempts:
        charge = told.get(attempt.charge_id)
        if charge and ledger.says_more(charge, attempt):
            yield attempt, charge


def learn(case: Case, facts: Iterable[Fact], now: datetime, *, via: Case.Via | None = None) -> None:
    """Add facts to a case whose row the caller holds, decide its state, plan again, and save it."""
    now = now_by(case.clock, now)
    [known] = known_of([case], now)
    teach([Lesson(known, tuple(facts), via)], now)


def teach(lessons: Sequence[Lesson], now: datetime) -> None:
    """Let many cases learn at once: as many queries as for one. The caller holds their rows, or has just made them.

    Two workers may make a case of one invoice, and the database lets one row live. Then IntegrityError is raised.
    """
    held = [lesson.known for lesson in lessons]
    _add_facts(lessons, now)
    _settle_states(lessons)
    _settle_states([Lesson(known, told) for known in held if (told := _returned(known, now))])
    _add_facts([Lesson(known, promising.settled(known, now)) for known in held if known.case.promised_on], now)
    replan(held, now)
    _add_facts([Lesson(known, accessing.promised(known, now)) for known in held], now)
    save([known.case for known in held])


def _returned(known: Known, now: datetime) -> Sequence[Fact]:
    """Add what disputes of debits mean to the case."""
    told = returning.returned(known)
    if told:
        _add_facts([Lesson(known, told)], now)
    return told


def _add_facts(lessons: Sequence[Lesson], now: datetime) -> None:
    """Store what is new."""
    rows = list[LearntFact]()
    for lesson in lessons:
        keys = {fact.key for fact in lesson.known.facts}
        fresh = {fact.key: fact for fact in lesson.facts if fact.key not in keys}
        lesson.known.facts += fresh.values()
        if any(fact.kind in BROUGHT_A_CARD for fact in fresh.values()):
            lesson.known.case.reached = CHANGED
        rows += [as_row(lesson.known.case, fact, now) for fact in fresh.values()]
    LearntFact.objects.bulk_create(rows, ignore_conflicts=True)


_WRITTEN = [field.name for field in Case._meta.concrete_fields if not field.primary_key]  # noqa: SLF001 - documented


def save(cases: Sequence[Case]) -> None:
    """Insert or rewrite cases, in one order for all, so that no two workers who open the same wait for each other."""
    for case in cases:
        case.version += 1
    in_order = sorted(cases, key=attrgetter("connection_id", "invoice_id"))
    changed = tallies.count(cases)
    with nameless(in_order):
        Case.objects.bulk_create(in_order, update_conflicts=True, unique_fields=["id"], update_fields=_WRITTEN)
    tallies.write(changed)


def _settle_states(lessons: Sequence[Lesson]) -> None:
    richer = [lesson for lesson in lessons if settle_amounts(lesson.known)]
    brought_by = _what_brought_it([lesson.known.case for lesson in richer if not lesson.via]) if richer else {}
    for lesson in richer:
        lesson.known.case.via = lesson.via or brought_by.get(lesson.known.case.pk, Case.Via.CUSTOMER)
    for lesson in lessons:
        settle_state(lesson.known)


def settle_amounts(known: Known) -> bool:
    """What it brought until now; whether money came that was not known of."""
    case, brought = known.case, proceeds(known.facts, known.case.amount_due, known.case.opened_at)
    is_more = brought.came > case.came.minor
    case.amount_recovered, case.amount_returned, case.amount_disputed = brought.kept, brought.back, brought.disputed
    return is_more


def settle_state(known: Known) -> None:
    """The case as its facts say it is."""
    case, state = known.case, state_of(known.facts)
    case.state, case.ended_at = state, ended_at(known.facts)
    if state == State.RECOVERED:
        case.amount_open = 0
    if state != State.FAILING:
        case.attention, case.processing = Case.Attention.NONE, False
    returning.settle(known)
    # The page says what has become of the invoice, and takes late money; to nobody it says nothing.
    if any(fact.kind == Learnt.CUSTOMER_DELETED for fact in known.facts):
        case.links.filter(revoked_at__isnull=True).update(revoked_at=case.ended_at)


def _what_brought_it(cases: Sequence[Case]) -> dict[UUID, Case.Via]:
    """By whose attempt the money came, where nobody said: the ledger knows. The last one after the failure counts."""
    paid = Attempt.objects.filter(case_id__in=[case.pk for case in cases], outcome=Tried.PAID).order_by("at", "id")
    since = {case.pk: case.opened_at for case in cases}
    rows = paid.select_related("action")
    return {attempt.case_id: via_of_attempt(attempt) for attempt in rows if attempt.at >= since[attempt.case_id]}


def refresh(case: Case, read: InvoiceRead | None, now: datetime) -> Case:
    """Bring a known case up to a reading; None means that the invoice exists no more."""
    with transaction.atomic():
        return bring_up(lock(case), read, now).case


def bring_up(case: Case, read: InvoiceRead | None, now: datetime, earlier: Known | None = None) -> Known:
    """The same for who holds the case's row already; returns all that is known now. `earlier`: as in `still_known`."""
    if case.erased_at:
        return still_known(case, now, earlier)  # a reading under way would bring its customer back
    if read is not None:
        hang(case, clock_of(case.connection, read))
    now = now_by(case.clock, now)
    if read is None:
        known = still_known(case, now, earlier)
        teach([Lesson(known, [reading.invoice_deleted(now)])], now)
    else:
        read = reading.dated(dated_by(case.clock, case.connection, read, is_new=False), now)
        was = _describe(case, read, now)
        known = still_known(case, now, earlier)
        _learn_of([(known, read, was)], now)
    return known
