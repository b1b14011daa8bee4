"""The shop's customers: they read our mail or do not, renew cards, authenticate, unsubscribe, cancel or notice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Final

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.billing import standing
from tideover.simulator.api.payments.paying import Manner
from tideover.simulator.mail.mailbox import Mail, Mailbox
from tideover.simulator.mail.reading import Letter, read
from tideover.simulator.people.habits import (
    ACT_DELAY,
    LEAVES_AFTER_MAIL,
    LEAVES_WHEN_FAILING_DAYS,
    OPEN_DELAY,
    UNSUBSCRIBES,
    draw_habits,
    leaving_time,
)
from tideover.simulator.people.person import Person
from tideover.simulator.people.remedies import pay_open_invoices, put_new_card, unpaid
from tideover.simulator.people.stripe_mails import StripeMails
from tideover.simulator.people.visits import Unreachable, Visit, Web
from tideover.simulator.shop.paydays import DAY
from tideover.simulator.shop.plastic import Cause
from tideover.simulator.shop.population import Population, Shop

NOTICE_DAYS: Final = 6
ROUNDS: Final = 3  # how often one visitor answers "authenticate" or tries another card before giving up


class Crowd:
    """Plays every customer of a populated world. Deterministic: each person draws from a stream of their own."""

    def __init__(self, sim: Simulator, population: Population, mailbox: Mailbox, shop: Shop) -> None:
        self.sim, self.population = sim, population
        self.web = Web(sim)
        self.did: Counter[str] = Counter()
        self.troubles: list[str] = []
        self._people: dict[str, Person] = {}
        self._by_email: dict[str, Person] = {}
        for customer in population.customers.values():
            person = Person(customer, draw_habits(shop.seed, customer.number))
            self._people[customer.id] = self._by_email[customer.resident.email] = person
            self._plan_leaving(person, shop)
        self._stripe_mails = StripeMails(sim, population, self.did, self.leave)
        mailbox.readers.append(self.got_mail)
        sim.events.listeners.append(self.heard)

    async def start(self) -> None:
        """Nothing to do before the first mail."""

    async def stop(self) -> None:
        """Close the connections of all browsers."""
        await self.web.close()

    def _plan_leaving(self, person: Person, shop: Shop) -> None:
        start = self.sim.now()
        at = leaving_time(shop.seed, person.customer.number, start)
        if at <= start + shop.days * DAY:
            self.sim.timeline.at(at, lambda: self.leave(person, "left"), "customer leaves")

    # -- what happens to a person --------------------------------------------------------------------------------

    def heard(self, kind: str, thing: Json) -> None:
        """An event at Stripe: a first failure makes some people notice by themselves and some think of leaving."""
        if kind not in ("invoice.payment_failed", "invoice.paid"):
            return
        person, invoice = self._people.get(thing["customer"]), thing["id"]
        if person is None:
            return
        if kind == "invoice.paid":
            person.failing = [each for each in person.failing if each != invoice]
            return
        if invoice not in person.failing:
            person.failing.append(invoice)
            self._first_failure(person, invoice)
        self._stripe_mails.payment_failed(person, thing)

    def _first_failure(self, person: Person, invoice: str) -> None:
        now, habits = self.sim.now(), person.habits
        leaves_at = now + int(habits.dice.expovariate(1 / LEAVES_WHEN_FAILING_DAYS) * DAY)
        self.sim.timeline.at(leaves_at, lambda: self._leave_if_unpaid(person, invoice), "customer thinks of leaving")
        if habits.notices(self._cause(person)):
            notices_at = now + int(habits.dice.expovariate(1 / NOTICE_DAYS) * DAY) + DAY
            self.sim.timeline.at(notices_at, lambda: self._notice(person, invoice), "customer notices")

    def got_mail(self, mail: Mail) -> None:
        """A message arrived by SMTP: plan what its reader will do with it, each step at its own instant."""
        for recipient in mail.recipients:
            person = self._by_email.get(recipient.lower())
            if person is not None:
                self._plan_reading(person, read(mail), mail.at)

    def _plan_reading(self, person: Person, letter: Letter, at: int) -> None:
        habits = person.habits
        if habits.scanned:
            self._plan(at + habits.scan_delay(), lambda: self.web.scan(letter.links), "scanned")
        if habits.mail_comes():
            self._plan(at + habits.delay(OPEN_DELAY), lambda: self._read(person, letter), "opened")

    def _plan(self, at: int, act: Callable[[], Awaitable[None]], what: str) -> None:
        async def happen() -> None:
            self.did[what] += 1
            try:
                await act()
            except Unreachable as problem:
                self.did["could not be reached"] += 1
                self.troubles.append(f"{what}: {problem}")

        self.sim.timeline.at(at, happen, what, visit=True)

    # -- reading and acting --------------------------------------------------------------------------------------

    async def _read(self, person: Person, letter: Letter) -> None:
        """Pictures load, and the reader decides what to do next."""
        habits, now = person.habits, self.sim.now()
        if habits.loads_pictures:
            await self.web.visit().load(letter.pictures)
        if letter.unsubscribe and letter.one_click and habits.happens(UNSUBSCRIBES):
            await self.web.visit().unsubscribe(letter.unsubscribe)
            self.did["unsubscribed"] += 1
        elif habits.happens(LEAVES_AFTER_MAIL):
            self.leave(person, "left after a mail")
        elif letter.main and habits.will_click(self._cause(person)):
            main = letter.main
            self._plan(now + habits.delay(60), lambda: self._click(person, main), "clicked")

    async def _click(self, person: Person, url: str) -> None:
        visit = self.web.visit()
        if not await visit.open(url):
            self.did["found nothing to do"] += 1
        elif person.habits.will_act(self._cause(person)):
            self._plan(self.sim.now() + person.habits.delay(ACT_DELAY), lambda: self._act(person, visit), "acted")

    def _cause(self, person: Person) -> Cause | None:
        """The true cause of the newest failure: the customer knows their own purse."""
        causes = (self.population.first_cause.get(invoice) for invoice in reversed(person.failing))
        return next((cause for cause in causes if cause is not None), None)

    async def _act(self, person: Person, visit: Visit) -> None:
        """Fill in the form, answer the bank, and do what the page says next, for a few rounds."""
        await self._confirm(person, visit, await visit.begin(), ROUNDS)

    async def _confirm(self, person: Person, visit: Visit, begun: Json, rounds: int) -> None:
        if "client_secret" not in begun:
            self.did[f"page said {begun.get('state', 'nothing')}"] += 1
            return
        card, _face = self.population.issue(person.customer, self.sim.now())
        intent = await visit.confirm(begun, card, person.customer.resident.place.country)
        await self._finish(person, visit, begun, intent, rounds)

    async def _finish(self, person: Person, visit: Visit, begun: Json, intent: str, rounds: int) -> None:
        answer = await visit.finish(intent)
        state, left = str(answer.get("state", "nothing")), rounds - 1
        self.did[f"page said {state}"] += 1
        if left == 0:
            return
        if wait := answer.get("ask_again_seconds"):
            at = self.sim.now() + int(wait)
            self._plan(at, lambda: self._finish(person, visit, begun, intent, left), "asked again")
        elif state == "authenticate" and "client_secret" in answer:
            await self._confirm(person, visit, {**begun, **answer}, left)
        elif state == "declined" and person.habits.happens(0.5):
            await self._confirm(person, visit, await visit.begin("setup"), left)

    # -- without our mail ----------------------------------------------------------------------------------------

    def _notice(self, person: Person, invoice: str) -> None:
        """Logs in at the merchant and puts a new card on file there; the next automatic try uses it."""
        if not unpaid(self.sim, invoice):
            return
        self.did["noticed"] += 1
        method = put_new_card(self.sim, self.population, person.customer)
        if person.habits.happens(0.5):
            pay_open_invoices(self.sim, person.customer, method, Manner(by="customer", off_session=False))

    def _leave_if_unpaid(self, person: Person, invoice: str) -> None:
        if unpaid(self.sim, invoice):
            self.leave(person, "left while failing")

    def leave(self, person: Person, how: str) -> None:
        """Cancel the subscription through the merchant."""
        subscription = self.sim.store.subscriptions.get(person.customer.subscription)
        if subscription is not None and subscription["status"] not in standing.OVER:
            self.did[how] += 1
            standing.end(self.sim, subscription, "cancellation_requested")
