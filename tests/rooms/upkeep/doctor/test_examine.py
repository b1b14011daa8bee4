"""No check stops another, however slow or broken it is; and a worker does what a page asks for, once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from tests.factories import NOW
from tests.rooms.upkeep.doctor.world import raising
from tideover.upkeep.doctor import kept
from tideover.upkeep.doctor.findings import Level
from tideover.upkeep.doctor.table import CHECKS
from tideover.upkeep.models import Examination

pytestmark = pytest.mark.django_db


def levels(found):
    return {each.check: each.level for each in found}


def test_who_never_answers_holds_up_nobody_else(world):
    for_ever = threading.Event()
    world.say(mail_server=for_ever.wait, seconds=0.5)
    found = world.found()
    for_ever.set()
    assert levels(found) == {"mail-server": Level.UNKNOWN}
    assert found[0].evidence == "it did not answer in time"


def test_a_question_that_breaks_is_told_as_one_without_an_answer(world):
    world.say(disk=raising(ZeroDivisionError()))
    [found] = world.found()
    assert (found.check, found.level) == ("disk", Level.UNKNOWN)
    assert "ZeroDivisionError" in found.evidence


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_that_breaks_stops_no_other(world, monkeypatch, name):
    from tideover.upkeep.doctor import examine  # noqa: PLC0415

    broken = examine.Check(CHECKS[name].fine, raising(ZeroDivisionError()), CHECKS[name].over)
    monkeypatch.setattr(examine, "CHECKS", {**CHECKS, name: broken})
    assert set(levels(world.found())) == {name}


def test_an_account_that_does_not_answer_leaves_the_others_of_its_organization_alone(world):
    from tests.factories import make_connection  # noqa: PLC0415
    from tideover.gateways.answers import NotNow  # noqa: PLC0415

    silent = make_connection(world.project, livemode=True, events_seen_to=NOW)
    ours = world.stripe
    world.say(stripe_for=lambda connection: ours if connection.pk == world.connection.pk else raising(NotNow("x"))())
    found = [each for each in world.found() if each.check == "key"]
    assert [each.about for each in found] == [f"{silent.account_name} (live)"]


def test_a_worker_does_what_a_page_asks_for_once_and_keeps_what_it_found(world):
    world.stripe.endpoints = []
    assert kept.kept(world.organization).found_at is None
    assert not kept.is_asked()
    kept.ask(world.organization, NOW)
    assert kept.is_asked()
    assert kept.kept(world.organization).asked_at == NOW
    assert kept.examine_next(NOW, world.outside)
    assert not kept.examine_next(NOW, world.outside)
    latest = kept.kept(world.organization)
    assert (latest.found_at, latest.asked_at) == (NOW, None)
    assert [each.check for each in latest.findings] == ["webhook"]


def test_what_was_found_stays_to_be_seen_while_it_is_looked_at_again(world):
    world.stripe.endpoints = []
    kept.ask(world.organization, NOW)
    kept.examine_next(NOW, world.outside)
    later = NOW + timedelta(hours=1)
    kept.ask(world.organization, later)
    kept.ask(world.organization, later + timedelta(seconds=5))
    latest = kept.kept(world.organization)
    assert (latest.found_at, latest.asked_at, len(latest.findings)) == (NOW, later, 1)


def test_one_that_a_worker_died_over_is_done_by_the_next(world):
    kept.ask(world.organization, NOW)
    Examination.objects.update(lease_until=NOW + kept.LEASE)
    assert not kept.examine_next(NOW, world.outside)
    assert kept.examine_next(NOW + kept.LEASE, world.outside)
