"""The set-up as a page and a command: what is true of each step, what is next, and that looking is noted."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from tests import factories as make
from tests.factories import NOW
from tideover import clock
from tideover.cli.main import app
from tideover.tenants.models import Project
from tideover.upkeep.models import Milestone

pytestmark = pytest.mark.django_db
PAGE = "/get-started/"


@pytest.fixture
def off(alice):
    Project.objects.filter(pk=alice.project.pk).update(recovery_enabled=False)
    clock.travel_to(NOW)
    yield alice
    clock.travel_to(None)


def page(person):
    return person.browser().get(PAGE).content.decode()


def typed(*words):
    return CliRunner().invoke(app, [*words])


def test_the_page_opens_what_is_next_and_tells_what_is_true(off):
    html = page(off)
    assert html.count("<details") >= 8
    assert html.count(" open>") == 1
    assert "1 of 8 steps done" in html
    assert "No account is connected." in html


def test_looking_at_the_rules_and_at_what_would_happen_is_noted_with_who_looked(off):
    make.make_connection(Project.objects.get(pk=off.project.pk))
    off.browser().get("/rules/")
    off.browser().get("/go-live/")
    assert dict(Milestone.objects.values_list("name", "by")) == {"rules": off.user.email, "rehearsal": off.user.email}
    assert f"looked at by {off.user.email}" in page(off)


def test_by_command_each_step_is_told_with_what_to_type(off):
    make.make_connection(Project.objects.get(pk=off.project.pk))
    said = typed("checklist")
    assert said.exit_code == 3
    assert f"done     Account: {off.user.email}" in said.stdout
    assert "-> tideover go-live" in said.stdout
    assert "2 of 8 steps are done." in said.stdout
    typed("rules", "show")
    typed("rehearse")
    assert "looked at by operator." in typed("checklist").stdout
    assert "Looked at by operator." in typed("checklist").stdout


def test_it_is_hidden_and_shown_again_by_command(off):
    assert "no more" in typed("checklist", "--hide").stdout
    assert "Show on Home again" in page(off)
    assert "as long as a step is missing" in typed("checklist", "--show").stdout
    assert "Hide this list" in page(off)


def test_who_may_only_read_sees_it_and_cannot_hide_it(off, bob):
    bob.user.memberships.update(role="analyst")
    assert "Hide this list" not in page(bob)
    assert bob.browser().post(PAGE, {"do": "hide"}).status_code == 403
    assert not Milestone.objects.exists()
