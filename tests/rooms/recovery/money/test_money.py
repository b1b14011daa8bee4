"""What is asked for is what is open. What counts as recovered is what came after the failure, less what went back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from tests.fakes import NOW, a_charge, an_invoice, effects
from tideover.core.facts import Learnt
from tideover.core.money import Money
from tideover.core.proceeds import proceeds
from tideover.gateways.answers import Paid as PaidAnswer
from tideover.gateways.answers import PaymentRead
from tideover.inbox.translate import ChargeNews, CustomerDeleted, MethodNews
from tideover.recovery import cards, commands, hearing, intake, links
from tideover.recovery.learnt import as_fact
from tideover.recovery.models import Action, Attempt, Case
from tideover.worker.loop import run_until_quiet

HOUR = timedelta(hours=1)


def kept(case: Case) -> tuple[str, int, int]:
    return case.state, case.amount_recovered, case.amount_returned


def recomputed(case: Case) -> tuple[int, int]:
    brought = proceeds([as_fact(row) for row in case.facts.all()], case.amount_due, case.opened_at)
    return brought.kept, brought.back


def read_again(world, **values) -> Case:
    world.change(**values)
    intake.take_reading(world.connection, world.stripe.invoice, world.now)
    return world.case


def hear(world, kind, amount, *, about="", charge="", intent=""):
    world._at(world.now + HOUR)
    charge = charge or Attempt.objects.get(outcome="paid").charge_id
    news = ChargeNews(charge, intent, kind, about or charge, amount, world.now)
    return hearing.hear(world.connection, news, world.now)


def recover(world) -> Case:
    world.payment_fails()
    world.stripe.answer = lambda: PaidAnswer("")
    world.day(1)
    assert kept(world.case) == ("recovered", 9900, 0)
    return world.case


# ── what is open ──


@pytest.mark.parametrize("change", [{"amount_paid": 6000, "amount_remaining": 3900}, {"amount_remaining": 3900}])
def test_after_a_part_payment_or_a_credit_note_the_rest_alone_is_asked_for(world, change):
    world.payment_fails()
    case = read_again(world, **change)
    assert (case.owed, case.amount) == (Money(3900, "usd"), Money(9900, "usd"))
    world.day(1)
    assert "$39.00" in world.mail.subjects[-1]
    for charge in Action.objects.filter(do="charge", state="done"):
        assert charge.request["amount"] == Attempt.objects.get(action=charge).amount == 3900


def test_a_credit_note_that_is_voided_is_owed_again(world):
    world.payment_fails()
    assert read_again(world, amount_remaining=3900).owed.minor == 3900
    assert read_again(world, amount_remaining=9900).owed.minor == 9900


def test_nothing_is_open_once_it_was_recovered(world):
    world.payment_fails()
    commands.mark_recovered(world.case, by="Ada", now=world.now)
    assert world.case.owed.minor == 0


# ── what came ──


def test_a_part_that_was_paid_is_recovered_while_the_rest_is_open(world):
    world.payment_fails()
    case = read_again(world, amount_paid=6000, amount_remaining=3900)
    assert kept(case) == ("failing", 6000, 0)


@pytest.mark.parametrize("paid", [0, 3900])
def test_nobody_has_paid_what_was_credited_or_taken_from_the_balance(world, paid):
    """An invoice may become paid without money; what was paid before its failure is none that came."""
    world.payment_fails(amount_paid=paid, amount_remaining=9900 - paid)
    case = read_again(world, status="paid", amount_remaining=0, status_at=world.now + HOUR)
    assert kept(case) == ("canceled", 0, 0)


def test_a_failure_that_was_credited_before_it_was_heard_of_is_a_case_like_one_credited_later(world):
    credited = {"status": "paid", "amount_due": 0, "amount_remaining": 0, "status_at": world.now + HOUR}
    case = world.payment_fails(**credited)
    assert (kept(case), case.amount_due) == (("canceled", 0, 0), 9900)


def test_what_was_paid_before_the_failure_is_not_recovered(world):
    world.payment_fails(amount_paid=6000, amount_remaining=3900)
    case = read_again(world, status="paid", amount_paid=9900, amount_remaining=0, status_at=world.now + HOUR)
    assert kept(case) == ("recovered", 3900, 0)


def test_our_charge_of_the_rest_brings_the_rest(world):
    world.payment_fails(amount_paid=6000, amount_remaining=3900)
    world.stripe.answer = lambda: PaidAnswer("")
    world.day(1)
    assert kept(world.case) == ("recovered", 3900, 0)


def test_a_payment_that_stripe_lists_counts_by_its_own_time(world):
    world.payment_fails()
    before, later = (PaymentRead(f"ch_{n}", n * 1000, NOW + n * HOUR - 2 * HOUR) for n in (1, 5))
    case = read_again(world, status="paid", payments=(before, later), amount_paid=6000, amount_remaining=0)
    assert kept(case) == ("recovered", 5000, 0)


def test_a_debit_that_was_under_way_before_the_failure_is_no_recovery(world):
    """It was asked for earlier and comes later: nothing of it had failed."""
    world.payment_fails()
    debit = replace(a_charge(None, at=NOW - HOUR, number=7), amount=9900)
    case = read_again(
        world, status="paid", attempts=(debit, *world.stripe.invoice.attempts), amount_paid=9900, amount_remaining=0,
        payments=(PaymentRead(debit.id, 9900, NOW + 90 * HOUR),),
    )  # fmt: skip
    assert kept(case) == ("canceled", 0, 0)


# ── whoever tells first ──


def tell_by_answer(world):
    world.stripe.answer = lambda: PaidAnswer("")
    world.day(1)


def tell_by_reading(world):
    world.stripe.answer = lambda: PaidAnswer("")
    world.stripe.pay_invoice("in_1", key="lost")  # the answer is lost, the webhook is not
    intake.take_reading(world.connection, world.stripe.invoice, world.now)


def tell_by_page(world):
    link = links.find(links.make_link(world.case, message_id=None, now=world.now), world.now)
    world.stripe.pay_invoice("in_1", key="by the bank")
    cards.finish(link, "pi_1", world.stripe, world.now)


def tell_by_a_charge_that_finds_it_paid(world):
    world.stripe.pay_invoice("in_1", key="another")
    world.stripe.invoice, paid = replace(world.stripe.invoice, status="open"), world.stripe.invoice
    world.stripe.pay_invoice = lambda *_args, **_values: _not_open(world, paid)
    world.day(1)


def _not_open(world, paid):
    from tideover.gateways.answers import NotOpen  # noqa: PLC0415 - one test's answer

    world.stripe.invoice = paid
    return NotOpen("paid")


def tell_by_hand(world):
    commands.mark_recovered(world.case, by="Ada", now=world.now)


PATHS = [tell_by_answer, tell_by_reading, tell_by_page, tell_by_a_charge_that_finds_it_paid, tell_by_hand]


@pytest.mark.parametrize("credited", [0, 2000])
@pytest.mark.parametrize("tell", PATHS)
def test_i44_the_same_is_recovered_whichever_path_told_first(world, tell, credited):
    world.stripe.answer = lambda: PaidAnswer("")
    world.payment_fails()
    read_again(world, amount_due=9900 - credited, amount_remaining=9900 - credited)
    tell(world)
    assert kept(world.case) == ("recovered", 9900 - credited, 0)
    if world.stripe.invoice.status == "paid":
        intake.take_reading(world.connection, world.stripe.invoice, world.now + HOUR)  # and the others after it
    assert kept(world.case) == ("recovered", 9900 - credited, 0)
    assert recomputed(world.case) == (9900 - credited, 0)


# ── what went back ──


def test_each_refund_in_parts_is_kept(world):
    recover(world)
    assert hear(world, Learnt.REFUNDED, 1000)
    assert hear(world, Learnt.REFUNDED, 4000)
    assert kept(world.case) == ("recovered", 5900, 4000)
    assert [row.detail["amount"] for row in world.case.facts.filter(kind="refunded").order_by("at")] == [1000, 4000]


def test_a_reading_that_tells_of_a_refund_first_is_the_same_refund(world):
    case = recover(world)
    paid = replace(world.stripe.invoice.attempts[-1], refunded=4000)
    told = ChargeNews(paid.id, "", Learnt.REFUNDED, paid.id, 4000, world.now)
    world._at(world.now + HOUR)
    read_again(world, attempts=(*world.stripe.invoice.attempts[:-1], paid))
    assert hearing.hear(world.connection, told, world.now)
    assert kept(world.case) == ("recovered", 5900, 4000)
    assert case.facts.filter(kind="refunded").count() == 1


def test_a_refund_that_fails_is_the_merchants_again(world):
    recover(world)
    hear(world, Learnt.REFUNDED, 4000)
    hear(world, Learnt.REFUND_FAILED, 4000, about="re_1")
    assert kept(world.case) == ("recovered", 9900, 0)


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_a_refund_like_one_that_failed_is_another_in_whatever_order_they_are_heard_of(world, order):
    recover(world)
    charge = Attempt.objects.get(outcome="paid").charge_id
    courses = ((Learnt.REFUNDED, charge), (Learnt.REFUND_FAILED, "re_1"), (Learnt.REFUNDED, charge))
    news = [ChargeNews(charge, "", kind, about, 4000, world.now + n * HOUR) for n, (kind, about) in enumerate(courses)]
    world._at(world.now + 4 * HOUR)
    for number in order * 2:  # each is delivered twice
        assert hearing.hear(world.connection, news[number], world.now)
    assert kept(world.case) == ("recovered", 5900, 4000)


def test_a_dispute_takes_the_money_and_brings_it_back_once_it_is_won(world):
    recover(world)
    hear(world, Learnt.DISPUTED, 9900, about="du_1")
    assert kept(world.case) == ("recovered", 0, 9900)
    hear(world, Learnt.DISPUTE_WON, 9900, about="du_1")
    assert kept(world.case) == ("recovered", 9900, 0)


def test_a_dispute_that_is_lost_has_taken_it_once(world):
    recover(world)
    for kind in (Learnt.DISPUTED, Learnt.DISPUTED, Learnt.DISPUTE_LOST):
        hear(world, kind, 9900, about="du_1")
    assert kept(world.case) == ("recovered", 0, 9900)
    assert recomputed(world.case) == (0, 9900)


def test_what_went_back_is_heard_also_before_the_payment_was(world):
    """Events come in any order: the case is found by the payment that failed before."""
    world.payment_fails()
    assert hear(world, Learnt.DISPUTED, 9900, about="du_1", charge="ch_2", intent="pi_1")
    tell_by_reading(world)
    assert kept(world.case) == ("recovered", 0, 9900)


def test_a_charge_of_nobody_we_know_concerns_no_case(world):
    recover(world)
    assert not hear(world, Learnt.REFUNDED, 9900, charge="ch_foreign")


def test_money_that_went_back_opens_nothing_again(world):
    recover(world)
    hear(world, Learnt.DISPUTED, 9900, about="du_1")
    before = len(world.mail.subjects), len(world.stripe.payments)
    world.day(60)
    assert (len(world.mail.subjects), len(world.stripe.payments)) == before
    assert world.case.state == "recovered"


# ── without a customer ──


def test_invoices_without_a_customer_have_nobody_in_common(world):
    for number in (1, 2):
        read = an_invoice(at=NOW, id=f"in_{number}", customer_id="", attempts=(a_charge(at=NOW, number=number),))
        intake.take_reading(world.connection, read, NOW)
    assert not hearing.hear(world.connection, CustomerDeleted("", world.now), world.now)
    attached = MethodNews("", "pm_2", world.now, renewed=False, event_id="evt_1")
    assert not hearing.hear(world.connection, attached, world.now)
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    assert set(Case.objects.values_list("state", "new_method")) == {("failing", "")}


def test_what_a_dispute_holds_is_kept_apart_until_it_is_won(world):
    recover(world)
    hear(world, Learnt.REFUNDED, 4000)
    hear(world, Learnt.DISPUTED, 5900, about="du_1")
    assert (kept(world.case), world.case.amount_disputed) == (("recovered", 0, 9900), 5900)
    hear(world, Learnt.DISPUTE_WON, 5900, about="du_1")
    assert (kept(world.case), world.case.amount_disputed) == (("recovered", 5900, 4000), 0)


# ── what comes back every month ──


def test_what_recurs_is_kept_as_it_was_read_last(world):
    case = world.payment_fails(monthly=825, after_trial=True)
    assert (case.monthly, case.after_trial) == (825, True)
    case = read_again(world, monthly=None, after_trial=False)
    assert (case.monthly, case.after_trial) == (None, False)
