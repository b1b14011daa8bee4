"""`tideover settings`: one is told and changed, all leave in a file and come from one, and nothing changes by half."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import typer
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as some

from tests import factories as make
from tests.core.test_settings_file import ALL_SETTINGS
from tests.factories import NOW
from tideover.cli.settings import export, get, put, take
from tideover.core.rules import PRESETS
from tideover.core.settings.table import SETTINGS
from tideover.recovery.models import Ruleset
from tideover.recovery.rulesets import Wish, adopt, revise, rules_of
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import running
from tideover.tenants.models import AuditEntry, Project
from tideover.tenants.settings import CHANGED, change, settings_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make.make_project(make.make_organization(slug="acme", name="Acme"), slug="shop", name="Shop")


def kept(project):
    return settings_of(Project.objects.select_related("organization").get(pk=project.pk))


def refused(capsys, call, *arguments, **options):
    with pytest.raises(typer.Exit) as ended:
        call(*arguments, **options)
    assert ended.value.exit_code == 1
    return capsys.readouterr().err


def test_a_setting_is_told_and_changed_and_the_log_says_who(project, capsys):
    assert get("general.zone", "", "") == 0
    assert put("general.zone", "Europe/Oslo", "", "") == 0
    assert capsys.readouterr().out.splitlines() == ["UTC", "  general.zone: Europe/Oslo, before UTC"]
    assert kept(project)["general.zone"] == "Europe/Oslo"
    assert [entry.who for entry in AuditEntry.objects.filter(what=CHANGED)] == ["operator"]


def test_all_settings_are_told_a_line_each(project, capsys):
    get("", "", "")
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(SETTINGS)


def test_a_value_that_cannot_be_is_told_with_what_can(project, capsys):
    told = refused(capsys, put, "general.currency", "money", "", "")
    assert "A currency has three letters" in told
    assert "It may be: three letters" in told
    assert "did you mean 'general.zone'" in refused(capsys, put, "general.zon", "UTC", "", "")


def test_where_there_are_several_projects_one_must_be_named(project, capsys):
    other = make.make_project(project.organization, slug="other")
    assert "--organization acme --project other" in refused(capsys, get, "", "", "")
    put("general.zone", "Asia/Tokyo", "acme", "other")
    assert kept(other)["general.zone"] == "Asia/Tokyo"
    assert kept(project)["general.zone"] == "UTC"
    assert "there is no such project" in refused(capsys, get, "", "nobody", "")


@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=ALL_SETTINGS, preset=some.sampled_from(sorted(PRESETS)), form=some.sampled_from(["toml", "json"]))
def test_what_was_exported_makes_an_empty_organization_the_same_to_the_byte(values, preset, form, tmp_path):
    one, other = make.make_project(), make.make_project()
    change(one, values, "alice", NOW)
    edited = replace(PRESETS[preset], window_days=PRESETS[preset].window_days + 1, name="own")
    revise(one, Wish(edited, "alice"), NOW)
    first, second = tmp_path / f"one.{form}", tmp_path / f"other.{form}"
    export(first, "", one.organization.slug, one.slug)
    take(first, other.organization.slug, other.slug, dry_run=False)
    export(second, "", other.organization.slug, other.slug)
    assert second.read_bytes() == first.read_bytes()


@pytest.mark.parametrize("preset", [*PRESETS, ""])
def test_every_preset_and_no_rules_at_all_leave_and_come_the_same(preset, tmp_path):
    one, other = make.make_project(), make.make_project()
    if preset:
        adopt(one, preset, PRESETS[preset], NOW)
    first, second = tmp_path / "one.toml", tmp_path / "other.toml"
    export(first, "", one.organization.slug, one.slug)
    take(first, other.organization.slug, other.slug, dry_run=False)
    export(second, "", other.organization.slug, other.slug)
    assert second.read_bytes() == first.read_bytes()


def test_rules_that_come_are_a_version_as_if_saved(project, tmp_path, capsys):
    file = tmp_path / "wanted.json"
    export(file, "", "", "")
    wanted = json.loads(file.read_text())
    wanted["rules"] |= {"name": "acme", "window_days": 30}
    file.write_text(json.dumps(wanted))
    take(file, "", "", dry_run=True)
    assert not Ruleset.objects.exists()
    take(file, "", "", dry_run=False)
    told = capsys.readouterr().out
    assert "  rules: " in told
    assert "tideover rules apply" in told
    made = Ruleset.objects.get()
    assert (made.made_by, rules_of(made).window_days) == ("operator", 30)
    assert AuditEntry.objects.filter(what="rules changed").count() == 1
    take(file, "", "", dry_run=False)
    assert "Nothing differs." in capsys.readouterr().out
    assert Ruleset.objects.count() == 1


def test_rules_that_cannot_be_followed_change_no_setting_either(project, tmp_path, capsys):
    file, before = tmp_path / "wanted.json", kept(project)
    export(file, "", "", "")
    wanted = json.loads(file.read_text())
    wanted["general"]["zone"] = "Asia/Tokyo"
    for rules in ({**wanted["rules"], "window_days": 999}, {**wanted["rules"], "windowdays": 3}, "relay"):
        file.write_text(json.dumps({**wanted, "rules": rules}))
        assert "Nothing was changed" in refused(capsys, take, file, "", "", dry_run=False)
    assert kept(project) == before


def test_a_dry_run_tells_what_would_change_and_changes_nothing(project, tmp_path, capsys):
    file, before = tmp_path / "wanted.toml", kept(project)
    file.write_text('[general]\nzone = "Asia/Tokyo"\ncurrency = "usd"\n')
    take(file, "", "", dry_run=True)
    assert capsys.readouterr().out.splitlines()[0] == "  general.zone: Asia/Tokyo, before UTC"
    assert kept(project) == before


def test_what_a_file_leaves_out_stays(project, tmp_path):
    file, before = tmp_path / "wanted.toml", kept(project)
    file.write_text('[general]\ncurrency = "eur"\n')
    take(file, "", "", dry_run=False)
    assert kept(project) == {**before, "general.currency": "eur"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[general]\nzone = "Asia/Tokyo"\ncurrency = "money"\n', "three letters"),
        ('[general]\nzone = "Asia/Tokyo"\ncurency = "eur"\n', "did you mean 'general.currency'"),
        ("[general]\nzone = 7\n", "is a text"),
        ("[general\n", "This is no TOML"),
    ],
)
def test_a_file_with_one_thing_wrong_changes_nothing(project, tmp_path, capsys, text, why):
    file, before = tmp_path / "wanted.toml", kept(project)
    file.write_text(text)
    assert why in refused(capsys, take, file, "", "", dry_run=False)
    assert kept(project) == before


def test_a_file_that_is_not_there_and_a_format_nobody_knows_are_told(project, tmp_path, capsys):
    assert "cannot be read" in refused(capsys, take, tmp_path / "none.toml", "", "", dry_run=False)
    assert "no format 'yaml'" in refused(capsys, export, tmp_path / "one.yaml", "", "", "")


def test_without_a_file_the_settings_are_printed(project, capsys):
    export(None, "json", "", "")
    assert json.loads(capsys.readouterr().out)["general"]["organization"] == "Acme"


def test_a_way_to_pay_that_the_account_has_not_activated_is_refused_with_what_to_do(project, tmp_path, capsys):
    with running(new_simulator(seed=3, start=1_790_000_000)) as world:
        keys = world.sim.keys
        make.make_connection(project, api_base=world.base_url, api_key=keys.secret, account_id=keys.account)
        change(project, {"pay_page.paypal": False}, "alice", NOW)
        file = tmp_path / "wanted.toml"
        file.write_text('[general]\nzone = "Asia/Tokyo"\n[pay_page]\npaypal = true\n')
        for told in (
            refused(capsys, put, "pay_page.paypal", "on", "", ""),
            refused(capsys, take, file, "", "", dry_run=False),
        ):
            assert "has not activated PayPal" in told
            assert "https://dashboard.stripe.com/settings/payment_methods" in told
        assert kept(project)["general.zone"] == "UTC"
        world.pull("methods", activated=["card", "paypal"])
        assert put("pay_page.paypal", "on", "", "") == 0
    assert kept(project)["pay_page.paypal"] is True
