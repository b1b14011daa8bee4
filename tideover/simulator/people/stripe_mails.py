"""Stripe's own mails about failed payments, in the world without us: a short note with a link to the hosted page.

Sources: https://docs.stripe.com/billing/revenue-recovery/customer-emails. How many Stripe sends about one invoice is
not confirmed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.payments.paying import Manner
from tideover.simulator.people.habits import ACT_DELAY, LEAVES_AFTER_MAIL, OPEN_DELAY
from tideover.simulator.people.person import Person
from tideover.simulator.people.remedies import authenticate, pay_open_invoices, put_new_card, unpaid
from tideover.simulator.shop.plastic import Cause
from tideover.simulator.shop.population import Population

MOST: Final = 4  # mails about one invoice
ON_THE_PAGE: Final = Manner(by="customer", off_session=False)


class StripeMails:
    """Sent when `settings.stripe_mails` is on; read with the same habits as any other mail. No SMTP is involved."""

    def __init__(
        self, sim: Simulator, population: Population, did: Counter[str], leave: Callable[[Person, str], None]
    ) -> None:
        self._sim, self._population, self._did, self._leave = sim, population, did, leave
        self._sent: dict[str, int] = {}

    def payment_failed(self, person: Person, invoice: Json) -> None:
        """An automatic attempt failed: write, unless the customer has had enough mails about this invoice."""
        key = invoice["id"]
        due = invoice["attempt_count"]
        if not self._sim.settings.stripe_mails or due <= self._sent.get(key, 0) or due > MOST:
            return
        self._sent[key] = due
        self._did["Stripe's mails"] += 1
        if person.habits.mail_comes():
            at = self._sim.now() + person.habits.delay(OPEN_DELAY)
            self._sim.timeline.at(at, lambda: self._read(person, key), "Stripe's mail opened")

    def _read(self, person: Person, invoice: str) -> None:
        self._did["Stripe's mails opened"] += 1
        if person.habits.happens(LEAVES_AFTER_MAIL):
            self._leave(person, "left after a mail")
            return
        cause = self._population.first_cause.get(invoice)
        if person.habits.will_click(cause) and person.habits.will_act(cause):
            at = self._sim.now() + person.habits.delay(ACT_DELAY)
            self._sim.timeline.at(at, lambda: self._pay(person, invoice, cause), "pays on the hosted page")

    def _pay(self, person: Person, invoice: str, cause: Cause | None) -> None:
        if not unpaid(self._sim, invoice):
            return
        self._did["paid on the hosted page"] += 1
        if cause is Cause.AUTHENTICATION:
            authenticate(self._sim, self._sim.store.invoices[invoice])
            return
        method = put_new_card(self._sim, self._population, person.customer)
        pay_open_invoices(self._sim, person.customer, method, ON_THE_PAGE)
