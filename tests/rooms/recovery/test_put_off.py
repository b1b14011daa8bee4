"""A message that its receiver's mail server puts off is handed over again ever more seldom."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.fakes import FakeMail
from tideover.core.steps import Written
from tideover.gateways.answers import Busy
from tideover.gateways.email import Refused
from tideover.recovery.writing import PutOff

pytestmark = pytest.mark.django_db


def test_a_full_mailbox_is_asked_less_and_less_often_and_gets_its_mail_once_it_has_room(world):
    asked: list[datetime] = []
    world.mail = FakeMail(
        refuse=Refused(reason="452 mailbox full", permanent=False), in_line=lambda: asked.append(world.now)
    )
    world.payment_fails()
    world.day(0.8)
    assert 5 < len(asked) < 60, "asked every minute, it would have been some 1,000 times"
    world.mail.refuse = None
    world.day(1)
    assert world.case.actions.get(step=Written(1).key).outcome == "sent"


def test_the_wait_is_as_long_as_it_has_waited_within_limits():
    waits = [PutOff("452", timedelta(minutes=minutes)).wait for minutes in (0, 1, 5, 45, 600)]
    assert waits == [Busy.wait, Busy.wait, *(timedelta(minutes=minutes) for minutes in (5, 45, 60))]
