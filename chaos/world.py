"""Stripe's side of a run: a simulator process of its own, the crowd whose renewals fail there, and its books."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx

HOUR: Final = 3600
DAY: Final = 24 * HOUR
# How the cards of the crowd behave; each gets a number of its own, as the networks' limits hold per card.
TROUBLES: Final = (
    "insufficient_funds_then_ok_after_{days}d",
    "do_not_honor_then_ok_after_{days}d",
    "generic_decline_then_ok_after_{days}d",
    "processing_error_then_ok_after_{days}d",
    "expired_card_then_ok_after_{days}d",  # these are never charged: there messages do not wait for hands
    "expired_card_then_ok_after_{days}d",
    "lost_card_then_ok_after_{days}d",
    "lost_card_then_ok_after_{days}d",
)
# What people do at Stripe behind our back to an invoice in this state, and how often beside each other.
ACTS: Final = {
    "open": {"pays": 6, "new_card": 5, "voids": 1, "leaves": 1, "uncollectible": 1, "pays_a_part": 3, "credits": 2},
    "paid": {"refunds": 3, "refund_fails": 1, "disputes": 2},
}
PRICES: Final = (("usd", 9900), ("usd", 2500), ("jpy", 4800), ("eur", 1900), ("kwd", 19_900))
OWES_TWICE, HAS_ANOTHER_CARD = 2, 3  # every other customer has two subscriptions, every third a second card


@dataclass(frozen=True, slots=True)
class Person:
    """A customer of the crowd: their ids at Stripe, and of the card that fails."""

    world: World
    email: str
    customer: str
    method: str


class World:
    """One simulated Stripe account. Raises httpx.HTTPError when it is gone."""

    def __init__(self, name: str, folder: Path, seed: int, mode: str) -> None:
        self.name, self._folder, self.seed, self.mode = name, folder, seed, mode
        self.hello: dict[str, Any] = {}
        self.subscriptions: list[str] = []
        self.people: list[Person] = []
        self._process: asyncio.subprocess.Process | None = None
        self._http: httpx.AsyncClient | None = None
        self._dice = Random(f"{seed} {name}")
        self._prices: list[str] = []
        self._gathered = 0
        self._given_back: dict[str, int] = {}  # charges, and the second of their latest refund

    async def start(self, begins_at: int, town: int, tree: Path) -> None:
        """Start the process; its ledger is a file of its own."""
        words = ["--port", "0", "--smtp-port", "0", "--clock", "wall", "--rate-limit", "0", "--no-smart-retries"]
        words += ["--seed", str(self.seed), "--start", str(begins_at), "--ledger", str(self.ledger_file)]
        words += ["--customers", str(town), "--days", "60"] if town else []
        log = (self._folder / f"{self.name}.log").open("wb")
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tideover.simulator", *words, stdout=asyncio.subprocess.PIPE, stderr=log, cwd=tree
        )
        assert self._process.stdout is not None
        self.hello = json.loads(await self._process.stdout.readline())
        self._http = httpx.AsyncClient(
            base_url=self.hello["api_base"], timeout=120, trust_env=False,
            headers={"Authorization": f"Bearer {self.hello['api_key']}"},
            limits=httpx.Limits(keepalive_expiry=1),  # the simulator hangs up after five seconds of silence
        )  # fmt: skip

    @property
    def ledger_file(self) -> Path:
        return self._folder / f"{self.name}.ledger.jsonl"

    @property
    def address(self) -> tuple[str, int]:
        url = httpx.URL(self.hello["api_base"])
        return url.host, url.port or 80

    async def _post(self, path: str, form: dict[str, Any]) -> dict[str, Any]:
        assert self._http is not None
        answer = await self._http.post(path, data=form)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    async def look(self, path: str) -> dict[str, Any]:
        """What a lever of the simulator tells."""
        assert self._http is not None
        found: dict[str, Any] = (await self._http.get(f"/_sim/{path}")).raise_for_status().json()
        return found

    async def pull(self, path: str, **given: Any) -> dict[str, Any]:  # noqa: ANN401 - the simulator's parameters
        """Pull a lever of the simulator."""
        assert self._http is not None
        answer = await self._http.post(f"/_sim/{path}", json=given)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    async def gather_crowd(self, count: int, spread_hours: int) -> None:
        """`count` more customers whose first renewal, some hours from now, fails."""
        if not self._prices:
            self._prices = [await self._price(currency, amount) for currency, amount in PRICES]
        now = (await self.look("state"))["now"]
        numbers = range(self._gathered, self._gathered + count)
        self._gathered += count
        for start in range(0, count, 10):
            batch = numbers[start : start + 10]
            await asyncio.gather(*(self._customer(number, now, spread_hours) for number in batch))

    async def _price(self, currency: str, amount: int) -> str:
        form = {
            "product_data[name]": "Pro",
            "currency": currency,
            "unit_amount": amount,
            "recurring[interval]": "month",
        }
        return str((await self._post("/v1/prices", form))["id"])

    async def _customer(self, number: int, now: int, spread_hours: int) -> None:
        country = self._dice.choice(("GB", "GB", "DE"))
        who = {
            "name": f"Pia {number}",
            "email": f"pia{number}@{self.name.lower()}.example",
            "address[country]": country,
        }
        customer = (await self._post("/v1/customers", who))["id"]
        # the days make each card's number its own; the last digits say after how many declines the bank relents
        trouble = self._dice.choice(TROUBLES).format(days=100 + number)
        token = f"pm_sim_decline_{trouble}_n{self._dice.choice((2, 2, 3, 3, 4, 5, 9))}"
        method = (await self._post(f"/v1/payment_methods/{token}/attach", {"customer": customer}))["id"]
        await self._post(f"/v1/customers/{customer}", {"invoice_settings[default_payment_method]": method})
        self.people.append(Person(self, who["email"], customer, method))
        if number % HAS_ANOTHER_CARD == 0:
            await self._post("/v1/payment_methods/pm_card_amex/attach", {"customer": customer})
        trial = now + self._dice.randrange(600, spread_hours * HOUR)
        wish = {"customer": customer, "items[0][price]": self._prices[number % len(self._prices)], "trial_end": trial}
        for _ in range(2 if number % OWES_TWICE == 0 else 1):
            self.subscriptions.append((await self._post("/v1/subscriptions", wish))["id"])

    async def bank_says(self, person: Person, behavior: str) -> None:
        """From now on the bank of this person's card does so: `ok`, or as a test token spells it."""
        await self.pull("card", payment_method=person.method, behavior=behavior)

    async def somebody_acts(self) -> str:
        """A customer or the merchant does something at Stripe behind our back; what it was."""
        status, acts = self._dice.choices(tuple(ACTS.items()), (4, 1))[0]
        concerned = [row for row in (await self.look("summary"))["invoices"] if row["status"] == status]
        if not concerned:
            return ""
        invoice, act = self._dice.choice(concerned), self._dice.choices(tuple(acts), tuple(acts.values()))[0]
        try:
            await self._act(act, invoice)
        except httpx.HTTPStatusError as refused:
            if refused.response.status_code >= 500:
                raise
            return ""  # it was paid a moment ago, or the customer has gone
        return act

    async def _act(self, act: str, invoice: dict[str, Any]) -> None:
        match act:
            case "pays":
                await self.pull("pay", invoice=invoice["id"])
            case "new_card":
                card = {"customer": invoice["customer"]}
                method = (await self._post("/v1/payment_methods/pm_card_mastercard/attach", card))["id"]
                default = {"invoice_settings[default_payment_method]": method}
                await self._post(f"/v1/customers/{invoice['customer']}", default)
            case "voids":
                await self._post(f"/v1/invoices/{invoice['id']}/void", {})
            case "uncollectible":
                await self._post(f"/v1/invoices/{invoice['id']}/mark_uncollectible", {})
            case "leaves":
                assert self._http is not None
                (await self._http.delete(f"/v1/customers/{invoice['customer']}")).raise_for_status()
            case _:
                await self._move_money(act, invoice)

    async def _move_money(self, act: str, invoice: dict[str, Any]) -> None:
        match act:
            case "pays_a_part":
                await self._pay_a_part(invoice)
            case "credits":
                share = self._dice.choice((2, 3, 1))  # the whole of it, too
                note = {"invoice": invoice["id"], "amount": invoice["amount_remaining"] // share}
                await self._post("/v1/credit_notes", note)
            case "refunds" | "refund_fails":
                await self._give_back(invoice, fails=act == "refund_fails")
            case "disputes":
                decided = self._dice.choice(("", "won", "lost"))
                await self.pull("dispute", charge=invoice["charge"], status=decided)

    async def _give_back(self, invoice: dict[str, Any], *, fails: bool) -> None:
        """A third of it, and of each charge once in a second: Stripe's seconds would not tell what came after what."""
        now = (await self.look("state"))["now"]
        if self._given_back.get(invoice["charge"]) == now:
            return
        self._given_back[invoice["charge"]] = now
        made = await self._post("/v1/refunds", {"charge": invoice["charge"], "amount": invoice["amount_paid"] // 3})
        if fails:
            await self.pull("fail_refund", refund=made["id"])

    async def _pay_a_part(self, invoice: dict[str, Any]) -> None:
        """By bank transfer, as Stripe tells of it: a payment of its own, put to the invoice."""
        part = {"amount": invoice["amount_remaining"] // 2, "currency": invoice["currency"], "confirm": "true"}
        part |= {"customer": invoice["customer"], "payment_method": "pm_card_visa", "off_session": "true"}
        intent = (await self._post("/v1/payment_intents", part))["id"]
        await self._post(f"/v1/invoices/{invoice['id']}/attach_payment", {"payment_intent": intent})

    async def end(self) -> None:
        """End the process; its ledger stays."""
        if self._http is not None:
            await self._http.aclose()
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()
