"""`tideover endpoints` and `tideover rotate-secret`, against the simulator."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from tests.factories import make_connection
from tideover.cli.main import app
from tideover.flow.stripe import stripe_for
from tideover.inbox.registration import register
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import running
from tideover.tenants.models import Connection

pytestmark = pytest.mark.django_db


def typed(*words):
    return CliRunner().invoke(app, words)


@pytest.fixture
def shop():
    with running(new_simulator(seed=3, start=1_790_000_000)) as world:
        account, key = world.sim.keys.account, world.sim.keys.secret
        made = make_connection(account_id=account, api_key=key, api_base=world.base_url, webhook_secret="")
        register(made, stripe_for(made))
        yield made


def test_the_endpoints_are_listed_and_one_that_is_none_of_ours_stays(shop):
    stripe_for(shop).create_webhook_endpoint("https://old.example/hooks/stripe/gone", ["*"], key="a")
    stripe_for(shop).create_webhook_endpoint("https://other.example/hook", ["*"], key="b")
    said = typed("endpoints", "--account", shop.account_id)
    assert [line.split()[1:3] for line in said.output.splitlines()[:3]] == [
        ["ours", "http://127.0.0.1:8000"], ["left", "over"], ["not", "ours"],
    ]  # fmt: skip
    assert "3 of the 16 that Stripe allows" in said.output
    left_over, theirs = (line.split()[0] for line in said.output.splitlines()[1:3])
    assert "no endpoint that" in typed("endpoints", "--account", shop.account_id, "--delete", theirs).stderr
    assert "2 of the 16" in typed("endpoints", "--account", shop.account_id, "--delete", left_over).output


def test_a_secret_is_rotated_and_the_one_before_holds(shop):
    before = Connection.objects.get().webhook_secret
    assert typed("rotate-secret", "--account", shop.account_id).exit_code == 0
    after = Connection.objects.get()
    assert after.webhook_secret_previous == before != after.webhook_secret


def test_in_observe_mode_nothing_is_rotated(shop):
    Connection.objects.update(mode="observe")
    assert "made by hand" in typed("rotate-secret", "--account", shop.account_id).stderr
