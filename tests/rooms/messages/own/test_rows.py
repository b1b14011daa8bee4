"""Versions of a text: none is ever changed, a case keeps the one it began with, and each change is in the audit log."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from tests import factories as make
from tests.factories import DAY, NOW
from tideover.core.catalogue import Channel, Template
from tideover.messages.languages import spoken_in
from tideover.messages.models import AppendOnly, TextVersion
from tideover.messages.own.content import Block, Content, Kind
from tideover.messages.own.moving import told
from tideover.messages.own.ours import ours
from tideover.messages.own.rows import (
    Overtaken,
    Part,
    Which,
    Wish,
    all_standing,
    differences,
    newest,
    revise,
    standing,
    version_of,
    versions,
)
from tideover.tenants.models import AuditEntry

pytestmark = pytest.mark.django_db
FAILED = Which(Template.FAILED, Channel.EMAIL, "en")
MINE = Content((Block(Kind.TEXT, "Hello"), Block(Kind.BUTTON, "Pay")), "About {{ amount }}", "Open", "Open")


@pytest.fixture
def project():
    return make.make_project()


def save(project, content=MINE, at=NOW, which=FAILED, **wish):
    return revise(project, which, Wish(content, "alice", **wish), at)


def test_until_somebody_writes_one_the_text_is_ours(project):
    assert standing(project, FAILED) is None
    assert versions(project, FAILED) == []


def test_the_newest_version_stands_and_an_older_case_keeps_what_stood_when_it_opened(project):
    save(project)
    save(project, replace(MINE, subject="Later"), NOW + 2 * DAY)
    assert standing(project, FAILED).content.subject == "Later"
    assert standing(project, FAILED, NOW + DAY).number == 1
    assert standing(project, FAILED, NOW - DAY) is None


def test_ours_comes_back_as_a_version_of_its_own(project):
    save(project)
    save(project, None, NOW + DAY, note="ours again")
    assert standing(project, FAILED) is None
    assert standing(project, FAILED, NOW).number == 1
    assert told(project) == {}
    assert [row.number for row in versions(project, FAILED)] == [2, 1]


def test_the_same_again_is_no_version(project):
    assert save(project, None) is None
    assert save(project).number == 1
    assert save(project) is None


def test_who_opened_an_older_version_is_told_and_nothing_is_lost(project):
    save(project)
    save(project, replace(MINE, subject="Bob's"), base=1)
    with pytest.raises(Overtaken, match="Version 2 was saved by alice"):
        save(project, replace(MINE, subject="Late"), base=1)
    assert newest(project, FAILED).number == 2


def test_a_text_of_another_language_channel_or_merchant_stays_as_it_is(project):
    save(project)
    assert standing(project, replace(FAILED, language="de")) is None
    assert standing(project, replace(FAILED, channel=Channel.SMS)) is None
    assert standing(make.make_project(), FAILED) is None
    assert list(all_standing(project)) == [FAILED]
    assert version_of(make.make_project(), FAILED, 1) is None


def test_a_version_is_never_changed(project):
    row = save(project)
    row.note = "other"
    with pytest.raises(AppendOnly):
        row.save()
    values = {name: getattr(row, name) for name in ("organization", "project", "template", "channel", "language", "at")}
    for number in (1, 0):
        with pytest.raises(IntegrityError), transaction.atomic():
            TextVersion.objects.create(**values, number=number)


def test_each_change_is_in_the_audit_log_by_whom_and_which(project):
    save(project, note="shorter")
    (entry,) = AuditEntry.objects.filter(organization=project.organization)
    assert (entry.who, entry.what, entry.after["version"], entry.after["note"]) == (
        "alice",
        "text changed",
        1,
        "shorter",
    )
    assert entry.after["text"] == "failed email en"


def test_differences_are_told_in_words():
    assert differences(MINE, replace(MINE, subject="About your {{ amount }}"), Channel.EMAIL) == [
        [Part("same", "subject: About "), Part("new", "your "), Part("same", "{{ amount }}")]
    ]
    assert differences(MINE, MINE, Channel.EMAIL) == []
    more = replace(MINE, blocks=(*MINE.blocks, Block(Kind.CARD)))
    assert differences(MINE, more, Channel.EMAIL) == [[Part("new", "[card]")]]
    assert differences(more, MINE, Channel.EMAIL) == [[Part("gone", "[card]")]]


def test_our_text_begins_what_a_merchant_edits():
    text = ours(spoken_in("en"), Channel.EMAIL, Template.FAILED)
    assert [block.kind for block in text.blocks][-3:] == [Kind.BUTTON, Kind.TEXT, Kind.FACTS]
    assert "include" not in text.blocks[0].words
