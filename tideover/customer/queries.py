"""What the pay page shows, read from our rows alone."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from tideover.core.catalogue import Channel
from tideover.core.declines import HEALS, Decline, Family, Heals, for_payer
from tideover.core.facts import Learnt
from tideover.core.money import Money
from tideover.core.outcomes import FAILED_TRIES
from tideover.core.steps import CHARGES
from tideover.core.timing import local_day
from tideover.core.tries import Budget
from tideover.core.ways.doors import BREATH, OPEN, Door, Need, open_after_a_return, open_doors
from tideover.customer.brand import Brand, brand_of, merchant_of
from tideover.customer.doors.day.shown import standing
from tideover.customer.doors.owing import Owing
from tideover.customer.doors.parts.shown import PlanTold, standing_of
from tideover.customer.doors.paypal.shown import is_saved
from tideover.customer.doors.table import Shown, shown
from tideover.messages.languages import Language
from tideover.messages.wording import BETWEEN, card_name, method_words, plan_name
from tideover.recovery import ledger
from tideover.recovery.models import Action, Attempt, Case, Link
from tideover.recovery.paying import same_card, several
from tideover.recovery.places import language_of, zone
from tideover.recovery.plans.offering import choices
from tideover.recovery.returned.collecting import debt_now
from tideover.recovery.telling.under_way import UnderWay, under_way
from tideover.recovery.ways import promises
from tideover.recovery.ways.accessing import until_of

# Once one of these is known, the invoice takes no payment.
NOTHING_OWED: Final = {Learnt.FORGIVEN, Learnt.VOIDED, Learnt.UNCOLLECTIBLE, Learnt.INVOICE_DELETED}


class Kind(StrEnum):
    """What the page is for at this moment."""

    OPEN = "open"  # something can be paid, by the doors that open
    PROCESSING = "processing"
    PAID = "paid"
    CAME_BACK = "came_back"  # a debit did after all was paid: what is owed is paid by a payment of its own
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Owed:
    """Another open invoice of the same customer."""

    what: str
    amount: str
    since: str


@dataclass(frozen=True, slots=True)
class Pick:
    """An open invoice that can be paid here, and whether it is chosen. The page's own always is."""

    key: str  # its public id; empty of the page's own
    what: str
    about: str
    amount: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Day:
    """A day on the line of what happens next: which it is, in words, and what is then. `mark` draws it."""

    day: str
    what: str
    mark: str


@dataclass(frozen=True, slots=True)
class DebitWords:
    """A bank debit that is under way. Empty strings mean "not known"."""

    account: str
    started_on: str
    expected_on: str


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the template shows. Texts are plain; the template escapes them.

    say: the page's own words, filled in with the facts of this payment. doors: those that are drawn, the open one
    first. hosted_url: Stripe's own page, behind a door or in the foot.
    """

    kind: Kind
    language: Language
    say: Mapping[str, str]
    paid_here: bool  # by this page or the message that led to it, as opposed to somewhere else
    brand: Brand
    return_url: str
    amount: str
    currency: str
    what: str
    number: str
    opened_on: str
    paid_on: str
    due_on: str  # of what is overdue; else empty
    reason: str
    waits: bool  # for the payer's word to the bank
    promised: str  # the day that was promised, and what is then, in a sentence
    card: str
    again_from: str  # where what is on file may not be tried now, but later: when, in a sentence
    days: tuple[Day, ...]
    under_way: DebitWords | None  # of a bank debit that the bank has not answered
    picks: tuple[Pick, ...]  # where several can be paid at once, oldest first
    agreed: str  # which invoices a pressed button pays, and for how much each: the form sends it back
    others: tuple[Owed, ...]  # what cannot be paid along with it
    total: str  # together with them
    doors: tuple[Shown, ...]
    plan: PlanTold | None  # by which it is paid in parts
    hosted_url: str

    @property
    def has_form(self) -> bool:
        """Whether Stripe's form, and with it our script, is needed."""
        return any(shown.door == Door.CARD for shown in self.doors)

    @property
    def beside_stripes(self) -> bool:
        """Whether Stripe's own page is another way, beside those that stand here."""
        return any(shown.door != Door.STRIPE for shown in self.doors)


def page_of(link: Link, now: datetime, chosen: Collection[str] | None = None, *, form: bool = False) -> Page:
    """The page of the case behind `link`. chosen: of what can be paid along, by public ids; None for all of it.

    form: whether our form is asked for where the merchant prefers Stripe's portal.
    """
    case, project, language = link.case, link.case.project, language_of(link.case)
    kind = kind_of(case)
    open_too = several.open_too(case) if kind == Kind.OPEN else ()
    plan = standing_of(case, language, now) if kind == Kind.OPEN else None
    alone = plan is not None or (_prefers_portal(case) and not form)
    along = several.together(case) if kind == Kind.OPEN and may_charge(case) and not alone else ()
    paid = _by_age([case, *(each for each in along if chosen is None or each.public_id in chosen)])
    budget = same_card.left(case, now) if kind == Kind.OPEN and may_charge(case) else None
    same = budget if all(same_card.is_same(each, case) for each in paid) else None
    days = kind == Kind.OPEN and promises.offered(case, now) is not None
    in_parts = kind == Kind.OPEN and bool(choices(case, now))
    doors = doors_of(case, same, days=days, form=form, plan=in_parts) if kind == Kind.OPEN else ()
    doors = doors_after_a_return(case, now) if kind == Kind.CAME_BACK else doors
    others = tuple(other for other in open_too if other not in along)
    owing = Owing(case, doors, paid, Money(sum(each.owed.minor for each in paid), case.currency), language, now)
    debit = under_way(case) if kind == Kind.PROCESSING else None
    amount = debit.amount if debit else case.came if kind == Kind.PAID else case.owed
    say = _words(owing, language.amount(amount))
    due_on = language.day(_local(case.opened_at, case)) if case.is_overdue else ""
    return Page(
        kind=kind,
        language=language,
        say=say,
        paid_here=case.via in {Case.Via.CARD_PAGE, *Channel},
        brand=brand_of(project),
        return_url=project.return_url,
        amount=language.amount(owing.total if kind == Kind.OPEN else amount),
        currency=case.currency,
        what=plan_name(language, case.description, case.other_lines) or "",
        number=case.invoice_number,
        opened_on=language.day(_local(case.opened_at, case)),
        paid_on=language.day(_local(case.ended_at, case)) if kind == Kind.PAID and case.ended_at else "",
        due_on=due_on,
        reason=say["overdue_what"] if case.is_overdue else _reason(case, language),
        waits=Door.CONFIRM in doors,
        promised=standing(case.promised_on, language) if case.promised_on and kind == Kind.OPEN else "",
        card=_card(case),
        again_from=_again_from(case, budget, language, now),
        under_way=_in_words(debit, case, language) if debit else None,
        days=_days(case, say, language, now) if kind == Kind.OPEN else (),
        picks=tuple(_pick(each, case, paid, language) for each in _by_age([case, *along])) if along else (),
        agreed=" ".join(f"{each.public_id}:{each.owed.minor}" for each in paid),
        others=tuple(_owed(other, language) for other in others),
        total=_total([*paid, *others], language) if others else "",
        doors=tuple(shown(door, owing, say) for door in _drawn(doors)),
        plan=plan,
        hosted_url=case.hosted_url,
    )


def _words(owing: Owing, amount: str) -> Mapping[str, str]:
    case, language = owing.case, owing.language
    due_on = language.day(_local(case.opened_at, case)) if case.is_overdue else ""
    return language.lines(
        "page",
        merchant=merchant_of(case.project),
        amount=amount,
        total=language.amount(owing.total),
        count=len(owing.chosen),
        card=_card(case),
        means=str(case.means),
        family=str(case.family),
        due_on=due_on,
        subscription=case.is_subscription,
        promised=case.promised_on is not None,
    )


def _card(case: Case) -> str:
    return card_name(case.card_brand, case.card_last4, BETWEEN) or ""


def kind_of(case: Case) -> Kind:
    """What the page is for. Whatever became of the case, what is owed can be paid."""
    if case.state == Case.State.RECOVERED:
        return Kind.PAID
    told = set(case.facts.filter(kind__in={*NOTHING_OWED, Learnt.CAME_BACK}).values_list("kind", flat=True))
    if case.state != Case.State.FAILING and told & NOTHING_OWED:
        return Kind.CLOSED
    if Learnt.CAME_BACK in told:
        return Kind.CAME_BACK
    return Kind.PROCESSING if case.processing else Kind.OPEN


def doors_of(
    case: Case, same: Budget | None, *, days: bool = False, form: bool = False, plan: bool = False
) -> tuple[Door, ...]:
    """The doors that open at this moment, the one that fits best first. same: what is left for what is on file.

    days: whether there are some that may be promised. form: as `page_of` has it. plan: whether one may be chosen.
    """
    portal = _prefers_portal(case) and not form
    so = {
        Need.FORM: not portal,
        Need.PORTAL: portal,
        Need.PAYPAL: is_saved(case),
        Need.CHARGING: may_charge(case),
        Need.PAYER: bool(case.customer_id),
        Need.SAME: same is not None and same.allowed,
        Need.QUESTION: _is_asked(case),
        Need.DAYS: days,
        Need.PLAN: plan,
        Need.HOSTED: bool(case.hosted_url),
    }
    return open_doors(Family(case.family), [need for need, is_so in so.items() if is_so])


def doors_after_a_return(case: Case, now: datetime) -> tuple[Door, ...]:
    """The same of what a bank sent back: by card here, or at Stripe where that has opened the invoice again."""
    debt = debt_now(case, now)
    if debt is None:
        return ()
    so = {
        Need.FORM: not debt.at_stripe,
        Need.CHARGING: may_charge(case),
        Need.PAYER: bool(case.customer_id),
        Need.HOSTED: debt.at_stripe and bool(case.hosted_url),
    }
    return open_after_a_return([need for need, is_so in so.items() if is_so])


def _is_asked(case: Case) -> bool:
    """Whether the bank has asked to hear from the payer."""
    return case.attention == Case.Attention.AUTHENTICATION or case.family == Family.AUTHENTICATION


def _prefers_portal(case: Case) -> bool:
    """Whether what is brought is put on file in Stripe's portal. It answers no bank's question: the form does.

    Nor is what was put there charged for a case that has ended or rests, as no news moves it.
    """
    goes_on = case.state == Case.State.FAILING and not case.rest
    return case.project.prefers_portal and goes_on and not _is_asked(case)


def _drawn(doors: Sequence[Door]) -> Iterable[Door]:
    """Stripe's own page is a door where there is no other; beside others it stands in the foot."""
    return [door for door in doors if door != Door.STRIPE] or doors


def may_charge(case: Case) -> bool:
    """Whether a payer may be charged here: in act mode, nothing stopped, and Stripe's form can be shown."""
    return case.connection.may_write and not _is_stopped(case) and bool(case.connection.publishable_key)


def _is_stopped(case: Case) -> bool:
    """Whether nothing may be charged for this merchant now, as its row and its project's say."""
    return case.connection.organization.stopped_at is not None or not case.project.recovery_enabled


def may_have_changed(case: Case) -> bool:
    """Whether something is owed and the case has ended, so that nobody else asks Stripe about it any more."""
    return case.state != Case.State.FAILING and kind_of(case) not in {Kind.PAID, Kind.CLOSED}


def _reason(case: Case, language: Language) -> str:
    failed = Attempt.objects.filter(case=case, outcome__in=FAILED_TRIES).order_by("-at", "-id").first()
    told = ledger.decline_of(failed) if failed else None
    reason = for_payer(told or Decline(code=case.decline_code or None, brand=case.card_brand or None), case.means)
    return method_words(language, case.means)[f"reason.{reason}"]


def _again_from(case: Case, budget: Budget | None, language: Language, now: datetime) -> str:
    """When what is on file may be tried again, where its door is shut for a while; empty where it never helps."""
    until = budget.earliest_at if budget and not budget.allowed else None
    if until is None or Door.AGAIN not in OPEN[Family(case.family)]:
        return ""
    if until - now <= BREATH:
        return language.say("page", "again_soon", card=_card(case), minutes=math.ceil((until - now).seconds / 60))
    moment = language.moment(until, zone(case.time_zone))
    return language.say("page", "again_later", card=_card(case), moment=moment)


# ── what happens next ──


def _days(case: Case, say: Mapping[str, str], language: Language, now: datetime) -> tuple[Day, ...]:
    """Today, the next try, and the day until which access is kept, as far as known. Today alone says nothing."""
    known = (
        (_next_try(case, Family(case.family)), say["day_next"], "next"),
        (until_of(case, now), say["day_access"], "end"),
    )
    later = tuple(Day(language.short_day(day), what, mark) for day, what, mark in known if day is not None)
    return (Day(say["today"], say["day_today"], "now"), *later) if later else ()


def _next_try(case: Case, family: Family) -> date | None:
    """The day on which this is tried again by itself, ours or Stripe's try; none where waiting helps nothing."""
    if HEALS[family] != Heals.TIME:
        return None
    charges = Action.objects.filter(case=case, do__in=CHARGES, state=Action.State.PLANNED)
    may_charge = case.connection.may_write and not _is_stopped(case)
    ours = charges.order_by("due_at").values_list("due_at", flat=True).first() if may_charge else None
    moments = [at for at in (ours, case.stripe_next_attempt_at) if at is not None]
    return _local(min(moments), case) if moments else None


def _in_words(debit: UnderWay, case: Case, language: Language) -> DebitWords:
    account = card_name(debit.brand, debit.last4, BETWEEN) or ""
    expected = language.short_day(debit.expected_on) if debit.expected_on else ""
    return DebitWords(account, language.short_day(_local(debit.since, case)), expected)


# ── what else is open ──


def _by_age(cases: Iterable[Case]) -> tuple[Case, ...]:
    return tuple(sorted(cases, key=lambda case: (case.opened_at, case.pk)))


def _pick(each: Case, own: Case, paid: Sequence[Case], language: Language) -> Pick:
    owed = _owed(each, language)
    about = " · ".join(filter(None, (language.apart(each.invoice_number), owed.since)))
    return Pick("" if each.pk == own.pk else each.public_id, owed.what, about, owed.amount, each in paid)


def _owed(case: Case, language: Language) -> Owed:
    since = language.say("page", "other_since", day=language.day(_local(case.opened_at, case)))
    what = plan_name(language, case.description, case.other_lines) or language.say("page", "other_invoice")
    return Owed(what, language.amount(case.owed), since)


def _total(cases: Sequence[Case], language: Language) -> str:
    """One sum for each currency: "$148.00", or "$99.00 and €20.00"."""
    sums: dict[str, int] = defaultdict(int)
    for case in cases:
        sums[case.currency] += case.owed.minor
    return language.listed([language.amount(Money(minor, currency)) for currency, minor in sums.items()])


def _local(at: datetime, case: Case) -> date:
    """The customer's own day of this instant."""
    return local_day(at, zone(case.time_zone))
