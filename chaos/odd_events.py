"""Events as Stripe would never send them: signed all the same, and odd in one place or in a few."""

from __future__ import annotations

import copy
import hmac
import json
from collections.abc import Iterator
from random import Random
from typing import Any, Final

import httpx

from chaos.evidence import Evidence

KINDS: Final = (
    "invoice.payment_failed",
    "invoice.paid",
    "invoice_payment.paid",
    "customer.updated",
    "customer.subscription.deleted",
    "payment_method.attached",
    "charge.refunded",
    "charge.dispute.created",
    "credit_note.created",
    "account.application.deauthorized",
    "payout.paid",
)
THING: Final[dict[str, Any]] = {
    "id": "in_odd", "customer": "cus_odd", "invoice": "in_odd", "charge": "ch_odd", "ended_at": 1_786_320_000,
    "cancellation_details": {"reason": "payment_failed"}, "card": {"brand": "visa", "fingerprint": "Xt5EWLLDS7FJjR1c"},
    "amount_refunded": 9900, "status": "open",
}  # fmt: skip
VALUES: Final[tuple[Any, ...]] = (
    None, "", "x" * 5_000, "a\0b", -1, 1.5, 10**30, True, [], [[]], {}, {"id": 5}, {"id": "in_expanded"}, [{"id": "x"}],
)  # fmt: skip
LONG_AGO: Final = "9" * 309  # more digits than a float takes


class OddEvents:
    """Sends them through the door of merchants, with a good signature or, seldom, with an odd one."""

    def __init__(self, seed: int, evidence: Evidence) -> None:
        self._dice, self._evidence, self._count = Random(f"{seed} odd"), evidence, 0

    async def knock(self, url: str, merchant: dict[str, str], count: int) -> None:
        """Send some; what the door says of them is written down by whom they pass."""
        async with httpx.AsyncClient(base_url=url, timeout=20, trust_env=False) as door:
            for _ in range(count):
                self._count += 1
                event = self._event()
                body = json.dumps(event).encode()
                self._evidence.odd(event["id"])
                try:
                    headers = {"stripe-signature": self._signature(body, merchant["secret"])}
                    await door.post(f"/hooks/stripe/{merchant['hook']}", content=body, headers=headers)
                except httpx.HTTPError:
                    continue  # lost on the way, and Stripe does not send it again

    def _event(self) -> dict[str, Any]:
        event = {
            "object": "event", "id": f"evt_odd{self._count:024}", "type": KINDS[self._count % len(KINDS)],
            "created": int(self._evidence.product_time()), "livemode": False,
            "data": {"object": copy.deepcopy(THING)},
        }  # fmt: skip
        for _ in range(self._dice.choice((1, 1, 2, 3))):
            of, field = self._dice.choice(list(_places(event["data"])))
            of[field] = copy.deepcopy(self._dice.choice(VALUES))
        return event

    def _signature(self, body: bytes, secret: str) -> str:
        if self._dice.random() < 0.1:
            return f"t={LONG_AGO},v1=00"
        at = int(self._evidence.product_time())
        return f"t={at},v1={hmac.digest(secret.encode(), f'{at}.'.encode() + body, 'sha256').hex()}"


def _places(of: Any) -> Iterator[tuple[dict[str, Any], str]]:  # noqa: ANN401 - JSON
    for field, value in list(of.items()):
        yield of, field
        if isinstance(value, dict):
            yield from _places(value)
