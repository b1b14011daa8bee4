"""`tideover people`: who belongs to an organization, by command."""

from __future__ import annotations

import pytest
from django.test import Client
from typer.testing import CliRunner

from tests.people import PASSWORD
from tideover.cli.main import app
from tideover.tenants.models import AuditEntry, Invitation, Member
from tideover.tenants.people import LAST_OWNER
from tideover.tenants.second_factor import begin, has_second_factor, new_secret

pytestmark = pytest.mark.django_db


def typed(*words):
    return CliRunner().invoke(app, ["people", *words])


def test_everybody_is_listed_with_their_role(alice, bob):
    typed("invite", "dora@alpine.example", "support")
    told = typed("list").stdout
    for line in (
        f"{alice.user.email} +owner",
        f"{bob.user.email} +admin",
        "dora@alpine.example +support, invited until",
    ):
        assert any(line.split(" +")[0] in each and line.split(" +")[1] in each for each in told.splitlines()), line


def test_the_printed_link_lets_the_invited_person_join(alice):
    link = typed("invite", "Dora@alpine.example", "analyst").stdout.strip()
    browser = Client()
    assert browser.post(link[link.index("/invitations/") :], {"password": PASSWORD}).url == "/"
    assert Member.objects.get(user__email="dora@alpine.example").role == "analyst"
    assert AuditEntry.objects.order_by("number").first().who == "operator"


def test_a_role_is_given_and_a_person_or_an_invitation_taken_out(alice, bob):
    assert typed("role", bob.user.email, "owner").exit_code == 0
    assert Member.objects.get(user=bob.user).role == "owner"
    assert typed("remove", alice.user.email).exit_code == 0
    assert not Member.objects.filter(user=alice.user).exists()
    typed("invite", "dora@alpine.example", "support")
    assert typed("remove", "dora@alpine.example").exit_code == 0
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("remove", "alice@alpine-analytics.example"), LAST_OWNER),
        (("role", "alice@alpine-analytics.example", "admin"), LAST_OWNER),
        (("role", "alice@alpine-analytics.example", "emperor"), "There are owner, admin, support, analyst"),
        (("role", "nobody@alpine.example", "admin"), "no member of Alpine Analytics"),
        (("invite", "alice@alpine-analytics.example", "admin"), "already"),
        (("invite", "nobody", "admin"), "no email address"),
        (("list", "--organization", "elsewhere"), "no organization elsewhere"),
    ],
)
def test_what_cannot_be_says_why(alice, words, said):
    result = typed(*words)
    assert (result.exit_code, said in result.stderr) == (1, True), result.stderr


def test_of_several_organizations_one_must_be_named(alice, mallory):
    assert "say which" in typed("list").stderr.lower()
    told = typed("list", "--organization", mallory.organization.slug).stdout
    assert mallory.user.email in told
    assert alice.user.email not in told


def test_init_makes_the_owner_of_a_new_installation_once(db):
    result = CliRunner().invoke(app, ["init", "Eve@newcomer.example", "--organization", "Fjord Data"])
    link = result.stdout.strip()
    browser = Client()
    assert browser.post(link[link.index("/sign-in/") :]).url == "/"
    assert browser.get("/").wsgi_request.organization.name == "Fjord Data"
    assert Member.objects.get().role == "owner"
    again = CliRunner().invoke(app, ["init", "mallory@malt.example"])
    assert (again.exit_code, "has an owner already" in again.stderr) == (1, True)
    assert Member.objects.count() == 1


def test_init_takes_no_address_that_is_none(db):
    assert CliRunner().invoke(app, ["init", "eve"]).exit_code == 1
    assert not Member.objects.exists()


def test_the_second_factor_of_who_lost_it_is_ended(alice):
    begin(alice.user, new_secret(), 0, alice.project.created_at)
    assert CliRunner().invoke(app, ["end-second-factor", alice.user.email]).exit_code == 0
    assert not has_second_factor(alice.user)
    assert AuditEntry.objects.get().what == "second factor off"
    assert CliRunner().invoke(app, ["end-second-factor", "nobody@alpine.example"]).exit_code == 1
