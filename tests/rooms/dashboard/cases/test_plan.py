"""A payment plan on the page of its case: its parts, offering one by hand, and ending it."""

from __future__ import annotations

import re

import pytest

from tests import factories as make
from tests.factories import NOW
from tideover import clock
from tideover.recovery.models import Plan

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_noon():
    clock.travel_to(NOW)
    yield
    clock.travel_to(None)


@pytest.fixture
def case(alice):
    alice.project.plans_enabled = True
    alice.project.save(update_fields=["plans_enabled"])
    connection = make.make_connection(alice.project)
    return make.make_case(connection, payment_method_id="pm_old", opened_at=NOW - make.DAY)


def page(who, case) -> str:
    html = who.browser().get(f"/cases/{case.public_id}/").content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_the_page_shows_each_part_and_what_is_still_to_come(alice, case):
    make.make_plan(case)
    shown = page(alice, case)
    for words in (
        "Payment plan: 1 of 3 parts paid",
        "It stands",
        "1. Fri, Nov 20, 2026 $33.00 paid on Nov 20",
        "2. Sun, Dec 20, 2026 $33.00 to come",
        "Still to come $66.00",
        "End the plan",
    ):
        assert words in shown


def test_nobody_charges_all_of_it_by_hand_while_a_plan_stands(alice, case):
    make.make_plan(case)
    assert "A payment plan stands, and charges its parts by itself." in page(alice, case)


def test_a_plan_is_offered_by_hand_and_the_page_says_by_whom(alice, case):
    assert "Offer a plan now" in page(alice, case)
    assert alice.browser().post(f"/cases/{case.public_id}/offer-plan/").status_code == 302
    case.refresh_from_db()
    assert case.plan_offered_by == alice.user.email
    assert f"Offered by {alice.user.email} on Nov 20, 2026" in page(alice, case)
    assert case.actions.filter(step="message-plan-offered", state="planned").exists()


def test_why_no_plan_can_be_offered_stands_there_instead(alice, case):
    type(case).objects.filter(pk=case.pk).update(family="expired", first_family="expired")
    shown = page(alice, case)
    assert "Offer a plan now" not in shown
    assert "only another card" in shown


def test_a_plan_that_is_ended_leaves_the_rest_to_the_rules(alice, case):
    make.make_plan(case)
    assert alice.browser().post(f"/cases/{case.public_id}/end-plan/").status_code == 302
    assert Plan.objects.get().state == "ended"
    shown = page(alice, case)
    assert f"ended by {alice.user.email}" in shown
    assert "2. Sun, Dec 20, 2026 $33.00 not paid" in shown


def test_of_a_plan_that_was_kept_early_the_last_parts_were_not_needed(alice, case):
    make.make_plan(case, state="kept", ended_at=NOW, why_ended="everything is paid")
    assert "2. Sun, Dec 20, 2026 $33.00 not needed" in page(alice, case)


def test_of_an_offer_that_was_taken_the_page_does_not_say_that_it_was_not(alice, case):
    type(case).objects.filter(pk=case.pk).update(plan_offered_at=NOW, plan_offered_by="alice@alpine.example")
    assert "The customer has not agreed to one yet." in page(alice, case)
    make.make_plan(case, state="broken", ended_at=NOW, why_ended="a part did not come, and all its tries were made")
    shown = page(alice, case)
    assert "has not agreed" not in shown
    assert "A plan of this case was broken already." in shown


def test_after_a_plan_that_was_ended_the_page_offers_to_offer_one_anew(alice, case):
    alice.browser().post(f"/cases/{case.public_id}/offer-plan/")
    make.make_plan(case)
    clock.travel_to(NOW + make.DAY)
    alice.browser().post(f"/cases/{case.public_id}/end-plan/")
    shown = page(alice, case)
    assert "they can choose one again only once you offer it" in shown
    clock.travel_to(NOW + 2 * make.DAY)
    assert alice.browser().post(f"/cases/{case.public_id}/offer-plan/").status_code == 302
    assert f"Offered by {alice.user.email} on Nov 22, 2026" in page(alice, case)
