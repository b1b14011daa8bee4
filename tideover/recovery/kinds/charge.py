"""The charge: a try to collect the invoice, under one key from its first call to the settling of every doubt."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q

from tideover.core import networks
from tideover.core.charging import why_never_by_itself
from tideover.core.declines import Heals
from tideover.core.methods import named
from tideover.core.money import Money
from tideover.core.networks import By
from tideover.core.outcomes import Outcome, Word
from tideover.core.steps import Brought, InPart, read
from tideover.core.timing import spoken_time
from tideover.core.ways.returned import why_nothing_is_charged
from tideover.failpoints import failpoint
from tideover.gateways.answers import (
    Answer,
    Card,
    ChargeRead,
    Declined,
    InvoiceRead,
    LessIsOpen,
    NeedsAuthentication,
    NotHere,
    NotNow,
    NotOpen,
    Paid,
    Unknown,
)
from tideover.gateways.payments.parts import Part
from tideover.gateways.stripe import Stripe
from tideover.recovery import claims, ledger
from tideover.recovery.attribution import ASKED_AGAIN, BESIDE, PART, charge_of
from tideover.recovery.conclude import Ending, conclude, conclude_held
from tideover.recovery.effects import Effects
from tideover.recovery.intake import bring_up, learn
from tideover.recovery.kinds import beside
from tideover.recovery.kinds.answers import asked_in, ending_of
from tideover.recovery.kinds.hold import TAKEN
from tideover.recovery.known import Known, lock
from tideover.recovery.last_look import Look, approach, last_look
from tideover.recovery.models import Action, Attempt
from tideover.recovery.places import zone
from tideover.recovery.planning import situation_of
from tideover.recovery.plans.found import name_of
from tideover.recovery.plans.standing import agreed, standing
from tideover.recovery.rulesets import rules_of
from tideover.recovery.test_clocks.rows import now_by
from tideover.recovery.ways import backups, returning
from tideover.recovery.ways.backups import Chosen

ONLY_THE_CUSTOMER = "The bank wants the customer to confirm this payment, and takes no try without them: send the link."
BEING_ENDED = "every step was taken, and what comes at the end is being done at Stripe"
IN_DOUBT_FOR_GOOD = "an earlier charge may have been made, and nobody could ask: bring its dead letter back"
SENT: Final = "The invoice was sent to be paid by its receiver: nothing is ever charged for it."
# Stripe forgets a key after 24 hours and would then charge again. Nobody can look at the clock in the moment in which
# a call leaves: a machine that sleeps right after its last look, overnight say, sends what Stripe remembers still.
KEY_IS_SAFE_FOR = timedelta(hours=6)


def perform(action: Action, effects: Effects, now: datetime) -> None:
    """A planned try: with what the customer brought, or the method Stripe has on file."""
    mine = approach(action)
    saved = backups.saved_for(mine, effects)
    look = last_look(mine, effects, now, lambda look: _begin(action, look, saved, now), afresh=True)
    failpoint("charge.started")
    if look is None:
        return
    stripe = effects.stripe_for(action.case.connection)
    if rules_of(action.case.ruleset).takes_over or PART in action.request:
        take(action, look.read, stripe, now)
    pay(action, stripe, now, look.known)


def take(action: Action, read: InvoiceRead, stripe: Stripe, now: datetime) -> None:
    """From this try on Stripe collects the invoice no more. That we hold it is written down before we do."""
    if read.auto_advance:
        claims.mark_started(action, now, **{TAKEN: True})
        stripe.set_auto_advance(read.id, on=False, key=f"{action.key}_take")
        claims.mark_started(action, now)  # that call may have taken longer than the lease


def _begin(action: Action, look: Look, saved: Sequence[Card], now: datetime) -> Look | None:
    """Mark the charge as begun, while the case is held: only one begins at a time. None where it must not be."""
    refused = refusal(look.known, now, action)
    if refused:
        conclude_held(action, Ending(Outcome(Word.REFUSED, reason=refused)), now, look.known)
        return None
    sent: dict[str, object] = {"payment_method": _brought(action, look.known) or ""}
    if backups.is_backup(action):
        chosen = backups.choose(look.known, saved, now)
        if isinstance(chosen, str):
            conclude_held(action, Ending(Outcome(Word.SKIPPED, reason=chosen[:300])), now, look.known)
            return None
        sent = chosen.sent
        _say_which(action, chosen)
    sent |= {"amount": amount_of(action, look.known), **part_request(action, look.known)}
    claims.mark_started(action, now, **sent, off_session=True)
    return look


def _say_which(action: Action, chosen: Chosen) -> None:
    """Which method it became, and what was passed over for it, beside why one is charged at all."""
    card = named(chosen.card.brand, chosen.card.last4)
    action.why = f"{action.why} It is {card}, the newest one that may be."[:400]
    action.instead = [*action.instead, *chosen.passed_over]
    action.save(update_fields=["why", "instead"])


def amount_of(action: Action | None, known: Known) -> int:
    """What is asked for: all that is open, or a part of it, as much as is left."""
    step, plan = read(action.step) if action else None, agreed(known.plans)
    if not isinstance(step, InPart) or plan is None:
        return known.case.owed.minor
    return next((part.amount for part in plan.still_open(known.case.owed.minor) if part.number == step.part), 0)


def part_request(action: Action, known: Known) -> dict[str, object]:
    """What of the request says that a part is asked for, of whom, by which method and as what it counts."""
    plan, step, case = standing(known.plans), read(action.step), known.case
    if plan is None or not isinstance(step, InPart):
        return {}
    part = {"customer": case.customer_id, "currency": case.currency, "name": name_of(plan, step.part)}
    return {PART: part, "payment_method": case.new_method or case.payment_method_id, "via": plan.via}


def _brought(action: Action, known: Known) -> str | None:
    """The method to charge where the step is about a new one; None means the one on file."""
    return (known.case.new_method or None) if isinstance(read(action.step), Brought) else None


def refusal(known: Known, now: datetime, action: Action | None = None) -> str:
    """Why a charge, or this very one, must not go out at this moment; empty where it may. The case is held."""
    case = known.case
    if case.is_overdue:
        return SENT
    if back := returning.debt_of(known):
        return why_nothing_is_charged(back, may_charge=case.connection.may_write)
    if known.is_being_ended:
        return BEING_ENDED
    return _not_now(known, now, action)


def _not_now(known: Known, now: datetime, action: Action | None) -> str:
    case = known.case
    if out := _another_is_out(known, action):
        return out
    if _waits_for_the_customer(known, now, action):
        return ONLY_THE_CUSTOMER
    if useless := _part_is_useless(known, now, action):
        return useless
    if action is not None and _is_another(action, known):
        return ""
    attempts = ledger.that_count(case, known.attempts, now)
    fingerprint = case.card_fingerprint or None
    amount = Money(amount_of(action, known), case.currency)
    budget = networks.budget(case.card_brand or None, amount, attempts, now, fingerprint=fingerprint)
    return "" if budget.allowed else _with_the_date(budget, known)


def _is_another(action: Action, known: Known) -> bool:
    """Whether it charges another method than the one on file, which has been held against the networks, or will be.

    The planner did so for what the customer brought, as far as anything is known of that card; of the customer's other
    methods it is done as one is chosen.
    """
    brought = _brought(action, known)
    return backups.is_backup(action) or (bool(brought) and brought != known.case.payment_method_id)


def _another_is_out(known: Known, action: Action | None) -> str:
    """What may bring the money already: another charge, one that is in doubt for good, or a debit."""
    if any(action is None or other.pk != action.pk for other in known.charges_under_way):
        return "another charge of this invoice is under way"
    if any(action is None or buried.pk != action.pk for buried in known.charges_buried_in_doubt):
        return IN_DOUBT_FOR_GOOD
    return "a bank debit of this invoice is under way" if known.case.processing else ""


def _waits_for_the_customer(known: Known, now: datetime, action: Action | None) -> bool:
    """Whether a charge would be a blind one; what the customer brought since is another matter."""
    if action is not None and isinstance(read(action.step), Brought):
        return False
    situation = situation_of(known, now)
    return situation.heals == Heals.CUSTOMER and not situation.customer_waits


def _part_is_useless(known: Known, now: datetime, action: Action | None) -> str:
    """Why a part is not tried on what is on file; empty where it is no part, or may come."""
    if action is None or not isinstance(read(action.step), InPart):
        return ""
    situation = situation_of(known, now)
    return "" if situation.customer_waits else why_never_by_itself(situation)


def _with_the_date(budget: networks.Budget, known: Known) -> str:
    if budget.earliest_at is None:
        return budget.why
    return f"{budget.why} It may go out from {spoken_time(budget.earliest_at, zone(known.case.time_zone))} on."


def pay(action: Action, stripe: Stripe, now: datetime, earlier: Known | None = None) -> Answer:
    """Charge what was marked as begun, under its own key, and settle it.

    Raises Unknown where the answer was lost: then it stays claimed. Raises LostLease.
    """
    assert action.started_at is not None
    now, not_after = now_by(action.clock, now), action.started_at + KEY_IS_SAFE_FOR
    if BESIDE in action.request:
        return beside.pay(action, stripe, now, not_after)
    answer = _asked(action, stripe, not_after)
    failpoint("charge.answered")
    if PART in action.request:
        failpoint("part.answered")
    if isinstance(answer, NotOpen | Paid) and answer.read is None:  # why, and what came, only the invoice can tell
        answer = replace(answer, read=stripe.read_invoice(action.case.invoice_id))
    _asked_for(action, asked_in(answer), now)
    conclude(action, ending_of(action, answer, now), now, earlier)
    failpoint("charge.settled")
    if PART in action.request and isinstance(answer, Declined | NeedsAuthentication) and answer.payment_intent_id:
        failpoint("part.missed")
        with suppress(NotNow, NotHere, Unknown):  # what is left there takes no money by itself
            stripe.drop_payment(answer.payment_intent_id, key=f"{action.key}_dropped")
    return answer


def _asked(action: Action, stripe: Stripe, not_after: datetime) -> Answer:
    """The call: for the whole invoice, or for a part of it."""
    method, part = str(action.request.get("payment_method") or ""), action.request.get(PART)
    if part:
        asked = Part(action.asked.minor, part["currency"], part["customer"], method, part.get("name", ""))
        return stripe.pay_part(action.case.invoice_id, asked, key=action.key, not_after=not_after)
    return stripe.pay_invoice(
        action.case.invoice_id,
        key=action.key,
        payment_method=method or None,
        off_session=bool(action.request.get("off_session", True)),
        not_after=not_after,
    )


def _asked_for(action: Action, amount: int | None, now: datetime) -> None:
    """Keep what the bank was asked for: Stripe takes what is open at that moment, and some may have been paid since."""
    if amount is not None and amount != action.asked.minor and PART not in action.request:
        claims.mark_started(action, now, amount=amount)


# ── in doubt ──


def may_have_left(action: Action) -> bool:
    """Whether a claimed charge may have reached Stripe."""
    return action.started_at is not None


def settle_doubt(action: Action, effects: Effects, now: datetime) -> None:
    """What became of a charge that nobody holds any more: the same call again, or its traces where the key is old."""
    if action.started_at is None:
        claims.give_back(action, now)
        return
    again, by_reading = claims.by_the_wall(action, now), BESIDE in action.request
    if not by_reading and again - action.started_at < KEY_IS_SAFE_FOR:
        # Others were settled before this one: is it still ours?
        claims.mark_started(action, now, **{ASKED_AGAIN: again.isoformat()})
        _ask_again(action, effects.stripe_for(action.case.connection), now)
    else:
        settle_by_reading(action, effects.stripe_for(action.case.connection), now)


def _ask_again(action: Action, stripe: Stripe, now: datetime) -> None:
    try:
        pay(action, stripe, now)
    except LessIsOpen:  # nothing was tried, and this very call is never to be: what is left is asked for by another
        settle_by_reading(action, stripe, now)


def settle_by_reading(action: Action, stripe: Stripe, now: datetime) -> None:
    """Nothing may be sent under the key any more: the invoice and its payments tell, and no call is repeated."""
    if BESIDE in action.request:
        beside.settle_by_reading(action, stripe, now)
        return
    read = stripe.read_invoice(action.case.invoice_id)
    charge = _charge_of(action, read) if read else None
    failpoint("doubt.read")
    word = Word(charge.outcome) if charge else Word.NOT_TRIED
    with transaction.atomic():
        case = lock(action.case)
        _asked_for(action, charge.amount if charge else None, now)
        claims.settle(action, Outcome(word, reason="settled by reading the invoice at Stripe"), now)
        bring_up(case, read, now)
        if charge:
            found = Attempt.objects.filter(connection_id=action.connection_id, charge_id=charge.id)
            found.update(action=action, by=By.US)
        if charge and PART in action.request:  # whose part it was is known only now
            learn(lock(case), [], now)


def _charge_of(action: Action, read: InvoiceRead) -> ChargeRead | None:
    """The try that came of this call and of no other of ours, if there was one."""
    told = Attempt.objects.filter(connection_id=action.connection_id, case=action.case)
    others = Q(action__isnull=False) & ~Q(action=action)
    if action.clock_id:  # a clock that is advanced fast lets days pass within a minute of the world
        others |= Q(action__isnull=True, at__lt=action.due_at)
    known = set(told.filter(others).values_list("charge_id", flat=True))
    return charge_of(action, [charge for charge in read.attempts if charge.id not in known])
