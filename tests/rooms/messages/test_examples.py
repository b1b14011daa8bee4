"""The situations that texts are tried in, and the facts that they are filled with in each."""

from __future__ import annotations

from itertools import islice

import pytest

from tests.rooms.messages.situations import situations
from tideover.core.catalogue import Channel, Template
from tideover.messages.examples import SPARSELY, like, merges
from tideover.messages.languages import spoken_in
from tideover.messages.wording import facts


@pytest.mark.parametrize("channel", sorted(Channel))
@pytest.mark.parametrize("template", [Template.FAILED, Template.PART_PAID, Template.CARD_EXPIRING, Template.RENEWAL])
def test_a_text_is_tried_with_the_facts_of_each_situation_in_their_order(template, channel):
    english = spoken_in("en")

    whole, part = (merges(english, channel, template, step) for step in (1, SPARSELY))

    assert part == whole[::SPARSELY]
    for merge, met in islice(zip(whole, situations(template, channel), strict=True), 0, None, 7):
        assert merge == facts(met, english)


@pytest.mark.parametrize("template", Template)
def test_kinds_that_are_alike_are_given_the_same_facts(template):
    english, shared = spoken_in("en"), like(template)

    given = merges(english, Channel.EMAIL, template, 1)

    assert given == merges(english, Channel.EMAIL, shared, 1)[: len(given)]
