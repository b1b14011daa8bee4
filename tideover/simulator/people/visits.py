"""A customer's browser: opens the app's pages over HTTP, fills in the card form, speaks to Stripe as Stripe.js does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urljoin

import httpx

from tideover.simulator.account.world import Simulator
from tideover.simulator.mail.reading import CardPage, card_page, origin
from tideover.simulator.shop.population import NewCard

AGENT: Final = "Mozilla/5.0 (simulated customer) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36"
SCANNER: Final = "Mozilla/5.0 (simulated mail scanner)"
CONFIRMABLE: Final = frozenset({"requires_payment_method", "requires_confirmation"})
_TIMEOUT: Final = 30.0


class Unreachable(Exception):  # noqa: N818 - it says what is the case
    """The page could not be had: nobody answers, or not with what was asked for."""


def _client(transport: httpx.AsyncBaseTransport, agent: str) -> httpx.AsyncClient:
    headers = {"User-Agent": agent}
    return httpx.AsyncClient(
        transport=transport, timeout=_TIMEOUT, follow_redirects=True, trust_env=False, headers=headers
    )


@dataclass
class Web:
    """The network as everybody's browsers share it. `transport` is set in tests that run without sockets."""

    sim: Simulator
    transport: httpx.AsyncBaseTransport = field(default_factory=httpx.AsyncHTTPTransport)

    def visit(self) -> Visit:
        """A fresh browser with no cookies."""
        return Visit(self.sim, _client(self.transport, AGENT))

    async def scan(self, urls: tuple[str, ...]) -> None:
        """Look at every link as mail gateways do: HEAD, then GET, without ever pressing anything."""
        client = _client(self.transport, SCANNER)
        for url in urls:
            for method in ("HEAD", "GET"):
                await _send(client, method, url)

    async def close(self) -> None:
        """Let go of all connections."""
        await self.transport.aclose()


async def _send(client: httpx.AsyncClient, method: str, url: str, **given: Any) -> httpx.Response:  # noqa: ANN401
    try:
        return await client.request(method, url, **given)
    except httpx.HTTPError as error:
        raise Unreachable(f"{method} {origin(url)}: {type(error).__name__}") from error  # no path: it holds a token


@dataclass
class Visit:
    """One visit: the cookies, and the card page once it was opened."""

    sim: Simulator
    client: httpx.AsyncClient
    page: CardPage | None = None
    url: str = ""

    async def open(self, url: str) -> bool:
        """Open a page; true when it has a card form."""
        answer = await _send(self.client, "GET", url)
        if answer.is_server_error:
            raise Unreachable(f"GET {origin(url)}: {answer.status_code}")
        self.url = str(answer.url)
        self.page = card_page(answer.text, self.url)
        return self.page is not None

    async def load(self, pictures: tuple[str, ...]) -> None:
        """Load a mail's pictures."""
        for url in pictures:
            await _send(self.client, "GET", url)

    async def unsubscribe(self, url: str) -> int:
        """Press the mail program's own unsubscribe button (RFC 8058); the status of the answer."""
        body = {"List-Unsubscribe": "One-Click"}
        return (await _send(self.client, "POST", url, data=body)).status_code

    async def begin(self, want: str = "") -> dict[str, Any]:
        """Ask the app for what Stripe.js needs: {"client_secret", "publishable_key", "intent"}, or {"state"} if over.

        `want` is "" for what the page itself proposes, "setup" for a new card.
        """
        return await self._post(self._page().setup_url, {"want": want} if want else {})

    async def finish(self, intent: str) -> dict[str, Any]:
        """Tell the app that Stripe.js is done with an intent: {"state", "message", …}."""
        return await self._post(self._page().done_url, {"intent": intent})

    async def _post(self, url: str, fields: dict[str, str]) -> dict[str, Any]:
        page = self._page()
        headers = {"Accept": "application/json", "Referer": self.url, "X-CSRFToken": page.csrf}
        body = {"csrfmiddlewaretoken": page.csrf, **fields}
        answer = await _send(self.client, "POST", urljoin(self.url, url), data=body, headers=headers)
        if answer.is_server_error or "json" not in answer.headers.get("content-type", ""):
            raise Unreachable(f"POST {origin(url)}: {answer.status_code}")
        found: dict[str, Any] = answer.json()  # a link that no longer opens or a visitor in a hurry gets a state too
        return found

    def _page(self) -> CardPage:
        if self.page is None:
            raise Unreachable(f"GET {origin(self.url)}: no card form")
        return self.page

    async def confirm(self, begun: dict[str, Any], card: NewCard, country: str) -> str:
        """What Stripe.js does with a client secret: confirm with the typed card, answer the bank. The intent's id.

        A payment that only waits for the bank is not confirmed again: the customer authenticates that very payment,
        or confirms it with the `payment_method` the app names.
        """
        secret, key = str(begun["client_secret"]), str(begun["publishable_key"])
        intent = secret.split("_secret_", maxsplit=1)[0]
        path = f"/v1/{'setup_intents' if intent.startswith('seti_') else 'payment_intents'}/{intent}"
        state = await self._stripe("GET", path, {"client_secret": secret, "key": key})
        if state.get("status") in CONFIRMABLE:
            named = begun.get("payment_method")
            method = {"payment_method": str(named)} if named else _typed(card, country)
            details = {"client_secret": secret, "key": key, "use_stripe_sdk": "true", **method}
            state = await self._stripe("POST", f"{path}/confirm", details)
        if state.get("status") == "requires_action":
            await self._stripe("POST", f"/_sim/3ds/{intent}", {"client_secret": secret, "outcome": "complete"})
        return intent

    async def _stripe(self, method: str, path: str, fields: dict[str, str]) -> dict[str, Any]:
        """Ask the simulator over the wire; a refused card is an ordinary answer, the page is told by the app."""
        url = self.sim.base_url + path
        given: dict[str, Any] = {"params": fields} if method == "GET" else {"data": fields}
        answer = await _send(self.client, method, url, headers={"Accept": "application/json"}, **given)
        found: dict[str, Any] = answer.json()
        return found


def _typed(card: NewCard, country: str) -> dict[str, str]:
    return {
        "payment_method_data[type]": "card",
        "payment_method_data[card][number]": card.number,
        "payment_method_data[card][exp_month]": str(card.exp_month),
        "payment_method_data[card][exp_year]": str(card.exp_year),
        "payment_method_data[card][cvc]": card.cvc,
        "payment_method_data[billing_details][address][country]": country,
    }
