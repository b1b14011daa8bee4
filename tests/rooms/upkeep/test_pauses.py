"""A pause of a merchant's stream is mailed to its owners, once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories import NOW, make_organization, make_pause
from tests.factories import make_member as member
from tideover.messages.models import StreamPause
from tideover.tenants.roles import Role
from tideover.upkeep.metrics import exposition
from tideover.upkeep.pauses import tell

pytestmark = pytest.mark.django_db


class Letters:
    """A mail server that keeps what it took."""

    def __init__(self, *, takes: bool = True) -> None:
        self.takes = takes
        self.of: list[Any] = []

    def __call__(self, address, letter, _now) -> bool:
        self.of.append((address, letter))
        return self.takes


@pytest.fixture
def pause():
    return make_pause(make_organization())


def test_the_owners_are_told_once_how_bad_it_is_and_what_to_do(pause):
    owner = member(organization=pause.organization)
    member(organization=pause.organization, role=Role.ADMIN)
    member()
    letters = Letters()
    assert [tell(NOW, letters) for _ in range(3)] == [1, 0, 0]
    [(address, letter)] = letters.of
    assert (address, letter.subject) == (owner.user.email, "Email to your customers is paused")
    assert "500 left and 21 came back: that is 4.2% and the limit is 4%." in letter.paragraphs[0]
    assert "left out and not made up for. Charges go on." in letter.paragraphs[1]
    assert letter.closing.startswith("See which addresses came back")
    assert letter.url.endswith("/status/")


def test_the_next_pause_is_told_again_and_one_that_is_over_never(pause):
    member(organization=pause.organization)
    letters = Letters()
    tell(NOW, letters)
    StreamPause.objects.update(ended_at=NOW)
    make_pause(pause.organization, ended_at=NOW)
    assert tell(NOW, letters) == 0
    make_pause(pause.organization)
    assert (tell(NOW, letters), len(letters.of)) == (1, 2)


def test_what_no_mail_server_takes_is_told_in_the_next_round(pause):
    member(organization=pause.organization)
    assert tell(NOW, Letters(takes=False)) == 0
    assert tell(NOW, Letters()) == 1


def test_a_merchant_without_an_owner_is_looked_at_once(pause):
    assert tell(NOW, Letters()) == 0
    assert StreamPause.objects.get().told_at == NOW


def test_monitoring_counts_the_pauses_that_stand(pause):
    assert "tideover_paused_channels 1\n" in exposition(NOW)
    StreamPause.objects.update(ended_at=NOW)
    assert "tideover_paused_channels 0\n" in exposition(NOW)
