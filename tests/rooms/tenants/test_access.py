"""Who is let in: a member, while they are one, by a link that works once or a password; and nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory

from tests.factories import NOW, make_member, make_organization, make_project, make_user
from tests.people import PASSWORD
from tideover.tenants.access import SIGN_IN_LINK_LASTS, make_sign_in_link, member_required, token_hash, use_sign_in_link
from tideover.tenants.backend import PasswordBackend
from tideover.tenants.models import Member, Organization, Project, SignInLink, User

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


# ── links ──


@pytest.mark.parametrize("token", ["", " ", "x", "x" * 10_000, "ж", "\0", "../..", "0" * 43])
def test_a_token_that_nobody_made_signs_nobody_in(alice, token):
    make_sign_in_link(alice.user, NOW)
    assert use_sign_in_link(token, NOW) is None


def test_neither_a_part_of_a_token_nor_its_hash_opens_anything(alice):
    token = make_sign_in_link(alice.user, NOW)
    for wrong in (token[:-1], token + "=", token.swapcase(), token_hash(token), f" {token}"):
        assert use_sign_in_link(wrong, NOW) is None
    assert use_sign_in_link(token, NOW) == alice.user


@pytest.mark.parametrize(
    ("after", "works"),
    [(timedelta(0), True), (SIGN_IN_LINK_LASTS - timedelta(microseconds=1), True), (SIGN_IN_LINK_LASTS, False)],
)
def test_a_link_works_until_its_last_moment(alice, after, works):
    token = make_sign_in_link(alice.user, NOW)
    assert (use_sign_in_link(token, NOW + after) == alice.user) is works


def test_a_link_works_once(alice):
    token = make_sign_in_link(alice.user, NOW)
    assert [use_sign_in_link(token, NOW) for _ in range(3)] == [alice.user, None, None]


def test_of_two_who_use_a_link_at_the_same_time_one_gets_in(alice):
    token = make_sign_in_link(alice.user, NOW)
    faster: list[User | None] = []

    def first_lets_another_use_it(execute, sql, *args):
        if sql.startswith("UPDATE") and not faster:
            faster.append(None)
            faster[0] = use_sign_in_link(token, NOW)
        return execute(sql, *args)

    with connection.execute_wrapper(first_lets_another_use_it):
        slower = use_sign_in_link(token, NOW)
    assert (faster, slower) == ([alice.user], None)


def test_a_link_that_was_tried_too_late_is_not_used_up_and_not_revived(alice):
    token = make_sign_in_link(alice.user, NOW)
    assert use_sign_in_link(token, NOW + SIGN_IN_LINK_LASTS) is None
    assert SignInLink.objects.get().used_at is None


def test_using_one_link_ends_the_others_of_that_person_and_of_nobody_else(alice, mallory):
    first, second, other = (make_sign_in_link(person.user, NOW) for person in (alice, alice, mallory))
    assert use_sign_in_link(second, NOW) == alice.user
    assert use_sign_in_link(first, NOW) is None
    assert use_sign_in_link(other, NOW) == mallory.user


def test_a_link_of_a_person_whose_account_was_closed_opens_nothing(alice):
    token = make_sign_in_link(alice.user, NOW)
    User.objects.update(is_active=False)
    assert use_sign_in_link(token, NOW) is None


def test_a_link_goes_with_its_person(alice):
    token = make_sign_in_link(alice.user, NOW)
    alice.user.delete()
    assert use_sign_in_link(token, NOW) is None


# ── passwords ──


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (None, None), ("", ""), ("", PASSWORD), ("alice@alpine-analytics.example", None), ("alice@alpine-analytics.example", ""),
        ("alice@alpine-analytics.example", PASSWORD.upper()), ("alice@alpine-analytics.example", f"{PASSWORD} "),
        ("nobody@nowhere.example", PASSWORD), ("alice@alpine-analytics.example\0", PASSWORD), ("\0", "\0"),
        ("a" * 10_000, PASSWORD), ("%", PASSWORD), ("' OR 1=1 --", PASSWORD), ("älice@alpine-analytics.example", PASSWORD),
        ("alice@alpine-analytics.example", "x" * 100_000),
    ],
)  # fmt: skip
def test_what_is_not_the_email_and_password_of_a_person_is_nobody(alice, email, password):
    assert authenticate(username=email, password=password) is None


def test_the_right_password_opens_and_only_while_the_account_is_open(alice):
    assert authenticate(username=alice.user.email, password=PASSWORD) == alice.user
    User.objects.update(is_active=False)
    assert authenticate(username=alice.user.email, password=PASSWORD) is None
    assert PasswordBackend().get_user(alice.user.pk) is None


def test_who_has_no_password_cannot_sign_in_with_one():
    user = make_user("eve@merchant.example")
    for password in ("", user.password, "!", "None"):
        assert authenticate(username=user.email, password=password) is None


# ── sessions ──

PAGE = "/cases/"


def is_in(browser: Client) -> bool:
    return browser.get(PAGE).status_code == 200


def test_a_changed_password_ends_every_session(alice):
    browser = alice.browser()
    assert is_in(browser)
    alice.user.set_password("another long password")
    alice.user.save(update_fields=["password"])
    assert not is_in(browser)
    assert is_in(alice.browser())


@pytest.mark.parametrize(
    "change",
    [
        lambda: User.objects.update(is_active=False),
        lambda: Member.objects.all().delete(),
        lambda: User.objects.all().delete(),
        lambda: Organization.objects.all().delete(),
        lambda: Project.objects.all().delete(),
    ],
    ids=["account closed", "no member any more", "person erased", "merchant erased", "no project"],
)
def test_who_is_let_in_no_more_is_out_at_once_and_can_do_nothing(alice, change):
    browser = alice.browser()
    assert is_in(browser)
    change()
    answer = browser.post("/cases/case_x/stop/", {"confirm": "stop"})
    assert (answer.status_code, answer["Location"].startswith("/sign-in/")) == (302, True)
    assert not is_in(browser)


def choose(browser: Client, **chosen: object) -> None:
    session = browser.session
    session.update({name: str(value) for name, value in chosen.items()})
    session.save()


def seen(browser: Client) -> tuple[object, object]:
    request = browser.get(PAGE).wsgi_request
    return request.organization, request.project


def test_a_member_of_two_organizations_sees_the_one_they_chose(alice):
    other = make_member(alice.user).organization
    project = make_project(other)
    browser = alice.browser()
    choose(browser, organization=other.pk)
    assert seen(browser) == (other, project)


def test_a_choice_that_is_not_theirs_is_no_choice(alice, mallory):
    browser = alice.browser()
    choose(browser, organization=mallory.organization.pk, project=mallory.project.pk)
    assert seen(browser) == (alice.organization, alice.project)


def test_a_stranger_is_nobody_and_is_sent_to_sign_in_with_the_way_back():
    request = RequestFactory().get("/cases/?state=failing")
    request.member = None

    @member_required
    def view(_request):
        raise AssertionError("a stranger got in")

    answer = view(request)
    assert answer["Location"] == "/sign-in/?next=/cases/%3Fstate%3Dfailing"


def test_a_member_gets_in_with_what_the_address_says(alice):
    request = RequestFactory().get("/")
    request.member = Member.objects.get()

    @member_required
    def view(_request, number, *, word):
        return HttpResponse(f"{number} {word}")

    assert view(request, 5, word="five").content == b"5 five"


def test_a_stranger_costs_no_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        Client().get("/cases/")


def test_who_has_an_account_and_no_organization_sees_nothing():
    user = make_user()
    make_organization()
    browser = Client()
    browser.force_login(user)
    assert not is_in(browser)
