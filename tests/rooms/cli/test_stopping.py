"""What an operator types when something goes wrong."""

import pytest
import typer

from tests.factories import make_action, make_case, make_connection
from tests.fakes import NOW
from tideover.cli.stopping import show_dead_letters, switch
from tideover.ids import public
from tideover.tenants.models import Connection, Organization, Provider

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
