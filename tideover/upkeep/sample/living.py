"""Live through the stories of the sample shop: its rules plan, and rows tell what came of each step. Nothing is sent.

What is planned, written and counted comes from the product's own planner, texts and figures. Only the world is
invented: who answered, and what the bank said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from tideover.config import public_address
from tideover.core.case import State
from tideover.core.declines import Decline, Family, family
from tideover.core.facts import Fact, Learnt, fact
from tideover.core.networks import By
from tideover.core.outcomes import Outcome, Tried, Unsent, Word
from tideover.core.planner import plan
from tideover.core.signals.heard import NOTHING, Heard, Trace, with_trace
from tideover.core.signals.signs import Sign
from tideover.core.situation import Planned
from tideover.core.steps import CHARGES, MESSAGES, Brought, Do
from tideover.ids import new_id
from tideover.messages.channels import compose
from tideover.messages.channels.way import Composed
from tideover.messages.delivery import Letter, opening_nothing
from tideover.messages.keyed import token_hash
from tideover.messages.models import MessageEvent
from tideover.recovery.intake import settle_amounts, settle_state
from tideover.recovery.known import Known
from tideover.recovery.learnt import as_row
from tideover.recovery.links import MOST_DAYS
from tideover.recovery.models import Action, Attempt, Case, LearntFact, Link, Ruleset
from tideover.recovery.planning import WHY_ENDED, row_of, situation_of
from tideover.recovery.rulesets import rules_of
from tideover.recovery.writing import wording
from tideover.tenants.models import Connection
from tideover.upkeep.sample.stories import End, Story

MINUTE: Final = timedelta(minutes=1)
LATER: Final = timedelta(days=3)  # when what was paid is given back, or taken back
PAID_FOR: Final = (End.RETRY, End.REFUNDED, End.DISPUTED)  # by a charge of ours
VIA: Final = {
    End.RETRY: Case.Via.RETRY, End.REFUNDED: Case.Via.RETRY, End.DISPUTED: Case.Via.RETRY, End.MAIL: Case.Via.EMAIL,
    End.STRIPE: Case.Via.STRIPE, End.CUSTOMER: Case.Via.CUSTOMER,
}  # fmt: skip
BY: Final = {End.STRIPE: By.STRIPE, End.CUSTOMER: By.CUSTOMER}
WITHDRAWN: Final = {End.CHURNED: Learnt.SUBSCRIPTION_ENDED, End.VOIDED: Learnt.VOIDED, End.GIVEN_UP: Learnt.EXHAUSTED}
TRIED: Final = {Family.AUTHENTICATION: Tried.AUTHENTICATION, Family.BLOCKED: Tried.BLOCKED}
ATTENTION: Final = {
    Family.AUTHENTICATION: Case.Attention.AUTHENTICATION,
    Family.BLOCKED: Case.Attention.REFUSED,
    Family.UNCHARGEABLE: Case.Attention.REFUSED,
}


@dataclass(frozen=True, slots=True)
class Shop:
    """Where it happens, and the ends of the ids that are given there."""

    connection: Connection
    ruleset: Ruleset
    ids: Iterator[str]
    now: datetime
    customers: dict[str, str] = field(default_factory=dict)  # by name, so that all of one stand on one page

    def new_id(self, prefix: str) -> str:
        return f"{prefix}_{next(self.ids)}"


@dataclass(frozen=True, slots=True)
class Written:
    """A message that seems to have been sent, before it has a row."""

    message_id: UUID
    at: datetime
    letter: Letter
    words: Composed


@dataclass(slots=True)
class Life:
    """One case, and the rows that tell of it."""

    shop: Shop
    story: Story
    known: Known
    dropped: list[Action] = field(default_factory=list)
    facts: list[LearntFact] = field(default_factory=list)
    letters: list[Written] = field(default_factory=list)
    heard: dict[UUID, dict[MessageEvent.Kind, Heard]] = field(default_factory=dict)  # of each message
    links: list[Link] = field(default_factory=list)

    @property
    def case(self) -> Case:
        return self.known.case

    def learn(self, *learnt: Fact) -> None:
        """Something became known, at the moment it happened."""
        for each in learnt:
            row = as_row(self.case, each, each.at)
            row.sealed = True
            self.known.facts.append(each)
            self.facts.append(row)


@dataclass(frozen=True, slots=True)
class Ending:
    """When it is over, and the step that ended it or led there."""

    at: datetime
    step: Planned | None = None


def live(shop: Shop, story: Story) -> Life:
    """All of a story up to now, with what is planned for the days to come."""
    life = _begun(shop, story)
    begun_at = life.case.opened_at + MINUTE
    steps = sorted(_plan(life, begun_at), key=lambda step: step.at)
    ending = _ending(story, steps, life.case.opened_at, shop.now)
    until = ending.at if ending else shop.now
    past = [step for step in steps if step.at < until]
    for step in past:
        _did(life, step)
    if ending:
        _end(life, ending)
    _settle(life, steps[len(past) :])
    return life


def _plan(life: Life, now: datetime) -> Sequence[Planned]:
    return plan(situation_of(life.known, now), rules_of(life.shop.ruleset), None, now)


def _begun(shop: Shop, story: Story) -> Life:
    decline = Decline(story.code or None, brand=story.brand, blocked=story.blocked)
    kind, connection, opened_at = family(decline), shop.connection, shop.now - story.ago
    case = Case(
        organization=connection.organization,
        project=connection.project,
        connection=connection,
        ruleset=shop.ruleset,
        invoice_id=shop.new_id("in"),
        invoice_number=f"SAMPLE-{story.number:04}",
        customer_id=shop.customers.setdefault(story.customer, shop.new_id("cus")),
        subscription_id=shop.new_id("sub"),
        customer_name=story.customer,
        customer_email=story.address,
        description=story.plan.name,
        billing_reason="subscription_cycle",
        locale="en",
        time_zone=connection.project.time_zone,
        currency=story.plan.currency,
        amount_due=story.plan.minor,
        monthly=round(story.plan.minor / 12) if story.plan.yearly else story.plan.minor,
        opened_at=opened_at,
        family=kind,
        first_family=kind,
        decline_code=story.code,
        payment_method_id=shop.new_id("pm"),
        card_brand=story.brand,
        card_last4=f"{story.number * 137 % 10000:04}",
        card_fingerprint=shop.new_id("fp")[:19],
        card_expires=f"{opened_at - timedelta(days=20):%m/%Y}" if kind == Family.EXPIRED else "11/2031",
        read_at=shop.now,
    )
    life = Life(shop, story, Known(case, [], [], []))
    _tried(life, opened_at, By.STRIPE, TRIED.get(kind, Tried.DECLINED))
    return life


def _ending(story: Story, steps: Sequence[Planned], opened_at: datetime, now: datetime) -> Ending | None:
    """None where it goes on."""
    if story.end in PAID_FOR:
        return _at(_turn(story, [step for step in steps if step.do in CHARGES and step.at < now - LATER - MINUTE]))
    if story.end == End.MAIL:
        written = [step for step in steps if step.do in MESSAGES and step.at < now - story.hour - MINUTE]
        return _at(_turn(story, written), story.hour)
    if story.end == End.GIVEN_UP:
        return _at(next((step for step in steps if step.do == Do.CLOSE and step.at < now), None))
    return None if story.end in {End.OPEN, End.SILENT} else Ending(opened_at + story.after)


def _turn(story: Story, steps: Sequence[Planned]) -> Planned | None:
    return steps[min(story.turn, len(steps)) - 1] if steps else None


def _at(step: Planned | None, after: timedelta = timedelta()) -> Ending | None:
    return Ending(step.at + after, step) if step else None


# ── what is done ──


def _did(life: Life, step: Planned) -> None:
    """A step that did not bring the money."""
    if step.do in MESSAGES:
        _wrote(life, step)
    elif step.do in CHARGES:
        action = _done(life, step, Outcome(Word.DECLINED, life.story.code))
        _tried(life, step.at, By.US, Tried.DECLINED, action)


def _done(life: Life, step: Planned, outcome: Outcome) -> Action:
    action = row_of(step, life.case)
    action.state, action.outcome, action.reason = Action.State.DONE, outcome.stored, outcome.reason
    action.settled_at, action.tries, action.sealed = step.at, 1, True
    if step.do in CHARGES:
        action.started_at, action.request = step.at, {"amount": life.case.amount_due}
    life.known.actions.append(action)
    return action


def _tried(life: Life, at: datetime, by: By, outcome: Tried, action: Action | None = None) -> str:
    """A try at the bank, by anyone; its charge."""
    case, charge = life.case, life.shop.new_id("ch")
    code = "" if outcome == Tried.PAID else life.story.code
    life.known.attempts.append(
        Attempt(
            organization=case.organization,
            connection=case.connection,
            case=case,
            action=action,
            charge_id=charge,
            payment_intent_id=life.shop.new_id("pi"),
            at=at,
            by=by,
            currency=case.currency,
            amount=case.amount_due,
            outcome=outcome,
            code=code,
            card_brand=case.card_brand,
            card_last4=case.card_last4,
            card_fingerprint=case.card_fingerprint,
            counts=outcome != Tried.BLOCKED,
        )
    )
    if outcome != Tried.PAID:
        life.learn(fact(Learnt.PAYMENT_FAILED, at, charge, charge=charge, code=code))
    return charge


def _wrote(life: Life, step: Planned) -> None:
    case = life.case
    if not case.customer_email:
        _done(life, step, Outcome(Word.SKIPPED, reason=Unsent.NO_ADDRESS))
        return
    life.known.actions += [row_of(each, case) for each in _next_charge(life, step.at)]
    said = wording(row_of(step, case), life.known, f"{public_address()}/c/{life.shop.new_id('sample')}", [], step.at)
    life.known.actions = [each for each in life.known.actions if each.state != Action.State.PLANNED]
    action = _done(life, step, Outcome(Word.SENT))
    message_id = new_id()
    letter = Letter(action.pk, case.pk, case.project, case.customer_email, case.customer_name, message_id=message_id)
    life.letters.append(Written(message_id, step.at, letter, _without_links(compose(said))))
    number = life.story.number + len(life.known.actions)
    if number % 2:
        _heard(life, MessageEvent.Kind.OPENED, Sign.APPLE_PROXY, step.at + MINUTE)
    if number % 3:
        _heard(life, MessageEvent.Kind.OPENED, Sign.IMAGE_CACHE, step.at + life.story.hour / 2)


def _next_charge(life: Life, at: datetime) -> Sequence[Planned]:
    """What a message says of the next try is what is planned at that moment."""
    return [step for step in _plan(life, at) if step.do in CHARGES][:1]


def _without_links(composed: Composed) -> Composed:
    """As our copy of a sent message is kept: its links open nothing."""
    html, text = opening_nothing(composed.html, composed.text, composed.keys)
    return replace(composed, html=html, text=text, keys=())


def _heard(life: Life, kind: MessageEvent.Kind, sign: Sign, at: datetime) -> None:
    """Of the latest message."""
    told = life.heard.setdefault(life.letters[-1].message_id, {})
    told[kind] = with_trace(told.get(kind, NOTHING), Trace(sign, at, at))


# ── how it ends ──


def _end(life: Life, ending: Ending) -> None:
    end = life.story.end
    if end in WITHDRAWN:
        if ending.step:
            _done(life, ending.step, Outcome(Word.CLOSED))
        life.learn(fact(WITHDRAWN[end], ending.at))
        return
    life.case.via = VIA[end]
    charge = _paid(life, ending)
    life.learn(
        fact(Learnt.RECEIVED, ending.at, charge, charge=charge, amount=life.case.amount_due),
        fact(Learnt.PAID, ending.at),
    )
    if end == End.REFUNDED:
        half, at = life.case.amount_due // 2, ending.at + LATER
        life.learn(fact(Learnt.REFUNDED, at, f"{charge}:{half}", charge=charge, amount=half))
    if end == End.DISPUTED:
        about, amount = life.shop.new_id("du"), life.case.amount_due
        life.learn(fact(Learnt.DISPUTED, ending.at + LATER, about, dispute=about, charge=charge, amount=amount))


def _paid(life: Life, ending: Ending) -> str:
    """The try that brought the money."""
    end, step = life.story.end, ending.step
    if step is None:
        return _tried(life, ending.at, BY[end], Tried.PAID)
    if end == End.MAIL:
        step = _brought(life, ending.at)
    action = _done(life, step, Outcome(Word.PAID))
    action.request |= {"via": str(Case.Via.EMAIL)} if end == End.MAIL else {}
    return _tried(life, ending.at, By.US, Tried.PAID, action)


def _brought(life: Life, at: datetime) -> Planned:
    """The customer follows a message and brings a card; the charge that follows."""
    case, method = life.case, life.shop.new_id("pm")
    _heard(life, MessageEvent.Kind.OPENED, Sign.IMAGE_CACHE, at - 3 * MINUTE)
    _heard(life, MessageEvent.Kind.CLICKED, Sign.BROWSER, at - 2 * MINUTE)
    life.links.append(_followed(life, at - 2 * MINUTE))
    case.payment_method_id, case.card_brand, case.card_last4 = method, "visa", "4242"
    case.card_fingerprint, case.card_expires, case.customer_acted_at = method[:19], "04/2031", at - MINUTE
    detail = {"payment_method": method, "brand": "visa", "last4": "4242", "fingerprint": method[:19]}
    life.learn(fact(Learnt.CARD_REPLACED, at - MINUTE, method, **detail))
    why = "The customer brought visa ·· 4242 on the card page and is there to confirm it."
    return Planned(Brought.of_method(method).key, Do.CHARGE, at, "", "", "card-page", why)


def _followed(life: Life, at: datetime) -> Link:
    """That the page behind the message was opened. No token leads there."""
    written, token = life.letters[-1], life.shop.new_id("sample")
    return Link(
        organization=life.case.organization,
        case=life.case,
        token_hash=token_hash(f"{life.case.pk}{token}"),
        message_id=written.message_id,
        created_at=written.at,
        expires_at=written.at + timedelta(days=MOST_DAYS),
        revoked_at=life.shop.now,
        first_opened_at=at,
    )


def _settle(life: Life, rest: Sequence[Planned]) -> None:
    """The case as its facts say it is; what was planned is dropped where it ended, else it is planned anew."""
    case = life.case
    settle_amounts(life.known)
    settle_state(life.known)
    if case.state == State.FAILING:
        life.known.actions += [row_of(step, case) for step in _plan(life, life.shop.now)]
        case.attention = ATTENTION.get(Family(case.family), Case.Attention.NONE)
        if not case.customer_email:
            case.attention = Case.Attention.NO_ADDRESS
        return
    done = {action.step for action in life.known.actions}
    for action in (row_of(step, case) for step in rest if step.step not in done):
        action.state, action.outcome = Action.State.DROPPED, Outcome(Word.DROPPED).stored
        action.reason, action.settled_at, action.sealed = WHY_ENDED[State(case.state)], case.ended_at, True
        life.dropped.append(action)
