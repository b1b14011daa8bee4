"""Doctor asks Stripe itself, as the simulator answers: what it hears is what it tells."""

from __future__ import annotations

import pytest

from tests import factories as make
from tests.rooms.upkeep.doctor.world import GOOD_NAMES, Names
from tideover import clock
from tideover.gateways.permissions import asked_of
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import running
from tideover.upkeep.doctor.asking import Outside
from tideover.upkeep.doctor.examine import examine
from tideover.upkeep.doctor.findings import Level

pytestmark = pytest.mark.django_db


@pytest.fixture
def stripe():
    with running(new_simulator(seed=3, start=1_790_000_000)) as world:
        yield world


def found_with(project, stripe, key):
    from tideover.gateways.stripe import Stripe  # noqa: PLC0415

    account = Stripe(key, api_base=stripe.base_url).account() if not key.startswith("rk_dead") else None
    account_id = account.id if account else "acct_1"
    make.make_connection(project, api_key=key, api_base=stripe.base_url, account_id=account_id)
    outside = Outside(names=Names(GOOD_NAMES), status_of=lambda _: 200, mail_server=str, disk=str)
    found = examine(project.organization_id, clock.now(), outside)
    return {each.check: each for each in reversed(found)}  # of each check the worst


def test_what_a_key_may_and_what_the_account_has_is_heard_of_stripe(alice, stripe):
    names = [each.name for each in asked_of(act=True) if each.word != "charge"]
    key = stripe.pull("restricted_key", permissions=names)["key"]
    found = found_with(alice.project, stripe, key)
    assert "key" not in found
    assert "rak_charge_read" in found["permissions"].says
    assert found["webhook"].says == "None of the account's endpoints leads here"
    assert not {"events", "endpoints", "restricted"} & set(found)


def test_a_key_that_stripe_does_not_know_is_dead(alice, stripe):
    found = found_with(alice.project, stripe, "rk_dead_nobody_gave_this_out")
    assert found["key"].level == Level.BAD
    assert found["permissions"].level == found["events"].level == Level.UNKNOWN
