"""When to write, and which words: the sequence's days, held against sending hours, what is true, and one mail a day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tideover.core.catalogue import TEMPLATES, Channel, Consequence, Template, Tone
from tideover.core.choices import MessageStep, Rules
from tideover.core.declines import Heals
from tideover.core.settings.conditions import unmet
from tideover.core.situation import Planned, Situation
from tideover.core.steps import Brought, Copied, Do, Key, Promised, Remembered, Written, read
from tideover.core.timing import DAY, day_after, is_open, local_day, next_opening, on_wall, spoken_day, spoken_time
from tideover.core.ways.readers import WORDS, Reader, Role, whose_turn

BETWEEN_MESSAGES: Final = DAY
FRESH_FOR: Final = DAY  # what is later than this would speak of a day that has passed

# What asks the customer to confirm with their bank has these things to say, and each of them once: nothing else is new
# from one day to the next. A step whose tone would say the same again is left out.
ASKS: Final[Mapping[Tone, str]] = {
    Tone.FRIENDLY: "please do",
    Tone.GENTLE: "please do",
    Tone.URGENT: "it waits",
    Tone.SERIOUS: "it waits",
    Tone.HELP: "is anything in the way",
    Tone.EMOTIONAL: "is anything in the way",
    Tone.FINAL: "the last time",
}

OUTCOME_KNOWN: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Due:
    """A message of the sequence and the instant it is meant for, sending hours respected."""

    number: int
    step: MessageStep
    at: datetime

    @property
    def key(self) -> Key:
        return Written(self.number).key


def messages(situation: Situation, rules: Rules, charges: Sequence[Planned], now: datetime) -> tuple[Planned, ...]:
    """The messages still to come, in order. `charges` are those planned: a try comes before a message about it."""
    if situation.processing or situation.heals == Heals.MERCHANT:  # nothing that a customer could do would help
        return ()
    if situation.plan or (situation.is_overdue and not rules.chase_overdue):
        return ()
    start = _start(situation, charges, now)
    tries = (*situation.under_way, *(charge.at for charge in charges))
    promised = tuple(reminder(situation, rules, charges, now))
    own = tuple(_planned(situation, rules, tries, start, promised))
    addressed = tuple(each for message in own for each in _addressed(situation, rules, message))
    return (*promised, *addressed, *_copies(situation, rules, addressed, start))


def _addressed(situation: Situation, rules: Rules, message: Planned) -> Iterator[Planned]:
    """A message of the sequence to whom its step names, or to the customer where there is no such one."""
    written, steps = read(message.step), dict(rules.numbered)
    reader = steps[written.number].reader if isinstance(written, Written) else None
    if reader is None or not isinstance(written, Written):
        yield message
        return
    if not any(each.role == reader and not each.bounced for each in situation.readers):
        yield replace(message, why=f"{message.why} To the customer: no {WORDS[reader]} of theirs is reached.")
        return
    rule, why = f"{rules.name}.reader.{reader}", f"{message.why} To the customer's {WORDS[reader]}."
    for each in _waiting(situation, written.number, reader):
        yield replace(message, step=Copied(written.number, each.key).key, rule=rule, why=why)


def _waiting(situation: Situation, number: int, role: Role) -> Sequence[Reader]:
    """Those of this role who have not had the message; who came after others of them had it, does not get it."""
    mine = [each for each in situation.readers if each.role == role and not each.bounced]
    had = _had_by_others(situation, number)
    fresh = [each for each in mine if not situation.has_done(Copied(number, each.key).key)]
    return [each for each in fresh if had is None or each.since <= had]


def _had_by_others(situation: Situation, number: int) -> datetime | None:
    """When the first besides the customer had the message; None where nobody had."""
    copies = ((done.at, read(done.step)) for done in situation.done)
    return min((at for at, step in copies if isinstance(step, Copied) and step.number == number), default=None)


def _is_open(situation: Situation, number: int, step: MessageStep) -> bool:
    """Whether a message of the sequence is still to go to whom it is for."""
    if situation.has_done(Written(number).key):
        return False
    had = step.reader and _had_by_others(situation, number)
    return not had or bool(step.reader and _waiting(situation, number, step.reader))


def _copies(situation: Situation, rules: Rules, own: Sequence[Planned], start: datetime) -> Iterator[Planned]:
    """Each message of the sequence to whoever else reads for the customer, once the customer's own is due or done."""
    if not situation.readers:
        return
    steps = dict(rules.numbered)
    for since, message in (*((each.at, each) for each in own), *_lately_done(situation, rules, start)):
        written = read(message.step)
        if not (isinstance(written, Written) and written.number in steps and message.channel == Channel.EMAIL):
            continue
        day = steps[written.number].day
        for reader, whom in whose_turn(situation.readers, day, unreached=situation.unreached):
            key = Copied(written.number, reader.key).key
            if reader.since <= since and not situation.has_done(key):
                why = f"The message of day {day}, {whom}."
                yield replace(message, step=key, rule=f"{rules.name}.reader.{reader.role}", why=why, instead=())


def _lately_done(situation: Situation, rules: Rules, start: datetime) -> Iterator[tuple[datetime, Planned]]:
    """What the customer was written, or was to be, so lately that it still speaks of the present; with when."""
    steps = dict(rules.numbered)
    for done in situation.done:
        written = read(done.step)
        step = steps.get(written.number) if isinstance(written, Written) else None
        at = next_opening(max(done.at, start), rules.sending, situation.zone)
        fresh = at < done.at + BETWEEN_MESSAGES + FRESH_FOR
        if step and done.template and done.tone and fresh and not unmet(step.only, situation):
            yield done.at, Planned(done.step, Do.MESSAGE, at, done.template, done.tone, "", "", (), step.channel)


def _start(situation: Situation, charges: Sequence[Planned], now: datetime) -> datetime:
    """Before this nothing is written: while the customer has done their part and a try of it is near."""
    rest = situation.rest_until(now)
    if not situation.customer_waits:
        return rest
    tries = [charge.at for charge in charges if isinstance(read(charge.step), Brought)]
    theirs = situation.stripe_next_attempt_at
    if theirs and theirs > now and not situation.new_method:
        tries.append(theirs)  # Stripe tries what is on file; of what was merely attached it knows nothing
    if tries:
        return max(rest, min(tries) + DAY)
    return rest  # nobody is sure to charge it, or it was refused: silence would leave the customer in the belief


def reminder(situation: Situation, rules: Rules, charges: Sequence[Planned], now: datetime) -> Iterator[Planned]:
    """The one message between a promise and its day: on the day before, or the last before it on which one may go out.

    None to who promised on that day, or after it.
    """
    promised = next((charge for charge in charges if isinstance(read(charge.step), Promised)), None)
    made, day = situation.promised_since, situation.promised_on
    if promised is None or made is None or day is None or situation.has_done(Remembered(day).key):
        return
    at, rest = _day_before(promised.at, rules, situation.zone), situation.paused_until
    if local_day(at, situation.zone) <= local_day(made, situation.zone) or (rest and rest > at):
        return
    said = situation.last_written_at
    at = next_opening(max([at, now, *([said + BETWEEN_MESSAGES] if said else [])]), rules.sending, situation.zone)
    if at < promised.at:
        why = (
            f"The customer promised to pay on {spoken_day(promised.at, situation.zone)}: one reminder, the day before."
        )
        kind, tone = Template.PROMISED, Tone.FRIENDLY
        yield Planned(Remembered(day).key, Do.MESSAGE, at, str(kind), str(tone), f"{rules.name}.promise", why)


def _day_before(charged_at: datetime, rules: Rules, zone: ZoneInfo) -> datetime:
    opens = time(rules.sending.opens)
    before = [on_wall(local_day(charged_at, zone) - back * DAY, opens, zone) for back in range(1, 5)]
    return next((at for at in before if is_open(at, rules.sending, zone)), before[0])


def _planned(
    situation: Situation, rules: Rules, tries: Sequence[datetime], start: datetime, before: Sequence[Planned]
) -> Iterator[Planned]:
    said = [*_said(situation, rules), *(message.at for message in before)]
    last, left_out, asked = max(said, default=None), dict[Key, str](), _asked(situation)
    for due in _upcoming(situation, rules, start, left_out):
        earliest = max(due.at, start) if last is None else max(due.at, start, last + BETWEEN_MESSAGES)
        at = next_opening(_after_charge(earliest, tries), rules.hours_of(due.step.channel), situation.zone)
        planned = _message(situation, rules, due, at, tuple(left_out.values()))
        if planned.template == Template.AUTHENTICATE:
            if ASKS[due.step.tone] in asked:
                left_out[due.key] = f"The message of day {due.step.day} was left out: it would ask for the same again."
                continue
            asked.add(ASKS[due.step.tone])
        yield planned
        last = at
        left_out.clear()


def _said(situation: Situation, rules: Rules) -> Iterator[datetime]:
    """When the customer was last written to; and whoever messages of the sequence went to in their place."""
    if situation.last_written_at:
        yield situation.last_written_at
    others = {number for number, step in rules.numbered if step.reader}
    for done in situation.done:
        step = read(done.step)
        if isinstance(step, Copied) and step.number in others and done.happened:
            yield done.at


def _asked(situation: Situation) -> set[str]:
    """What was said already to have the customer confirm the payment."""
    written = [done for done in situation.done if done.template == Template.AUTHENTICATE and done.happened]
    return {ASKS[Tone(done.tone)] for done in written}


def _after_charge(at: datetime, tries: Sequence[datetime]) -> datetime:
    """Not in the minutes around a charge: who is about to pay, or has just paid, is not written to."""
    return max([at, *(tried + OUTCOME_KNOWN for tried in tries if abs(tried - at) < OUTCOME_KNOWN)])


def writes_the_same(situation: Situation, rules: Rules, others: Rules) -> bool:
    """Whether two sets of rules mean the same messages of the case for the same instants."""
    mine, theirs = (
        [(due.key, due.at, due.step.reader) for due in _for_it(situation, each)] for each in (rules, others)
    )
    return mine == theirs


def _for_it(situation: Situation, rules: Rules) -> Iterator[Due]:
    others = not_for(situation, rules)
    yield from (due for due in _sequence(situation, rules) if due.key not in others)


def left_out(situation: Situation, rules: Rules, charges: Sequence[Planned], now: datetime) -> Mapping[Key, str]:
    """Why each message goes out no more, to the customer and to whoever else reads."""
    why = dict[Key, str]()
    tuple(_upcoming(situation, rules, _start(situation, charges, now), why))
    return why | {
        Copied(number, reader.key).key: why[key]
        for number, _ in rules.numbered
        for reader in situation.readers
        if (key := Written(number).key) in why
    }


def _upcoming(situation: Situation, rules: Rules, start: datetime, left_out: dict[Key, str]) -> Iterator[Due]:
    """The messages not done; of those overdue the newest alone, if it is still fresh. Fills in what was left out."""
    open_ = [due for due in _sequence(situation, rules) if _is_open(situation, due.number, due.step)]
    others = not_for(situation, rules)
    overdue = [due for due in open_ if due.at <= start and due.key not in others]
    for due in open_:
        why = others.get(due.key, "")
        if due in overdue:
            late = _too_late(situation, rules, due, start) or ("" if due is overdue[-1] else "followed by a newer one")
            why = late and f"The message of day {due.step.day} was left out: it was {late}."
        if why:
            left_out[due.key] = why
        else:
            yield due


def not_for(situation: Situation, rules: Rules) -> Mapping[Key, str]:
    """Why each message that is not done is none for this case, by the condition of its step."""
    return {
        Written(number).key: f"The message of day {step.day} is left out: {why}."
        for number, step in rules.numbered
        if (why := unmet(step.only, situation)) and _is_open(situation, number, step)
    }


def _too_late(situation: Situation, rules: Rules, due: Due, start: datetime) -> str:
    """Why an overdue message is not made up for, as a clause; empty where it may be."""
    if situation.live_since and due.at <= situation.live_since:
        return "due before recovery was on"
    if situation.rules_since and due.at <= situation.rules_since:
        return "meant for a time before these rules came"
    hours = rules.hours_of(due.step.channel)
    return "more than a day late" if start > next_opening(due.at + FRESH_FOR, hours, situation.zone) else ""


def _sequence(situation: Situation, rules: Rules) -> Iterator[Due]:
    for number, step in rules.numbered:
        at = next_opening(_meant(situation, step), rules.hours_of(step.channel), situation.zone)
        yield Due(number, step, at)


def _meant(situation: Situation, step: MessageStep) -> datetime:
    """The instant that a message is meant for, whatever the sending hours."""
    at = day_after(situation.dunned_from, step.day, situation.zone)
    if step.hour is None:
        return at
    return max(on_wall(local_day(at, situation.zone), time(step.hour), situation.zone), situation.dunned_from)


def outside_hours(situation: Situation, rules: Rules, step: Key) -> datetime | None:
    """The instant that a message of the sequence is meant for, where it lies outside the sending hours."""
    written = read(step)
    steps = [each for number, each in rules.numbered if isinstance(written, Written) and number == written.number]
    meant = [(each, _meant(situation, each)) for each in steps]
    shut = (at for each, at in meant if not is_open(at, rules.hours_of(each.channel), situation.zone))
    return next(shut, None)


def _message(situation: Situation, rules: Rules, due: Due, at: datetime, instead: tuple[str, ...]) -> Planned:
    template, choice = _template(situation, rules, due.step, at)
    hour = "" if due.step.hour is None else f" at {due.step.hour}:00"
    why = f"Day {due.step.day} of the sequence{hour}, tone: {due.step.tone}.{choice}"
    meant = _meant(situation, due.step)
    if at - meant > OUTCOME_KNOWN:
        why += f" Moved from {spoken_time(meant, situation.zone)}: {_delay(situation, rules, due, at)}"
    rule = f"{rules.name}.message.day-{due.step.day}"
    return Planned(due.key, Do.MESSAGE, at, str(template), str(due.step.tone), rule, why, instead, due.step.channel)


def _delay(situation: Situation, rules: Rules, due: Due, at: datetime) -> str:
    hours, paused = rules.hours_of(due.step.channel), situation.paused_until
    if situation.customer_waits:
        return "what the customer brought is tried first."
    if (paused and paused > due.at) or situation.promised_at:
        return "the case rested until then."
    if at == due.at:
        days = f"{'' if hours.weekends else ' from Monday to Friday'}{'' if hours.holidays else ', not on holidays'}"
        return f"messages go out from {hours.opens}:00 to {hours.closes}:00 of the customer's clock{days}."
    return "nobody gets two messages within a day, or one outside the sending hours."


def _template(situation: Situation, rules: Rules, step: MessageStep, at: datetime) -> tuple[Template, str]:
    """The template to use, and a word on why it is not the step's own."""
    if situation.is_overdue:
        return (
            Template.OVERDUE,
            " The invoice was sent to be paid by its receiver: these words say since when it is due.",
        )
    about = TEMPLATES[step.template]
    if about.where_the_bank_asks and (situation.needs_authentication or situation.heals == Heals.CUSTOMER):
        return about.where_the_bank_asks, " The bank asks the customer to confirm the payment."
    if about.where_only_a_new_card_helps and situation.heals == Heals.NEW_METHOD:
        return about.where_only_a_new_card_helps, " Only another card or corrected details help."
    if about.where_no_loss_is_announced and not _may_warn(situation, rules, at):
        return about.where_no_loss_is_announced, " The merchant has announced no loss of access that lies ahead."
    return step.template, ""


def _may_warn(situation: Situation, rules: Rules, at: datetime) -> bool:
    """Whether a loss of access is announced and still ahead."""
    if rules.consequence == Consequence.NONE or rules.consequence_day is None:
        return False
    return at < day_after(situation.opened_at, rules.consequence_day, situation.zone)
