"""What a provider is: what a merchant is asked for, what is asked of its API, and how its answers are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

import orjson

from tideover.gateways.answers import LockedOut, Unknown, Unreachable
from tideover.gateways.mailers.account import Account, Envelope
from tideover.gateways.transport import Accepted, Refused
from tideover.gateways.words import printable

Headers = Mapping[str, str]
TAKEN: Final = range(200, 300)
TOO_MANY: Final = 429
# The key, what is owed, what it may, or whose domain it is: all of it is the account's, and nothing is of the mail.
OF_THE_ACCOUNT: Final = frozenset({401, 402, 403, 404})
NOT_CERTAIN: Final = frozenset({408, 409})
SERVER_ERROR: Final = 500
TAG: Final = "tideover_message"  # under which name our own name for a mail goes along


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it goes out. key: by it the provider knows a request that is repeated; empty where it cannot."""

    method: str
    url: str
    headers: Headers = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    key: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer. Names of headers are in small letters."""

    status: int
    body: bytes
    headers: Headers = field(default_factory=dict)

    @property
    def said(self) -> Mapping[str, Any]:
        """The object that it consists of; an empty one where it is none."""
        try:
            said = orjson.loads(self.body)
        except ValueError:
            return {}
        return said if isinstance(said, dict) else {}


class Trouble(Enum):
    """What a refusal is about, where its status alone does not say it."""

    ACCOUNT = "account"
    NO_SUCH_MAILBOX = "no such mailbox"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Option:
    """Something that a merchant types or chooses beside the secret; with choices, the first is the default."""

    name: str
    label: str
    help: str
    shape: str = r".{1,120}"
    choices: Sequence[tuple[str, str]] = ()
    default: str = ""
    required: bool = True

    def problem(self, value: str) -> str:
        """What is wrong with it, in a sentence; empty where nothing is."""
        if not value:
            return "This is missing." if self.required else ""
        fits = value in dict(self.choices) if self.choices else bool(re.fullmatch(self.shape, value))
        return "" if fits else f"This is none. {self.help}"


@dataclass(frozen=True, slots=True)
class Api:
    """How a provider is spoken to.

    asks: a mail, as it is handed over. taken: its name in an answer that says so. said: the code and the words of one
    that does not. troubles: what codes mean. looks, about: a read by which a key is checked, and the account's name in
    its answer; about raises LockedOut and Unreachable.
    """

    asks: Callable[[Account, Envelope], Asked]
    taken: Callable[[Answered], object]
    said: Callable[[Answered], tuple[str, str]]
    looks: Callable[[Account], Asked]
    about: Callable[[Answered], str]
    troubles: Mapping[str, Trouble] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Service:
    """A provider, as merchants see it. key_name: how it calls what lets us in. api: None where it is a mail server."""

    label: str
    key_name: str
    where: str
    api: Api | None
    options: Sequence[Option] = ()


def verdict(api: Api, answer: Answered) -> Accepted | Refused:
    """What an answer says of the mail. Raises Unknown where none can tell."""
    if answer.status in TAKEN:
        told = api.taken(answer)
        name = printable(told).strip("<>")[:200] if isinstance(told, str) else ""
        if not name:
            raise Unknown("the answer could not be read")
        return Accepted(name)
    if answer.status in NOT_CERTAIN or answer.status >= SERVER_ERROR:
        raise Unknown(f"the answer was {answer.status}, which does not say whether the mail was taken")
    code, words = api.said(answer)
    reason = printable(f"{answer.status} {words}".strip())[:280]
    trouble = api.troubles.get(code)
    if trouble == Trouble.LATER or answer.status == TOO_MANY or answer.status not in range(400, SERVER_ERROR):
        return Refused(permanent=False, reason=reason)
    if trouble == Trouble.ACCOUNT or (trouble is None and answer.status in OF_THE_ACCOUNT):
        return Refused(permanent=False, reason=reason, unasked=True, ours=True)
    return Refused(permanent=True, reason=reason, mailbox=trouble == Trouble.NO_SUCH_MAILBOX)


def let_in(answer: Answered, words: str) -> Mapping[str, Any]:
    """What an answer to a look says. Raises LockedOut for a key that is not taken, and Unreachable."""
    if answer.status in {400, *OF_THE_ACCOUNT}:
        raise LockedOut(printable(words)[:200] or f"the answer was {answer.status}")
    if answer.status not in TAKEN:
        raise Unreachable(f"the answer was {answer.status}")
    return answer.said


def as_json(url: str, headers: Headers, body: Mapping[str, Any]) -> Asked:
    """A request with an object."""
    return Asked("POST", url, {**headers, "content-type": "application/json"}, orjson.dumps(body))
