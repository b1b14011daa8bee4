"""Bank debits through the whole house: days in process, sent back, presented again within the rules, taken back late."""

from __future__ import annotations

import pytest

from tests.journeys.conftest import DAY
from tideover.core.steps import CHARGES
from tideover.flow.stripe import stripe_for
from tideover.messages.models import Message
from tideover.recovery import cards, links
from tideover.recovery.commands import mark_recovered
from tideover.recovery.models import Case
from tideover.recovery.paying.till import Finished, State
from tideover.recovery.returned.following import EVERY, follow
from tideover.upkeep.invariants import broken

pytestmark = pytest.mark.django_db(transaction=True)


def debit_fails(shop, account: str, currency: str) -> None:
    """The renewal's debit is sent back some days after it began; the failure is the case's beginning."""
    shop.renewal_comes(account, currency)
    began = shop.machine.now
    shop.machine.move(began + 2 * DAY)
    assert Case.objects.count() == 0, "a debit in process is no failure"
    shop.machine.move(began + 8 * DAY)
    shop.failed_at = shop.case.opened_at
    assert shop.failed_at > began + 2 * DAY


def debits_of_ours(shop) -> list[str]:
    """The days after the failure on which we presented a debit, and how each ended."""
    rows = [row for row in shop.world.ledger() if row["by"] == "api"]
    return [f"day {(row['at'] - shop.failed_at.timestamp()) / 86_400:.0f}: {row['outcome']}" for row in rows]


def test_a_debit_without_funds_is_presented_again_and_the_second_goes_through(open_shop):
    shop = open_shop("tuned")
    debit_fails(shop, "pm_sim_return_sepa_debit_AM04_n1", "eur")
    assert (shop.case.family, shop.case.card_brand) == ("no_funds", "sepa_debit")
    shop.until_day(40)
    assert debits_of_ours(shop) == ["day 10: processing", "day 17: succeeded"]
    assert shop.story() == [
        "day 0  hold: held",
        "day 0  failed: sent",
        "day 3  reminder: sent",
        "day 7  urgent: sent",
        "day 10  charge: processing",
    ], "nobody is written to while the bank has the debit, nor after"
    assert (shop.case.state, shop.case.amount_recovered) == ("recovered", 9900)


def test_a_debit_that_keeps_coming_back_is_presented_twice_more_and_no_oftener(open_shop):
    shop = open_shop("tuned")
    debit_fails(shop, "pm_sepaDebit_insufficientFunds_de", "eur")
    shop.until_day(29)
    assert debits_of_ours(shop) == ["day 10: processing", "day 17: failed", "day 19: processing", "day 24: failed"]
    assert shop.case.state == "abandoned"


def test_a_closed_account_is_not_presented_again_and_the_customers_card_pays(open_shop):
    shop = open_shop("tuned")
    debit_fails(shop, "pm_sim_return_sepa_debit_AC04", "eur")
    shop.until_day(12)
    assert debits_of_ours(shop) == []
    assert shop.case.family == "card_dead"
    shop.use_card("pm_card_visa")
    shop.until_day(13)
    assert debits_of_ours(shop) == ["day 12: succeeded"]
    assert shop.case.state == "recovered"


def test_refer_to_payer_is_presented_again_within_the_month_of_bacs(open_shop):
    shop = open_shop("tuned")
    debit_fails(shop, "pm_sim_return_bacs_debit_0", "gbp")
    shop.until_day(28)
    assert debits_of_ours(shop) == ["day 5: processing", "day 10: failed", "day 23: processing", "day 26: failed"]


def came_back(shop) -> None:
    """A debit pays the invoice, and weeks later the bank sends it back."""
    debit_fails(shop, "pm_sim_return_sepa_debit_AM04", "eur")
    account = shop.use_card("pm_sim_return_sepa_debit_MD06_late_20d")
    shop.client.v1.invoices.pay(shop.case.invoice_id, {"payment_method": account})
    shop.until_day(10)
    assert (shop.case.state, shop.case.amount_recovered, shop.case.amount_returned) == ("recovered", 9900, 0)
    shop.until_day(40)


def test_what_a_bank_takes_back_weeks_later_is_owed_again_and_told_once_and_nobody_is_charged(open_shop):
    shop = open_shop("tuned")
    came_back(shop)
    case = shop.case
    assert (case.state, case.amount_recovered, case.amount_returned, case.owed.minor) == ("failing", 0, 9900, 9900)
    assert (case.attention, case.ended_at) == ("came_back", None)
    charges = case.actions.filter(do__in=CHARGES, started_at__isnull=False).count()
    shop.until_day(60)  # meanwhile the subscription goes on to renew, and fails
    case.refresh_from_db()
    assert (case.state, case.attention, case.owed.minor) == ("failing", "came_back", 9900)
    told = case.actions.filter(do="message", state="done", due_at__gt=shop.failed_at + 20 * DAY)
    assert [(each.step, each.template, each.outcome) for each in told] == [("message-returned-1", "came_back", "sent")]
    assert (
        Message.objects.filter(about=case.pk, subject__contains="Your bank returned your payment of €99.00").count()
        == 1
    )
    assert case.actions.filter(do__in=CHARGES, started_at__isnull=False).count() == charges
    invoice = shop.client.v1.invoices.retrieve(case.invoice_id)
    assert (invoice.status, invoice.amount_remaining) == ("paid", 0), "at Stripe it stays as it is"


def test_what_came_back_and_was_paid_in_another_way_is_recovered(open_shop):
    shop = open_shop("tuned")
    came_back(shop)
    case = shop.case
    assert mark_recovered(case, by="alice", now=shop.machine.now) is None
    shop.until_day(60)
    case.refresh_from_db()
    assert (case.state, case.amount_recovered, case.amount_returned) == ("recovered", 9900, 0)


def pays_on_the_page(shop, token: str) -> Finished:
    """The payer enters this card on the page of the case, and agrees to what it shows."""
    case = shop.case
    method = shop.client.v1.payment_methods.attach(token, {"customer": case.customer_id})
    entered = shop.client.v1.setup_intents.create(
        {"customer": case.customer_id, "payment_method": method.id, "confirm": True}
    )
    return finishes(shop, entered.id)


def finishes(shop, intent: str) -> Finished:
    case, now = shop.case, shop.machine.now
    link = links.find(links.make_link(case, message_id=None, now=now), now)
    return cards.finish(link, intent, stripe_for(shop.connection), now, {case.public_id: case.owed.minor})


def confirms(shop, asked: Finished, what: str) -> None:
    """The payer says yes to their bank, which asks about a card that is saved, or about a payment."""
    intent = asked.client_secret.partition("_secret")[0]
    assert (asked.state, intent.startswith(what)) == (State.AUTHENTICATE, True)
    shop.world._post("/_sim/authenticate", {"intent": intent, "passed": True})


def collected(shop, invoice: str) -> list[tuple[bool, int]]:
    """What came by Stripe's own book: whether on the invoice, and how much."""
    came = [row for row in shop.world.ledger() if row["outcome"] == "succeeded"]
    return [(row["invoice"] == invoice, row["amount"]) for row in came if row["invoice"] in {invoice, None}]


def test_what_came_back_is_paid_on_the_page_by_a_payment_beside_the_invoice_and_once(open_shop):
    shop = open_shop("tuned")
    came_back(shop)
    case = shop.case
    assert pays_on_the_page(shop, "pm_sim_decline_insufficient_funds").state == State.DECLINED
    assert pays_on_the_page(shop, "pm_card_visa").state == State.PAID
    assert pays_on_the_page(shop, "pm_card_visa").state == State.PAID, "thanked, and charged nothing more"
    shop.until_day(45)
    case.refresh_from_db()
    assert (case.state, case.via, case.amount_recovered, case.amount_returned) == ("recovered", "card_page", 9900, 0)
    assert collected(shop, case.invoice_id) == [(True, 9900), (False, 9900)]
    invoice = shop.client.v1.invoices.retrieve(case.invoice_id)
    assert (invoice.status, invoice.amount_paid) == ("paid", 9900), "at Stripe it stays as it is"
    assert not any(broken(shop.machine.now).values())


def test_a_payer_who_confirms_with_their_bank_and_goes_away_has_paid_what_came_back(open_shop):
    shop = open_shop("tuned")
    came_back(shop)
    case = shop.case
    confirms(shop, pays_on_the_page(shop, "pm_card_authenticationRequired"), "seti_")
    entered = shop.client.v1.setup_intents.list({"customer": case.customer_id}).data[0]
    confirms(shop, finishes(shop, entered.id), "pi_")
    assert follow(shop.connection, stripe_for(shop.connection), shop.machine.now + EVERY) == 1
    case.refresh_from_db()
    assert (case.state, case.via, case.collections.get().collected) == ("recovered", "card_page", 9900)
    assert collected(shop, case.invoice_id) == [(True, 9900), (False, 9900)]
