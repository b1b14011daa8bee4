"""The team: who is invited joins, who is removed is out, and an organization never loses its last owner."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from tests.people import PASSWORD, colleague
from tideover import clock
from tideover.config import config
from tideover.dashboard.team.views import LETTERS
from tideover.ids import public
from tideover.tenants.models import AuditEntry, Invitation, Member, User
from tideover.tenants.people import INVITATION_LASTS, LAST_OWNER, ONLY_OWNERS
from tideover.tenants.roles import Role

pytestmark = pytest.mark.django_db
TEAM = "/settings/team/"
NEW = "dora@alpine.example"


@pytest.fixture
def no_server(monkeypatch):
    monkeypatch.setattr(config(), "smtp_port", 1)


def told(browser, address=TEAM):
    return browser.get(address).content.decode()


def link_in(text):
    return re.search(r"/invitations/[\w-]{20,}/", text.replace("=\r\n", "").replace("=\n", ""))[0]


def invited(person, email=NEW, role="support"):
    """The link of an invitation, as the page shows it where no mail leaves."""
    return link_in(person.browser().post(TEAM, {"email": email, "role": role}).content.decode())


def at(member_of, person, act):
    member = Member.objects.get(organization=member_of.organization, user=person.user)
    return f"{TEAM}{public('mem', member.pk)}/{act}/"


def role_of(person):
    return Member.objects.filter(user=person.user).values_list("role", flat=True).first()


# ── invited ──


def test_the_invitation_is_mailed_its_link_is_not_shown_and_only_its_hash_is_kept(alice, server):
    browser = alice.browser()
    answer = browser.post(TEAM, {"email": f" {NEW.upper()} ", "role": "admin"}, follow=True)
    assert f"An invitation is on its way to {NEW}" in answer.content.decode()
    assert "/invitations/" not in answer.content.decode()
    link = link_in(server.mails[0])
    assert f"RCPT TO:<{NEW}>" in server.heard
    assert link.split("/")[2] not in str(list(Invitation.objects.values_list()))
    assert Client().get(link).status_code == 200


def test_where_no_mail_leaves_the_link_is_shown_once(alice, no_server):
    browser = alice.browser()
    link = link_in(browser.post(TEAM, {"email": NEW, "role": "support"}).content.decode())
    assert link not in told(browser)


def test_a_new_person_joins_with_a_name_and_a_password_and_is_signed_in(alice, no_server):
    stranger, link = Client(), invited(alice, role="analyst")
    assert Invitation.objects.count() == 1
    assert stranger.post(link, {"name": "Dora", "password": PASSWORD}).url == "/"
    assert stranger.get("/").status_code == 200
    member = Member.objects.get(user__email=NEW)
    assert (member.role, member.user.name, member.organization) == ("analyst", "Dora", alice.organization)
    assert stranger.post(link, {"password": PASSWORD}).status_code == Client().get(link).status_code == 410
    assert list(AuditEntry.objects.order_by("number").values_list("what", flat=True)) == [
        "person invited",
        "member added",
    ]


@pytest.mark.parametrize("password", ["", "short", "password1234"])
def test_a_password_that_is_easily_guessed_makes_no_account(alice, no_server, password):
    link = invited(alice)
    assert Client().post(link, {"password": password}).status_code == 422
    assert not User.objects.filter(email=NEW).exists()


def test_who_has_an_account_joins_signed_in_as_that_person_and_nobody_else(alice, mallory, no_server):
    link = invited(alice, mallory.user.email)
    stranger = Client()
    assert f"Sign in as {mallory.user.email}" in told(stranger, link)
    for other in (stranger, alice.browser()):
        other.post(link, {"password": PASSWORD})
        assert Member.objects.filter(user=mallory.user).count() == 1
    browser = mallory.browser()
    assert browser.post(link).url == "/"
    assert browser.get("/").wsgi_request.organization == alice.organization


def test_the_link_never_signs_in_to_an_account_that_there_is(alice, mallory, no_server):
    """Mallory invites Alice and holds the link."""
    link, browser = invited(mallory, alice.user.email), Client()
    browser.post(link, {"password": "a password of Mallory's"})
    assert "_auth_user_id" not in browser.session
    alice.user.refresh_from_db()
    assert alice.user.check_password(PASSWORD)


def test_an_invitation_ends_after_seven_days_by_a_newer_one_and_when_it_is_withdrawn(alice, no_server):
    first = invited(alice)
    second = invited(alice)
    assert [Client().get(link).status_code for link in (first, second)] == [410, 200]
    Invitation.objects.update(expires_at=clock.wall() - timedelta(seconds=1))
    assert Client().get(second).status_code == 410
    third = invited(alice)
    assert Invitation.objects.get().expires_at - clock.wall() <= INVITATION_LASTS
    alice.browser().post(f"{TEAM}{public('inv', Invitation.objects.get().pk)}/withdraw/")
    assert Client().post(third, {"password": PASSWORD}).status_code == 410
    assert not User.objects.filter(email=NEW).exists()


@pytest.mark.parametrize(("email", "why"), [("", "missing"), ("nobody", "email"), ("a@b\0.c", "")])
def test_what_is_no_address_is_told_beside_its_field(alice, email, why):
    answer = alice.browser().post(TEAM, {"email": email, "role": "admin"})
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert not Invitation.objects.exists()


def test_a_member_is_not_invited_again(alice, bob):
    answer = alice.browser().post(TEAM, {"email": bob.user.email, "role": "admin"})
    assert (answer.status_code, "already" in answer.content.decode()) == (422, True)


def test_an_organization_invites_thirty_an_hour(alice, no_server):
    for _ in range(LETTERS.limit):
        LETTERS.allows(str(alice.organization.pk), clock.wall())
    assert alice.browser().post(TEAM, {"email": NEW, "role": "admin"}).status_code == 422
    assert not Invitation.objects.exists()


# ── roles ──


def test_a_role_is_changed_and_holds_from_the_next_click_on(alice, bob):
    browser = bob.browser()
    assert alice.browser().post(at(alice, bob, "role"), {"role": "analyst"}).status_code == 302
    assert browser.get("/").status_code == 200
    assert browser.post(TEAM, {"email": NEW, "role": "support"}).status_code == 403
    entry = AuditEntry.objects.get()
    assert (entry.what, entry.before, entry.after) == ("role changed", {"role": "admin"}, {"role": "analyst"})


def test_an_admin_makes_no_owner_and_touches_none(alice, bob, no_server):
    browser = bob.browser()
    carol = colleague("Carol", alice, Role.SUPPORT)
    browser.post(at(alice, carol, "role"), {"role": "owner"})
    assert ONLY_OWNERS in told(browser)
    for act in ("role", "remove"):
        browser.post(at(alice, alice, act), {"role": "analyst"})
    assert browser.post(at(alice, carol, "hand-on")).status_code == 403
    assert ONLY_OWNERS in browser.post(TEAM, {"email": NEW, "role": "owner"}).content.decode()
    assert [role_of(person) for person in (alice, bob, carol)] == ["owner", "admin", "support"]


def test_ownership_is_handed_on(alice, bob):
    asked = alice.browser(lately=False).post(at(alice, bob, "hand-on")).content.decode()
    assert "Is it you?" in asked
    assert f'name="next" value="{TEAM}"' in asked
    assert role_of(alice) == "owner"
    alice.browser().post(at(alice, bob, "hand-on"))
    assert [role_of(person) for person in (alice, bob)] == ["admin", "owner"]
    assert alice.browser().post(at(alice, bob, "hand-on")).status_code == 403


@pytest.mark.parametrize("role", ["emperor", "", "member"])
def test_there_is_no_other_role(alice, bob, role):
    alice.browser().post(at(alice, bob, "role"), {"role": role})
    assert role_of(bob) == "admin"


# ── gone ──


def test_a_removed_member_is_out_with_their_next_click(alice, bob):
    browser = bob.browser()
    assert browser.get("/").status_code == 200
    alice.browser().post(at(alice, bob, "remove"))
    assert browser.get("/").url.startswith("/sign-in/")
    assert "belong to no organization" in told(browser, "/sign-in/")
    assert browser.post(TEAM, {"email": NEW, "role": "support"}).status_code == 302
    assert not Invitation.objects.exists()


def test_the_last_owner_can_neither_leave_nor_lose_the_role(alice, bob):
    browser = alice.browser()
    browser.post(f"{TEAM}leave/")
    assert LAST_OWNER in told(browser)
    for act in ("remove", "role"):
        browser.post(at(alice, alice, act), {"role": "admin"})
    assert role_of(alice) == "owner"


def test_one_of_two_owners_leaves_and_the_other_stays(alice):
    carol = colleague("Carol", alice, Role.OWNER)
    assert alice.browser().post(f"{TEAM}leave/").url == "/sign-in/"
    carol.browser().post(f"{TEAM}leave/")
    assert [role_of(person) for person in (alice, carol)] == [None, "owner"]


def test_mallory_reaches_nobody_of_alices(alice, bob, mallory):
    browser = mallory.browser()
    for act in ("role", "remove", "hand-on"):
        assert browser.post(at(alice, bob, act), {"role": "analyst"}).status_code == 404
    assert bob.user.email not in told(browser)
    assert role_of(bob) == "admin"
