"""A key is revoked in the middle of a month: what comes due waits, the owners hear of it, and no step and no case is lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.journeys.conftest import Shop
from tideover import clock
from tideover.flow.refusals import refusal_of
from tideover.flow.stripe import stripe_for, stripe_for_workers
from tideover.gateways.permissions import asked_of
from tideover.gateways.stripe import Stripe
from tideover.gateways.transport import Accepted
from tideover.notices.rounds import tell
from tideover.recovery.models import Action, Case
from tideover.tenants.connecting import Access, Names, connect
from tideover.upkeep.pulse import feel
from tideover.upkeep.rounds import keep_up

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def a_key(shop: Shop, *, revoke: str = "") -> str:
    """A new restricted key for acting, in place of another."""
    names = [permission.name for permission in asked_of(act=True)]
    asked = {"permissions": names, "revoke": revoke}
    told = httpx.post(f"{shop.world.url}/_sim/restricted_key", json=asked, trust_env=False)
    return str(told.json()["key"])


def hand_in(shop: Shop, key: str) -> None:
    base = shop.connection.api_base
    connect(Stripe(key, api_base=base).account(), Access(key, None, base), Names(), clock.now())


def charged(shop: Shop) -> list[Any]:
    return [row["at"] for row in shop.world.ledger() if row["by"] == "api"]


class Letters(list[str]):
    """Whom the notice went to."""

    def __call__(self, address: str, _letter: object, _now: object) -> Accepted:
        self.append(address)
        return Accepted()


def test_what_came_due_meanwhile_is_done_once_the_key_is_replaced(open_shop):
    shop, letters = open_shop("tuned"), Letters()
    key = a_key(shop)
    hand_in(shop, key)
    shop.renewal_fails()
    charge = Action.objects.filter(do="charge", state="planned").order_by("due_at")[0]
    shop.machine.move(charge.due_at - MINUTE)
    before, first = charged(shop), shop.case

    # ── revoked a minute before a charge is due; another renewal fails meanwhile ──
    anew = a_key(shop, revoke=key)
    feel(stripe_for_workers, clock.now())
    told = refusal_of(shop.connection)
    assert told is not None
    assert tell(clock.now(), write=letters) == 1
    assert letters == ["alice@alpine.example"]
    shop.renewal_comes("pm_sim_decline_insufficient_funds")
    shop.machine.move(clock.now() + timedelta(hours=4))
    charge.refresh_from_db()
    assert (charge.state, charge.tries, charged(shop)) == ("planned", 0, before)
    assert Case.objects.count() == 1, "the event is kept, and cannot be understood without Stripe"

    # ── replaced ──
    hand_in(shop, anew)
    feel(stripe_for_workers, clock.now())
    assert refusal_of(shop.connection) is None
    keep_up(stripe_for, clock.now())
    shop.machine.move(clock.now() + timedelta(hours=1))
    charge.refresh_from_db()
    assert (charge.state, len(charged(shop)) - len(before)) == ("done", 1)
    assert Case.objects.exclude(pk=first.pk).count() == 1, "and the failure of meanwhile has its case"

    both = list(Case.objects.all())
    shop.machine.move(clock.now() + 32 * DAY)
    theirs = Action.objects.filter(case__in=both)
    assert not theirs.filter(state__in=["planned", "claimed", "dead"]).exists()
    assert not theirs.filter(reason__startswith="Stripe does not let us in", state="dropped").exists()
    assert [Case.objects.get(pk=case.pk).state for case in both] == ["abandoned", "abandoned"]
