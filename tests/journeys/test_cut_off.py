"""The merchant's key dies in the middle of a case: what is due is held, nothing is skipped, and it goes on afterwards."""

from __future__ import annotations

import pytest

from tests.journeys.conftest import Shop
from tideover.recovery.models import Action

pytestmark = pytest.mark.django_db(transaction=True)


def connected(shop: Shop, *, on: bool) -> None:
    shop.world._post("/_sim/disconnect", {"connected": on})


def charges(shop: Shop) -> list[str]:
    """The days after the failure on which we tried, by the world's own books."""
    rows = [row for row in shop.world.ledger() if row["by"] == "api"]
    return [f"day {(row['at'] - shop.failed_at.timestamp()) / 86_400:.0f}: {row['outcome']}" for row in rows]


def cut_off(shop: Shop) -> None:
    """By these rules it is charged after three hours and on days 1, 3 and 7; the key is dead on the first day."""
    shop.renewal_fails()
    shop.until_day(0.9)
    connected(shop, on=False)
    shop.until_day(1.02)
    assert charges(shop) == ["day 0: failed"]
    waiting = Action.objects.filter(state=Action.State.PLANNED, do="charge").earliest("due_at")
    assert "not have access to this account" in waiting.reason, "held, and not skipped"
    assert shop.case.state == "failing"


def test_what_is_due_while_the_key_is_dead_is_done_with_the_next(open_shop):
    shop = open_shop("revguard")
    cut_off(shop)
    connected(shop, on=True)
    shop.until_day(20)
    assert charges(shop) == ["day 0: failed", "day 1: failed", "day 3: failed", "day 7: failed"]
    assert shop.case.state == "abandoned"


def test_who_paid_meanwhile_is_not_charged_when_the_key_lives_again(open_shop):
    shop = open_shop("revguard")
    cut_off(shop)
    written = len(shop.mail.accepted)
    shop.world._post("/_sim/pay", {"invoice": shop.case.invoice_id})
    connected(shop, on=True)
    shop.until_day(8)
    assert (shop.case.state, shop.case.via) == ("recovered", "customer")
    assert (charges(shop), len(shop.mail.accepted)) == (["day 0: failed"], written)
