"""`tideover disconnect`: it says what happens, asks once, and gives back what is held."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from tests.factories import make_action, make_case, make_connection
from tideover.cli.main import app
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import running
from tideover.tenants.models import Connection

pytestmark = pytest.mark.django_db


def typed(*words, answer=None):
    return CliRunner().invoke(app, ["disconnect", *words], input=answer)


@pytest.fixture
def shop():
    with running(new_simulator(seed=3, start=1_790_000_000)) as world:
        yield make_connection(account_id=world.sim.keys.account, api_key=world.sim.keys.secret, api_base=world.base_url)


def test_it_asks_first_and_a_no_changes_nothing(shop):
    make_action(make_case(shop), request={"taken": True}, state="done")
    said = typed("--account", shop.account_id, answer="n\n")
    assert "1 open cases end." in said.output
    assert "1 invoices go back to Stripe's own retries." in said.output
    assert Connection.objects.get().state == "active"


def test_it_stops_everything_gives_back_and_tells_what_only_the_merchant_can(shop):
    make_case(shop)
    said = typed("--account", shop.account_id, "--yes")
    assert said.exit_code == 0, said.output
    assert "What was held at Stripe is given back." in said.output
    assert "valid at Stripe until you delete it" in said.output
    left = Connection.objects.get()
    assert (left.state, left.api_key, left.cases.get().state) == ("disconnected", "", "canceled")


def test_of_an_account_in_both_modes_it_wants_to_know_which(shop):
    make_connection(shop.project, account_id=shop.account_id, livemode=True)
    assert "--live or --test" in typed("--account", shop.account_id, "--yes").stderr
    assert typed("--account", shop.account_id, "--test", "--yes").exit_code == 0
    assert Connection.objects.get(state="active").livemode


def test_where_stripe_is_silent_the_worker_goes_on(shop):
    make_action(make_case(shop), request={"taken": True}, state="done")
    Connection.objects.update(api_base="http://127.0.0.1:9")
    said = typed("--account", shop.account_id, "--yes")
    assert "a worker goes on with it" in said.output
    assert Connection.objects.get().left_at is None
