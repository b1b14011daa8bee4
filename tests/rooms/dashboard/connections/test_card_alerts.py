"""The switch for pre-dunning alerts on the card of each connection, and by `tideover settings`."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from tests import factories
from tests.people import colleague
from tideover.cli.main import app
from tideover.ids import public
from tideover.tenants.alerting import alerts
from tideover.tenants.models import AuditEntry, Connection
from tideover.tenants.roles import Role

pytestmark = pytest.mark.django_db
ALL = "/connections/"


@pytest.fixture
def made(alice):
    return factories.make_connection(alice.project)


def switched(person, connection, sent):
    address = f"{ALL}{public('conn', connection.pk)}/card-alerts/"
    return person.browser().post(address, {"on": sent}, follow=True)


def anew(*connections):
    return [alerts(Connection.objects.get(pk=each.pk)) for each in connections]


def test_pre_dunning_alerts_are_turned_on_and_off_for_the_account_and_its_project_follows(alice, made):
    for sent, on in (("1", True), ("0", False), ("1", True)):
        page = switched(alice, made, sent).content.decode()
        assert anew(made) == [on]
        assert ("Turn pre-dunning alerts off" in page) is on
    told = AuditEntry.objects.filter(what__in=["settings changed", "card alerts switched"]).order_by("number")
    assert [(entry.what, entry.who) for entry in told] == [
        ("settings changed", alice.user.email), *[("card alerts switched", alice.user.email)] * 2
    ]  # fmt: skip


def test_where_one_account_turns_them_on_the_others_of_its_project_stay_as_they_were(alice, made):
    other = factories.make_connection(alice.project)
    switched(alice, made, "1")
    assert anew(made, other) == [True, False]
    switched(alice, other, "1")
    switched(alice, made, "0")
    assert anew(made, other) == [False, True]


def test_in_observe_mode_the_card_says_that_nobody_is_alerted(alice, made):
    Connection.objects.update(mode="observe")
    page = switched(alice, made, "1").content.decode()
    assert "On, but not in observe mode" in page


def test_who_may_not_connect_sees_how_it_stands_and_switches_nothing(alice, made):
    carol = colleague("Carol", alice, Role.SUPPORT)
    assert "Pre-dunning alerts" in carol.browser().get(ALL).content.decode()
    switched(carol, made, "1")
    assert anew(made) == [False]


def test_the_setting_turns_them_on_for_each_account_that_was_not_left_out(alice, made):
    other = factories.make_connection(alice.project, card_alerts=False)
    done = CliRunner().invoke(app, ["settings", "set", "recovery.card_alerts", "on"])
    assert done.exit_code == 0, done.output
    assert anew(made, other) == [True, False]
