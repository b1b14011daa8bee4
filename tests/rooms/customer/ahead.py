"""The pages ahead of a payment, each as its reader finds it: of a card that ends, and of a plan that renews."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.test import Client

from tests.factories import DAY, NOW, make_method, make_notice
from tests.rooms.customer.made_up import CODE
from tests.rooms.predunning.there import open_world
from tideover import clock
from tideover.messages.keyed import card_token, plan_token


def cards_that_end(client: Client) -> Iterator[str]:
    """The page of a card that ends, before and after, by whatever way it is renewed, and once there is nothing to do."""
    world = open_world()
    who, _, plan = world.holder(locale=CODE)
    world.by_the_day(8)
    address = f"/card/{card_token(world.alert.pk)}"
    yield client.get(address).content.decode()
    for said in ("from_portal", "not_opened"):
        yield client.get(f"{address}?said={said}").content.decode()
    for chosen in ("", "https://acme.example/"):
        type(world.connection).objects.update(mode="observe")
        world.set(return_url=chosen)
        yield client.get(address).content.decode()
    clock.travel_to(NOW + 12 * DAY)
    yield client.get(address).content.decode()
    world.becomes(who, method_id=make_method(who, expires_on=date(2030, 1, 31)).stripe_id)
    yield client.get(address).content.decode()
    world.becomes(plan, status="canceled", ended_at=NOW)
    yield client.get(address).content.decode()


def plans_that_renew(client: Client) -> Iterator[str]:
    """The page of a subscription that renews, by whatever way it is canceled, of a trial, and once it ends or has ended."""
    world = open_world()
    world.set(renewal_notices=True, trial_notices=True)
    _, plan = world.subscriber(locale=CODE)
    address = f"/plan/{plan_token(make_notice(plan).pk)}"
    yield client.get(address).content.decode()
    yield client.get(f"{address}?said=not_opened").content.decode()
    for chosen in ("", "https://acme.example/"):
        type(world.connection).objects.update(mode="observe")
        world.set(cancel_url=chosen)
        yield client.get(address).content.decode()
    for change in ({"status": "trialing"}, {"ends_at": NOW + DAY}, {"status": "canceled", "ended_at": NOW}):
        world.becomes(plan, **change)
        yield client.get(address).content.decode()
