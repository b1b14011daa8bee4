"""`tideover email resume` and `tideover sms resume`: a pause is told and ended."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from tests import factories as make
from tideover.cli.main import app
from tideover.messages.models import StreamPause

pytestmark = pytest.mark.django_db
FIGURES = "Within seven days 500 left and 21 came back: that is 4.2% and the limit is 4%."


@pytest.mark.parametrize(("channel", "word"), [("email", "Email"), ("sms", "SMS")])
def test_a_pause_is_shown_and_ended_by_the_operator(alice, channel, word):
    make.make_pause(alice.organization, channel=channel)
    shown = CliRunner().invoke(app, [channel, "show"]).stdout
    assert f"{word} to your customers is paused since 2026-" in shown
    assert FIGURES in shown
    done = CliRunner().invoke(app, [channel, "resume"])
    assert (done.exit_code, f"{word} goes out again." in done.stdout) == (0, True), done.output
    assert StreamPause.objects.get().lifted_by == "operator"
    assert "is paused" not in CliRunner().invoke(app, [channel, "show"]).stdout


def test_what_is_not_paused_is_not_resumed(alice):
    make.make_pause(alice.organization, channel="sms")
    refused = CliRunner().invoke(app, ["email", "resume"])
    assert (refused.exit_code, "Email is not paused" in refused.stderr) == (1, True)
    assert StreamPause.objects.get().ended_at is None


def test_of_two_merchants_one_must_be_named(alice, mallory):
    make.make_pause(mallory.organization)
    assert CliRunner().invoke(app, ["email", "resume"]).exit_code == 1
    named = CliRunner().invoke(app, ["email", "resume", "--organization", mallory.organization.slug])
    assert (named.exit_code, StreamPause.objects.get().ended_at is not None) == (0, True)
