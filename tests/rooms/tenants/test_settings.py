"""A merchant's settings: changed all or none, each change in the audit log, and nobody else's touched."""

from __future__ import annotations

import pytest

from tests import factories as make
from tests.factories import NOW
from tideover.core.settings.table import SETTINGS, UnknownSetting
from tideover.core.settings.values import BadValue
from tideover.tenants.models import AuditEntry, Project
from tideover.tenants.settings import CHANGED, change, differences, settings_of

pytestmark = pytest.mark.django_db


def deeds():
    return [(entry.who, entry.before, entry.after) for entry in AuditEntry.objects.filter(what=CHANGED)]


def afresh(project):
    return settings_of(Project.objects.select_related("organization").get(pk=project.pk))


def test_a_new_project_has_the_defaults_the_table_tells(alice):
    kept = settings_of(Project.objects.get(pk=alice.project.pk))
    named = {"general.organization", "general.project", "brand.name"}
    assert {key: kept[key] for key in SETTINGS if key not in named} == {
        key: each.default for key, each in SETTINGS.items() if key not in named
    }


def test_a_change_is_kept_and_told_with_who_made_it(alice):
    made = change(alice.project, {"general.zone": "Europe/Paris", "general.currency": "EUR"}, "alice@a.example", NOW)
    assert [(each.key, each.before, each.after) for each in made] == [
        ("general.zone", "UTC", "Europe/Paris"),
        ("general.currency", "usd", "eur"),
    ]
    kept = afresh(alice.project)
    assert (kept["general.zone"], kept["general.currency"]) == ("Europe/Paris", "eur")
    before = {"general.zone": "UTC", "general.currency": "usd"}
    after = {"general.zone": "Europe/Paris", "general.currency": "eur"}
    assert deeds() == [("alice@a.example", before, after)]


def test_what_stays_as_it_is_leaves_no_trace(alice):
    assert change(alice.project, {"general.currency": "USD"}, "alice@a.example", NOW) == []
    assert deeds() == []


@pytest.mark.parametrize("wrong", [{"general.currency": "money"}, {"general.nothing": "1"}])
def test_one_wrong_value_changes_nothing_at_all(alice, wrong):
    before = afresh(alice.project)
    with pytest.raises((BadValue, UnknownSetting)):
        change(alice.project, {"general.zone": "Europe/Paris", **wrong}, "alice@a.example", NOW)
    assert afresh(alice.project) == before
    assert deeds() == []


def test_a_wrong_value_is_told_with_its_key(alice):
    with pytest.raises(BadValue, match=r"general\.currency: A currency has three letters"):
        differences(alice.project, {"general.currency": "money"})


def test_another_project_and_another_merchant_keep_theirs(alice, mallory):
    sibling = make.make_project(alice.organization)
    before = [afresh(mallory.project), afresh(sibling)]
    change(alice.project, {"general.project": "New", "general.zone": "Asia/Tokyo"}, "alice@a.example", NOW)
    assert [afresh(mallory.project), afresh(sibling)] == before


def test_what_an_older_version_let_in_can_still_be_seen(alice):
    Project.objects.filter(pk=alice.project.pk).update(time_zone="Nowhere")
    assert afresh(alice.project)["general.zone"] == "Nowhere"
