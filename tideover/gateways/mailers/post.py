"""Hands mails over to whom their merchant has chosen, each once; to the installation's server where they chose nobody.

What goes by HTTP goes by connections that all share, without cookies or redirects: no merchant's answer leads anywhere.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import httpx

from tideover.gateways.answers import Busy, LockedOut, Unknown, Unreachable
from tideover.gateways.email import Smtp
from tideover.gateways.mailers.account import Account, Envelope, Mail, Provider
from tideover.gateways.mailers.service import Answered, Api, Asked, verdict
from tideover.gateways.mailers.smtp import server_of
from tideover.gateways.mailers.table import SERVICES
from tideover.gateways.transport import Accepted, Refused, at_will

CONNECTIONS: Final = 8
CONNECT_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 30.0
TURN_SECONDS: Final = 5.0
MOST_BYTES: Final = 100_000  # of an answer
WHO_WE_ARE: Final = "Tideover"  # Resend answers nobody who does not say it
NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)


class Post:
    """The way out for mail. May be shared by threads.

    house: the installation's mail server. base: where providers are spoken to instead (the simulator). patience: for
    how long each is waited for, where a person waits.
    """

    def __init__(self, house: Smtp, base: str = "", *, patience: float = 0, connections: int = CONNECTIONS) -> None:
        self._house, self._base, self._hurried = house, base.rstrip("/"), patience
        self._answer_seconds = patience or ANSWER_SECONDS
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        self._wire = httpx.HTTPTransport(limits=limits, trust_env=False)
        self._turns = threading.BoundedSemaphore(connections)

    def send(
        self, sender: str, recipient: str, mail: Mail, leaving: Callable[[], None] = at_will, /
    ) -> Accepted | Refused:
        """As every transport. Raises Busy where all connections stay taken."""
        if mail.by is None:
            return self._house.send(sender, recipient, mail.letter, leaving)
        api = SERVICES[mail.by.provider].api
        if api is None:
            return server_of(mail.by, self._hurried).send(sender, recipient, mail.letter, leaving)
        with self._turn():
            asked = api.asks(mail.by, Envelope(sender, recipient, mail))
            leaving()
            return self._handed_over(api, asked)

    def look(self, account: Account) -> str:
        """How the provider knows the account, by a read. Raises LockedOut and Unreachable."""
        api = SERVICES[account.provider].api
        if api is None:
            if trouble := server_of(account, self._hurried or ANSWER_SECONDS).trouble():
                raise LockedOut(trouble)
            return account.options.get("host", "")
        try:
            return api.about(self._answered(api.looks(account)))
        except httpx.HTTPError as silent:
            raise Unreachable(f"there is no connection ({type(silent).__name__})") from None

    def close(self) -> None:
        """Close what is open; the next mail connects again."""
        self._house.close()
        self._wire.close()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=TURN_SECONDS):
            raise Busy("all connections to e-mail providers are taken")
        try:
            yield
        finally:
            self._turns.release()

    def _handed_over(self, api: Api, asked: Asked) -> Accepted | Refused:
        """With its key a request whose answer was lost is repeated once: the provider knows it, and sends it once."""
        try:
            return self._judged(api, asked)
        except Unknown:
            if not asked.key:
                raise
        again = self._judged(api, asked)
        if isinstance(again, Refused):  # that says nothing of the first time, whose answer is lost still
            raise Unknown("the answer was lost, and then it was refused to repeat it")
        return again

    def _judged(self, api: Api, asked: Asked) -> Accepted | Refused:
        try:
            return verdict(api, self._answered(asked))
        except NEVER_SENT as nobody:
            why = f"there is no connection ({type(nobody).__name__})"
            return Refused(permanent=False, reason=why, unasked=True)
        except httpx.HTTPError as lost:
            raise Unknown(f"the answer was lost: {type(lost).__name__}") from None

    def _answered(self, asked: Asked) -> Answered:
        """Raises httpx.HTTPError."""
        url = f"{self._base}/_mail/{asked.url.removeprefix('https://')}" if self._base else asked.url
        headers = {**asked.headers, "user-agent": WHO_WE_ARE}
        request = httpx.Request(asked.method, url, headers=headers, content=asked.body)
        seconds = httpx.Timeout(self._answer_seconds, connect=CONNECT_SECONDS)
        request.extensions["timeout"] = seconds.as_dict()
        response = self._wire.handle_request(request)
        try:
            body = b""
            for part in response.iter_bytes():
                body = (body + part)[:MOST_BYTES]
                if len(body) == MOST_BYTES:
                    break
            return Answered(
                response.status_code, body, {name.lower(): value for name, value in response.headers.items()}
            )
        finally:
            response.close()


def name_of(provider: Provider, options: Mapping[str, str]) -> str:
    """What people call whoever an account sends by."""
    server = f"your mail server {options.get('host', '')}"
    return server if provider == Provider.SMTP else SERVICES[provider].label
