"""What can keep a planned step from being done, each thing asked for where it is known. Nothing is written.

Most of it leaves no trace on the step: a stop, an open circuit breaker or a quarantine is passed over when work is
claimed, and an event that waits to be read only shows where somebody looks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from tideover.core.catalogue import Channel
from tideover.core.steps import CHARGES, MESSAGES, Do
from tideover.core.timing import spoken_time
from tideover.flow import circuit_breaker, refusals, stops
from tideover.flow.around import Around
from tideover.flow.stops import Whom
from tideover.ids import public
from tideover.inbox.models import StripeEvent
from tideover.messages import pauses
from tideover.messages.channels import WAYS, own_account
from tideover.recovery.claims import STRIPE
from tideover.recovery.kinds.charge import refusal
from tideover.recovery.known import Known
from tideover.recovery.last_look import NEWS_IS_READ_IN
from tideover.recovery.models import Action, Case, Clock
from tideover.recovery.places import zone
from tideover.recovery.planning import last_word, situation_of
from tideover.recovery.test_clocks.moving import why_it_stands
from tideover.recovery.test_clocks.rows import now_by
from tideover.tenants.at_once import Line, Question, line

ANSWERS_COME_WITHIN: Final = timedelta(minutes=1)


class By(StrEnum):
    """What a step is held back by."""

    STOP = "stop"
    QUARANTINE = "quarantine"
    KEY = "key"
    BREAKER = "circuit breaker"
    CHANNEL = "channel"
    RATE_LIMIT = "rate limit"
    PAUSE = "pause"
    PLAN = "plan"
    NETWORK = "card network"
    NEWS = "news"
    UNDER_WAY = "under way"
    DOUBT = "doubt"
    DEAD_LETTER = "dead letter"
    CLOCK = "clock"
    TEST_CLOCK = "test clock"
    WORKER = "worker"


@dataclass(frozen=True, slots=True)
class Hold:
    """One thing that stands in the way.

    why: a sentence for whoever looks at the case. about: the step or the type of event it is about, where it is about
    one. until: None where somebody must end it, or nobody knows when it ends. then: what an operator may type; empty
    where it ends by itself.
    """

    by: By
    why: str
    about: str = ""
    since: datetime | None = None
    until: datetime | None = None
    then: str = ""


_NEVER: Final = {By.DEAD_LETTER, By.CLOCK}  # they are to be known, and hold nothing back
_ONLY_CHARGES: Final = {By.UNDER_WAY, By.DOUBT, By.NETWORK}
_BY_THE_CASE: Final = {By.PAUSE, By.PLAN}  # they end by the time that the case lives in; all else ends by the wall


def holds_back(hold: Hold, step: Action | None, now: datetime, clock: Clock | None = None) -> bool:
    """Whether the step cannot be done when it is due; where none is planned, whether nothing could be done now."""
    if hold.by in _NEVER or (hold.by in _ONLY_CHARGES and (step is None or step.do not in CHARGES)):
        return False
    if clock is not None and hold.by not in _BY_THE_CASE:  # when that is by the wall is known once it is due
        return hold.until is None or hold.until > now
    here = now_by(clock, now)
    return hold.until is None or hold.until > (max(step.due_at, here) if step else here)


def waits(hold: Hold) -> bool:
    """Whether the step is not taken up meanwhile: of a paused channel it is, and is left out."""
    return hold.by != By.CHANNEL


def of_its_clock(case: Case, step: Action | None) -> Iterator[Hold]:
    """What of the test clock that the case lives by keeps its steps from coming due."""
    clock = case.clock
    if clock is None:
        return
    if why := why_it_stands(clock):
        yield Hold(By.TEST_CLOCK, why)
    elif step is not None and step.due_at > clock.shows:
        there = spoken_time(clock.shows, zone(case.time_zone))
        why = f"It comes due by the test clock, which stands at {there} until somebody advances it."
        yield Hold(By.TEST_CLOCK, why, step.step, then=f"tideover clock advance {case.public_id}")


def of_the_account(case: Case, there: Around, step: Action | None, now: datetime) -> Iterator[Hold]:
    """What lets nothing of this account through: stops, quarantine, a key, circuit breakers, the rate limit."""
    everything = there.providers.get(stops.EVERYTHING)
    for halt in stops.halts_of(there.account, there.account.project, everything.stopped_at if everything else None):
        by = By.QUARANTINE if halt.whom == Whom.QUARANTINE else By.STOP
        yield Hold(by, _sentence(halt.why), since=halt.since, then=_start(halt, case))
    refused = refusals.known_of(there.account)
    if refused:
        why = _sentence(f"Stripe refuses our calls: {refused.why}")
        yield Hold(By.KEY, why, since=refused.since, then="tideover connect --api-key KEY")
    needed, own = {STRIPE}, None
    if step is not None and step.do in MESSAGES:
        own = own_account(Channel(step.channel), case.project_id)
        needed |= set() if own else {WAYS[Channel(step.channel)].provider}
    for breaker in circuit_breaker.tripped_for(there, needed):
        yield _breaker(breaker, now)
    if own and own.open_until and own.failures >= circuit_breaker.OPENS_AFTER["lane"]:
        yield _breaker(circuit_breaker.Tripped(OWN, own.failures, own.open_until), now)
    if there.lane and there.lane.next_turn_at > now:
        why = "The calls of this account wait for their turn: five go out a second."
        yield Hold(By.RATE_LIMIT, why, until=there.lane.next_turn_at)


def _start(halt: stops.Halt, case: Case) -> str:
    match halt.whom:
        case Whom.EVERYBODY:
            return "tideover start"
        case Whom.ORGANIZATION:
            return f"tideover start --organization {case.organization.slug}"
        case Whom.PROJECT:
            return f"tideover go-live --organization {case.organization.slug} --project {case.project.slug}"
        case Whom.ACCOUNT:
            return f"tideover start --account {case.connection.account_id}"
        case Whom.QUARANTINE:
            return ""
        case Whom.DISCONNECTED:
            return "tideover connect --api-key KEY"


OWN: Final = "own"
_SILENT: Final[Mapping[str, str]] = {
    "": "Stripe did not answer for this account",
    STRIPE: "Stripe answered nobody",
    OWN: "your own account for these messages took nothing",
    **{way.provider: f"{way.provider_label} took nothing" for way in WAYS.values()},
}


def _breaker(breaker: circuit_breaker.Tripped, now: datetime) -> Hold:
    again = "nobody asks for a while" if circuit_breaker.is_open(breaker.open_until, now) else "one worker tries it now"
    why = _sentence(f"{_SILENT[breaker.whose]} {breaker.failures} times in a row: {again}")
    return Hold(By.BREAKER, why, until=breaker.open_until)


def of_the_case(case: Case, actions: Sequence[Action], told: Iterable[Line], now: datetime) -> Iterator[Hold]:
    """What concerns this case alone: a pause, news, doubts, and what was tried too often."""
    if case.is_paused(now_by(case.clock, now)):
        yield Hold(By.PAUSE, f"Paused by {case.paused_by or 'somebody'}.", until=case.paused_until)
    yield from _news(told, now)
    for action in actions:
        if action.state == Action.State.CLAIMED:
            yield _under_way(action, now)
        elif action.state == Action.State.DEAD:
            why = f"{DOING[Do(action.do)]} failed for good: {_sentence(action.reason)}"
            in_doubt = action.started_at is not None and action.do in CHARGES
            yield _dead_letter(why, action.step, public("act", action.pk), By.DOUBT if in_doubt else By.DEAD_LETTER)


def _dead_letter(why: str, about: str, letter_id: str, by: By = By.DEAD_LETTER) -> Hold:
    """What failed for good. A charge that may have been made holds back each other of its invoice: a doubt for good."""
    return Hold(by, why, about, then=f"tideover dead-letters --replay {letter_id}")


NEWS, DEAD_NEWS = "news", "dead news"


def news_asked(case: Case) -> Sequence[Question]:
    """For `lines`: events about the invoice that no case knows yet, and the channels that are paused."""
    # One question for each state, as each has an index of its own and the table is large.
    about = StripeEvent.objects.filter(connection_id=case.connection_id, object_id=case.invoice_id)
    failed = about.filter(state=StripeEvent.State.FAILED, organization_id=case.organization_id)
    of_it = ("pk", "received_at", "type", "reason")
    return [
        pauses.asked(case.organization),
        line(NEWS, about.filter(state=StripeEvent.State.STORED), *of_it, then="try_at"),
        line(DEAD_NEWS, failed, *of_it),
    ]


def _news(told: Iterable[Line], now: datetime) -> Iterator[Hold]:
    """They may say that it is paid."""
    news = sorted((each for each in told if each.of in {NEWS, DEAD_NEWS}), key=lambda each: (each.at, each.id))
    for event in news:
        if event.of == DEAD_NEWS:
            why = f"News of the invoice could not be read: {_sentence(event.second)}"
            yield _dead_letter(why, event.first, public("evt", event.id))
        else:
            why = f"News of the invoice is not read yet{f': {event.second}' if event.second else ''}"
            until = max(event.then or now, now + NEWS_IS_READ_IN)
            yield Hold(By.NEWS, _sentence(why), event.first, since=event.at, until=until)


def of_the_channel(step: Action, told: Iterable[Line]) -> Iterator[Hold]:
    """A message by a channel that is paused as it comes due is left out."""
    for paused in pauses.told(told):
        if step.do in MESSAGES and step.channel == paused.channel:
            why, ends = f"{paused.title}. {paused.follows}", f"tideover {paused.channel} resume"
            yield Hold(By.CHANNEL, why, step.step, since=paused.since, then=ends)


DOING: Final[Mapping[Do, str]] = {
    Do.CHARGE: "A charge",
    Do.MESSAGE: "A message",
    Do.CLOSE: "The end of the case",
    Do.HOLD: "A hold on Stripe's own tries",
}


def _under_way(action: Action, now: datetime) -> Hold:
    doing, lease_until = DOING[Do(action.do)], action.lease_until or now
    if action.started_at is None:
        gone = "the worker that held it is gone, and another takes it up" if lease_until <= now else "a worker has it"
        return Hold(By.UNDER_WAY, f"{doing} is due: {gone}.", action.step, until=lease_until)
    if lease_until > now and action.started_at > now - ANSWERS_COME_WITHIN:
        return Hold(By.UNDER_WAY, f"{doing} is under way.", action.step, since=action.started_at, until=lease_until)
    why = f"{doing} went out and its answer was lost: Stripe is asked what became of it, and no other goes out before."
    return Hold(By.DOUBT, why, action.step, since=action.started_at)


def of_the_step(step: Action, known: Known, now: datetime) -> Iterator[Hold]:
    """What the step would meet when it is due: the plan made anew, and the card networks' rules."""
    if not step.asked_by:
        yield from _plan(step, known, now)
    situation = situation_of(known, now)
    if step.do in CHARGES and not situation.under_way and not situation.processing:
        refused = refusal(known, max(step.due_at, now), step)
        if refused:
            yield Hold(By.NETWORK, _sentence(refused), step.step)


def _plan(step: Action, known: Known, now: datetime) -> Iterator[Hold]:
    word = last_word(known, step.step, now)
    if word is None:
        yield Hold(By.PLAN, "By what is known now it has lost its reason: it is dropped when it is due.", step.step)
    elif word.at > max(step.due_at, now):
        yield Hold(By.PLAN, word.why, step.step, until=word.at)


def nobody_works(step: Action) -> Hold:
    """Long due, and nothing holds it back."""
    why = "It is due, nothing holds it back, and no worker takes it up."
    return Hold(By.WORKER, why, step.step, since=step.due_at, then="tideover worker")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}" if text.endswith((".", "!", "?")) else f"{text[:1].upper()}{text[1:]}."
