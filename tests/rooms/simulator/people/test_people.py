"""What customers do with our mail, told by the requests they make and the money that moves."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from tests.rooms.simulator.people.fake_app import FakeApp
from tests.rooms.simulator.towns import World, eager, served, world
from tideover.simulator.account.world import Settings
from tideover.simulator.people.person import Person
from tideover.simulator.shop.plastic import Cause


@contextlib.asynccontextmanager
async def failing(
    cause: Cause, code: str, made: Callable[..., FakeApp] = FakeApp, **habits
) -> AsyncIterator[tuple[World, Person, FakeApp]]:
    """A world in which Ana's renewal has just failed, and an app that can write to her."""
    async with world() as here:
        ana = next(iter(here.town.crowd._people.values()))
        ana.habits = eager(**habits)
        invoice = here.trouble(ana.customer, cause, code)
        app = made(here.sim, invoice["id"], same_payment=cause is Cause.AUTHENTICATION)
        async with served(app.app()) as app.url:
            yield here, ana, app


async def written_to(here: World, ana: Person, app: FakeApp, days: float = 1) -> None:
    app.write_to(here.town.mailbox, ana.customer.resident.email)
    await here.pass_days(days)


def test_a_customer_who_opens_our_mail_renews_the_card_and_the_invoice_is_paid():
    async def story():
        async with failing(Cause.DEAD, "lost_card") as (here, ana, app):
            await written_to(here, ana, app)
            invoice = here.sim.store.invoices[app.invoice]
            attempts = [each for each in here.sim.ledger.attempts if each.invoice == app.invoice]
            return app.asked, invoice["status"], attempts, ana.customer.card.fingerprint

    asked, status, attempts, old_card = asyncio.run(story())
    assert asked == ["GET /o/tok.gif", "GET /c/tok", "POST /c/tok/setup", "POST /c/tok/done"]
    assert status == "paid"
    assert [(each.outcome, each.decline_code) for each in attempts] == [("failed", "lost_card"), ("succeeded", None)]
    assert attempts[0].card_fingerprint == old_card != attempts[1].card_fingerprint


def test_a_customer_whose_bank_asks_authenticates_the_very_payment_that_failed():
    async def story():
        async with failing(Cause.AUTHENTICATION, "authentication_required") as (here, ana, app):
            await written_to(here, ana, app)
            return [each for each in here.sim.ledger.attempts if each.invoice == app.invoice]

    first, last = asyncio.run(story())
    assert (first.outcome, last.outcome) == ("requires_action", "succeeded")
    assert first.payment_intent == last.payment_intent
    assert first.card_fingerprint == last.card_fingerprint
    assert last.by == "customer"


def test_a_visitor_whose_card_is_declined_may_try_another_one():
    async def story():
        async with failing(Cause.DEAD, "stolen_card", luck=0.4) as (here, ana, app):
            app.refuse = 1
            await written_to(here, ana, app)
            return app.asked, here.sim.store.invoices[app.invoice]["status"]

    asked, status = asyncio.run(story())
    assert asked.count("POST /c/tok/setup") == 2
    assert status == "paid"


def test_a_visitor_asks_again_when_the_page_does_not_know_yet():
    async def story():
        async with failing(Cause.DEAD, "stolen_card") as (here, ana, app):
            app.unsure = 1
            await written_to(here, ana, app)
            return app.asked, here.sim.store.invoices[app.invoice]["status"]

    asked, status = asyncio.run(story())
    assert asked.count("POST /c/tok/done") == 2
    assert asked.count("POST /c/tok/setup") == 1
    assert status == "paid"


def test_a_link_that_no_longer_opens_ends_the_visit():
    async def story():
        async with failing(Cause.DEAD, "stolen_card") as (here, ana, app):
            app.closed = True
            await written_to(here, ana, app)
            return app.asked, here.town.crowd.did["page said closed"]

    asked, closed = asyncio.run(story())
    assert asked[-1] == "POST /c/tok/setup"
    assert closed == 1


def test_a_mail_scanner_opens_every_link_and_changes_nothing():
    async def story():
        async with failing(Cause.DEAD, "lost_card", opens=0, scanned=True) as (here, ana, app):
            before = (len(here.sim.ledger.attempts), len(here.sim.store.setup_intents))
            await written_to(here, ana, app)
            after = (len(here.sim.ledger.attempts), len(here.sim.store.setup_intents))
            return app.asked, before, after, here.sim.store.invoices[app.invoice]["status"]

    asked, before, after, status = asyncio.run(story())
    assert asked == ["HEAD /c/tok", "GET /c/tok", "HEAD /u/tok", "GET /u/tok"]
    assert (before, status) == (after, "open")


def test_a_reader_who_has_had_enough_unsubscribes_with_one_click_and_reads_no_further():
    async def story():
        async with failing(Cause.DEAD, "lost_card", luck=0.001) as (here, ana, app):
            await written_to(here, ana, app)
            return app.asked

    assert asyncio.run(story()) == ["GET /o/tok.gif", "POST /u/tok"]


def test_somebody_who_never_opens_mail_makes_no_request_at_all():
    async def story():
        async with failing(Cause.DEAD, "lost_card", opens=0) as (here, ana, app):
            await written_to(here, ana, app)
            return app.asked

    assert asyncio.run(story()) == []


def test_an_app_that_cannot_be_reached_is_reported_without_the_token_in_its_links():
    async def story():
        async with failing(Cause.DEAD, "lost_card") as (here, ana, app):
            app.url = "http://127.0.0.1:9"
            await written_to(here, ana, app)
            return here.town.crowd.troubles

    (trouble,) = asyncio.run(story())
    assert trouble == "opened: GET http://127.0.0.1:9: ConnectError"


def test_mail_to_strangers_is_kept_and_nobody_acts():
    async def story():
        async with failing(Cause.DEAD, "lost_card") as (here, _ana, app):
            app.write_to(here.town.mailbox, "stranger@postbox.example")
            await here.pass_days(1)
            return app.asked, len(here.town.mailbox.mails)

    assert asyncio.run(story()) == ([], 1)


def test_a_customer_who_notices_alone_puts_a_new_card_on_file_where_the_old_one_was():
    async def story():
        async with world() as here:
            ana = next(iter(here.town.crowd._people.values()))
            ana.habits = eager(attention=0)
            invoice = here.trouble(ana.customer, Cause.DEAD, "lost_card")
            await here.pass_days(15)
            owner = here.sim.store.customers[ana.customer.id]
            return invoice, owner["invoice_settings"]["default_payment_method"], ana.customer.method

    invoice, now, before = asyncio.run(story())
    assert invoice["status"] == "paid"
    assert now != before


def test_stripes_own_mail_leads_to_the_hosted_page_only_when_it_is_switched_on():
    async def story(on: bool):
        async with world(settings=Settings(stripe_mails=on)) as here:
            ana = next(iter(here.town.crowd._people.values()))
            ana.habits = eager()
            invoice = here.trouble(ana.customer, Cause.DEAD, "stolen_card")
            await here.pass_days(3)
            tries = [each.by for each in here.sim.ledger.attempts if each.invoice == invoice["id"]]
            return invoice["status"], tries[-1]

    assert asyncio.run(story(on=True)) == ("paid", "customer")
    assert asyncio.run(story(on=False)) == ("open", "stripe")


def test_each_mail_finds_the_reader_a_little_more_tired():
    habits = eager(opens=0.9, fatigue=0.5)
    assert [habits.mail_comes() for _ in range(4)] == [True, False, False, False]


def test_the_town_tells_what_its_people_did():
    async def story():
        async with failing(Cause.DEAD, "lost_card") as (here, ana, app):
            await written_to(here, ana, app)
            return await app.stripe("GET", "/_sim/people")

    assert asyncio.run(story())["did"] == {"acted": 1, "clicked": 1, "opened": 1, "page said paid": 1}
