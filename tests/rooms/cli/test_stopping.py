"""What an operator types when something goes wrong."""

import pytest
import typer

from tests.factories import make_action, make_case, make_connection, make_stripe_event
from tests.fakes import NOW
from tideover.cli.stopping import show_dead_letters, switch
from tideover.cli.upkeep import verify_audit
from tideover.flow.models import Provider
from tideover.ids import public
from tideover.recovery.models import Action
from tideover.tenants.models import AuditEntry, Connection, Organization

pytestmark = pytest.mark.django_db


def test_everything_one_merchant_or_one_account_is_stopped_and_started_by_name():
    connection = make_connection()
    slug, account = connection.organization.slug, connection.account_id
    for arguments, stopped in (
        (("", ""), Provider.objects.filter(stopped_at__isnull=False)),
        ((slug, ""), Organization.objects.filter(stopped_at__isnull=False)),
        (("", account), Connection.objects.filter(stopped_at__isnull=False)),
    ):
        assert switch(*arguments, on=False) == 0
        assert stopped.count() == 1
        assert switch(*arguments, on=True) == 0
        assert stopped.count() == 0


def test_a_name_nobody_has_is_said_and_stops_nothing(capsys):
    with pytest.raises(typer.Exit):
        switch("nobody", "", on=False)
    assert "no organization nobody" in capsys.readouterr().err
    assert not AuditEntry.objects.exists()


def log(organization):
    """What the merchant's audit log says, oldest first; and that nobody changed it."""
    assert verify_audit() == 0
    entries = AuditEntry.objects.filter(organization=organization).order_by("number")
    return [(entry.who, entry.what, entry.about) for entry in entries]


def test_a_stop_and_its_end_are_one_entry_each_in_the_log_of_whom_they_concern():
    connection, other = make_connection(), make_connection()
    merchant, about = connection.organization, str(connection.pk)
    for slug, account in ((merchant.slug, ""), ("", connection.account_id)):
        switch(slug, account, on=False)
        switch(slug, account, on=True)
    assert log(merchant) == [
        ("operator", "stopped effects", "the organization"), ("operator", "started effects", "the organization"),
        ("operator", "stopped effects", about), ("operator", "started effects", about),
    ]  # fmt: skip
    stop, start = AuditEntry.objects.order_by("number")[:2]
    assert stop.before == {"stopped_at": None} == start.after
    assert stop.after == start.before != start.after
    assert log(other.organization) == []


def test_a_stop_of_everything_is_one_entry_in_every_merchants_log():
    merchants = [make_connection().organization for _ in range(3)]
    switch("", "", on=False)
    switch("", "", on=True)
    for merchant in merchants:
        assert log(merchant) == [
            ("operator", "stopped effects", "everybody"),
            ("operator", "started effects", "everybody"),
        ]


def test_a_switch_that_stands_as_it_should_is_no_entry_and_keeps_its_instant():
    merchant = make_connection().organization
    switch(merchant.slug, "", on=True)
    assert log(merchant) == []
    switch(merchant.slug, "", on=False)
    since = Organization.objects.get(pk=merchant.pk).stopped_at
    switch(merchant.slug, "", on=False)
    assert Organization.objects.get(pk=merchant.pk).stopped_at == since
    assert len(log(merchant)) == 1


def test_a_stop_of_one_merchant_that_cannot_be_written_down_is_no_stop_and_one_of_everything_is(settings):
    """With thousands of merchants the entries take seconds, and a stop of everything does not wait for them."""
    merchant = make_connection().organization
    settings.TIDEOVER_ADDRESS_KEY = None
    for slug in (merchant.slug, ""):
        with pytest.raises(AttributeError):
            switch(slug, "", on=False)
    assert Organization.objects.get(pk=merchant.pk).stopped_at is None
    assert Provider.objects.filter(stopped_at__isnull=False).exists()
    assert not AuditEntry.objects.filter(organization=merchant).exists()


def test_a_replay_is_one_entry_each_and_one_that_was_refused_is_none(capsys):
    connection = make_connection()
    action = make_action(make_case(connection), state="dead")
    doubtful = make_action(make_case(connection), state="dead", started_at=NOW)
    event = make_stripe_event(connection, state="failed")
    letters = [public("act", action.pk), public("act", doubtful.pk), public("evt", event.pk)]
    for letter in letters:
        assert show_dead_letters(letter) == 0
        with pytest.raises(typer.Exit):
            show_dead_letters(letter)
    assert log(connection.organization) == [("operator", "replayed", letter) for letter in letters]
    states = AuditEntry.objects.order_by("number").values_list("before__state", "after__state")
    assert list(states) == [("dead", "planned"), ("dead", "claimed"), ("failed", "stored")]


def test_a_charge_given_up_in_doubt_is_sealed_with_its_true_end_after_the_replay():
    action = make_action(make_case(), state="dead", outcome="gave-up", started_at=NOW, settled_at=NOW)
    assert log(action.organization) == []
    show_dead_letters(public("act", action.pk))
    assert [what for _, what, _ in log(action.organization)] == ["replayed"]
    Action.objects.update(state="done", outcome="paid", settled_at=NOW)
    assert [what for _, what, _ in log(action.organization)] == ["replayed", "charged"]
    assert AuditEntry.objects.get(what="charged").after["outcome"] == "paid"


def test_dead_letters_are_listed_and_replayed_by_their_id(capsys):
    action = make_action(make_case(), state="dead", reason="5 workers died holding it", settled_at=NOW)
    show_dead_letters("")
    listed = capsys.readouterr().out
    assert public("act", action.pk) in listed
    assert "5 workers died holding it" in listed
    assert show_dead_letters(public("act", action.pk)) == 0
    action.refresh_from_db()
    assert action.state == "planned"
    with pytest.raises(typer.Exit):
        show_dead_letters(public("act", action.pk))
