"""A mail server of the merchant's own: which one may be asked for, and the way to it."""

from __future__ import annotations

import socket
from functools import lru_cache
from ipaddress import ip_address
from typing import Final, Literal

from tideover.gateways.email import Smtp
from tideover.gateways.mailers.account import Account
from tideover.gateways.mailers.service import Option, Service

CONNECTIONS: Final = 2
TLS_FROM_THE_START: Final = 465

SMTP: Final = Service(
    "SMTP",
    "Password",
    "Of who signs in at the server.",
    None,
    (
        Option("host", "Server", "Its name, as in smtp.example.com.", r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*"),
        Option(
            "port",
            "Port and protection",
            "587 with STARTTLS, or 465 with TLS.",
            choices=(("587", "587, STARTTLS"), ("465", "465, TLS"), ("2525", "2525, STARTTLS"), ("25", "25, STARTTLS")),
        ),
        Option("user", "User name", "Who signs in there.", r"[^\x00-\x1f]{1,200}"),
    ),
)


@lru_cache(maxsize=64)
def _kept(host: str, port: int, user: str, password: str) -> Smtp:
    """The way to a server, whose connections are kept."""
    return _way(host, port, user, password)


def _way(host: str, port: int, user: str, password: str, patience: float = 0) -> Smtp:
    tls: Literal["starttls", "tls"] = "tls" if port == TLS_FROM_THE_START else "starttls"
    if not patience:
        return Smtp(host, port, user, password, tls, connections=CONNECTIONS)
    return Smtp(
        host,
        port,
        user,
        password,
        tls,
        connections=1,
        timeout=patience,
        talk_timeout=patience,
        verdict_timeout=patience,
    )


def server_of(account: Account, patience: float = 0) -> Smtp:
    """The server of an account. With patience: while a person waits, by a connection of its own."""
    of = account.options
    named = of.get("host", ""), int(of.get("port", "587")), of.get("user", ""), account.secret
    return _way(*named, patience) if patience else _kept(*named)


def leads_inside(host: str) -> bool:
    """Whether a name leads to where only this machine and its neighbours are: no merchant's server stands there."""
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return False  # nobody is there to be spoken to, which is told when it is tried
    return any(not ip_address(str(each).partition("%")[0]).is_global for each in found)
