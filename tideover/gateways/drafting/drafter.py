"""A language model that a merchant chose, asked once for a text: what it is told, what it answers, and where it stands.

The library that speaks to it is an extra of the installation. `gateways.drafting.language_model` alone imports it, and
that is imported as late as here: neither the server nor a worker loads it before the first text is asked for.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.util import find_spec
from ipaddress import ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from tideover.gateways.answers import NotPossible, Unreachable

INSTALL: Final = "pip install 'tideover[ai]'"
NOT_INSTALLED: Final = f"What speaks to language models is not installed here. Install it with: {INSTALL}"
INSIDE: Final = "It leads into our own network, and the operator has not named it in TIDEOVER_DRAFTS_NETWORKS."
NO_ADDRESS: Final = "It is no address such as https://api.example.com/v1."
UNSAFE: Final = "It begins with https://, so that your key and your words are read by nobody on the way."
LIBRARY: Final = "pydantic_ai"


class Provider(StrEnum):
    """How a model is spoken to."""

    OPENAI = "openai"  # or whatever speaks as OpenAI does
    ANTHROPIC = "anthropic"


AT: Final = {Provider.OPENAI: "https://api.openai.com/v1", Provider.ANTHROPIC: "https://api.anthropic.com"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model, and what lets us in. inside: networks of our own that it may stand in, as the operator allows."""

    provider: Provider
    address: str
    model: str
    secret: str = field(repr=False)
    inside: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """All that leaves the house."""

    instructions: str
    request: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back, as it came: nothing of it is looked at here. blocks: kind and words of each."""

    subject: str = ""
    preheader: str = ""
    heading: str = ""
    blocks: tuple[tuple[str, str], ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0


def is_installed() -> bool:
    """Whether a model can be asked at all; nothing is loaded by the question."""
    return find_spec(LIBRARY) is not None


def problem_of(address: str, inside: Sequence[str]) -> str:
    """Why no model is asked at this address; empty where one may be."""
    try:
        where(address, inside)
    except NotPossible as no:
        return str(no)
    except Unreachable as none:
        return f"{str(none).capitalize()}."
    return ""


def where(address: str, inside: Sequence[str]) -> str:
    """The address in numbers that a call goes to, and to no other. Raises NotPossible, Unreachable.

    The name is looked up once: asked again a moment later it may lead into our own network.
    """
    host = _host(address)
    if not host:
        raise NotPossible(NO_ADDRESS)
    found = _addresses(host)
    ours = [_is_ours(each, inside) for each in found]
    if any(not each and not ip_address(at).is_global for each, at in zip(ours, found, strict=True)):
        raise NotPossible(INSIDE)
    if not (address.startswith("https://") or all(ours)):
        raise NotPossible(UNSAFE)
    return found[0]


def ask(endpoint: Endpoint, told: Told) -> Answered:
    """The model's answer, asked for once; call outside transactions.

    Raises LockedOut, Busy, Unreachable, Garbled; and NotPossible where waiting alone does not help.
    """
    if not is_installed():
        raise NotPossible(NOT_INSTALLED)
    from tideover.gateways.drafting import language_model  # noqa: PLC0415 - it takes seconds, and most never need it

    return language_model.ask(endpoint, told, where(endpoint.address, endpoint.inside))


def _host(address: str) -> str:
    """Whom an address of the web names; empty where it is none that a model is asked at."""
    try:
        parts = urlsplit(address)
        fine = parts.scheme in {"http", "https"} and not (parts.username or parts.query or parts.fragment)
        host = (parts.hostname or "") if fine and parts.port != 0 else ""
    except ValueError:
        return ""
    return host


def _addresses(host: str) -> Sequence[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreachable(f"nobody is known by the name {host}") from None
    return [str(entry[4][0]).partition("%")[0] for entry in found]


def _is_ours(address: str, inside: Sequence[str]) -> bool:
    at = ip_address(address)
    return any(at in ip_network(network) for network in inside if ip_network(network).version == at.version)
