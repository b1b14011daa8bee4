"""Payment plans through the whole house: kept, broken, paid early, credited, cancelled; to the minor unit on both sides."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import models, transaction

from tideover.core.money import Money
from tideover.flow.stripe import stripe_for
from tideover.gateways.answers import Unknown
from tideover.recovery import quarantine
from tideover.recovery.models import Action, Attempt, Case, Instalment, LearntFact, Plan
from tideover.recovery.paying.in_parts import Came, Wish, agree
from tideover.recovery.plans.found import CHARGED_ALREADY
from tideover.recovery.plans.offering import choices, end_plan, offer
from tideover.tenants.models import Project

pytestmark = pytest.mark.django_db(transaction=True)
RICH = "pm_card_visa"


def case_of(shop) -> Case:
    """The first case: what the subscription renews for meanwhile may fail, too."""
    return Case.objects.order_by("opened_at")[0]


def at_stripe(shop) -> dict:
    [invoice] = [row for row in shop.world.summary()["invoices"] if row["id"] == case_of(shop).invoice_id]
    return invoice


def invoice(shop):
    return shop.client.v1.invoices.retrieve(case_of(shop).invoice_id)


def fails(shop, currency: str = "usd") -> None:
    Project.objects.filter(pk=shop.connection.project_id).update(plans_enabled=True)
    shop.renewal_comes("pm_sim_decline_insufficient_funds", currency)
    shop.machine.move(shop.machine.now + timedelta(hours=3))
    shop.failed_at = case_of(shop).opened_at


def money_arrives(shop) -> None:
    """The same case, with a card on file that goes through: nobody has tried it."""
    method = shop.client.v1.payment_methods.attach(RICH, {"customer": shop.customer.id})
    shop.client.v1.subscriptions.update(shop.subscription.id, {"default_payment_method": method.id})


def agrees(shop, count: int = 3) -> Came:
    now, case = shop.machine.now, case_of(shop)
    [chosen] = [each for each in choices(case, now) if each.count == count]
    return agree(case, Wish(count, chosen.owed.minor, Case.Via.CARD_PAGE), stripe_for(shop.connection), now)


def parts() -> list[tuple[int, int]]:
    """What was agreed and what came, part by part."""
    return [(part.amount, part.paid) for part in Instalment.objects.order_by("plan__number", "number")]


def state() -> str:
    return str(Plan.objects.order_by("number").last().state)


def money_is_gone(shop) -> None:
    """The card on file has nothing on it any more."""
    method = shop.client.v1.payment_methods.attach("pm_sim_decline_insufficient_funds", {"customer": shop.customer.id})
    shop.client.v1.subscriptions.update(shop.subscription.id, {"default_payment_method": method.id})


def agreed_on_day_15(open_shop, preset: str = "tuned"):
    shop = open_shop(preset)
    fails(shop)
    shop.until_day(14.9)
    money_arrives(shop)
    assert agrees(shop) == Came.SET
    return shop


def books_agree(shop) -> int:
    """What came, once Stripe's books, our case and the parts all say the same."""
    there, case = at_stripe(shop), case_of(shop)
    assert there["amount_came"] == case.amount_recovered + case.amount_returned
    assert there["amount_came"] <= case.amount_due
    return int(there["amount_came"])


@pytest.mark.parametrize(
    ("currency", "amounts"),
    [("usd", [3300, 3300, 3300]), ("jpy", [3300, 3300, 3300]), ("kwd", [2490, 2470, 2470, 2470])],
)
def test_a_plan_is_kept_to_the_minor_unit(open_shop, currency, amounts):
    shop = open_shop("tuned")
    Project.objects.filter(pk=shop.connection.project_id).update(plans_least="KWD 5")
    fails(shop, currency)
    shop.until_day(14.9)
    money_arrives(shop)
    count = len(amounts)
    assert agrees(shop, count) == Came.SET
    assert sum(amounts) == 9900
    assert parts() == [(amounts[0], amounts[0]), *((amount, 0) for amount in amounts[1:])]
    assert not invoice(shop).auto_advance
    shop.until_day(130)
    assert parts() == [(amount, amount) for amount in amounts]
    assert (case_of(shop).state, state(), invoice(shop).status) == ("recovered", "kept", "paid")
    assert books_agree(shop) == 9900
    assert [line for line in shop.story() if "part" in line or "charge: paid" in line][:3] == [
        "day 15  charge: paid",
        "day 15  part_paid: sent",
        "day 44  part_due: sent",
    ]


def test_a_broken_plan_falls_back_to_dunning_and_stripe_collects_again(open_shop):
    shop = agreed_on_day_15(open_shop, "recover")
    assert not invoice(shop).auto_advance
    money_is_gone(shop)
    shop.until_day(60)
    assert (case_of(shop).state, state()) == ("failing", "broken")
    story = shop.story()
    assert "day 45  part_missed: sent" in story or "day 46  part_missed: sent" in story
    assert sum("declined" in line and line.startswith("day 4") for line in story) >= 2
    assert any(line.startswith("day 5") and not line.endswith("part_missed: sent") for line in story), "dunning goes on"
    assert invoice(shop).auto_advance
    assert books_agree(shop) == 3300
    money_arrives(shop)
    shop.until_day(75)
    assert case_of(shop).state == "recovered"
    assert books_agree(shop) == 9900


def test_whoever_pays_the_rest_early_is_charged_nothing_more(open_shop):
    shop = agreed_on_day_15(open_shop)
    shop.until_day(20)
    shop.client.v1.invoices.pay(case_of(shop).invoice_id)
    shop.until_day(21)
    assert (case_of(shop).state, state()) == ("recovered", "kept")
    shop.until_day(100)
    assert parts() == [(3300, 3300), (3300, 0), (3300, 0)]
    assert books_agree(shop) == 9900


def test_a_credit_note_in_the_middle_makes_the_last_parts_smaller(open_shop):
    shop = agreed_on_day_15(open_shop)
    shop.client.v1.credit_notes.create({"invoice": case_of(shop).invoice_id, "amount": 4000})
    shop.until_day(100)
    assert (case_of(shop).state, state()) == ("recovered", "kept")
    assert parts() == [(3300, 3300), (3300, 2600), (3300, 0)]
    assert books_agree(shop) == 5900


def test_a_subscription_that_is_cancelled_ends_its_plan_and_nothing_is_charged_any_more(open_shop):
    shop = agreed_on_day_15(open_shop)
    shop.until_day(20)
    shop.client.v1.subscriptions.cancel(shop.subscription.id)
    shop.until_day(100)
    assert (case_of(shop).state, state()) == ("churned", "ended")
    assert books_agree(shop) == 3300


def test_the_merchant_offers_a_plan_early_and_ends_it_again(open_shop):
    shop = open_shop("recover")
    fails(shop)
    shop.until_day(2.5)
    assert choices(case_of(shop), shop.machine.now) == []
    assert offer(case_of(shop), by="alice@alpine.example", now=shop.machine.now) == ""
    shop.until_day(4.5)
    assert any("plan_offered: sent" in line for line in shop.story())
    money_arrives(shop)
    assert agrees(shop, 2) == Came.SET
    assert end_plan(case_of(shop), by="alice@alpine.example", now=shop.machine.now) == ""
    shop.machine.move(shop.machine.now + timedelta(hours=1))
    assert invoice(shop).auto_advance
    shop.until_day(20)
    assert (case_of(shop).state, state()) == ("recovered", "ended")
    assert books_agree(shop) == 9900


ROWS = (Case, Plan, Action, Attempt, Instalment, LearntFact)


def backed_up() -> list[list[models.Model]]:
    return [list(model.objects.all()) for model in ROWS]


def put_back(shop, backup: list[list[models.Model]]) -> None:
    """The rows are as they were then, and each open case is read again before anything else is done."""
    with transaction.atomic():
        Case.objects.all().delete()
        for model, rows in zip(ROWS, backup, strict=True):
            model.objects.bulk_create(rows)
    quarantine.begin(shop.machine.now)
    shop.connection.refresh_from_db()
    assert quarantine.lift(shop.connection, stripe_for(shop.connection), shop.machine.now)


def tries(shop) -> list[str]:
    """Every try of a part at Stripe, by its own books: the day, and what came of it."""
    ours = [row for row in shop.world.ledger() if row["by"] == "api" and row["invoice"] == case_of(shop).invoice_id]
    first = shop.failed_at.timestamp()
    return [f"day {(row['at'] - first) / 86_400:.0f}: {row['amount']} {row['outcome']}" for row in ours]


def test_a_part_that_was_charged_after_the_backup_is_not_asked_for_again_after_its_restore(open_shop):
    shop = agreed_on_day_15(open_shop)
    shop.until_day(20)
    backup = backed_up()
    shop.until_day(50)
    assert parts() == [(3300, 3300), (3300, 3300), (3300, 0)]
    put_back(shop, backup)
    assert parts() == [(3300, 3300), (3300, 3300), (3300, 0)]
    assert Action.objects.get(step="charge-plan-1-part-2").reason == CHARGED_ALREADY
    shop.until_day(100)
    assert tries(shop)[-3:] == ["day 15: 3300 succeeded", "day 45: 3300 succeeded", "day 76: 3300 succeeded"]
    assert (case_of(shop).state, state(), books_agree(shop)) == ("recovered", "kept", 9900)


def test_nor_is_one_that_came_at_a_try_of_which_the_backup_knows_nothing(open_shop):
    shop = agreed_on_day_15(open_shop)
    money_is_gone(shop)
    shop.until_day(40)
    backup = backed_up()
    shop.until_day(46)
    money_arrives(shop)
    shop.until_day(50)
    came = tries(shop)
    assert [line.split()[-1] for line in came[-2:]] == ["failed", "succeeded"]
    put_back(shop, backup)
    assert parts() == [(3300, 3300), (3300, 3300), (3300, 0)]
    shop.until_day(74)
    assert tries(shop) == came
    assert state() == "stands"


class Dies:
    """A worker that is killed after Stripe has charged and before the answer is written down."""

    def __init__(self, stripe) -> None:
        self.stripe = stripe

    def __getattr__(self, name: str) -> object:
        return getattr(self.stripe, name)

    def pay_part(self, *args, **kwargs):
        self.stripe.pay_part(*args, **kwargs)
        raise Unknown("killed")


def test_a_part_whose_answer_was_lost_is_settled_under_the_same_key_and_charged_once(open_shop):
    shop = open_shop("tuned")
    fails(shop)
    shop.until_day(14.9)
    money_arrives(shop)
    now, stripe = shop.machine.now, Dies(stripe_for(shop.connection))
    assert agree(case_of(shop), Wish(3, 9900, Case.Via.CARD_PAGE), stripe, now) == Came.UNDER_WAY
    assert agrees_again(shop) == Came.SET, "the invoice itself tells that it came"
    shop.machine.move(now + timedelta(minutes=10))
    assert parts()[0] == (3300, 3300)
    assert state() == "stands"
    assert books_agree(shop) == 3300
    assert Action.objects.filter(step__startswith="charge-plan-1-part-1").count() == 1


class NeverArrives(Dies):
    """A call that is lost on its way: Stripe hears nothing of it."""

    def pay_part(self, *_args, **_kwargs):
        raise Unknown("lost")


@pytest.mark.parametrize("credited", [0, 8000])
def test_a_part_in_doubt_is_not_asked_for_once_less_is_left(open_shop, credited):
    shop = open_shop("tuned")
    fails(shop)
    shop.until_day(14.9)
    money_arrives(shop)
    now, stripe = shop.machine.now, NeverArrives(stripe_for(shop.connection))
    assert agree(case_of(shop), Wish(3, 9900, Case.Via.CARD_PAGE), stripe, now) == Came.UNDER_WAY
    if credited:
        shop.client.v1.credit_notes.create({"invoice": case_of(shop).invoice_id, "amount": credited})
    else:
        shop.client.v1.invoices.pay(case_of(shop).invoice_id)
    shop.machine.move(now + timedelta(hours=30))
    assert Action.objects.get(step="charge-plan-1-part-1").state == "done"
    assert books_agree(shop) == 9900 - credited
    assert state() == ("broken" if credited else "kept")


def agrees_again(shop) -> Came:
    return agree(case_of(shop), Wish(3, 9900, Case.Via.CARD_PAGE), stripe_for(shop.connection), shop.machine.now)


def test_a_first_part_that_is_declined_sets_no_plan_and_the_rules_go_on(open_shop):
    shop = open_shop("tuned")
    fails(shop)
    shop.until_day(14.9)
    assert agrees(shop) == Came.DECLINED
    assert (case_of(shop).state, state()) == ("failing", "broken")
    assert Action.objects.filter(state="planned", step="close").exists()
    assert len(choices(case_of(shop), shop.machine.now + timedelta(days=2))) == 3, "it may be tried again"
    assert books_agree(shop) == 0


def test_what_was_looked_at_is_agreed_to_or_nothing(open_shop):
    shop = open_shop("tuned")
    fails(shop)
    shop.until_day(14.9)
    money_arrives(shop)
    shop.client.v1.credit_notes.create({"invoice": case_of(shop).invoice_id, "amount": 900})
    came = agree(case_of(shop), Wish(3, 9900, Case.Via.CARD_PAGE), stripe_for(shop.connection), shop.machine.now)
    assert came == Came.CHANGED
    assert Plan.objects.count() == 0
    assert choices(case_of(shop), shop.machine.now)[0].owed == Money(9000, "usd")
