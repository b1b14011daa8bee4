"""What is recovered, and what waits for a person, is told to whoever wants to know: one mail at most for its time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests import factories as make
from tests.people import colleague
from tests.rooms.notices.letters import AWAY, Letters
from tideover.core.calendars.paces import Pace
from tideover.messages.letters import mail_of
from tideover.notices import planning
from tideover.notices.choosing import choose, paces_of, takers
from tideover.notices.kinds import KINDS, Kind, usual
from tideover.notices.models import Notice
from tideover.notices.planning import plan_summaries
from tideover.notices.rounds import tell
from tideover.notices.saying.table import SAYS
from tideover.tenants.models import Member
from tideover.tenants.people import OPERATOR, remove
from tideover.tenants.roles import OLDER_NAMES, Role

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)  # of a project in UTC
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def account(alice):
    return make.make_connection(alice.project)


def mine(person) -> Member:
    return Member.objects.get(user=person.user, organization=person.organization)


def wants(person, **paces: Pace) -> None:
    choose(mine(person), person.project, {Kind(kind): pace for kind, pace in paces.items()}, "alice", MORNING - DAY)


def paid(account, at, **values):
    case = make.make_case(account, state="recovered", ended_at=at, **values)
    make.make_fact(case, "paid", at=at)
    return case


def round_at(now, letters=None):
    letters = letters or Letters()
    plan_summaries(now)
    tell(now, write=letters)
    return letters


def words(letter) -> str:
    return mail_of("alice@alpine.example", letter, MORNING).get_body(("plain",)).get_content()


# ── the table ──


def test_every_kind_says_who_has_it_and_is_worded_by_somebody():
    assert set(KINDS) == set(SAYS) == set(Kind)
    for about in KINDS.values():
        assert about.label
        assert about.says.endswith(".")
        assert about.page.startswith("/")
        assert set(about.by_role.values()) <= set(about.paces)
        assert Pace.OFF not in about.paces
        assert not about.always or Role.OWNER in about.by_role


def test_a_role_of_an_older_version_is_told_what_support_is():
    [(old, new)] = OLDER_NAMES.items()
    assert {kind: usual(kind, old) for kind in Kind} == {kind: usual(kind, new) for kind in Kind}


@pytest.mark.parametrize("role", sorted(Role))
def test_who_has_chosen_nothing_has_what_their_role_has(alice, role):
    member = mine(alice if role == Role.OWNER else colleague("Bob", alice, role))
    assert paces_of(member, alice.project) == {kind: usual(kind, role) for kind in Kind}


# ── recovered ──


def test_yesterdays_payments_are_one_mail_in_the_morning(alice, account):
    paid(account, MORNING - 20 * HOUR, customer_name="Ada", amount_due=9900)
    paid(account, MORNING - 12 * HOUR, customer_name="Bea", amount_due=5000, currency="eur")
    paid(account, MORNING - 2 * HOUR, customer_name="Today")
    paid(account, MORNING - 2 * DAY, customer_name="Earlier")
    assert round_at(MORNING - MINUTE).of == []
    [(address, letter)] = round_at(MORNING).of
    assert address == alice.user.email
    assert letter.heading == "2 payments came back: €50.00 and $99.00"
    said = words(letter)
    assert "Ada: $99.00" in said
    assert "Bea: €50.00" in said
    assert "Today" not in said
    assert "Earlier" not in said
    assert round_at(MORNING + HOUR).of == []


def test_a_day_on_which_nothing_came_brings_no_mail(alice, account):
    paid(account, MORNING - 3 * DAY)
    assert round_at(MORNING).of == []


def test_what_was_heard_late_is_told_when_it_was_heard(alice, account):
    case = make.make_case(account, state="recovered", ended_at=MORNING - 3 * DAY)
    make.make_fact(case, "paid", at=MORNING - 3 * DAY, learnt_at=MORNING - 9 * HOUR)
    assert len(round_at(MORNING).of) == 1


def test_what_went_back_before_it_was_told_is_no_payment(alice, account):
    paid(account, MORNING - 12 * HOUR, amount_recovered=0, amount_returned=9900)
    assert round_at(MORNING).of == []


def test_who_wants_it_at_once_is_told_within_a_quarter_of_an_hour_and_many_are_one_mail(alice, account):
    wants(alice, recovered=Pace.AT_ONCE)
    for number in range(13):
        paid(account, MORNING + number * MINUTE, customer_name=f"Payer {number:02}")
    assert round_at(MORNING + 16 * MINUTE).of == []
    [(_, letter)] = round_at(MORNING + 17 * MINUTE).of
    said = words(letter)
    assert said.count("Payer") == 10
    assert "And 3 more." in said
    assert round_at(MORNING + 18 * MINUTE).of == []
    paid(account, MORNING + 20 * MINUTE)
    assert len(round_at(MORNING + 32 * MINUTE).of) == 1


def test_hours_without_a_worker_or_a_mail_server_are_told_in_one_mail(alice, account):
    wants(alice, recovered=Pace.AT_ONCE)
    paid(account, MORNING + MINUTE)
    assert len(round_at(MORNING + 17 * MINUTE).of) == 1
    for hour in range(1, 4):
        paid(account, MORNING + hour * HOUR)
    for quarter in range(4):
        round_at(MORNING + 4 * HOUR + (2 + 15 * quarter) * MINUTE, Letters(AWAY))
    [(_, letter)] = round_at(MORNING + 5 * HOUR + 2 * MINUTE).of
    assert letter.heading.startswith("3 payments came back")


def test_a_summary_that_could_not_leave_by_the_evening_is_told_no_more(alice, account):
    paid(account, MORNING - 12 * HOUR)
    round_at(MORNING, Letters(AWAY))
    assert round_at(MORNING + 12 * HOUR).of == []
    assert set(Notice.objects.values_list("state", flat=True)) == {"late"}


def test_a_kind_that_breaks_holds_up_no_other(alice, account, monkeypatch):
    wants(alice, recovered=Pace.AT_ONCE)
    make.make_case(account, attention="replied")

    def broken(*_):
        raise ValueError("nobody foresaw this")

    monkeypatch.setattr(planning, "_told_until", broken)
    assert len(round_at(MORNING).of) == 1


# ── what waits for a person ──


def test_open_cases_that_wait_are_told_each_morning_with_what_they_wait_for(alice, account):
    make.make_case(account, customer_name="Ada", attention="replied")
    make.make_case(account, customer_name="Bea")
    make.make_case(account, customer_name="Cid", attention="replied", state="abandoned")
    make.make_action(make.make_case(account, customer_name="Dot", amount_due=100), state="dead", settled_at=make.NOW)
    [(_, letter)] = round_at(MORNING).of
    assert letter.heading == "2 cases wait for you"
    said = words(letter)
    assert "Ada: $99.00 · The customer replied" in said
    assert "Dot: $1.00 · A step failed for good" in said
    assert "Bea" not in said
    assert "Cid" not in said
    assert letter.url.endswith("/cases/?attention=1")
    assert round_at(MORNING + HOUR).of == []
    assert len(round_at(MORNING + DAY).of) == 1


# ── whom it concerns ──


def test_who_turned_it_off_gets_none_also_not_what_was_planned(alice, account):
    make.make_case(account, attention="replied")
    plan_summaries(MORNING)
    wants(alice, attention=Pace.OFF)
    assert round_at(MORNING).of == []


def test_who_was_removed_gets_nothing_not_even_what_was_on_its_way(alice, bob, account):
    make.make_case(account, attention="replied")
    plan_summaries(MORNING)
    remove(mine(bob), OPERATOR, MORNING)
    letters = Letters()
    tell(MORNING, write=letters)
    assert letters.to == [alice.user.email]


def test_who_is_removed_while_others_are_written_to_gets_nothing(alice, bob, account):
    make.make_case(account, attention="replied")
    letters = Letters(meanwhile=lambda: Member.objects.filter(organization=alice.organization).delete())
    assert len(round_at(MORNING, letters).of) == 1


def test_nothing_is_told_of_another_merchant(alice, mallory, account):
    make.make_case(account, customer_name="Ada", attention="replied")
    assert round_at(MORNING).to == [alice.user.email]


def test_a_person_of_two_projects_is_told_of_each_by_itself(alice, account):
    other = make.make_connection(make.make_project(alice.organization, name="Beta"))
    make.make_case(account, customer_name="Ada", attention="replied")
    make.make_case(other, customer_name="Bea", attention="replied")
    letters = round_at(MORNING)
    assert letters.to == [alice.user.email] * 2
    assert sorted("Ada" in words(letter) for _, letter in letters.of) == [False, True]


def test_nobody_is_told_of_a_sample_shop_or_of_what_is_being_erased(alice):
    shop = make.make_organization(is_sample=True, stopped_at=make.NOW)
    make.make_member(alice.user, shop)
    make.make_project(shop)
    assert {taker.member.organization_id for taker in takers(Kind.ATTENTION)} == {alice.organization.pk}
    assert takers(Kind.ATTENTION, shop.pk) == []


def test_where_no_names_are_kept_none_is_told(alice, account):
    type(alice.project).objects.update(minimal=True)
    case = make.make_case(account, customer_name="Ada", customer_email="ada@payer.example", attention="replied")
    [(_, letter)] = round_at(MORNING).of
    said = words(letter)
    assert case.public_id in said
    assert "Ada" not in said
    assert "ada@" not in said
