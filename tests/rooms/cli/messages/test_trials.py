"""`tideover texts trial`: begun with a version, ours or a file, told, and ended; nothing changes where it is refused."""

from __future__ import annotations

import pytest

from tests import factories as make
from tests.factories import DAY, NOW
from tests.rooms.cli.messages.test_texts import ANY, FAILED, change, file, project, refused
from tideover.cli.messages.texts import edit, history
from tideover.cli.messages.trials import MOST, finish, show, start
from tideover.messages.models import TextTrial, TextVersion

pytestmark = pytest.mark.django_db
__all__ = ["file", "project"]


def begin(b, days=7, *, ends_by_itself=False):
    return start(FAILED, str(b), days, *ANY, ends_by_itself=ends_by_itself)


def test_a_file_is_tried_and_becomes_no_version_in_use(file, capsys):
    change(file, "Update payment details", "Settle it now")
    begin(file, 10, ends_by_itself=True)
    assert "Version 1 is tried beside ours" in capsys.readouterr().out
    trial = TextTrial.objects.get()
    assert (trial.a, trial.b, trial.within_days, trial.ends_by_itself, trial.began_by) == (0, 1, 10, True, "operator")
    history(FAILED, *ANY)
    assert "Version 1 of" in (told := capsys.readouterr().out)
    assert "by operator, for a trial" in told


def test_ours_is_tried_beside_a_version_and_the_figures_are_told(file, project, capsys):
    show(*ANY)
    assert "No trial yet" in capsys.readouterr().out
    change(file, "Update payment details", "Settle it now")
    edit(FAILED, file, "", *ANY, dry_run=False)
    begin("ours")
    assert "Ours is tried beside version 1, for cases" in capsys.readouterr().out
    trial = TextTrial.objects.get()
    make.make_message(make.make_case(make.make_connection(project)), trial=trial, half="A", at=NOW - 30 * DAY)
    capsys.readouterr()
    show(*ANY)
    told = capsys.readouterr().out
    assert "Payment failed, Email, English: not yet measurable (running" in told
    assert "A  Version 1     0 of 1 paid, 0.0%" in told
    assert "B  Ours          0 of 0 paid" in told


@pytest.mark.parametrize(
    ("how", "said", "versions"), [("a", "A is live", 1), ("b", "B is live", 2), ("stopped", "A is live", 1)]
)
def test_it_is_ended(file, capsys, how, said, versions):
    change(file, "Update payment details", "Settle it now")
    begin(file)
    finish(FAILED, how, *ANY)
    assert said in capsys.readouterr().out
    assert (TextTrial.objects.get().end, TextVersion.objects.count()) == (how, versions)
    assert "no trial of this text is running" in refused(capsys, finish, FAILED, how, *ANY)


def test_what_cannot_be_is_refused_with_the_reason(file, capsys):
    assert "would say the same" in refused(capsys, begin, file)
    assert "no version 4" in refused(capsys, begin, 4)
    assert "no half 'c'" in refused(capsys, finish, FAILED, "c", *ANY)
    change(file, "Update payment details", "{{ ammount }}")
    assert "cannot be sent as it is" in refused(capsys, begin, file)
    assert not TextTrial.objects.exists()
    assert not TextVersion.objects.exists()


def test_where_there_are_too_many_the_last_are_told_and_that_there_are_older_ones(project, capsys):
    for number in range(MOST):
        make.make_trial(project, ended_at=NOW - number * DAY, end="a", b=number + 1)
    show(*ANY)
    assert "Older ones" not in capsys.readouterr().out
    make.make_trial(project, ended_at=NOW - MOST * DAY, end="a", b=MOST + 1)
    show(*ANY)
    told = capsys.readouterr().out
    assert told.endswith("Older ones stand on the page of their text.\n")
    assert (f"B  Version {MOST} " in told, f"B  Version {MOST + 1} " in told) == (True, False)


def test_no_third_version_is_made_while_it_runs(file, capsys):
    change(file, "Update payment details", "Settle it now")
    begin(file)
    change(file, "Settle it now", "Pay it now")
    assert "End the trial first" in refused(capsys, edit, FAILED, file, "", *ANY, dry_run=False)
