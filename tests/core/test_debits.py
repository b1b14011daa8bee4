"""Bank debits: what a return means, and how often a debit that came back may be presented again, by anyone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.planning import OPENED, TUNED, UTC_ZONE, charges
from tests.core.telling import PRICE, attempt, failed, run
from tideover.core.debits import RETURNS
from tideover.core.declines import CODES, Decline, Family, Reason, family, for_merchant, for_payer
from tideover.core.methods import DEBITS, NAMES, Means, is_debit, means_of
from tideover.core.networks import budget
from tideover.core.outcomes import Tried
from tideover.core.planner import Do, Situation, explain
from tideover.core.presentment import READ_ON, SCHEMES, expected_on, under_way
from tideover.core.rules import PRESETS, Coexistence, Rules
from tideover.core.tries import Attempt, By, Sure

DAY = timedelta(days=1)
ACCOUNT, SECOND = "fp_bank_1QxVbN2eZvKYlo2C", "fp_bank_9TrWaM4fXuJHkp7D"
BACK_AFTER = 4 * DAY
BRINGS_NOTHING = ("bank_account_closed", "account_closed", "bank_account_frozen", "recipient_deceased", "no_account",
                  "bank_account_invalid_details", "debit_not_authorized", "bank_account_restricted")  # fmt: skip


def came_back(at=OPENED, code="insufficient_funds", method="us_bank_account", **changes: object) -> Attempt:
    """A debit presented at `at`, which the bank sent back."""
    told = {"by": By.STRIPE, "brand": method, "fingerprint": ACCOUNT, "returned_at": at + BACK_AFTER}
    return attempt(at, **{**told, "decline": Decline(code, brand=method), **changes})


def left(attempts, method="us_bank_account", now=OPENED + 40 * DAY, fingerprint=ACCOUNT):
    return budget(method, PRICE, attempts, now, fingerprint=fingerprint)


# ── while the bank has it ──


@pytest.mark.parametrize(
    ("method", "day"), [("us_bank_account", "Tue 14 Jul"), ("sepa_debit", "Wed 15 Jul"), ("bacs_debit", "Mon 13 Jul")]
)
def test_a_debit_under_way_says_until_about_when(method, day):
    wednesday = OPENED + DAY
    out = attempt(wednesday, by=By.US, brand=method, fingerprint=ACCOUNT, outcome=Tried.PROCESSING)
    case = failed(OPENED, UTC_ZONE, Family.NO_FUNDS, brand=method, attempts=(out,), processing=True)
    [why] = explain(case, TUNED, OPENED)
    assert why.startswith("A bank debit is under way since Wed 8 Jul: nothing is charged or sent until it is settled")
    assert why.endswith(f", which takes until about {day} as a rule.")


@given(st.dates(), st.sampled_from(sorted(SCHEMES)))
def test_the_day_it_takes_until_is_a_business_day_and_leaves_out_weekends(day, method):
    expected = expected_on(method, datetime.combine(day, time(12), UTC), UTC_ZONE)
    between = [day + n * DAY for n in range(1, (expected - day).days + 1)]
    assert sum(each.weekday() < 5 for each in between) == SCHEMES[method].clears
    assert expected.weekday() < 5


def test_an_answered_debit_and_one_of_another_invoice_are_not_waited_for():
    out = attempt(OPENED, by=By.US, brand="sepa_debit", fingerprint=ACCOUNT, outcome=Tried.PROCESSING)
    assert under_way([out]) == out
    assert under_way([replace(out, elsewhere=True)]) is None
    assert under_way([out, came_back(OPENED + 5 * DAY)]) is None


# ── what a return means ──


@pytest.mark.parametrize(
    ("method", "code", "kind"),
    [
        ("us_bank_account", "R01", Family.NO_FUNDS),
        ("us_bank_account", "R09", Family.NO_FUNDS),
        ("us_bank_account", "R02", Family.CARD_DEAD),
        ("us_bank_account", "R03", Family.WRONG_DATA),
        ("us_bank_account", "R10", Family.REVOKED),
        ("us_bank_account", "R15", Family.CARD_DEAD),
        ("us_bank_account", "R16", Family.CARD_DEAD),
        ("us_bank_account", "R20", Family.CARD_DEAD),
        ("sepa_debit", "AM04", Family.NO_FUNDS),
        ("sepa_debit", "ac04", Family.CARD_DEAD),
        ("sepa_debit", "MD01", Family.REVOKED),
        ("sepa_debit", "MS03", Family.REFUSED),
        ("bacs_debit", "0", Family.REFUSED),
        ("bacs_debit", "1", Family.REVOKED),
        ("bacs_debit", "5", Family.WRONG_DATA),
    ],
)
def test_a_return_code_says_what_stripes_name_hides(method, code, kind):
    assert family(Decline("generic_decline", network_decline_code=code, brand=method)) == kind


def test_a_return_code_of_one_clearing_says_nothing_in_another():
    assert family(Decline("generic_decline", network_decline_code="R02", brand="sepa_debit")) == Family.REFUSED
    assert family(Decline("generic_decline", network_decline_code="R02", brand="visa")) == Family.REFUSED


def test_every_return_code_leads_to_a_name_that_has_a_kind():
    assert RETURNS.keys() <= DEBITS
    assert {name for codes in RETURNS.values() for name in codes.values()} <= CODES.keys()


@pytest.mark.parametrize("code", BRINGS_NOTHING)
def test_what_ends_an_account_is_no_refusal_that_passes(code):
    assert family(Decline(code, brand="us_bank_account")) in {Family.CARD_DEAD, Family.REVOKED, Family.WRONG_DATA}


def test_the_payer_reads_what_is_wrong_with_the_account_and_the_merchant_reads_no_card():
    assert for_payer(Decline("bank_account_closed", brand="us_bank_account")) == Reason.ACCOUNT_CLOSED
    assert for_payer(Decline("generic_decline", network_decline_code="R02", brand="us_bank_account")) == (
        Reason.ACCOUNT_CLOSED
    )
    assert for_payer(Decline("debit_not_authorized", brand="sepa_debit")) == Reason.NOT_AUTHORIZED
    for kind in Family:
        assert "ard" not in for_merchant(kind, Means.BANK_ACCOUNT)
        assert "ard" not in for_merchant(kind, Means.NONE)


# ── which methods there are ──


def test_a_method_is_a_card_a_bank_account_or_what_its_brand_is_called():
    assert {means_of(method) for method in DEBITS} == {Means.BANK_ACCOUNT}
    assert (means_of("visa"), means_of("paypal"), means_of("klarna")) == (Means.CARD, Means.PAYPAL, Means.OTHER)
    assert not any(is_debit(word) for word in ("visa", "paypal", "", None))
    assert set(NAMES) == set(Means)


# ── how often it may be presented again ──


def test_every_kind_of_debit_has_a_scheme_with_its_source_and_how_sure_it_is():
    assert set(SCHEMES) == DEBITS
    for scheme in SCHEMES.values():
        assert scheme.source.startswith("https://")
        assert scheme.sure in Sure
        assert scheme.again in {1, 2}
        assert Family.NO_FUNDS in scheme.after
    assert READ_ON.year == 2026
    ach = SCHEMES["us_bank_account"]
    assert (ach.again, ach.window, ach.sure) == (2, 180 * DAY, Sure.PUBLISHED)


@pytest.mark.parametrize("method", sorted(DEBITS))
def test_a_debit_is_presented_again_as_often_as_its_scheme_allows_whoever_does_it(method):
    scheme = SCHEMES[method]
    now = OPENED + 20 * DAY
    tries = [came_back(OPENED + each * 6 * DAY, method=method, by=by)
             for each, by in zip(range(1 + scheme.again), (By.STRIPE, By.CUSTOMER, By.US), strict=False)]  # fmt: skip
    assert left(tries[:-1], method, now).allowed
    over = left(tries, method, now)
    assert (over.allowed, over.earliest_at, over.rule) == (False, None, scheme.id)


def test_nachas_two_presentments_are_for_want_of_funds_and_for_180_days():
    assert left([came_back()], now=OPENED + 180 * DAY).left == 2
    assert not left([came_back()], now=OPENED + 181 * DAY).allowed
    assert not left([came_back(code="generic_decline")]).allowed
    assert left([came_back(code="processing_error", counts=False)]).allowed


@pytest.mark.parametrize("code", BRINGS_NOTHING)
@pytest.mark.parametrize("method", sorted(DEBITS))
def test_after_a_return_that_ends_the_account_it_is_left_alone_and_another_has_tries_of_its_own(method, code):
    tries = [came_back(code=code, method=method)]
    assert left(tries, method, OPENED + DAY).earliest_at is None
    assert left(tries, method, OPENED + DAY, fingerprint=SECOND).allowed


def test_an_account_that_is_closed_is_closed_for_the_next_invoice_and_a_presentment_there_is_none_here():
    assert not left([came_back(code="bank_account_closed", elsewhere=True)]).allowed
    three = [came_back(OPENED + each * 6 * DAY, elsewhere=True) for each in range(3)]
    assert left(three).left == 3


def test_a_payment_that_went_through_later_brings_the_account_back():
    tries = [came_back(code="debit_not_authorized", elsewhere=True)]
    tries.append(came_back(OPENED + DAY, decline=None, outcome=Tried.PAID, elsewhere=True))
    assert left(tries).allowed


def test_what_waits_in_the_clearing_counts_and_what_never_reached_it_does_not():
    waiting = came_back(OPENED + 6 * DAY, decline=None, outcome=Tried.PROCESSING)
    assert left([came_back(), waiting]).left == 1
    assert left([came_back(), replace(waiting, counts=False)]).left == 2


def test_a_method_that_nobody_named_has_the_rules_of_the_debit_that_was_tried():
    assert budget(None, PRICE, [came_back()], OPENED + DAY).rule == SCHEMES["us_bank_account"].id


def test_no_debit_counts_for_a_card_and_no_wallet_ends_one():
    assert budget("visa", PRICE, [came_back(code="bank_account_closed")], OPENED + DAY).allowed
    ended = came_back(code="payment_method_customer_decline", method="paypal", fingerprint=None)
    assert budget("visa", PRICE, [ended], OPENED + DAY, fingerprint="fp_card").allowed
    assert not budget("paypal", PRICE, [ended], OPENED + DAY).allowed


# ── the plan of a debit ──


def debit(code="insufficient_funds", method="us_bank_account", **changes: object) -> Situation:
    """A renewal whose debit came back at OPENED."""
    first = came_back(OPENED - BACK_AFTER, code, method)
    told = {"family": family(first.decline), "brand": method, "fingerprint": ACCOUNT, "attempts": (first,)}
    return replace(failed(OPENED, UTC_ZONE), **{**told, **changes})


def days(case, rules=TUNED):
    return [(step.at - OPENED).days for step in charges(case, rules)]


@pytest.mark.parametrize(
    ("code", "wanted"),
    [("insufficient_funds", [10, 19]), ("processing_error", [4, 22]), ("generic_decline", [])],
)
def test_tuned_presents_an_american_debit_on_the_days_that_fit_why_it_came_back(code, wanted):
    assert days(debit(code)) == wanted


@pytest.mark.parametrize("code", ["generic_decline", "a_code_of_tomorrow"])
def test_tuned_presents_a_debit_that_came_back_without_a_reason_on_days_5_and_23(code):
    assert days(debit(code, "sepa_debit")) == [5, 23]


@pytest.mark.parametrize("preset", ["paymentrescue", "windback", "revguard", "recover"])
def test_a_preset_keeps_its_days_for_debits_as_far_as_the_scheme_allows(preset):
    rules = replace(PRESETS[preset], min_gap_hours=1)
    card = charges(failed(OPENED, UTC_ZONE, Family.NO_FUNDS), rules)
    assert [step.at for step in charges(debit(), rules)] == [step.at for step in card][:2]


def test_stripes_own_next_presentment_is_one_of_the_two_where_it_collects_too():
    beside = replace(TUNED, coexistence=Coexistence.COEXIST)
    announced = debit(stripe_next_attempt_at=OPENED + 3 * DAY)
    assert len(charges(announced, beside)) == 1
    assert len(charges(announced, replace(beside, coexistence=Coexistence.TAKE_OVER))) == 2


def test_a_closed_account_has_no_plan_of_charges_and_the_reason_says_so():
    closed = debit("bank_account_closed")
    assert charges(closed, TUNED) == []
    assert "This account is not tried again." in left(closed.attempts).why


# ── for every history ──


@st.composite
def histories(draw) -> tuple[Situation, Rules]:
    """A debit's case after returns, payments elsewhere and other accounts, under any preset."""
    method = draw(st.sampled_from(sorted(DEBITS)))
    codes = st.sampled_from(["insufficient_funds", "generic_decline", "processing_error", *BRINGS_NOTHING])
    tries = [came_back(OPENED - BACK_AFTER, draw(codes), method)]
    for hours in sorted(draw(st.lists(st.integers(0, 500), max_size=4))):
        at = OPENED + timedelta(hours=hours)
        mine = draw(st.sampled_from([ACCOUNT, ACCOUNT, SECOND, None]))
        tries.append(came_back(at, draw(codes), method, fingerprint=mine, by=draw(st.sampled_from(By)),
                               elsewhere=draw(st.booleans()), returned_at=at + draw(st.integers(0, 6)) * DAY))  # fmt: skip
    rules = replace(PRESETS[draw(st.sampled_from(sorted(PRESETS)))], coexistence=draw(st.sampled_from(Coexistence)))
    kind = draw(st.sampled_from([Family.NO_FUNDS, Family.REFUSED, Family.TECHNICAL, Family.OTHER]))
    theirs = draw(st.none() | st.integers(0, 30).map(lambda days: OPENED + days * DAY))
    return debit(method=method, attempts=tuple(tries), family=kind, stripe_next_attempt_at=theirs), rules


@settings(max_examples=120, deadline=None)
@given(histories())
def test_no_plan_presents_a_debit_more_often_than_its_scheme_allows(history):
    case, rules = history
    scheme = SCHEMES[case.brand]
    made = [each for each in case.attempts if each.fingerprint in {None, ACCOUNT} and not each.elsewhere]
    ours = [step for step in run(case, rules) if step.do == Do.CHARGE]
    assert len(made) + len(ours) <= max(1 + scheme.again, len(made))
    if any(family(each.decline) in {Family.CARD_DEAD, Family.REVOKED, Family.WRONG_DATA}
           for each in case.attempts if each.fingerprint in {None, ACCOUNT}):  # fmt: skip
        assert ours == []
    assert all(step.at <= made[0].at + scheme.window for step in ours)
