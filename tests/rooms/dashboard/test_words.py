"""Every table of words is total over what it names: nothing that can happen reaches a page as a code."""

from __future__ import annotations

import pytest

from tideover.analytics.activity import Kind
from tideover.analytics.messages import By as Apart
from tideover.core.case import Attention, State
from tideover.core.declines import Family
from tideover.core.facts import Learnt
from tideover.core.networks import By
from tideover.core.outcomes import Tried, Unsent
from tideover.core.signals.signs import Sign, Who
from tideover.core.steps import FORMS, Do
from tideover.dashboard import progress, words
from tideover.dashboard.figures import messages as table
from tideover.dashboard.home import lines
from tideover.dashboard.messages import statuses, tiles
from tideover.dashboard.templatetags.house import icon, initials
from tideover.messages.models import Message, MessageEvent
from tideover.messages.tracking import HEARD
from tideover.recovery.models import Case

TOTAL = [
    (words.STATES, State),
    (words.WAYS, Case.Via),
    (words.MARKS, set(Attention) - {Attention.NONE}),
    (progress.SUGGESTIONS, Attention),
    (words.FACTS, Learnt),
    (words.EVENTS, set(MessageEvent.Kind) - set(HEARD)),
    (words.HEARD, HEARD),
    *((words.HEARD[kind], Who) for kind in HEARD),
    (words.SIGNS, Sign),
    (words.STEPS, Do),
    (words.PLURALS, Do),
    (words.BY, By),
    (words.TRIES, Tried),
    (words.REASONS, Unsent),
    (words.SENDING, Message.State),
    (lines._LINES, Kind),
    (statuses.WORDS, statuses.Status),
    (table.BY, Apart),
    (table._LABELS, Apart),
]


@pytest.mark.parametrize(("table", "names"), TOTAL)
def test_a_table_of_words_names_everything_and_nothing_else(table, names):
    assert set(table) == {str(name) for name in names}


def test_every_step_that_is_a_message_has_its_words():
    assert set(words.MESSAGE_STEPS) == {step for step, form in FORMS.items() if form.do == Do.MESSAGE}


def test_every_event_and_whoever_is_heard_of_can_be_asked_for_in_the_list_of_messages():
    heard = {(each.column, each.who) for each in statuses.HEARD.values()}
    assert heard == {(column, who) for column in ("opened_by", "clicked_by") for who in Who}
    assert set(statuses.EVENTS.values()) == set(MessageEvent.Kind) - set(HEARD) - {MessageEvent.Kind.DELIVERED}
    assert {figure.status for figure in tiles.FIGURES} < set(statuses.Status)


@pytest.mark.parametrize("family", Family)
def test_every_family_of_failures_has_its_words(family):
    assert words.family_label(family) != family.value


@pytest.mark.parametrize(
    "table",
    [words.STATES, words.WAYS, words.MARKS, words.FACTS, words.EVENTS, *words.HEARD.values(), words.STEPS, words.TRIES],
)
def test_every_word_has_a_label_a_known_tone_and_an_icon_that_can_be_drawn(table):
    for word in table.values():
        assert word.label
        assert word.tone in {"", "good", "warn", "bad", "info"}
        assert "<svg" in icon(word.icon)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Northwind Ops", "NO"),
        ("bob@acme.example", "BA"),
        ("acme", "AC"),
        ("佐藤 花子", "佐花"),
        ("王小明", "王小"),
        ("e\u0301milie", "E\u0301M"),
        ("...", "?"),
    ],
)
def test_two_letters_stand_for_a_name_in_any_script(name, shown):
    assert initials(name) == shown
