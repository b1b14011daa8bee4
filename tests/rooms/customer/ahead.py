"""The pages outside of a failed payment, each as its reader finds it: of a card that ends, of a plan that renews, and of
one that has ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.test import Client

from tests.factories import DAY, NOW, make_case, make_message, make_method, make_notice
from tests.rooms.customer.made_up import CODE
from tests.rooms.predunning.there import make_offer, open_world
from tideover import clock
from tideover.messages.keyed import back_token, card_token, plan_token, token_hash
from tideover.predunning.models import Alert


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


def plans_that_ended(client: Client) -> Iterator[str]:
    """The page of somebody who has left, with an offer, and once they are back; and the way out of the letters."""
    world = open_world()
    _, plan = world.leaver(locale=CODE)
    letter = make_notice(plan, kind="winback_1", renews_at=plan.ended_at, state="sent")
    Alert.objects.filter(pk=letter.pk).update(token_hash=token_hash(back_token(letter.pk)))
    make_offer(letter, until=NOW + 20 * DAY)
    address = f"/back/{back_token(letter.pk)}"
    for said in ("", "soon", "not_opened"):
        yield client.get(f"{address}?said={said}").content.decode()
    case = make_case(world.connection)
    make_message(case, template="winback_1", locale=CODE, unsubscribe_hash=token_hash("letters"))
    for asked in (client.get("/u/letters"), client.post("/u/letters"), client.post("/u/letters", {"all": "1"})):
        yield asked.content.decode()
    type(world.connection).objects.update(mode="observe")
    yield client.get(address).content.decode()
    world.becomes(plan, status="active", ended_at=None)
    yield client.get(address).content.decode()
