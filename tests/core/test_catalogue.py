"""The catalogue of messages: every kind is described, and what replaces another may go out itself."""

from __future__ import annotations

import pytest

from tideover.core.catalogue import CHANNELS, TEMPLATES, Channel, Template, channel_label, template_label
from tideover.core.rules import PRESETS


def test_every_template_and_every_channel_is_described():
    assert set(TEMPLATES) == set(Template)
    assert set(CHANNELS) == set(Channel)


def test_merchants_tell_the_templates_apart_by_their_names():
    labels = [about.label for about in TEMPLATES.values()]
    assert len(set(labels)) == len(labels)
    assert (template_label("final"), template_label("of_long_ago")) == ("Final notice", "of_long_ago")
    assert (channel_label("email"), channel_label("pigeon")) == ("Email", "pigeon")


@pytest.mark.parametrize("about", TEMPLATES.values(), ids=TEMPLATES)
def test_what_goes_out_in_place_of_another_needs_no_condition_of_its_own(about):
    for other in (about.where_only_a_new_card_helps, about.where_no_loss_is_announced):
        assert other is None or TEMPLATES[other].where_no_loss_is_announced is None


@pytest.mark.parametrize("rules", PRESETS.values(), ids=PRESETS)
def test_a_preset_writes_only_what_may_be_a_step(rules):
    assert all(TEMPLATES[step.template].in_sequence for step in rules.messages)
