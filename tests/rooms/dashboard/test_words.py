"""Every table of words is total over what it names: nothing that can happen reaches a page as a code."""

from __future__ import annotations

import pytest

from tideover.analytics.activity import Kind
from tideover.core.case import State
from tideover.core.declines import Family
from tideover.core.facts import Learnt
from tideover.core.networks import By
from tideover.core.situation import Do
from tideover.dashboard import words
from tideover.dashboard.home import lines
from tideover.dashboard.messages import queries
from tideover.dashboard.templatetags.house import icon
from tideover.messages.models import Message, MessageEvent, Suppression
from tideover.messages.suppression import MAY_HAVE_LEFT
from tideover.messages.wording import TEMPLATES
from tideover.recovery.models import Action, Case

TOTAL = [
    (words.STATES, State),
    (words.STATES, Case.State),
    (words.WAYS, Case.Via),
    (words.MARKS, set(Case.Attention) - {Case.Attention.NONE}),
    (words.TEMPLATES, TEMPLATES),
    (words.FACTS, Learnt),
    (words.EVENTS, MessageEvent.Kind),
    (words.STEPS, Do),
    (words.STEPS, Action.Do),
    (words.BY, By),
    (words.SENDING, Message.State),
    (lines._LINES, Kind),
    (queries._EVENTS, MessageEvent.Kind),
    (queries.WRITTEN, MAY_HAVE_LEFT),
]


@pytest.mark.parametrize(("table", "names"), TOTAL)
def test_a_table_of_words_names_everything_and_nothing_else(table, names):
    assert set(table) == {str(name) for name in names}


def test_the_farthest_event_of_a_message_is_known_for_every_kind():
    assert set(queries._RANK) == set(MessageEvent.Kind)


def test_every_way_of_refusing_a_message_has_its_clause():
    by_reason = {f"suppressed:{reason}" for reason in Suppression.Reason}
    assert by_reason <= set(words.REASONS)


@pytest.mark.parametrize("family", Family)
def test_every_family_of_failures_has_its_words(family):
    assert words.family_label(family) != family.value


@pytest.mark.parametrize("table", [words.STATES, words.WAYS, words.MARKS, words.FACTS, words.EVENTS, words.STEPS])
def test_every_word_has_a_label_a_known_tone_and_an_icon_that_can_be_drawn(table):
    for word in table.values():
        assert word.label
        assert word.tone in {"", "good", "warn", "bad", "info"}
        assert "<svg" in icon(word.icon)
