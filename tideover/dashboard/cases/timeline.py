"""The story of a case: everything that happened, in order, each with the reason for it; and what was left undone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from tideover.core.case import MONEY, PROMISES
from tideover.core.catalogue import channel_label, template_label
from tideover.core.declines import family, for_merchant
from tideover.core.facts import WENT_BACK, Learnt
from tideover.core.methods import means_of
from tideover.core.money import Money, spoken
from tideover.core.networks import By
from tideover.core.outcomes import UNDONE, Tried, word_of
from tideover.core.outcomes import Word as Outcomes
from tideover.core.signals.signs import Who
from tideover.core.steps import CHARGES, Do
from tideover.dashboard import words
from tideover.dashboard.cases.read import Rows, read
from tideover.dashboard.words import Word
from tideover.ids import public
from tideover.messages.models import Message, MessageEvent
from tideover.recovery.ledger import decline_of
from tideover.recovery.models import Action, Attempt, Case, LearntFact
from tideover.recovery.telling.whole import Whole
from tideover.tenants.at_once import Line

SAME_MOMENT: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Why:
    """Why a step stands where it stands: the rule, what spoke for it, what was passed over, what went in."""

    rule: str
    sentence: str
    instead: Sequence[str]
    version: int
    asked_by: str
    inputs: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing on the timeline. `lane` says whose it is: a charge, a message, a person's or Stripe's deed, the end."""

    at: datetime
    word: Word
    title: str
    details: Sequence[str] = ()
    why: Why | None = None
    message: Message | None = None
    raw: str = ""
    lane: str = "person"


@dataclass(frozen=True, slots=True)
class Undone:
    """Steps that were left undone at one moment for one reason, each with why it had been planned."""

    at: datetime
    title: str
    reason: str
    steps: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class WentBack:
    """How much of what came, with how and when it did so last."""

    amount: Money
    how: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Story:
    """What happened, what is still to come, what was not done and why; and what of the money went back."""

    past: Sequence[Entry]
    ahead: Sequence[Entry]
    undone: Sequence[Undone]
    went_back: WentBack | None


def story_of(whole: Whole, told: Sequence[Line]) -> Story:
    """The whole story of a case whose tenancy the caller has checked. told: lines, those of `asked` among them."""
    rows = read(whole, told)
    past = [*_attempts(rows), *_answered(rows), *_holds(rows), *_messages(rows), *_visits(rows)]
    past += [*_facts(rows), *_deeds(rows)]
    return Story(
        past=sorted(past, key=lambda entry: entry.at),
        ahead=[_ahead(action) for action in whole.actions if action.state in _OPEN],
        undone=_undone([action for action in whole.actions if _left_undone(action) and not _again(action, rows)]),
        went_back=_went_back(rows),
    )


_OPEN: Final = {Action.State.PLANNED, Action.State.CLAIMED}


def _known(details: Sequence[str]) -> Sequence[str]:
    return [detail for detail in details if detail]


def why_of(action: Action) -> Why:
    """The explanation stored with the step."""
    return Why(
        rule=action.rule,
        sentence=action.why,
        instead=action.instead,
        version=action.ruleset_version,
        asked_by=action.asked_by,
        inputs=_inputs(action),
    )


def _inputs(action: Action) -> Sequence[tuple[str, str]]:
    """What went into the step and what it was sent with; names of secrets never stand in these rows."""
    known = [
        ("Planned for", f"{action.due_at:%Y-%m-%d %H:%M} UTC"),
        ("Tries", str(action.tries) if action.tries else ""),
        ("Tone", action.tone),
        ("Idempotency key", action.key if action.started_at else ""),
        ("Amount", spoken(action.asked) if "amount" in action.request else ""),
    ]
    sent = [(name, value) for name, value in sorted(action.request.items()) if name != "amount"]
    known += [(name.replace("_", " ").capitalize(), str(value)) for name, value in sent]
    return [(name, value) for name, value in known if value]


# ── tries ──


def _attempts(rows: Rows) -> Iterable[Entry]:
    first = min(rows.attempts, key=lambda attempt: attempt.at, default=None)
    for attempt in rows.attempts:
        action = rows.actions.get(attempt.action_id) if attempt.action_id else None
        yield Entry(
            at=attempt.returned_at or attempt.at,
            word=words.TRIES[Tried(attempt.outcome)],
            title=_attempt_title(attempt, rows.case, is_first=attempt is first),
            details=_attempt_details(attempt),
            raw=_codes(attempt),
            lane="charge",
            why=why_of(action) if action else None,
        )


def _attempt_title(attempt: Attempt, case: Case, *, is_first: bool) -> str:
    outcome = "came back from the bank" if attempt.returned_at else words.TRIES[Tried(attempt.outcome)].label
    if is_first and attempt.by == By.STRIPE:
        return f"The renewal's charge {outcome}" if case.is_subscription else f"The first charge {outcome}"
    return f"Charge by {words.BY[attempt.by]} {outcome}"


def _attempt_details(attempt: Attempt) -> Sequence[str]:
    """What the bank said, in words; its codes stand behind "What was learnt"."""
    declined = decline_of(attempt)
    return _known(
        [
            words.method_label(attempt.card_brand, attempt.card_last4),
            f"presented {attempt.at:%b} {attempt.at.day}" if attempt.returned_at else "",
            for_merchant(family(declined), means_of(attempt.card_brand)) if declined else "",
            words.ADVICE.get(attempt.advice_code, ""),
            "" if attempt.counts else "did not reach the bank",
        ]
    )


def _codes(attempt: Attempt) -> str:
    """Each code the bank gave, as it is written at Stripe."""
    codes = [
        ("decline code ", attempt.code),
        ("advice ", attempt.advice_code),
        ("network code ", attempt.network_decline_code),
        ("network advice ", attempt.network_advice_code),
    ]
    return "\n".join(f"{name}{code}" for name, code in codes if code)


def _answered(rows: Rows) -> Iterable[Entry]:
    """Charges of ours that were answered and left no try in the ledger: the bank asked before any was made."""
    told = {attempt.action_id for attempt in rows.attempts}
    for action in rows.actions.values():
        word = word_of(action.outcome)
        if action.do in CHARGES and action.state == Action.State.DONE and action.pk not in told and word in _ANSWERS:
            tried = _ANSWERS[word]
            title = f"Charge by {words.BY[By.US]} {words.TRIES[tried].label}"
            yield Entry(action.settled_at or action.due_at, words.TRIES[tried], title, why=why_of(action))


_ANSWERS: Final[Mapping[Outcomes | None, Tried]] = {
    Outcomes.NEEDS_AUTHENTICATION: Tried.AUTHENTICATION,
    Outcomes.PROCESSING: Tried.PROCESSING,
}


_HELD: Final[Mapping[Outcomes | None, Word]] = {
    Outcomes.HELD: Word("Stripe's own tries are held", "info", "hand"),
    Outcomes.GIVEN_BACK: Word("Stripe's own tries were given back", "", "refresh-cw"),
}


def _holds(rows: Rows) -> Iterable[Entry]:
    """When Stripe's own collecting of the invoice was held, and when it got it back."""
    for action in rows.actions.values():
        word = _HELD.get(word_of(action.outcome))
        if word is not None and action.settled_at:
            yield Entry(action.settled_at, word, word.label, why=why_of(action), lane="charge")


# ── what a person did ──


def _deeds(rows: Rows) -> Iterable[Entry]:
    """What a person did to the case, by the audit log; what ended it is a fact and told as one."""
    for deed in rows.deeds:
        until = (deed.third or "")[:16].replace("T", " ")
        details = _known([f"by {deed.second}", f"until {until} UTC" if until else ""])
        yield Entry(deed.at, words.DEEDS[deed.first], words.DEEDS[deed.first].label, details)


# ── messages and visits ──


def _messages(rows: Rows) -> Iterable[Entry]:
    for message in rows.messages:
        action, word = rows.actions.get(message.action_id), words.SENDING[message.state]
        yield Entry(
            at=message.sent_at or message.data_started_at or message.created_at,
            word=word,
            title=f"{channel_label(message.channel)} · {template_label(message.template)}",
            details=_known(
                [
                    words.SENDING[message.state].label,
                    message.to_address,
                    words.reason_label(message.reason),
                    f"half {message.half} of a trial" if message.half else "",
                    f"worded by a model ({public('draft', message.draft_id)})" if message.draft_id else "",
                ]
            ),
            why=why_of(action) if action else None,
            message=message,
            lane="message",
        )
        yield from (_event(event) for event in sorted(rows.events.get(message.pk, ()), key=_opened_first))


def _opened_first(event: Line) -> tuple[datetime, bool]:
    """Who followed the link of a mail has opened it, also where both are known by the same second."""
    return event.at, event.first != MessageEvent.Kind.OPENED


def _event(event: Line) -> Entry:
    again = [f"{event.second} times"] if int(event.second) > 1 else []
    if event.first in words.HEARD:
        word = words.HEARD[event.first][Who(event.third)]
        return Entry(event.at, word, word.label, again)
    word = words.EVENTS[event.first]
    return Entry(event.at, word, word.label, _known([*again, event.third]))


def _visits(rows: Rows) -> Iterable[Entry]:
    """The first visit by each link, where the event of the message that carried it does not tell of it already."""
    word = Word("Visited", "info", "eye")
    told = {message for message, events in rows.events.items() if any(event.first == "clicked" for event in events)}
    for visit in rows.visits:
        if visit.id not in told:
            yield Entry(visit.at, word, "The customer visited the card page")


# ── facts ──


def _facts(rows: Rows) -> Iterable[Entry]:
    tried = {attempt.charge_id for attempt in rows.attempts}
    for fact in rows.facts:
        if not _told_by_an_attempt(fact, rows.attempts, tried):
            word = words.FACTS[Learnt(fact.kind)]
            yield Entry(fact.at, word, _fact_title(fact, word), _fact_details(fact, rows.case), raw=_raw(fact))


def _fact_title(fact: LearntFact, word: Word) -> str:
    if fact.kind not in _DATED:
        return word.label
    name, until = _DATED[fact.kind]
    day = date.fromisoformat(str(fact.detail[name]))
    return f"{word.label} {until} {day:%A, %B} {day.day}"


# The facts whose title names a day: what of their detail it is, and the word before it.
_DATED: Final[Mapping[str, tuple[str, str]]] = {
    Learnt.PROMISED: ("day", "on"),
    Learnt.ACCESS_PROMISED: ("until", "until"),
}


def _told_by_an_attempt(fact: LearntFact, attempts: Sequence[Attempt], tried: set[str]) -> bool:
    """Whether the ledger has the same moment in more detail."""
    if fact.kind == Learnt.RECEIVED:
        return fact.detail.get("charge") in tried
    if fact.kind not in {Learnt.PAYMENT_FAILED, Learnt.ACTION_REQUIRED, Learnt.PROCESSING}:
        return False
    return fact.detail.get("charge") in tried or any(abs(each.at - fact.at) <= SAME_MOMENT for each in attempts)


def _fact_details(fact: LearntFact, case: Case) -> Sequence[str]:
    details = [words.method_label(str(fact.detail.get("brand", "")), str(fact.detail.get("last4", "")))]
    if fact.kind == Learnt.PAID and case.via:
        details.append(f"brought by: {words.WAYS[case.via].label}")
    if fact.kind in MONEY and "amount" in fact.detail:
        details.append(_moved(fact, case))
    if fact.kind in PROMISES:
        details.append(str(fact.detail.get("why", "")))
        details.append("on the pay page" if fact.detail.get("link") else "")
    if fact.detail.get("by"):
        details.append(f"by {fact.detail['by']}")
    return _known([*details, str(fact.detail.get("because", ""))])


def _moved(fact: LearntFact, case: Case) -> str:
    amount = spoken(Money(int(fact.detail["amount"]), case.currency))
    return f"{amount} in all" if fact.kind == Learnt.REFUNDED else amount


def _went_back(rows: Rows) -> WentBack | None:
    won = {fact.detail.get("dispute") for fact in rows.facts if fact.kind == Learnt.DISPUTE_WON}
    told = [fact for fact in rows.facts if fact.kind in WENT_BACK and fact.detail.get("dispute", "") not in won]
    if not rows.case.amount_returned or not told:
        return None
    how = words.FACTS[Learnt(told[-1].kind)].label.partition(":")[0].lower()
    return WentBack(rows.case.returned, how, told[-1].at)


def _raw(fact: LearntFact) -> str:
    told: dict[str, Any] = {"kind": fact.kind, "key": fact.key, "learnt_at": fact.learnt_at.isoformat(), **fact.detail}
    return json.dumps(told, indent=2, default=str, sort_keys=True)


# ── what comes, and what was left undone ──


def _ahead(action: Action) -> Entry:
    word = words.STEPS[Do(action.do)]
    waits = [f"put off: {action.reason}"] if action.reason else []
    doubt = ["under way"] if action.state == Action.State.CLAIMED else []
    return Entry(
        action.due_at, word, words.step_label(action), [*doubt, *waits], why=why_of(action), lane=_LANES[Do(action.do)]
    )


_LANES: Final[Mapping[Do, str]] = {Do.CHARGE: "charge", Do.MESSAGE: "message", Do.CLOSE: "end", Do.HOLD: "charge"}


def _left_undone(action: Action) -> bool:
    if action.state in {Action.State.DROPPED, Action.State.DEAD}:
        return True
    return action.state == Action.State.DONE and word_of(action.outcome) in UNDONE


def _again(action: Action, rows: Rows) -> bool:
    """Whether a plan that was changed back holds the same step again, or has it behind it."""
    same = (each for each in rows.actions.values() if each.step == action.step and each.pk != action.pk)
    return action.state == Action.State.DROPPED and any(not _left_undone(each) for each in same)


def _undone(actions: Sequence[Action]) -> Sequence[Undone]:
    """What ends a case drops many steps at once: that is one thing to read, not six."""
    groups: dict[tuple[datetime, str], list[Action]] = {}
    for action in actions:
        reason = words.reason_label(action.reason) or action.outcome or "no reason was given"
        groups.setdefault((action.settled_at or action.due_at, reason), []).append(action)
    return [
        Undone(at, words.steps_label(some), reason, _planned(some)) for (at, reason), some in sorted(groups.items())
    ]


def _planned(actions: Sequence[Action]) -> Sequence[Entry]:
    return [
        Entry(each.due_at, words.STEPS[Do(each.do)], words.step_label(each), why=why_of(each), lane=_LANES[Do(each.do)])
        for each in actions
    ]
