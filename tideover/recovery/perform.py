"""Do a claimed action: last look, mark, act, settle. No HTTP happens inside a transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from tideover.core import networks
from tideover.core.backoff import backoff
from tideover.core.declines import family
from tideover.core.facts import Fact, Learnt
from tideover.core.networks import By
from tideover.core.rules import Coexistence
from tideover.failpoints import failpoint
from tideover.flow.stops import why_stopped
from tideover.gateways.answers import (
    Answer,
    Busy,
    Declined,
    InvoiceRead,
    LockedOut,
    NeedsAuthentication,
    NotOpen,
    NotPossible,
    Paid,
    Processing,
    ReadOnly,
    Refused,
    Unknown,
    Unreachable,
)
from tideover.gateways.email import Transport
from tideover.gateways.stripe import Stripe
from tideover.inbox.models import StripeEvent
from tideover.messages.delivery import fate_of
from tideover.recovery import claims, ledger, writing
from tideover.recovery.intake import learn, lock, refresh, via_of
from tideover.recovery.logged import logged
from tideover.recovery.models import Action, Attempt, Case
from tideover.recovery.planning import last_word
from tideover.recovery.rulesets import rules_of
from tideover.tenants.models import Connection

SOON = timedelta(minutes=2)
LATER = timedelta(minutes=10)
NEWS_IS_READ_IN = timedelta(seconds=5)
# Stripe forgets a key after 24 hours and would then charge again; four hours of distance are enough for any clock.
KEY_IS_SAFE_FOR = timedelta(hours=20)


@dataclass(frozen=True, slots=True)
class Effects:
    """The ways out of the house, handed in from above so that tests and demo bring their own."""

    stripe_for: Callable[[Connection], Stripe]
    mail: Transport


class Moot(Exception):  # noqa: N818
    """There is nothing to do any more, for the reason it says. Nothing was done."""


class Held(Exception):  # noqa: N818
    """Not now: it is to be tried again after `wait`."""

    def __init__(self, why: str, wait: timedelta) -> None:
        super().__init__(why)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Verdict:
    """An action that had no effect, and its words. The caller settles it, and may settle many at once."""

    action: Action
    outcome: str
    reason: str


def settle_verdicts(verdicts: Iterable[Verdict | None], now: datetime) -> int:
    """Settle what had no effect, with one update for each word and reason; returns how many were still ours."""
    alike: dict[tuple[str, str], list[Action]] = defaultdict(list)
    for verdict in verdicts:
        if verdict is not None:
            alike[verdict.outcome, verdict.reason].append(verdict.action)
    return sum(claims.settle_all(same, outcome, now, reason) for (outcome, reason), same in alike.items())


@logged
def attempt(action: Action, effects: Effects, now: datetime) -> Verdict | None:
    """Do the claimed action and settle it; or a verdict for the caller to settle, where there was nothing to do.

    Leaves it claimed only where nobody knows what happened.
    """
    try:
        action.case = _fresh(action.case_id)
        _PERFORMERS[Action.Do(action.do)](action, effects, now)
    except (claims.LostLease, Unknown):
        # Another worker has it and does what is right; or it stays claimed, and reconcile asks what became of it.
        return None
    except (Moot, LockedOut, NotPossible) as closed:
        return Verdict(action, "skipped", str(closed))
    except ReadOnly as closed:
        if not why_stopped(action.case.connection):
            return Verdict(action, "skipped", str(closed))
        claims.release(action, now, "stopped right before it", wait=timedelta(0))
    except Held as held:
        claims.release(action, now, str(held), wait=held.wait)
    except writing.NotYet as early:
        claims.release(action, now, str(early), wait=early.at - now)
    except Busy as busy:
        claims.release(action, now, str(busy), wait=_a_while(action, SOON, now))
    except Unreachable as silent:
        claims.release(action, now, f"Stripe did not answer: {silent}", wait=_a_while(action, LATER, now))
    return None


def _a_while(action: Action, most: timedelta, now: datetime) -> timedelta:
    """Anything up to `most`, so that those put off together do not come back together."""
    return backoff(action.pk, int(now.timestamp()) % 1000, first=most, most=most)


def _fresh(case_id: UUID) -> Case:
    """The case as it is now, with all whom it concerns: what was true at the claim may be old."""
    return Case.objects.select_related("connection__organization", "project", "ruleset").get(pk=case_id)


def _must_wait_for_news(case: Case) -> bool:
    """Whether an event about this invoice is stored and not yet understood: it may say that it is paid."""
    return StripeEvent.objects.filter(
        connection_id=case.connection_id, object_id=case.invoice_id, state=StripeEvent.State.STORED
    ).exists()


def last_look(action: Action, effects: Effects, now: datetime) -> InvoiceRead:
    """The truth right before an effect. Raises Moot where nothing is left to do, Held where it must not be done now."""
    case = action.case
    stopped = why_stopped(case.connection)
    if stopped:
        raise Held(stopped, timedelta(0))  # the claim passes over what is stopped; it is due again at once
    if _must_wait_for_news(case):
        raise Held("news about the invoice is waiting to be read", NEWS_IS_READ_IN)
    read = effects.stripe_for(case.connection).read_invoice(case.invoice_id, ledger.known_charges(case))
    action.case = case = refresh(case, read, now)
    if read is None or read.status != "open" or case.state != Case.State.FAILING:
        raise Moot(f"the invoice is {read.status if read else 'deleted'}, the case {case.state}")
    return read


# ── charges ──


def charge(action: Action, effects: Effects, now: datetime) -> None:
    """A planned try to collect the invoice: with what the customer brought, or the method Stripe has on file."""
    read = last_look(action, effects, now)
    if not _still_wanted(action, now):
        return
    refused = _start(action, now)
    failpoint("charge.started")
    if refused:
        _settle_and_replan(action, "refused", refused, now)
        return
    stripe = effects.stripe_for(action.case.connection)
    if read.auto_advance and rules_of(action.case.ruleset).coexistence == Coexistence.TAKE_OVER:
        # From our first try on Stripe collects this invoice no more; handing it back is part of disconnecting.
        stripe.set_auto_advance(read.id, on=False, key=f"{action.key}_take")
    charge_now(action, stripe, now, off_session=True, payment_method=_brought(action))


def _start(action: Action, now: datetime) -> str:
    """Mark the charge as begun, or say why it must not be. Under the case's lock, so that only one begins at a time."""
    with transaction.atomic():
        lock(action.case)
        refused = refusal(action, now)
        if not refused:
            claims.mark_started(action, now, payment_method=_brought(action) or "", off_session=True)
    return refused


def _brought(action: Action) -> str | None:
    """The method to charge where the step is about a new one; None means the one on file."""
    return (action.case.new_method or None) if action.step.startswith("charge-on-") else None


def _still_wanted(action: Action, now: datetime) -> bool:
    """Whether the plan, made anew at this moment, still has the step, and now. If not, the action is settled here."""
    if action.asked_by:
        return True
    word = last_word(action, now)
    if word is None:
        claims.drop(action, now, "at the last look it had lost its reason")
        return False
    if word.at > now:
        claims.release(action, now, word.why, wait=word.at - now)
        return False
    action.template, action.tone = word.template, word.tone
    return True


def refusal(action: Action, now: datetime) -> str:
    """Why the charge must not go out although it was planned; empty where it may."""
    case = action.case
    started = Action.objects.filter(
        case=case, do=Action.Do.CHARGE, state=Action.State.CLAIMED, started_at__isnull=False
    )
    if started.exclude(pk=action.pk).exists():
        return "another charge of this invoice is under way"
    if case.processing:
        return "a bank debit of this invoice is under way"
    brought = _brought(action)
    if brought and brought != case.payment_method_id:
        return ""  # the planner held it against the networks, as far as anything is known of that card
    budget = networks.budget(
        case.card_brand or None,
        case.amount,
        ledger.attempts_that_count([case], now)[case.pk],
        now,
        fingerprint=case.card_fingerprint or None,
    )
    return "" if budget.allowed else budget.why


def charge_now(
    action: Action, stripe: Stripe, now: datetime, *, off_session: bool, payment_method: str | None = None
) -> Answer:
    """Charge under the action's own key and settle. Raises Unknown where the answer was lost: then it stays claimed."""
    claims.mark_started(action, now, payment_method=payment_method or "", off_session=off_session)
    assert action.started_at is not None
    answer = stripe.pay_invoice(
        action.case.invoice_id,
        key=action.key,
        payment_method=payment_method,
        off_session=off_session,
        not_after=action.started_at + KEY_IS_SAFE_FOR,
    )
    failpoint("charge.answered")
    settle_charge(action, answer, now)
    failpoint("charge.settled")
    return answer


def settle_charge(action: Action, answer: Answer, now: datetime) -> None:
    """The outcome of a charge and all that follows from it, or neither. Raises LostLease."""
    with transaction.atomic():
        action.case = case = lock(action.case)
        claims.hold(action)
        outcome, reason, facts = _consequences(action, answer, now)
        claims.settle(action, outcome, now, reason)
        if isinstance(answer, NeedsAuthentication):
            case.attention = Case.Attention.AUTHENTICATION
        if isinstance(answer, Processing):
            case.processing = True
        if action.request.get("payment_method") and isinstance(answer, Paid | Declined | Processing):
            case.new_method = ""
        learn(case, facts, now, via=via_of(action) if isinstance(answer, Paid) else None)


def _consequences(action: Action, answer: Answer, now: datetime) -> tuple[str, str, list[Fact]]:
    """The word, the reason and the facts of an answer."""
    match answer:
        case Paid(charge_id):
            ledger.add([_attempt(action, charge_id, "paid", now)] if charge_id else [])
            return "paid", "", [Fact(Learnt.PAID, now, "paid", {"amount": action.case.amount_due})]
        case Declined(decline, charge_id, _):
            row = _attempt(action, charge_id or action.key, "declined", now)
            row.code, row.advice_code = (decline.code or "")[:64], (decline.advice_code or "")[:40]
            row.network_decline_code = (decline.network_decline_code or "")[:10]
            row.network_advice_code = (decline.network_advice_code or "")[:10]
            ledger.add([row])
            key = f"charge:{charge_id or action.key}"
            fact = Fact(Learnt.PAYMENT_FAILED, now, key, {"charge": charge_id, "code": decline.code or ""})
            _remember_decline(action.case, row)
            return f"declined:{decline.code or 'unknown'}", "", [fact]
        case NeedsAuthentication(_, _, charge_id, intent_id):
            if charge_id:
                ledger.add([_attempt(action, charge_id, "authentication", now)])
            fact = Fact(Learnt.ACTION_REQUIRED, now, f"auth:{intent_id}", {"charge": charge_id})
            return "needs-authentication", "the bank wants the customer to confirm", [fact]
        case Processing(intent_id):
            return (
                "processing",
                "a bank debit takes days",
                [Fact(Learnt.PROCESSING, now, f"processing:{intent_id}:", {})],
            )
        case NotOpen(status):
            return "skipped", f"the invoice is {status}", _ending(status, action, now)
        case Refused(code, message):
            action.case.attention = Case.Attention.NEW_CARD
            return f"refused:{code}", message, []


def _ending(status: str, action: Action, now: datetime) -> list[Fact]:
    kinds = {
        "paid": Learnt.PAID,
        "void": Learnt.VOIDED,
        "uncollectible": Learnt.UNCOLLECTIBLE,
        "deleted": Learnt.INVOICE_DELETED,
    }
    if status not in kinds:
        return []
    return [Fact(kinds[status], now, status, {"amount": action.case.amount_due} if status == "paid" else {})]


def _remember_decline(case: Case, attempt: Attempt) -> None:
    decline = ledger.decline_of(attempt)
    if decline:
        case.family, case.decline_code = family(decline), (decline.code or "")[:64]


def _attempt(action: Action, charge_id: str, outcome: str, now: datetime) -> Attempt:
    case = action.case
    return Attempt(
        organization_id=case.organization_id,
        connection_id=case.connection_id,
        case=case,
        action=action,
        charge_id=charge_id,
        at=now,
        by=By.CUSTOMER if action.request.get("link") else By.US,
        currency=case.currency,
        amount=case.amount_due,
        outcome=outcome,
        card_brand=case.card_brand,
        card_last4=case.card_last4,
        card_fingerprint=case.card_fingerprint,
    )


def _settle_and_replan(action: Action, outcome: str, reason: str, now: datetime) -> None:
    with transaction.atomic():
        action.case = case = lock(action.case)
        claims.hold(action)
        claims.settle(action, outcome, now, reason)
        learn(case, [], now)


# ── messages ──


def message(action: Action, effects: Effects, now: datetime) -> None:
    """A planned message, composed from what is true at this moment."""
    fate = fate_of(action.pk)
    if fate not in {"none", "claimed"}:  # a worker that slept past its lease has sent it meanwhile
        _settle_written(action, fate, "settled from the message's own marks", now)
        return
    last_look(action, effects, now)
    if not _still_wanted(action, now):
        return
    outcome, reason = writing.write(action, effects.mail, now)
    failpoint("message.before_settle")
    _settle_written(action, outcome, reason, now)


def _settle_written(action: Action, outcome: str, reason: str, now: datetime) -> None:
    with transaction.atomic():
        action.case = case = lock(action.case)
        claims.hold(action)
        claims.settle(action, outcome, now, reason)
        case.attention = writing.attention(reason) or case.attention
        learn(case, [], now)


# ── the end ──


def close(action: Action, effects: Effects, now: datetime) -> None:
    """The plan is exhausted: the case is given up, unless the truth says otherwise."""
    last_look(action, effects, now)
    if not _still_wanted(action, now):
        return
    with transaction.atomic():
        action.case = case = lock(action.case)
        claims.hold(action)
        claims.settle(action, "closed", now, "")
        learn(case, [Fact(Learnt.EXHAUSTED, now, "exhausted", {})], now)
        failpoint("close.before_commit")


_PERFORMERS: dict[Action.Do, Callable[[Action, Effects, datetime], None]] = {
    Action.Do.CHARGE: charge,
    Action.Do.MESSAGE: message,
    Action.Do.CLOSE: close,
}
