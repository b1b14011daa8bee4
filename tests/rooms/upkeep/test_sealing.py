"""Every effect has exactly one entry in the audit log, and one that is missing or made up is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories as make
from tests.factories import NOW
from tideover.core.facts import Fact, Learnt
from tideover.recovery.learnt import as_row
from tideover.tenants import audit
from tideover.tenants.models import AuditEntry
from tideover.upkeep import sealing
from tideover.upkeep.sealing import missing, seal

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def case(alice):
    case = make.make_case(make.make_connection(alice.project))
    make.make_action(case, state="done", outcome="declined:x", started_at=NOW - HOUR, settled_at=NOW - HOUR)
    make.make_action(case, state="done", outcome="skipped", settled_at=NOW)  # nothing left the house
    make.make_action(case)
    make.make_message(case)
    make.make_message(case, state="skipped", data_started_at=None, sent_at=None)
    make.make_fact(case, "card_replaced", detail={"payment_method": "pm_1"}, learnt_at=NOW)
    return case


def test_each_effect_is_one_entry_with_who_what_and_about_whom(case):
    assert seal(NOW) == 3
    entries = AuditEntry.objects.order_by("number")
    assert [(e.who, e.what, e.about) for e in entries] == [
        ("tideover", "wrote", case.public_id),
        ("tideover", "charged", case.public_id),
        ("customer", "card replaced", case.public_id),
    ]
    assert entries[1].after["outcome"] == "declined:x"
    assert case.customer_email not in str(list(entries.values()))


def test_sealing_twice_adds_nothing(case):
    seal(NOW)
    assert seal(NOW + HOUR) == 0
    assert missing(case.organization_id) == []
    assert list(audit.flaws(case.organization_id)) == []


def test_an_effect_that_became_visible_late_is_sealed_too(case):
    seal(NOW)
    make.make_action(case, state="done", outcome="paid", started_at=NOW - 2 * HOUR, settled_at=NOW - HOUR)
    assert seal(NOW + HOUR) == 1


@pytest.mark.parametrize("late", [2 * HOUR, 17 * HOUR, 24 * 7 * HOUR])
def test_an_effect_told_by_a_worker_that_slept_is_sealed_too(case, late):
    """It settles with the time at which it fell asleep, and its message left long after it was marked."""
    seal(NOW)
    then = NOW - late
    make.make_action(case, state="done", outcome="paid", started_at=then, settled_at=then)
    make.make_message(case, state="sent", data_started_at=then, sent_at=NOW)
    make.make_message(case, state="unknown", data_started_at=then, sent_at=None)
    make.make_fact(case, "card_replaced", learnt_at=then)
    assert seal(NOW + HOUR) == 4
    assert missing(case.organization_id) == []


def test_more_effects_than_are_sealed_at_once_all_find_their_place(case, monkeypatch):
    monkeypatch.setattr(sealing, "TOGETHER", 2)
    assert seal(NOW) == 3
    assert missing(case.organization_id) == []


def test_a_crash_between_entry_and_mark_writes_no_second_entry(case, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(sealing, "_mark", lambda _rows: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            seal(NOW)
    assert seal(NOW) == 0
    assert missing(case.organization_id) == []


def test_a_card_that_a_case_learns_of_is_told_and_no_other_fact_is_asked_again(case):
    for kind in (Learnt.CARD_REPLACED, Learnt.METHOD_ATTACHED):
        as_row(case, Fact(kind, NOW, f"{kind}:pm_2", {"payment_method": "pm_2"}), NOW).save()
    assert seal(NOW) == 4
    assert not case.facts.filter(sealed=False).exists()


def test_a_charge_the_customer_made_is_told_as_theirs(case):
    make.make_action(case, state="done", outcome="paid", started_at=NOW, settled_at=NOW, request={"link": "1"})
    seal(NOW)
    assert AuditEntry.objects.filter(what="charged", who="customer").count() == 1


def test_an_effect_whose_entry_was_taken_out_is_named(case):
    seal(NOW)
    AuditEntry.objects.filter(number=3).delete()  # the end of the chain: its seals cannot tell
    assert [line.endswith("has no entry") for line in missing(case.organization_id)] == [True]


def test_an_entry_without_its_effect_is_named(case):
    seal(NOW)
    case.actions.filter(outcome="declined:x").delete()
    assert [line.endswith("not among the effects") for line in missing(case.organization_id)] == [True]
