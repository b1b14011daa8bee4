"""Every effect has exactly one entry in the audit log, and one that is missing or made up is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories as make
from tests.factories import NOW
from tideover.tenants import audit
from tideover.tenants.models import AuditEntry
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
