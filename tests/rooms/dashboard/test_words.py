"""Every table of words is total over what it names: nothing that can happen reaches a page as a code."""

from __future__ import annotations

import pytest

from tideover.analytics.activity import Kind
from tideover.core.case import Attention, State
from tideover.core.declines import Family
from tideover.core.facts import Learnt
from tideover.core.networks import By
from tideover.core.outcomes import Tried, Unsent
from tideover.core.signals.signs import Sign, Who
from tideover.core.steps import Do
from tideover.dashboard import progress, words
from tideover.dashboard.home import lines
from tideover.dashboard.messages import queries
from tideover.dashboard.templatetags.house import icon, initials
from tideover.messages.models import Message, MessageEvent
from tideover.messages.suppression import MAY_HAVE_LEFT
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
    (queries._EVENTS, set(MessageEvent.Kind) - {MessageEvent.Kind.WAY_OUT}),
    (queries.WRITTEN, MAY_HAVE_LEFT),
]


@pytest.mark.parametrize(("table", "names"), TOTAL)
def test_a_table_of_words_names_everything_and_nothing_else(table, names):
    assert set(table) == {str(name) for name in names}


def test_the_farthest_event_of_a_message_is_known_for_every_kind():
    assert set(queries._RANK) == set(queries._EVENTS)


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
