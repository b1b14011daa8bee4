"""The controls of the built-in simulator: move its clock, read its own ledger. Only the demo uses them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

PATIENCE_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Moved:
    """What happened while the simulated world's clock moved."""

    now: datetime
    next_at: datetime | None
    next_visit_at: datetime | None  # when the next person looks at one of our pages
    events: int
    delivered: int
    failed_deliveries: int


def _instant(unix: int | None) -> datetime | None:
    return None if unix is None else datetime.fromtimestamp(unix, UTC)


class SimulatedWorld:
    """One running simulator. Raises httpx.HTTPError when it is gone."""

    def __init__(self, control_url: str) -> None:
        """`control_url` as the simulator prints it, such as http://127.0.0.1:4242/_sim."""
        self.url = control_url.rstrip("/").removesuffix("/_sim")
        self._http = httpx.Client(base_url=self.url, timeout=PATIENCE_SECONDS, trust_env=False)

    def _get(self, path: str) -> dict[str, Any]:
        answer = self._http.get(path)
        answer.raise_for_status()
        body: dict[str, Any] = answer.json()
        return body

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self._http.post(path, json=body)
        answer.raise_for_status()
        reply: dict[str, Any] = answer.json()
        return reply

    def now(self) -> datetime:
        """What the simulated world's clock shows."""
        return datetime.fromtimestamp(self._get("/_sim/state")["now"], UTC)

    def advance(self, to: datetime) -> Moved:
        """Live on until `to`: renewals, retries, people; every webhook is delivered before this returns."""
        moved = self._post("/_sim/advance", {"to": int(to.timestamp())})
        now = _instant(moved["now"])
        assert now is not None
        following, visit = _instant(moved["next_at"]), _instant(moved["next_visit_at"])
        return Moved(now, following, visit, moved["events"], moved["delivered"], moved["failed_deliveries"])

    def fill(self, **shop: Any) -> dict[str, Any]:  # noqa: ANN401 - the simulator's own parameters
        """Open a shop with customers in it."""
        return self._post("/_sim/shop", shop)

    def summary(self) -> dict[str, Any]:
        """Every invoice that ever failed, and what became of it, by the simulator's own books."""
        return self._get("/_sim/summary")

    def ledger(self) -> list[dict[str, Any]]:
        """Every attempt to charge anything, by the simulator's own books."""
        attempts: list[dict[str, Any]] = self._get("/_sim/ledger")["attempts"]
        return attempts

    def mails(self) -> list[dict[str, Any]]:
        """Every mail that arrived."""
        answer = self._http.get("/_mailbox/messages.json")
        answer.raise_for_status()
        body = answer.json()
        mails: list[dict[str, Any]] = body["messages"] if isinstance(body, dict) else body
        return mails
