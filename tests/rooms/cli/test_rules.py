"""`tideover rules`: shown, copied, edited as a file, compared and undone; nothing changes where something is wrong."""

from __future__ import annotations

import json

import pytest
import typer

from tests import factories as make
from tests.factories import DAY, NOW
from tests.rooms.recovery.telling.test_backtest import failed, mirrored, tried
from tideover import clock
from tideover.cli.backtesting import NOTHING_READ
from tideover.cli.rules import apply, copy, diff, dry_run, edit, show, undo, versions
from tideover.core.rules import PRESETS, to_json
from tideover.recovery.models import Case
from tideover.recovery.rulesets import adopt
from tideover.tenants.models import AuditEntry

pytestmark = pytest.mark.django_db
ANY = ("", "")


@pytest.fixture
def project():
    return make.make_project(make.make_organization(slug="acme"), slug="shop")


def newest(project):
    return project.rulesets.order_by("-version").first()


def refused(capsys, call, *arguments, **options):
    with pytest.raises(typer.Exit) as ended:
        call(*arguments, **options)
    assert ended.value.exit_code == 1
    return capsys.readouterr().err


def test_what_is_shown_is_a_file_that_can_be_edited(project, capsys, tmp_path):
    assert show("", "", *ANY) == 0
    file = tmp_path / "rules.toml"
    shown = capsys.readouterr().out
    file.write_text(shown.replace("max_charges = 8", "max_charges = 3").replace("[2, 4, 6,", "[3, 4, 6,"))
    edit(file, *ANY, dry_run=True)
    assert newest(project).version == 1
    assert edit(file, *ANY, dry_run=False) == 0
    said = capsys.readouterr().out
    assert "charge on day 3 instead of day 2 after “insufficient funds”" in said
    assert "max retries: 3 instead of 8" in said
    assert "Version 2 is live for new cases" in said
    assert newest(project).rules["max_charges"] == 3
    assert [entry.who for entry in AuditEntry.objects.filter(what="rules changed")] == ["operator"]
    show("2", "json", *ANY)
    assert json.loads(capsys.readouterr().out)["max_charges"] == 3
    edit(file, *ANY, dry_run=False)
    assert newest(project).version == 2


def test_a_preset_is_copied_and_an_older_version_comes_back(project, capsys):
    copy("recover", *ANY, dry_run=False)
    assert (newest(project).version, newest(project).name, newest(project).preset) == (2, "recover", "recover")
    undo(1, *ANY, dry_run=False)
    assert newest(project).rules == to_json(PRESETS["relay"])
    capsys.readouterr()
    versions(*ANY)
    said = capsys.readouterr().out
    assert "Version 3, relay, of " in said
    assert "by operator, live for new cases" in said
    diff("1", "3", *ANY)
    assert capsys.readouterr().out == "Nothing differs.\n"
    diff("", "tuned", *ANY)
    assert "called tuned instead of recover" in capsys.readouterr().out


def test_each_problem_is_told_beside_its_choice_with_a_repair_and_nothing_is_changed(project, capsys, tmp_path):
    file = tmp_path / "rules.json"
    wrong = to_json(PRESETS["tuned"]) | {"max_charges": 99, "relay": [9, 3]}
    file.write_text(json.dumps(wrong))
    said = refused(capsys, edit, file, *ANY, dry_run=False)
    assert "max_charges: Max retries is 1 to 10 per failed payment, not 99. It could be: 10." in said
    assert "It could be: 3, 9." in said
    assert "2 of its choices cannot be followed" in said
    assert not project.rulesets.exists()


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("nonsense", "no TOML"),
        ("{", "no JSON"),
        ("name = 7", "cannot be read"),
        ("moon = 1", "There is no rule 'moon'"),
    ],
)
def test_a_file_that_holds_no_rules_is_refused(project, capsys, tmp_path, written, said):
    file = tmp_path / "rules.toml"
    file.write_text(written)
    assert said in refused(capsys, edit, file, *ANY, dry_run=False)


def test_a_version_that_there_is_not_is_refused(project, capsys):
    assert "there is no version 7" in refused(capsys, show, "7", "", *ANY)
    assert "there is no version 7" in refused(capsys, undo, 7, *ANY, dry_run=False)


def test_open_cases_go_on_by_the_newest_version_after_it_was_told_what_changes(project, capsys):
    adopt(project, "tuned", PRESETS["tuned"], NOW)
    case = make.make_case(make.make_connection(project), family="no_funds", card_brand="visa")
    apply(*ANY, dry_run=False)
    assert "All open cases go by version 1 already" in capsys.readouterr().out
    copy("windback", *ANY, dry_run=False)
    apply(*ANY, dry_run=True)
    said = capsys.readouterr().out
    assert "1 open cases go by older versions than 2." in said
    assert "Nothing was changed" in said
    assert Case.objects.get(pk=case.pk).ruleset.version == 1
    apply(*ANY, dry_run=False)
    assert "1 go on by version 2." in capsys.readouterr().out
    assert Case.objects.get(pk=case.pk).ruleset.version == 2
    assert AuditEntry.objects.filter(what="moved to other rules", about=case.public_id).count() == 1


def test_a_dry_run_tells_what_a_file_would_have_changed_and_saves_nothing(project, capsys, tmp_path):
    account = make.make_connection(project, livemode=True)
    mirrored(account)
    adopt(project, "tuned", PRESETS["tuned"], NOW)
    now = clock.now()
    failed(account, at=now - 20 * DAY)
    failed(account, at=now - 50 * DAY)
    show("", "", *ANY)
    file = tmp_path / "rules.toml"
    file.write_text(capsys.readouterr().out.replace("day = 3\n", 'day = 3\nonly = { families = ["expired"] }\n'))
    assert dry_run(str(file), 30, *ANY) == 0
    said = capsys.readouterr().out
    assert "1 payments failed in the last 30 days. For 1 something changes." in said
    assert "(gentle, only after “Expired or missing method”) on day 3: 0 instead of 1" in said
    assert "email “Urgent notice” (urgent) on day 7: 1 as before" in said
    assert "The message of day 3 is left out: it goes out only after" in said
    assert "Nothing was saved, sent or charged." in said
    assert dry_run("recover", 60, *ANY) == 0
    assert "2 payments failed in the last 60 days." in capsys.readouterr().out
    assert newest(project).version == 1


def test_a_dry_run_says_what_it_could_not_look_at(project, capsys):
    adopt(project, "tuned", PRESETS["tuned"], NOW)
    assert dry_run("recover", 30, *ANY) == NOTHING_READ
    said = capsys.readouterr()
    assert ("No Stripe account is connected" in said.err, "payments failed" in said.out) == (True, False)
    account = make.make_connection(project, livemode=True)
    assert dry_run("recover", 30, *ANY) == NOTHING_READ
    assert "was not begun to be read" in capsys.readouterr().err
    mirrored(account)
    opened = clock.now() - 20 * DAY
    who, invoice = failed(account, at=opened)
    tried(who, invoice, at=opened + DAY, outcome="of tomorrow")
    assert dry_run("recover", 30, *ANY) == 0
    assert "1 of them could not be lived through and are left out" in capsys.readouterr().err
