"""The audit log: every deed once, in a chain that shows what was changed, taken out or put in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import make_case, make_connection
from tideover.gateways.answers import AccountRead
from tideover.recovery import commands
from tideover.tenants import audit
from tideover.tenants.connecting import Access, Names, connect
from tideover.tenants.models import AuditEntry, Organization

NOW = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def log(alice):
    for number in range(5):
        deed = audit.Deed("alice@alpine.example", "paused", f"case_{number}", {"until": None}, {"until": "2026-12-01"})
        audit.write(alice.organization.pk, deed, NOW + timedelta(seconds=number))
    return alice.organization.pk


def found(organization_id):
    return [(flaw.number, flaw.why) for flaw in audit.flaws(organization_id)]


def test_a_log_nobody_touched_has_no_flaw(log):
    assert found(log) == []
    assert audit.head(log)[0] == 5


@pytest.mark.parametrize(
    "change",
    [
        {"who": "nobody"}, {"what": "resumed"}, {"about": "case_9"}, {"before": {}}, {"after": {"until": "never"}},
        {"at": NOW + timedelta(days=1)}, {"request_id": "another"}, {"subject": "another"},
    ],
)  # fmt: skip
def test_any_change_of_an_entry_shows(log, change):
    AuditEntry.objects.filter(organization_id=log, number=3).update(**change)
    assert found(log) == [(3, "it was changed after it was written")]


def test_an_entry_that_was_taken_out_shows(log):
    AuditEntry.objects.filter(organization_id=log, number=2).delete()
    assert (2, "entry 2 is missing: 3 comes next") in found(log)


def test_an_entry_taken_out_shows_also_where_the_rest_was_numbered_anew(log):
    AuditEntry.objects.filter(organization_id=log, number=2).delete()
    for entry in AuditEntry.objects.filter(organization_id=log, number__gt=2).order_by("number"):
        AuditEntry.objects.filter(pk=entry.pk).update(number=entry.number - 1)
    assert found(log)


def test_a_chain_written_anew_without_the_key_shows(log, settings):
    AuditEntry.objects.filter(organization_id=log).delete()
    right, settings.TIDEOVER_ADDRESS_KEY = settings.TIDEOVER_ADDRESS_KEY, "the thief does not have it"
    audit.write(log, audit.Deed("mallory", "paused"), NOW)
    settings.TIDEOVER_ADDRESS_KEY = right
    assert found(log) == [(1, "it was changed after it was written")]


def test_a_cut_end_is_told_by_the_last_seal(log):
    before = audit.head(log)
    AuditEntry.objects.filter(organization_id=log, number=5).delete()
    assert found(log) == []
    assert audit.head(log) != before


def test_the_same_deed_is_recorded_once(log):
    for _ in range(3):
        audit.write(log, audit.Deed("tideover", "charged", subject="charge:1"), NOW)
    assert AuditEntry.objects.filter(organization_id=log).count() == 6


def test_each_organization_has_its_own_chain(log, mallory):
    assert audit.write(mallory.organization.pk, audit.Deed("mallory", "paused"), NOW).number == 1
    assert found(mallory.organization.pk) == found(log) == []


@given(
    st.dictionaries(
        st.text(max_size=8), st.one_of(st.text(max_size=20), st.integers(), st.booleans(), st.none()), max_size=4
    )
)
def test_whatever_an_entry_says_it_reads_back_as_it_was_sealed(said):
    entry = AuditEntry(number=1, at=NOW, who="a", what="b", before=said, after=said)
    again = AuditEntry(
        number=1, at=NOW.astimezone(), who="a", what="b", before=dict(reversed(said.items())), after=said
    )
    assert audit.seal_of(entry) == audit.seal_of(again)


def test_what_a_person_does_to_a_case_is_one_entry_each_with_who_and_what(alice):
    case = make_case(make_connection(alice.project))
    by = alice.user.email
    commands.pause(case, until=NOW + timedelta(days=2), by=by, now=NOW)
    commands.resume(case, by=by, now=NOW)
    commands.stop(case, by=by, now=NOW)
    entries = AuditEntry.objects.order_by("number")
    assert [(entry.who, entry.what, entry.about) for entry in entries] == [
        (by, "paused", case.public_id), (by, "resumed", case.public_id), (by, "stopped", case.public_id),
    ]  # fmt: skip
    assert (entries[2].before, entries[2].after) == ({"state": "failing"}, {"state": "canceled"})


def test_a_command_that_was_refused_leaves_no_entry(alice):
    case = make_case(make_connection(alice.project))
    assert commands.pause(case, until=NOW, by="a", now=NOW) is not None
    assert not AuditEntry.objects.exists()


def test_an_entry_made_by_a_page_carries_the_name_of_the_request(alice):
    case = make_case(make_connection(alice.project))
    answer = alice.browser().post(f"/cases/{case.public_id}/stop/", {"confirm": "stop"})
    assert answer.headers["X-Request-Id"] == AuditEntry.objects.get().request_id != ""
    assert Client().get("/healthz").headers["X-Request-Id"] != answer.headers["X-Request-Id"]


def test_what_an_account_may_do_is_recorded_when_it_changes_and_only_then():
    account = AccountRead("acct_1", "Alpine", False, "GB", "gbp", "Europe/London")
    for mode in ("observe", "observe", "act"):
        made = connect(account, Access("rk_test_canary_secret", mode), Names(owner="alice@alpine.example"), NOW)
    told = AuditEntry.objects.filter(organization=made.organization).order_by("number")
    assert [(e.what, e.before.get("mode"), e.after.get("mode")) for e in told] == [
        ("member added", None, None), ("connected", None, "observe"), ("connected", "observe", "act"),
    ]  # fmt: skip
    assert "canary" not in str(list(told.values()))


# ── what is written when something is odd ──


def test_a_deed_in_the_log_of_nobody_is_refused():
    with pytest.raises(Organization.DoesNotExist):
        audit.write(uuid4(), audit.Deed("alice", "paused"), NOW)


@pytest.mark.parametrize("subject", ["s" * 120, "s" * 121, "s" * 5_000, "ж" * 200])
def test_a_long_subject_is_recorded_once_and_another_one_is_another(log, subject):
    for _ in range(2):
        audit.write(log, audit.Deed("tideover", "charged", subject=subject), NOW)
    audit.write(log, audit.Deed("tideover", "charged", subject=f"{subject}2"), NOW)
    assert AuditEntry.objects.filter(organization_id=log, what="charged").count() == 2
    assert found(log) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("who", "w" * 5_000), ("what", "w" * 5_000), ("about", "a" * 5_000), ("who", "\0mallory"), ("about", "case\0_1"),
        ("who", "half \ud83d"), ("before", {"note": "a\0b"}), ("after", {"n\0te": ["a\0", {"b": "\ud83d"}]}),
        ("after", {"amount": 10**30}), ("after", {"rate": 0.1}), ("after", {}), ("before", {"until": None, "on": True}),
    ],
)  # fmt: skip
def test_whatever_a_deed_says_is_kept_as_far_as_a_database_can_and_the_chain_holds(log, field, value):
    audit.write(log, audit.Deed(**{"who": "alice", "what": "paused", field: value}), NOW)
    assert audit.head(log)[0] == 6
    assert found(log) == []


@pytest.mark.parametrize(
    "value", [{"at": NOW}, {"key": b"bytes"}, {"rate": float("nan")}, {"rate": float("inf")}], ids=str
)
def test_a_deed_that_no_log_can_hold_is_refused_and_nothing_is_written(log, value):
    with pytest.raises((TypeError, ValueError)):
        audit.write(log, audit.Deed("alice", "paused", after=value), NOW)
    assert audit.head(log)[0] == 5


def test_an_empty_log_has_no_flaw_and_no_seal(mallory):
    assert found(mallory.organization.pk) == []
    assert audit.head(mallory.organization.pk) == (0, "")


def test_an_entry_of_another_merchant_that_was_put_in_shows(log, mallory):
    foreign = audit.write(mallory.organization.pk, audit.Deed("mallory", "paused"), NOW)
    AuditEntry.objects.filter(pk=foreign.pk).update(organization_id=log, number=6)
    assert found(log)


def test_a_first_entry_that_was_taken_out_shows(log):
    AuditEntry.objects.filter(organization_id=log, number=1).delete()
    assert (1, "entry 1 is missing: 2 comes next") in found(log)
