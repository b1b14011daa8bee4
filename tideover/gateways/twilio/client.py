"""Twilio: hands over one text message at a time, and says truly whether it was taken.

Twilio takes no idempotency key for a message: what was handed over and not answered is never handed over again.
https://www.twilio.com/docs/messaging/api/message-resource, https://www.twilio.com/docs/api/errors
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import requests

from tideover.gateways.answers import LockedOut, Unknown, Unreachable
from tideover.gateways.transport import Accepted, Refused, at_will
from tideover.gateways.words import printable

TWILIO: Final = "https://api.twilio.com"
CONNECT_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 20.0
A_YEAR_OF: Final = "2010-04-01"  # how Twilio calls the version of its API
TAKEN: Final = range(200, 300)
TOO_MANY: Final = 429
SERVER_ERROR: Final = 500
UNAUTHORIZED: Final = frozenset({401, 403})
# Numbers that nothing can be written to: none, no mobile one, or one that no network reaches.
NO_SUCH_NUMBER: Final = frozenset({21211, 21214, 21217, 21614, 30005, 30006})
BLOCKED: Final = 21610  # its owner has answered STOP to this sender
QUEUE_FULL: Final = frozenset({20429, 21611, 30001})
ACCOUNT_SID: Final = re.compile(r"AC[0-9a-f]{32}")
SERVICE_SID: Final = re.compile(r"MG[0-9a-f]{32}")
NUMBER: Final = re.compile(r"\+[1-9]\d{6,14}")


@dataclass(frozen=True, slots=True)
class Account:
    """A merchant's own account at Twilio."""

    sid: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Text:
    """What is sent, by whose account; and where Twilio tells what becomes of it."""

    account: Account
    body: str
    callback: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """What Twilio says of an account."""

    name: str
    status: str  # active, suspended or closed
    is_trial: bool


class Twilio:
    """Twilio's API. May be shared by threads."""

    def __init__(self, base: str = TWILIO, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._base, self._patience = base.rstrip("/"), (CONNECT_SECONDS, answer_seconds)

    def send(
        self, sender: str, recipient: str, text: Text, leaving: Callable[[], None] = at_will, /
    ) -> Accepted | Refused:
        """As every transport. sender: a number, or the id of a messaging service."""
        by = "MessagingServiceSid" if SERVICE_SID.fullmatch(sender) else "From"
        form = {"To": recipient, by: sender, "Body": text.body}
        if text.callback:
            form["StatusCallback"] = text.callback
        leaving()
        try:
            answer = self._asked("POST", text.account, "Messages.json", form)
        except requests.exceptions.ConnectTimeout:
            return Refused(permanent=False, reason="Twilio did not answer in time", unasked=True)
        except requests.exceptions.ConnectionError as lost:
            if _never_connected(lost):
                return Refused(permanent=False, reason="there is no connection to Twilio", unasked=True)
            raise Unknown("Twilio's answer was lost: the connection broke") from None
        except (requests.exceptions.RequestException, OSError) as lost:
            raise Unknown(f"Twilio's answer was lost: {type(lost).__name__}") from None
        return _verdict(answer)

    def about(self, account: Account) -> About:
        """The account as Twilio knows it. Raises LockedOut for wrong credentials, and Unreachable."""
        try:
            answer = self._asked("GET", account, ".json")
        except (requests.exceptions.RequestException, OSError) as lost:
            raise Unreachable(f"there is no connection to Twilio ({type(lost).__name__})") from None
        said = _json(answer)
        if answer.status_code in UNAUTHORIZED:
            raise LockedOut("Twilio does not take this Account SID with this Auth Token")
        if answer.status_code != requests.codes.ok or said is None:
            raise Unreachable(f"Twilio answered {answer.status_code}")
        return About(
            printable(str(said.get("friendly_name", "")))[:120],
            str(said.get("status", ""))[:20],
            is_trial=said.get("type") == "Trial",
        )

    def _asked(
        self, method: str, account: Account, path: str, form: Mapping[str, str] | None = None
    ) -> requests.Response:
        of = f"{self._base}/{A_YEAR_OF}/Accounts/{account.sid}"
        url = f"{of}{path}" if path.startswith(".") else f"{of}/{path}"
        # In bytes, since a token is typed: the library refuses letters beyond Latin-1.
        let_in = requests.auth.HTTPBasicAuth(account.sid.encode(), account.token.encode())
        with requests.Session() as session:
            session.trust_env = False
            return session.request(method, url, data=form, auth=let_in, timeout=self._patience, allow_redirects=False)


def _never_connected(lost: requests.exceptions.ConnectionError) -> bool:
    """Whether nothing was sent: there was nobody to send it to."""
    return "NewConnectionError" in repr(lost) or "NameResolutionError" in repr(lost)


def _json(answer: requests.Response) -> Mapping[str, Any] | None:
    try:
        said = answer.json()
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _verdict(answer: requests.Response) -> Accepted | Refused:
    """What an answer says of the message. Raises Unknown where none can tell."""
    said = _json(answer) or {}
    if answer.status_code in TAKEN:
        sid = printable(str(said.get("sid") or ""))[:64]
        if not sid:
            raise Unknown("Twilio's answer could not be read")
        return Accepted(sid)
    code = said.get("code") if isinstance(said.get("code"), int) else 0
    reason = printable(f"{code or answer.status_code} {said.get('message', '')}".strip())[:280]
    if answer.status_code == TOO_MANY or code in QUEUE_FULL:
        return Refused(permanent=False, reason=reason)
    if answer.status_code in UNAUTHORIZED and code in {0, 20003, 20005, 20008}:
        why = "Twilio does not let us in: the Account SID or the Auth Token is wrong, or the account is suspended"
        return Refused(permanent=False, reason=why, unasked=True, ours=True)
    if answer.status_code >= SERVER_ERROR:
        raise Unknown(f"Twilio answered {answer.status_code}, which does not say whether it took the message")
    return Refused(permanent=True, reason=reason, mailbox=code in NO_SUCH_NUMBER, opted_out=code == BLOCKED)
