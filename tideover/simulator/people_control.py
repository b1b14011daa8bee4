"""The levers of the town: open a shop in the account, and see what its customers have done."""

from __future__ import annotations

from tideover.simulator.control import Desk, lever
from tideover.simulator.errors import invalid
from tideover.simulator.people_town import AlreadySettled, Town
from tideover.simulator.population import Shop
from tideover.simulator.store import Json

LARGEST = 200_000
LONGEST = 1_500  # days


@lever("POST", "/_sim/shop")
async def shop(desk: Desk, given: Json) -> Json:
    """Fill the account: {customers, seed, days, smart_retries, stripe_mails}, all optional; once per world."""
    town, settings = _town(desk), desk.sim.settings
    wanted = Shop(
        customers=_within(given, "customers", Shop.customers, LARGEST),
        seed=int(given.get("seed", desk.sim.seed)),
        days=_within(given, "days", Shop.days, LONGEST),
    )
    settings.smart_retries = bool(given.get("smart_retries", settings.smart_retries))
    settings.stripe_mails = bool(given.get("stripe_mails", settings.stripe_mails))
    try:
        town.settle(wanted)
    except AlreadySettled as problem:
        raise invalid(str(problem)) from problem
    return {
        "customers": wanted.customers,
        "seed": wanted.seed,
        "days": wanted.days,
        "subscriptions": len(desk.sim.store.subscriptions),
        "smart_retries": settings.smart_retries,
        "stripe_mails": settings.stripe_mails,
    }


@lever("GET", "/_sim/people")
async def people(desk: Desk, _given: Json) -> Json:
    """What the customers did, counted, and which pages they could not reach (the last hundred)."""
    crowd = _town(desk).crowd
    if crowd is None:
        return {"did": {}, "troubles": []}
    return {"did": dict(sorted(crowd.did.items())), "troubles": crowd.troubles[-100:]}


def _within(given: Json, name: str, otherwise: int, most: int) -> int:
    value = given.get(name, otherwise)
    if not isinstance(value, int) or not 1 <= value <= most:
        raise invalid(f"`{name}` must be a number from 1 to {most}.", param=name)
    return value


def _town(desk: Desk) -> Town:
    if not isinstance(desk.sim.people, Town):
        raise invalid("This world was started without a town: there is nobody to live in it.")
    return desk.sim.people
