"""A text message as it is composed: one part where the merchant's name, cut, lets it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tideover.core.catalogue import Channel
from tideover.core.words.sms import count
from tideover.messages.channels import compose
from tideover.messages.examples import EXAMPLE

NAME = "Alpine Bicycles and Repairs of Zermatt"
LINK = "https://billing.alpine.example/s/Ab12Cd34Ef"


def text(link=LINK):
    return compose(replace(EXAMPLE, channel=Channel.SMS, locale="en", merchant=NAME, update_url=link)).text


def test_a_long_name_is_cut_to_what_one_part_has_room_for():
    assert count(text()).parts == 1
    assert text().startswith("Alpine Bicycles")


@pytest.mark.parametrize("length", [150, 400])
def test_where_no_cut_makes_one_part_eight_letters_of_the_name_are_left(length):
    long = text(LINK + "x" * length)
    assert count(long).parts > 1
    assert "Alpine B" in long
    assert "Alpine Bi" not in long
