"""The payer asks for one more try of the card on file: their bank says that it works now, or money has arrived.

They are there to answer the bank, so it is an on-session charge; inside the networks' budget, which counts it.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tideover.core.methods import Means
from tideover.core.situation import Planned
from tideover.core.steps import Again, Do, read
from tideover.core.tries import Budget
from tideover.core.ways import doors
from tideover.gateways.stripe import Stripe
from tideover.recovery import ledger
from tideover.recovery.intake import learn
from tideover.recovery.known import known_of, lock
from tideover.recovery.models import Action, Case, Link
from tideover.recovery.paying import several
from tideover.recovery.paying.till import (
    Agreed,
    Finished,
    State,
    answering,
    begin,
    charge,
    is_out,
    look,
    not_begun,
    told,
)
from tideover.recovery.planning import row_of
from tideover.recovery.telling.said import Said, Sentence

# A bank debit takes days to be refused: a second one beside it helps nobody. Whoever has nothing on file brings it.
AT_ONCE = frozenset(Means) - {Means.BANK_ACCOUNT, Means.NONE}


def next_number(case: Case) -> int:
    """Which try it would be. The page names it, so that a form sent twice is one try."""
    charged = Action.objects.filter(case=case, do=Do.CHARGE).values_list("step", flat=True)
    return 1 + sum(isinstance(read(step), Again) for step in charged)


def left(case: Case, now: datetime) -> Budget | None:
    """What the networks leave for it at this moment; none where it is no way to pay at all."""
    if case.means not in AT_ONCE:
        return None
    [known] = known_of([case], now)
    attempts = ledger.that_count(case, known.attempts, now)
    return doors.left_for_again(
        case.card_brand or None, case.owed, attempts, now, fingerprint=case.card_fingerprint or None
    )


@answering
def try_again(link: Link, number: int, stripe: Stripe, now: datetime, agreed: Agreed | None = None) -> Finished:
    """The try of this number, made once however often it is asked for.

    agreed: what is paid, and for how much each; of the customer's other invoices those among it, a try of their own
    each. None where the payer was shown no amount.
    """
    links = [each for each in several.chosen(link, agreed or ()) if is_same(each.case, link.case)]
    numbers = {each.case.pk: next_number(each.case) for each in links} | {link.case.pk: number}
    return several.pay_in_turn(
        links,
        lambda each: look(each.case, stripe, now, agreed),
        lambda each, looked: _try(each, looked, numbers[each.case.pk], stripe, now),
    )


def is_same(case: Case, other: Case) -> bool:
    """Whether both are charged to one card."""
    return case.pk == other.pk or case.card_fingerprint == other.card_fingerprint != ""


def _try(link: Link, looked: several.Looked, number: int, stripe: Stripe, now: datetime) -> Finished:
    if isinstance(looked, Finished):
        return looked
    earlier = _earlier(link.case, number)
    if earlier:
        return told(earlier, looked)
    refused = _refused(Case.objects.get(pk=link.case_id), number, now)
    if refused:
        return refused
    action = _claim(link, number, now)
    return charge(action, stripe, now, later=False) if action else not_begun(link, looked)


def _earlier(case: Case, number: int) -> Action | None:
    return Action.objects.filter(case=case, step=Again(number).key).first()


def _refused(case: Case, number: int, now: datetime) -> Finished | None:
    budget = left(case, now)
    if budget is None or number != next_number(case):
        return Finished(State.DECLINED, Said(Sentence.NOT_RECOGNIZED))
    if budget.allowed:
        return None
    return Finished(State.DECLINED, Said(Sentence.FORBIDDEN, earliest_at=budget.earliest_at))


def _claim(link: Link, number: int, now: datetime) -> Action | None:
    """The charge as a row that is ours and counts as begun, or None while another charge is out. In one commit."""
    with transaction.atomic():
        case = lock(link.case)
        if case.state == Case.State.RECOVERED or is_out(case) or _refused(case, number, now):
            return None
        planned = Planned(
            step=Again(number).key,
            do=Do.CHARGE,
            at=now,
            template="",
            tone="",
            rule="pay-page.again",
            why="The payer asked for the same method to be tried now, and is there to confirm it.",
        )
        row = row_of(planned, case)
        row.save(force_insert=True)
        action = begin(row, link, "", now)
        learn(case, [], now)
        action.case = case
    return action
