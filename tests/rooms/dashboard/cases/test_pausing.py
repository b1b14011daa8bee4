"""A pause by a person: the page says that the steps are put off because of it, and they really are."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import make_case, make_ruleset
from tests.fakes import effects
from tests.fakes import perform as do_it
from tests.rooms.recovery.conftest import World
from tideover import clock
from tideover.recovery import claims
from tideover.recovery.models import Action

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def world(connection):
    make_ruleset(connection.project, "revguard")
    there = World(connection)
    there.payment_fails()
    yield there
    clock.travel_to(None)


def pause(person, world, days):
    until = (world.now + days * DAY).date()
    return person.browser().post(f"/cases/{world.case.public_id}/pause/", {"until": f"{until}"})


def page(person, world):
    return person.browser().get(f"/cases/{world.case.public_id}/")


def planned():
    return Action.objects.filter(state="planned", do__in=["charge", "message"]).order_by("due_at")


def test_the_page_says_who_paused_until_when_and_no_step_is_due_before(alice, world):
    before = [(each.do, each.due_at) for each in planned()]
    assert before[0][1] < world.now + 10 * DAY
    assert pause(alice, world, 10).status_code == 302
    case = world.case
    answer = page(alice, world)
    assert f"Paused until {case.paused_until:%b} {case.paused_until.day}" in answer.content.decode()
    assert alice.user.email in str([entry for entry in answer.context["story"].past if "Paused" in entry.title])
    assert [each for each in answer.context["story"].ahead if each.at < case.paused_until] == []
    assert [each for each in planned() if each.due_at < case.paused_until] == []
    world.day(9.5)
    assert (world.stripe.payments, world.mail.subjects) == ([], [])


def test_after_its_end_the_plan_goes_on_by_itself(alice, world):
    pause(alice, world, 10)
    assert planned().exists()
    world.day(14)
    assert world.stripe.payments or world.mail.subjects
    assert "Paused until" not in page(alice, world).content.decode()


@pytest.mark.parametrize("do", ["charge", "message"])
def test_a_step_that_was_under_way_is_put_off_says_so_and_does_not_happen(alice, world, do):
    while not planned().filter(do=do, due_at__lte=world.now).exists():
        world._at(planned().filter(do=do).first().due_at)
    claimed = next(each for each in claims.claim_due(world.now) if each.do == do)
    pause(alice, world, 3)
    do_it(claimed, effects(world.stripe, world.mail), world.now)
    assert (world.stripe.payments, world.mail.subjects) == ([], [])
    claimed.refresh_from_db()
    assert claimed.state in {"planned", "dropped"}
    assert claimed.state == "dropped" or claimed.due_at >= world.case.paused_until
    story = page(alice, world).context["story"]
    told = [f"{each.title} {each.reason}" for each in story.undone] + [str(each.details) for each in story.ahead]
    assert any("paused" in each for each in told), told


def test_the_page_holds_all_cases_of_a_customer_who_replied_and_says_why(alice, world):
    case = world.case
    other = make_case(world.connection, customer_id=case.customer_id, invoice_id="in_2")
    until = (world.now + 10 * DAY).date()
    answer = alice.browser().post(f"/cases/{case.public_id}/they-replied/", {"until": f"{until}"}, follow=True)
    said = answer.content.decode()
    assert f"All 2 cases of theirs wait until {until:%b} {until.day}." in said
    assert "Undo" not in said, "it would let one of them go on alone"
    case.refresh_from_db()
    other.refresh_from_db()
    assert other.paused_until == case.paused_until
    story = alice.browser().get(f"/cases/{case.public_id}/").context["story"]
    assert [entry.details for entry in story.past if entry.title == "The customer replied"] == [
        [f"by {alice.user.email}"]
    ]


def test_a_day_that_has_passed_is_told_beside_its_field(alice, world):
    answer = alice.browser().post(f"/cases/{world.case.public_id}/they-replied/", {"until": "2020-01-01"})
    assert "must end in the future" in answer.content.decode()
    assert world.case.paused_until is None
