"""What the planner is told about a case, and what it answers: plain frozen data on both sides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tideover.core.case import Rest, State
from tideover.core.catalogue import Channel
from tideover.core.declines import HEALS, Decline, Family, Heals, heals_refusal
from tideover.core.methods import Means, means_of
from tideover.core.money import Money
from tideover.core.networks import Attempt
from tideover.core.outcomes import Effect, Word, code_of, effect_of, word_of
from tideover.core.steps import KINDS, TO_OTHERS, Backup, Brought, Do, InPart, Key, Promised, Reaches, read
from tideover.core.timing import on_wall
from tideover.core.ways.plans import Agreed
from tideover.core.ways.readers import Reader
from tideover.core.ways.returns import Returned


@dataclass(frozen=True, slots=True)
class Planned:
    """A step still to come, with its reason.

    step: its key, unique in the case. at: UTC. template, tone: of a message, else empty. rule: a stable id such as
    "recover.no_funds.payday". why: one sentence with the figures. instead: what was passed over, and why. channel: of a
    message, and of no meaning for other steps.
    """

    step: Key
    do: Do
    at: datetime
    template: str
    tone: str
    rule: str
    why: str
    instead: tuple[str, ...] = ()
    channel: Channel = Channel.EMAIL


@dataclass(frozen=True, slots=True)
class DoneStep:
    """A step that was executed, claimed or deliberately skipped. It is never planned again.

    template, tone: of a message, else empty.
    """

    step: Key
    do: Do
    at: datetime
    outcome: str
    template: str = ""
    tone: str = ""

    @property
    def reaches(self) -> Reaches:
        return KINDS[self.do].reaches

    @property
    def pending(self) -> bool:
        """Whether a worker holds it at this moment: what came of it is not known yet."""
        return word_of(self.outcome) == Word.CLAIMED

    @property
    def happened(self) -> bool:
        """Whether it had an effect, or may have had one: then the next that reaches the same keeps its distance."""
        return effect_of(self.outcome) != Effect.NONE


@dataclass(frozen=True, slots=True)
class RefusedTry:
    """Stripe would not even try, with this code; no bank was asked."""

    code: str
    heals: Heals


@dataclass(frozen=True, slots=True)
class Advice:
    """Better instants for the charges, from whoever predicts them; they replace the strategy's within all limits."""

    charge_at: tuple[datetime, ...] | None
    why: str


PROMISED_HOUR: Final = time(9)


@dataclass(frozen=True)
class Situation:
    """A case as the planner sees it. Instants are aware UTC.

    family: what the plan goes by (declines.leading). brand, fingerprint: of the card on file, or its account: `brand`
    is then the kind of method. attempts: everybody's on this invoice, and on this card elsewhere, of the last 30 days
    and more. new_method: a method the customer brought that was not charged yet, with new_brand and new_fingerprint
    where they are known. promised_on: the local date the customer chose to pay on, since promised_since. held: Stripe's
    own tries are, by us. collects: Stripe goes on by itself, as it was last read. may_charge: false in observe mode.
    processing: a bank debit is under way. has_method: there is one to charge at all. rest: what the subscription tells.
    after_trial: it is the first charge after a trial. prices: Stripe's ids of the prices and products it charges.
    segment: the merchant's word for customers like this one; empty where there is none.
    live_since: what came due before is not made up for, as nothing was to be done then.
    backup_allowed: why another method of the customer's may be charged, as a clause; empty where none may.
    backup_paid_at: when one of them paid. came_back: a debit did after all was paid, and Stripe keeps the invoice paid:
    what is owed of it again.
    rules_since: its rules took the place of others then; what they mean for a time before is not made up for.
    plan: what was agreed to be paid in parts and stands. plan_offered_at: from when on one is offered; None: it is not.
    rested: how long plans of it stood that stand no more; the days of its rules are counted without them.
    links_asked: when the payer asked for a new link; none where nothing is owed, or nobody is there to get one.
    forwards: when the payer had the link sent to somebody else.
    readers: who else is written to, in the order in which they take the place of one who is not reached. unreached: the
    customer's own address is none, or mail to it comes back.
    """

    opened_at: datetime
    amount: Money
    state: State
    zone: ZoneInfo
    family: Family = Family.OTHER
    decline: Decline | None = None
    brand: str | None = None
    fingerprint: str | None = None
    attempts: tuple[Attempt, ...] = ()
    done: tuple[DoneStep, ...] = ()
    stripe_next_attempt_at: datetime | None = None
    new_method: str | None = None
    customer_acted_at: datetime | None = None
    new_brand: str | None = None
    new_fingerprint: str | None = None
    needs_authentication: bool = False
    paused_until: datetime | None = None
    promised_on: date | None = None
    promised_since: datetime | None = None
    held: bool = False
    collects: bool = False
    may_charge: bool = True
    processing: bool = False
    has_method: bool = True
    rest: Rest = Rest.NONE
    after_trial: bool = False
    prices: tuple[str, ...] = ()
    segment: str = ""
    live_since: datetime | None = None
    rules_since: datetime | None = None
    backup_allowed: str = ""
    backup_paid_at: datetime | None = None
    came_back: Returned | None = None
    plan: Agreed | None = None
    plan_offered_at: datetime | None = None
    rested: timedelta = timedelta()
    links_asked: tuple[datetime, ...] = ()
    forwards: tuple[datetime, ...] = ()
    readers: tuple[Reader, ...] = ()
    unreached: bool = False

    @property
    def dunned_from(self) -> datetime:
        """From when on the days of its rules are counted: since the failure, without the time that plans stood."""
        return self.opened_at + self.rested

    @property
    def means(self) -> Means:
        """What the payer calls the method that failed."""
        return means_of(self.brand) if self.brand or self.has_method else Means.NONE

    @property
    def is_overdue(self) -> bool:
        """Whether it is an invoice that was sent to be paid by its receiver: then there is nothing to charge, ever."""
        return self.family == Family.OVERDUE

    def has_done(self, step: Key) -> bool:
        return any(done.step == step for done in self.done)

    @property
    def promised_at(self) -> datetime | None:
        """When the promised charge is due, as long as it was not done."""
        if self.promised_on is None or self.has_done(Promised(self.promised_on).key):
            return None
        return on_wall(self.promised_on, PROMISED_HOUR, self.zone)

    @property
    def charges(self) -> tuple[DoneStep, ...]:
        """What was done of all that is a try to charge."""
        return tuple(done for done in self.done if done.reaches == Reaches.BANK)

    @property
    def last_written_at(self) -> datetime | None:
        """When the customer was last written to, as far as anyone knows."""
        theirs = (done for done in self.done if not isinstance(read(done.step), TO_OTHERS))
        return max((done.at for done in theirs if done.reaches == Reaches.CUSTOMER and done.happened), default=None)

    @property
    def tries(self) -> tuple[datetime, ...]:
        """When this invoice was tried, by anyone, oldest first; a step of ours whose answer is missing counts too."""
        seen = [attempt.at for attempt in self.attempts if not attempt.elsewhere]
        ours = [done.at for done in self.charges if done.happened]
        return tuple(sorted([*seen, *ours]))

    @property
    def returns(self) -> tuple[datetime, ...]:
        """When the bank sent a debit of this invoice back."""
        return tuple(attempt.returned_at for attempt in self.attempts if attempt.returned_at and not attempt.elsewhere)

    @property
    def under_way(self) -> tuple[datetime, ...]:
        """When the charges were due that a worker holds at this moment: their outcome is not known yet."""
        return tuple(done.at for done in self.charges if done.pending)

    @property
    def customer_waits(self) -> bool:
        """Whether the customer brought a method, or renewed one, after the failure, and nobody has tried it since."""
        if self.is_overdue:
            return False
        if self.customer_acted_at is None:
            return self.new_method is not None
        return self.customer_acted_at >= self.opened_at and not self._was_tried_since(self.customer_acted_at)

    def _was_tried_since(self, acted: datetime) -> bool:
        seen = [attempt for attempt in self.attempts if not attempt.elsewhere]
        ours = any(done.happened and not _is_before(done, acted) for done in self.charges)
        return ours or any(
            attempt.at > acted or (attempt.at == acted and self._may_be_new(attempt)) for attempt in seen
        )

    def _may_be_new(self, attempt: Attempt) -> bool:
        """Stripe tells whole seconds: what was tried in the second the customer acted may be the card before."""
        return not (attempt.fingerprint and self.new_fingerprint) or attempt.fingerprint == self.new_fingerprint

    @property
    def refused(self) -> RefusedTry | None:
        """The refusal of Stripe's that stands: of our latest charge, with no try by anyone and no new method since."""
        asked = max((done for done in self.charges if done.happened or _is_refusal(done)), key=_at, default=None)
        if asked is None or not _is_refusal(asked):
            return None
        acted = self.customer_acted_at
        if any(at > asked.at for at in self.tries) or (acted is not None and _is_before(asked, acted)):
            return None
        code = code_of(asked.outcome)
        heals = heals_refusal(code)
        # What the customer brought may be gone again; what was there before is as good as it was.
        other = isinstance(read(asked.step), Brought | Backup)
        return None if heals == Heals.NEW_METHOD and other else RefusedTry(code, heals)

    @property
    def heals(self) -> Heals:
        """What must happen before a further try on the same method can succeed."""
        if self.needs_authentication and HEALS[self.family] == Heals.TIME:
            return Heals.CUSTOMER
        return self.refused.heals if self.refused and HEALS[self.family] == Heals.TIME else HEALS[self.family]

    def rest_until(self, now: datetime) -> datetime:
        """Before this instant nothing is charged or sent: the end of a pause, the promised day, or `now`."""
        promised = self.promised_at
        return max(at for at in (now, self.paused_until, promised) if at is not None)


def _at(done: DoneStep) -> datetime:
    return done.at


def _is_before(done: DoneStep, acted: datetime) -> bool:
    """Whether a charge was tried before the customer acted. On a test clock that stands still both are of one moment:
    then what cannot have charged what they brought came first.
    """
    return done.at < acted or (done.at == acted and not isinstance(read(done.step), Brought | InPart))


def _is_refusal(done: DoneStep) -> bool:
    """Whether Stripe refused it; what our own look at the networks' rules stops has no code."""
    return word_of(done.outcome) == Word.REFUSED and bool(code_of(done.outcome))


HOUR: Final = timedelta(hours=1)
