"""Backup methods through the whole house: another method pays after the one that failed, once, and its owner is told."""

from __future__ import annotations

import pytest

from tests.factories import make_fact
from tideover.messages.models import Message
from tideover.recovery.models import Action, Attempt, Case
from tideover.tenants.settings import change

pytestmark = pytest.mark.django_db(transaction=True)
GOOD, EMPTY = "pm_card_mastercard", "pm_sim_decline_insufficient_funds"


def use_backups(shop, *, contract: bool = True) -> None:
    wanted = {"recovery.backup_methods": True, "recovery.backup_by_contract": contract}
    change(shop.connection.project, wanted, "alice@alpine.example", shop.machine.now)


def saved(shop, token: str) -> str:
    """A method the customer saved some time ago and does not pay with by default."""
    return shop.client.v1.payment_methods.attach(token, {"customer": shop.customer.id}).id


def fails_with_another_saved(shop, token: str, main: str = EMPTY, currency: str = "usd") -> None:
    shop.renewal_comes(main, currency)
    saved(shop, token)
    shop.machine.move(shop.machine.now.replace(hour=20))
    shop.failed_at = shop.case.opened_at


def tries(shop) -> list[tuple[str, str]]:
    """Who asked which of the banks, as Stripe's book has it."""
    return [(row["by"], row["outcome"]) for row in shop.world.ledger()]


def receipts() -> list[Message]:
    return list(Message.objects.filter(template="backup"))


def test_the_other_card_pays_three_days_after_the_failure_and_its_owner_is_told(open_shop):
    shop = open_shop("windback")
    use_backups(shop)
    fails_with_another_saved(shop, GOOD)
    shop.until_day(2.9)
    assert tries(shop) == [("stripe", "failed")], "the customer hears of it first"
    shop.until_day(4)
    assert tries(shop) == [("stripe", "failed"), ("api", "succeeded")]
    assert (shop.case.state, shop.case.amount_recovered, shop.case.via) == ("recovered", 9900, "retry")
    attempt = Attempt.objects.get(outcome="paid")
    assert (attempt.card_brand, attempt.card_last4) == ("mastercard", "4444")
    [receipt] = receipts()
    assert "Mastercard •••• 4444" in receipt.subject
    assert "$99.00" in receipt.subject
    action = Action.objects.get(step="charge-backup-1")
    assert "It is mastercard ·· 4444" in action.why
    assert "contract" in action.why
    sent = Message.objects.filter(state="sent").count()
    shop.until_day(20)
    assert len(tries(shop)) == 2
    assert Message.objects.filter(state="sent").count() == sent, "after the receipt nothing is sent any more"


def test_without_the_customers_consent_no_other_method_is_charged(open_shop):
    shop = open_shop("windback")
    use_backups(shop, contract=False)
    fails_with_another_saved(shop, GOOD)
    shop.until_day(27)
    assert tries(shop) == [("stripe", "failed")]


def test_a_consent_on_an_earlier_invoice_of_the_customer_counts(open_shop):
    shop = open_shop("windback")
    use_backups(shop, contract=False)
    fails_with_another_saved(shop, GOOD)
    make_fact(shop.case, "backup_allowed", key="backup-allowed:1", at=shop.failed_at)
    shop.until_day(5)
    assert shop.case.state == "recovered"
    assert "the customer agreed to it on" in Action.objects.get(step="charge-backup-1").why


def test_a_withdrawn_consent_is_none(open_shop):
    shop = open_shop("windback")
    use_backups(shop, contract=False)
    fails_with_another_saved(shop, GOOD)
    make_fact(shop.case, "backup_allowed", key="backup-allowed:1", at=shop.failed_at)
    shop.until_day(1)
    make_fact(shop.case, "backup_withdrawn", key="backup-withdrawn:1", at=shop.machine.now)
    shop.until_day(27)
    assert tries(shop) == [("stripe", "failed")]


def test_two_other_methods_at_most_are_tried_once_each_and_never_the_failed_one(open_shop):
    shop = open_shop("windback")
    use_backups(shop)
    fails_with_another_saved(shop, "pm_sim_decline_do_not_honor")
    for token in ("pm_sim_decline_generic_decline", "pm_card_chargeCustomerFail"):
        saved(shop, token)
    shop.until_day(27)
    assert tries(shop) == [("stripe", "failed"), ("api", "failed"), ("api", "failed")]
    cards = list(Attempt.objects.order_by("at").values_list("card_fingerprint", flat=True))
    assert len(set(cards)) == 3
    assert (shop.case.state, shop.case.card_fingerprint) == ("abandoned", cards[0])
    assert receipts() == []


def test_where_nothing_else_is_saved_it_is_said_and_asked_once(open_shop):
    shop = open_shop("windback")
    use_backups(shop)
    shop.renewal_fails()
    shop.until_day(20)
    [action] = Action.objects.filter(step__startswith="charge-backup")
    assert (action.outcome, tries(shop)) == ("skipped", [("stripe", "failed")])
    assert action.reason.startswith("no other method of the customer is saved that may be charged")


def test_while_the_bank_waits_for_the_customer_no_other_method_is_charged(open_shop):
    shop = open_shop("windback")
    use_backups(shop)
    fails_with_another_saved(shop, GOOD, main="pm_card_authenticationRequired")
    shop.until_day(20)
    assert "succeeded" not in [outcome for _, outcome in tries(shop)]
    assert not Action.objects.filter(step__startswith="charge-backup", started_at__isnull=False).exists()


@pytest.mark.parametrize(
    ("currency", "token", "brand"),
    [
        ("usd", "pm_usBankAccount_success", "us_bank_account"),
        ("eur", "pm_sepaDebit_success_de", "sepa_debit"),
        ("gbp", "pm_bacsDebit_success", "bacs_debit"),
    ],
)
def test_a_bank_account_as_backup_pauses_everything_until_its_bank_has_paid(open_shop, currency, token, brand):
    shop = open_shop("windback")
    use_backups(shop)
    fails_with_another_saved(shop, token, currency=currency)
    shop.until_day(4)
    assert (shop.case.state, shop.case.processing) == ("failing", True)
    before = Message.objects.count()
    shop.until_day(14)
    assert (shop.case.state, shop.case.amount_recovered) == ("recovered", 9900)
    assert Attempt.objects.get(outcome="paid").card_brand == brand
    assert [message.template for message in Message.objects.order_by("created_at")[before:]] == ["backup"]


def test_in_observe_mode_nothing_is_charged(open_shop):
    shop = open_shop("windback")
    use_backups(shop)
    type(shop.connection).objects.filter(pk=shop.connection.pk).update(mode="observe")
    fails_with_another_saved(shop, GOOD)
    shop.until_day(20)
    assert tries(shop) == [("stripe", "failed")]
    assert Case.objects.get().state != "recovered"
