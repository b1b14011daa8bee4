"""Rules as versions: each edit makes the next, an older one comes back as a new one, and the log says who did it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests import factories as make
from tests.factories import NOW
from tideover.core.rules import PRESETS, to_json
from tideover.recovery.models import Ruleset
from tideover.recovery.rulesets import Overtaken, Wish, adopt, current_ruleset, history, revise, rules_of, version_of
from tideover.tenants.models import AuditEntry

pytestmark = pytest.mark.django_db
TUNED = PRESETS["tuned"]
BY = "alice@acme.example"


@pytest.fixture
def project():
    return make.make_project(make.make_organization(slug="acme"), slug="shop")


def edited(project, by=BY, base=None, **changes):
    rules = replace(rules_of(current_ruleset(project, NOW)), **changes)
    return revise(type(project).objects.get(pk=project.pk), Wish(rules, by, base=base), NOW)


def test_an_edit_makes_the_next_version_and_changes_none_that_there_is(project):
    adopt(project, "tuned", TUNED, NOW)
    made = edited(project, max_charges=3)
    assert (made.version, made.made_by, made.preset, made.name) == (2, BY, "tuned", "shop")
    assert rules_of(version_of(project, 1)) == TUNED
    assert rules_of(made).max_charges == 3


def test_what_was_edited_does_not_go_under_the_name_of_its_preset(project):
    adopt(project, "tuned", TUNED, NOW)
    assert rules_of(edited(project, max_charges=3)).name == "shop"
    assert rules_of(edited(project, name="gentle")).name == "gentle"
    project.slug = "9-lives"
    project.save()
    assert rules_of(edited(project, name="recover", max_charges=4)).name == "own"


def test_where_nothing_differs_there_is_no_new_version_and_nothing_in_the_log(project):
    adopt(project, "tuned", TUNED, NOW)
    assert edited(project) is None
    assert project.rulesets.count() == 1
    assert not AuditEntry.objects.exists()


def test_the_audit_log_says_who_changed_what(project):
    adopt(project, "tuned", TUNED, NOW)
    edited(project, max_charges=3)
    [entry] = AuditEntry.objects.all()
    assert (entry.who, entry.what, entry.about, entry.before) == (BY, "rules changed", "shop", {"version": 1})
    assert entry.after["version"] == 2
    assert "max retries: 3 instead of 8 of ours in one case" in entry.after["differences"]


def test_who_saves_over_somebody_elses_version_is_told_whose_it_was(project):
    adopt(project, "tuned", TUNED, NOW)
    edited(project, base=1, max_charges=3)
    with pytest.raises(Overtaken, match=rf"Version 2 was saved by {BY} meanwhile"):
        edited(project, base=1, max_charges=4)
    assert edited(project, base=2, max_charges=4).version == 3


def test_an_older_version_comes_back_under_the_next_number_and_its_messages_under_their_own(project):
    adopt(project, "tuned", TUNED, NOW)
    edited(project, messages=TUNED.messages[1:])
    back = edited(project, messages=TUNED.messages, name="tuned")
    assert (back.version, to_json(rules_of(back))) == (3, to_json(TUNED))


def test_the_history_tells_what_each_version_changed(project):
    adopt(project, "tuned", TUNED, NOW)
    edited(project, max_charges=3)
    newest, first = history(project)
    assert [str(each) for each in newest.changed] == [
        "called shop instead of tuned",
        "max retries: 3 instead of 8 of ours in one case",
    ]
    assert (newest.live, first.live, first.changed) == (True, False, ())


def test_of_another_preset_the_same_words_keep_their_number_and_new_ones_get_one(project):
    adopt(project, "tuned", TUNED, NOW)
    messages = rules_of(adopt(project, "windback", PRESETS["windback"], NOW)).numbered
    assert [(number, step.day) for number, step in messages] == [(7, 1), (3, 3), (4, 5), (6, 7)]


def test_another_project_has_versions_of_its_own(project):
    other = make.make_project(make.make_organization(slug="mallory"))
    adopt(project, "tuned", TUNED, NOW)
    assert current_ruleset(other, NOW).version == 1
    assert version_of(other, 2) is None
    assert Ruleset.objects.filter(project=project).count() == 1
