"""Paying in parts on the pay page: when it may be chosen, what is shown before, and what becomes of agreeing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.factories import DAY, NOW, make_action, make_case, make_connection, make_plan, make_project
from tests.fakes import FakeStripe, an_invoice
from tests.rooms.customer.test_card_page import text_of, url_of
from tests.rooms.customer.till import PAID as TILL_PAID
from tests.rooms.customer.till import Till, invoice_of
from tideover import clock
from tideover.core.declines import Decline
from tideover.customer.doors.card import views as card_views
from tideover.customer.doors.parts import views
from tideover.gateways.answers import Busy, Declined, LessIsOpen, NotOpen, Paid, Refused
from tideover.recovery.models import Action, Case, Plan
from tideover.recovery.plans.offering import by_hand, end_plan, offer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    clock.travel_to(NOW)
    yield
    clock.travel_to(None)


def failed_with(**values: object) -> Case:
    project = make_project(brand_name="Acme", plans_enabled=True)
    connection = make_connection(project, publishable_key="pk_test_alice")
    told = {"opened_at": NOW - 15 * DAY, "payment_method_id": "pm_old", "invoice_id": "in_1", "customer_id": "cus_1"}
    return make_case(connection, **{**told, **values})


@pytest.fixture
def case():
    return failed_with()


@pytest.fixture
def stripe(monkeypatch) -> FakeStripe:
    """The account's Stripe, in place of the way to it."""
    fake = FakeStripe(an_invoice(at=NOW - 15 * DAY), lambda: Paid(""), clock=lambda: NOW)
    monkeypatch.setattr(views, "stripe_for", lambda _connection: fake)
    return fake


def test_every_plan_is_shown_with_its_days_and_amounts_before_anything_is_agreed(client, case):
    text = text_of(client.get(url_of(case)))
    assert "In parts Monthly parts, at no extra cost" in text
    for said in ("2 parts $49.50", "3 parts $33.00", "4 parts $24.75", "No fee, no interest $99.00"):
        assert said in text
    assert "Friday, November 20, 2026 now $33.00 Sunday, December 20, 2026 $33.00 Wednesday, January 20, 2027" in text
    assert Plan.objects.count() == 0


def test_who_agrees_is_charged_the_first_part_and_sees_the_plan(client, case, stripe):
    url = url_of(case)
    assert client.post(f"{url}/plan", {"parts": "3", "owed": "9900"}).url == url
    [plan] = Plan.objects.all()
    assert (plan.state, plan.count, plan.total, plan.via) == ("stands", 3, 9900, "card_page")
    assert [part.paid for part in plan.parts.order_by("number")] == [3300, 0, 0]
    text = text_of(client.get(url))
    assert "Your plan is set" in text
    assert "Still to come $66.00" in text
    assert "Pay the rest now" in text
    assert [what for what, _ in stripe.writes] == ["pay part"]


def test_a_double_click_is_one_plan_and_one_charge(client, case, stripe):
    url = url_of(case)
    for _ in range(2):
        assert client.post(f"{url}/plan", {"parts": "3", "owed": "9900"}).status_code == 302
    assert Plan.objects.count() == 1
    assert len(stripe.writes) == 1


def test_stripe_collects_no_more_by_itself_once_the_first_part_is_asked_for(client, case, stripe):
    stripe.invoice = an_invoice(at=NOW - 15 * DAY, auto_advance=True)
    client.post(f"{url_of(case)}/plan", {"parts": "2", "owed": "9900"})
    assert [what for what, _ in stripe.writes] == ["auto_advance:False", "pay part"]


def test_a_first_part_that_is_declined_is_said_and_no_plan_stands(client, case, stripe):
    stripe.answer = lambda: Declined(Decline("insufficient_funds"), "", "")
    answer = client.post(f"{url_of(case)}/plan", {"parts": "3", "owed": "9900"}, follow=True)
    assert "The first part did not go through. Nothing was charged, and no plan was set." in text_of(answer)
    assert Plan.objects.get().state == "broken"
    assert stripe.writes[-1][0] == "drop part", "nothing is left behind"


def agrees(client, case) -> str:
    """What the page says after three parts were agreed to."""
    return text_of(client.post(f"{url_of(case)}/plan", {"parts": "3", "owed": "9900"}, follow=True))


@pytest.mark.parametrize(
    ("code", "method", "attention"),
    [
        ("payment_method_unexpected_state", "pm_old", "refused"),
        ("amount_too_small", "pm_old", "refused"),
        ("payment_method_unexpected_state", "pm_new", ""),
        ("amount_too_small", "pm_new", "new_card"),
    ],
)
def test_a_part_that_stripe_will_not_try_tells_of_the_method_it_named(code, method, attention, client, stripe):
    case = failed_with(new_method="" if method == "pm_old" else method)
    stripe.answer = lambda: Refused(code, "it cannot be charged")
    agrees(client, case)
    case.refresh_from_db()
    assert Action.objects.get(state="done").request["payment_method"] == method
    assert case.attention == attention


def test_what_was_brought_while_a_part_of_the_method_on_file_was_out_waits_still(client, case, stripe):
    def brings_another() -> Paid:
        type(case).objects.filter(pk=case.pk).update(new_method="pm_new", customer_acted_at=NOW)
        return Paid("")

    stripe.answer = brings_another
    agrees(client, case)
    case.refresh_from_db()
    assert case.new_method == "pm_new"


def test_an_invoice_that_is_paid_or_nearly_so_by_then_is_no_decline(client, case, stripe):
    def less_is_open(*_args, **_kwargs):
        raise LessIsOpen("less is open than this part asks for")

    stripe.pay_part = less_is_open
    assert "What is open has changed meanwhile" in agrees(client, case)
    stripe.pay_part = lambda *_args, **_kwargs: NotOpen("void", stripe.invoice)
    assert "did not go through" not in agrees(client, case)
    assert {plan.state for plan in Plan.objects.all()} <= {"broken", "ended"}


def test_whoever_waited_longer_than_their_claim_lasts_is_told_that_it_is_under_way(client, case, stripe):
    def slow(*_args, **_kwargs):
        Action.objects.filter(state="claimed").update(lease_token=uuid4())  # whoever settles doubts has it now
        raise Busy("locked")

    stripe.pay_part = slow
    assert "Your plan begins" in agrees(client, case)
    assert Plan.objects.get().state == "stands"


@pytest.mark.parametrize(
    "sent",
    [
        {"parts": "3", "owed": "100"},
        {"parts": "5", "owed": "9900"},
        {"parts": "1", "owed": "9900"},
        {"parts": "", "owed": ""},
        {"parts": "\u0663", "owed": "\u0663"},
        {"parts": "3", "owed": "9" * 40},
    ],
)
def test_what_was_not_on_the_page_is_not_agreed_to(client, case, stripe, sent):
    answer = client.post(f"{url_of(case)}/plan", sent, follow=True)
    assert "What is open has changed meanwhile" in text_of(answer)
    assert Plan.objects.count() == 0
    assert stripe.writes == []


@pytest.mark.parametrize(
    ("of_case", "of_project"),
    [
        ({"opened_at": NOW - 13 * DAY}, {}),
        ({"amount_due": 5000}, {}),
        ({"family": "expired", "first_family": "expired"}, {}),
        ({}, {"plans_enabled": False}),
        ({}, {"plans_from_day": 30}),
        ({}, {"plans_least": "USD 99"}),
    ],
)
def test_the_door_is_closed_where_the_merchant_or_the_failure_closes_it(client, case, of_case, of_project):
    case = make_case(case.connection, **{"opened_at": NOW - 15 * DAY, "payment_method_id": "pm_old", **of_case})
    type(case.project).objects.filter(pk=case.project_id).update(**of_project)
    assert "In parts" not in text_of(client.get(url_of(case)))


def test_in_observe_mode_no_plan_is_offered(client, case):
    type(case.connection).objects.filter(pk=case.connection_id).update(mode="observe")
    assert "In parts" not in text_of(client.get(url_of(case)))


def test_what_somebody_offered_by_hand_may_be_chosen_before_its_day(client, case):
    type(case).objects.filter(pk=case.pk).update(opened_at=NOW - DAY, plan_offered_at=NOW)
    case.refresh_from_db()
    assert "In parts" in text_of(client.get(url_of(case)))


def test_whose_part_has_not_come_is_not_told_that_there_is_nothing_to_do(client, case):
    make_plan(case).parts.filter(number=2).update(due_at=NOW - DAY)
    text = text_of(client.get(url_of(case)))
    assert "A part has not come yet It is asked for within the next days" in text
    assert "nothing you need to do" not in text
    assert "Pay the rest now" in text


def test_looking_at_a_plan_changes_nothing(client, case):
    make_plan(case)
    before = Plan.objects.values().get(), Action.objects.count()
    assert "Your plan is set" in text_of(client.get(url_of(case)))
    assert (Plan.objects.values().get(), Action.objects.count()) == before


def test_a_plan_that_the_merchant_ended_is_chosen_anew_only_once_they_offer_one_again(client, case, stripe):
    make_plan(case)
    assert end_plan(case, by="alice", now=NOW) == ""
    url = url_of(case)
    assert "In parts" not in text_of(client.get(url))
    sent = client.post(f"{url}/plan", {"parts": "2", "owed": "6600"}, follow=True)
    assert "or a plan can no longer be chosen" in text_of(sent)
    clock.travel_to(NOW + DAY)
    assert offer(case, by="alice", now=NOW + DAY) == ""
    assert "In parts" in text_of(client.get(url))
    case.refresh_from_db()
    assert by_hand(case, NOW + DAY).holds


def test_an_offer_that_was_made_before_the_plan_was_ended_is_no_new_leave(client, case):
    offer(case, by="alice", now=NOW - DAY)
    make_plan(case)
    end_plan(case, by="alice", now=NOW)
    assert "In parts" not in text_of(client.get(url_of(case)))


@pytest.mark.parametrize("parts", [("charge-plan-1-part-1",), ("charge-plan-1-part-1", "charge-plan-1-part-2")])
def test_another_card_pays_all_that_is_left_of_a_plan_and_the_button_names_exactly_that(
    client, case, parts, monkeypatch
):
    """Whether or not a part has been missed before."""
    make_plan(case)
    if len(parts) > 1:
        Plan.objects.get().parts.filter(number=2).update(due_at=NOW - DAY)
        make_action(case, step=parts[1], state="done", outcome="declined:insufficient_funds", settled_at=NOW - DAY,
                    started_at=NOW - DAY)  # fmt: skip
    case.refresh_from_db()
    till = Till(case, TILL_PAID)
    till.invoice = invoice_of(case, amount_remaining=6600, amount_paid=3300)
    monkeypatch.setattr(card_views, "stripe_for", lambda _connection: till)
    url = url_of(case)
    page = client.get(url).content.decode()
    assert "Pay $66.00" in page
    agreed = re.search(r'name="agreed"[^>]*value="([^"]*)"', page)
    assert agreed
    sent = {"intent": till.card_entered(), "agreed": agreed[1]}
    answer = client.post(f"{url}/done", sent, headers={"accept": "application/json"})
    assert answer.json()["state"] == "paid"
    [payment] = till.payments
    charge = Action.objects.get(request__payment_method="pm_new")
    assert (payment.payment_method, charge.asked.minor) == ("pm_new", 6600)
    case.refresh_from_db()
    assert (case.state, Plan.objects.get().state) == ("recovered", "kept")
