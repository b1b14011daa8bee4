"""`tideover rehearse --last`: each failure with its steps, all of them added up, and the same as a table."""

from __future__ import annotations

import csv
import io

import pytest
from typer.testing import CliRunner

from tests import factories as make
from tests.factories import DAY, NOW
from tests.rooms.recovery.telling.test_backtest import OPENED, an_odd_one, failed, mirrored, rules
from tideover import clock
from tideover.cli.main import app

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection():
    connection = make.make_connection(make.make_project(make.make_organization()), mode="observe", livemode=True)
    rules(connection, "revguard")
    clock.travel_to(NOW)
    yield connection
    clock.travel_to(None)


def asked(*flags):
    return CliRunner().invoke(app, ["rehearse", "--last", "90", *flags])


def test_each_failure_is_told_with_its_steps_and_all_are_added_up(connection):
    mirrored(connection)
    _, invoice = failed(connection)
    failed(connection, code="stolen_card")
    told = asked()
    assert told.exit_code == 0, told.output
    assert f"{invoice.number}  $99.00" in told.output
    assert "would charge" in told.output
    assert "[not known: taken as failed]" in told.output
    assert "Nothing is charged by itself (card.never)" in told.output
    assert "by revguard version 1:" in told.output
    assert "2 payments failed, $198.00." in told.output
    assert "4 charges; of 0 it is known what they came to" in told.output
    assert "1 A card network: lost, stolen, closed" in told.output
    assert "observe mode" in told.output


def test_the_table_has_a_line_for_each_step_and_runs_nothing_in_a_spreadsheet(connection):
    mirrored(connection)
    who = make.make_customer(connection, name="=1+1")
    failed(connection, customer=who)
    lines = list(csv.reader(io.StringIO(asked("--csv").stdout)))
    assert lines[0][:3] == ["invoice", "invoice_number", "customer"]
    charges = [line for line in lines if line[11] == "would charge"]
    assert [line[10] for line in charges][:2] == [f"{OPENED + 3 * DAY / 24:%FT%TZ}", f"{OPENED + DAY:%FT%TZ}"]
    assert {line[15] for line in charges} == {"not known: taken as failed"}
    assert not any(cell.startswith("=") for line in lines for cell in line)


@pytest.mark.parametrize("flags", [(), ("--csv",)])
def test_an_odd_one_is_said_to_be_left_out(connection, flags):
    mirrored(connection)
    failed(connection)
    assert "could not be lived through" not in asked(*flags).stderr
    an_odd_one(connection)
    assert "1 of them could not be lived through" in asked(*flags).stderr


@pytest.mark.parametrize("flags", [(), ("--csv",)])
def test_an_account_that_is_not_read_yet_is_said_to_be_so(connection, flags):
    told = asked(*flags)
    assert told.exit_code == 3
    assert "was not begun to be read: it is left out" in told.output
    mirrored(connection, stage="payments", imported_at=None, walked_at=None)
    told = asked(*flags)
    assert told.exit_code == 3
    assert "is being read, 50 % of it" in told.output
