"""Backup methods: which of a customer's other methods is charged, and what comes of each, whatever it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.factories import make_attempt, make_case, make_connection, make_fact
from tests.fakes import NOW, VISA
from tideover.core.declines import Decline
from tideover.core.methods import Means, means_of
from tideover.gateways.answers import Card, Declined, NeedsAuthentication, NotOpen, Paid, Processing, Refused, Unknown
from tideover.messages.models import Message
from tideover.recovery.models import Action, Attempt
from tideover.recovery.telling.why import why
from tideover.recovery.ways.consents import agreed_at, backups_of
from tideover.tenants.models import Project

DAY = timedelta(days=1)
CARD = Card("pm_1QxVbN2eZvKYlo2CmasterA", "mastercard", "4444", "fp_4444masterA", "12/2030")
METHODS = {
    "card": ("usd", CARD),
    "link": ("usd", Card("pm_1QxVbN2eZvKYlo2ClinkAAAA", "link", "", "pm_1QxVbN2eZvKYlo2ClinkAAAA")),
    "paypal": ("eur", Card("pm_1QxVbN2eZvKYlo2CpaypalAA", "paypal", "", "pm_1QxVbN2eZvKYlo2CpaypalAA")),
    "us_bank_account": ("usd", Card("pm_1QxVbN2eZvKYlo2CachAAAAA", "us_bank_account", "6789", "fp_ach")),
    "sepa_debit": ("eur", Card("pm_1QxVbN2eZvKYlo2CsepaAAAA", "sepa_debit", "3000", "fp_sepa")),
    "bacs_debit": ("gbp", Card("pm_1QxVbN2eZvKYlo2CbacsAAAA", "bacs_debit", "2345", "fp_bacs")),
}
# What Stripe may answer: how the action ends, the case, and whether the customer gets a message that names the method.
OUTCOMES = {
    "paid": (Paid("ch_2"), "paid", "recovered", True),
    "declined": (Declined(Decline("insufficient_funds"), "", "pi_1"), "declined:insufficient_funds", "failing", False),
    "asks": (NeedsAuthentication("pi_1_secret", "", "ch_2", "pi_1"), "needs-authentication", "failing", False),
    "processing": (Processing("pi_1", "ch_2"), "processing", "failing", False),
    "refused": (Refused("payment_method_unexpected_state", "detached"), "refused", "failing", False),
    "closed": (NotOpen("void"), "skipped", "canceled", False),
}


def use_backups(world, *, contract=True):
    Project.objects.update(backup_methods=True, backup_by_contract=contract)
    world.connection.refresh_from_db()
    world.connection.project.refresh_from_db()


def failed(world, *saved: Card, currency: str = "usd", code: str = "expired_card"):
    """A renewal whose card no day heals, so that no other charge is planned beside."""
    use_backups(world)
    world.stripe.saved = list(saved)
    return world.payment_fails(code, currency=currency)


def backup_actions():
    return list(
        Action.objects.filter(step__startswith="charge-backup").exclude(state="dropped").order_by("due_at", "step")
    )


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("method", METHODS)
def test_every_method_and_whatever_comes_of_it(world, method, outcome):
    (currency, card), (answer, stored, state, told) = METHODS[method], OUTCOMES[outcome]
    case = failed(world, card, currency=currency)
    world.stripe.answer = lambda: answer
    main = case.card_fingerprint
    world.day(3.9)
    action = backup_actions()[0]
    assert action.outcome.startswith(stored)
    assert action.request["payment_method"] == card.payment_method_id
    assert action.request["off_session"] is True
    assert (world.case.state, world.case.processing) == (state, outcome == "processing")
    assert world.case.card_fingerprint == main, "the default stays what it was"
    tried = Attempt.objects.filter(action=action)
    assert {attempt.card_fingerprint for attempt in tried} <= {card.fingerprint}
    receipts = Message.objects.filter(template="backup")
    assert [message.state for message in receipts] == (["sent"] if told else [])
    assert world.stripe.payments == [action.key]
    assert "default" not in " ".join(what for what, _ in world.stripe.writes)


@pytest.mark.parametrize(
    ("changes", "why_not"),
    [
        ({"payment_method_id": VISA.payment_method_id}, "it is the one that failed"),
        ({"fingerprint": VISA.fingerprint}, "it is the one that failed"),
        ({"expires": "10/2026"}, "it has expired"),
        ({"brand": "sepa_debit"}, "it does not pay in USD"),
        ({"brand": "klarna"}, "it cannot be charged by itself"),
    ],
)
def test_what_cannot_pay_is_passed_over_and_it_is_said_why(world, changes, why_not):
    failed(world, replace(CARD, **changes), METHODS["paypal"][1])
    world.stripe.answer = lambda: Paid("ch_2")
    world.day(3.5)
    [action] = backup_actions()
    assert action.request["payment_method"] == METHODS["paypal"][1].payment_method_id
    assert why_not in " ".join(action.instead)


def test_a_card_that_its_network_forbids_is_passed_over_wherever_it_was_declined(world):
    failed(world, CARD)
    elsewhere = make_case(world.connection, customer_id="cus_other_1QxVbN2eZvKYlo2C")
    told = {"card_brand": CARD.brand, "card_fingerprint": CARD.fingerprint, "code": "stolen_card"}
    make_attempt(elsewhere, at=NOW + DAY, **told)
    world.day(3.5)
    [action] = backup_actions()
    assert action.outcome == "skipped"
    assert "reported stolen" in action.reason
    assert world.stripe.payments == []


def test_a_try_of_another_method_counts_for_that_method_alone(world):
    case = failed(world, CARD, code="insufficient_funds")
    stolen = {CARD: "stolen_card"}
    world.stripe.answer = lambda: Declined(Decline(stolen.get(world.stripe.charged, "insufficient_funds")), "", "pi_1")
    world.day(3.9)
    assert "stolen_card" in Attempt.objects.values_list("code", flat=True)
    told = why(world.case, world.now)
    assert "stolen" not in " ".join(told.no_charge)
    assert world.case.card_fingerprint == case.card_fingerprint


def test_a_lost_answer_is_asked_for_again_with_the_same_method_and_key(world):
    failed(world, CARD)
    real = world.stripe.pay_invoice
    asked = []

    def lost(*args, **given):
        asked.append(given["payment_method"])
        world.stripe.pay_invoice = real
        raise Unknown("connection reset")

    world.stripe.pay_invoice = lost
    world.stripe.answer = lambda: Paid("ch_2")
    world.day(4)
    [action] = backup_actions()
    assert (asked, world.stripe.payments) == ([CARD.payment_method_id], [action.key])
    assert Attempt.objects.get(outcome="paid").card_fingerprint == CARD.fingerprint


def test_while_it_is_turned_off_nothing_is_planned_and_what_was_planned_goes(world):
    failed(world, CARD)
    assert len(backup_actions()) == 1
    Project.objects.update(backup_methods=False)
    world.day(4)
    assert world.stripe.payments == []


# ── consent ──


def test_consent_is_of_one_customer_in_one_account():
    assert {means_of(card.brand) for _, card in METHODS.values()} == {
        Means.CARD, Means.LINK, Means.PAYPAL, Means.BANK_ACCOUNT,
    }  # fmt: skip


@pytest.mark.django_db
def test_what_was_said_last_holds_for_every_invoice_of_the_customer_and_of_nobody_else():
    connection = make_connection()
    Project.objects.update(backup_methods=True)
    connection.project.refresh_from_db()
    mine = [make_case(connection, customer_id="cus_1QxVbN2eZvKYlo2C") for _ in range(2)]
    others = [make_case(connection), make_case(connection, customer_id="")]
    make_fact(mine[0], "backup_allowed", at=NOW)
    assert set(backups_of([*mine, *others])) == {case.pk for case in mine}
    assert agreed_at(mine[1]) == NOW
    make_fact(mine[1], "backup_withdrawn", at=NOW + DAY)
    assert backups_of(mine) == {}
    make_fact(mine[1], "backup_allowed", at=NOW + 2 * DAY)
    assert set(backups_of(mine)) == {case.pk for case in mine}


@pytest.mark.django_db
def test_the_contract_needs_no_consent_and_does_nothing_where_backups_are_off():
    case = make_case()
    Project.objects.update(backup_by_contract=True)
    case.project.refresh_from_db()
    assert backups_of([case]) == {}
    Project.objects.update(backup_methods=True)
    case.project.refresh_from_db()
    assert "contract" in backups_of([case])[case.pk]


def test_other_accounts_are_asked_nothing(world, django_assert_num_queries):
    case = world.payment_fails()
    with django_assert_num_queries(0):
        assert backups_of([case]) == {}
