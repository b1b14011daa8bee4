"""`tideover import`: to the end, or how far it is; what stands in the way is a sentence."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import typer

from tests.factories import make_connection
from tideover.cli.connections.importing import import_accounts
from tideover.mirror.models import Customer, Mirror
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import Running, running

pytestmark = pytest.mark.django_db


@pytest.fixture
def simulated() -> Iterator[tuple[Running, str]]:
    """An account, and a key that may do everything."""
    sim = new_simulator(seed=3, start=1_790_000_000)
    with running(sim) as world:
        yield world, sim.keys.secret


def test_an_account_is_read_to_its_end(simulated, capsys):
    stripe, key = simulated
    connection = make_connection(api_base=stripe.base_url, api_key=key)
    assert import_accounts(connection.account_id, live=False, status=True) == 0
    assert "not begun" in capsys.readouterr().out
    assert import_accounts("", live=None, status=False) == 0
    told = capsys.readouterr().out
    assert "whole since" in told
    assert Mirror.objects.get().imported_at is not None
    assert f"{Customer.objects.count()} customers" in told


def test_who_does_not_let_us_in_is_told_of(simulated, capsys):
    stripe, _ = simulated
    key = str(stripe.pull("restricted_key", permissions=["rak_invoice_read"])["key"])
    make_connection(api_base=stripe.base_url, api_key=key)
    with pytest.raises(typer.Exit):
        import_accounts("", live=None, status=False)
    assert "rak_customer_read" in capsys.readouterr().err


def test_without_an_account_there_is_nothing_to_read(capsys, db):
    with pytest.raises(typer.Exit):
        import_accounts("", live=None, status=False)
    assert "no account is connected" in capsys.readouterr().err
