"""What a domain publishes in DNS about the mail that is sent in its name: its texts, and SPF, DKIM and DMARC in them.

Gmail and Outlook take bulk mail only where all three are there and one of the first two is of the sender's own domain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import dns.exception
import dns.resolver

from tideover.gateways.answers import NotNow
from tideover.gateways.words import printable

SECONDS: Final = 4.0
FEWEST_LABELS: Final = 2


class Names(Protocol):
    """Whoever knows the texts of a domain."""

    def texts(self, name: str) -> list[str]:
        """The texts of this name; none where there are none. Raises NotNow where nobody answered."""


@dataclass(frozen=True, slots=True)
class Dns:
    """The name servers that this machine asks."""

    resolve: Callable[..., Any] = dns.resolver.resolve

    def texts(self, name: str) -> list[str]:
        """As they stand there, each put together from its parts."""
        try:
            found = self.resolve(name, "TXT", lifetime=SECONDS)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError, ValueError) as silent:
            raise NotNow(f"DNS does not tell of {printable(name)}: {type(silent).__name__}") from None
        return [b"".join(record.strings).decode("utf-8", "replace") for record in found]


@dataclass(frozen=True, slots=True)
class Record:
    """What is published, and what is wrong with it; no problem: nothing is."""

    value: str
    problem: str = ""


def domain_of(address: str) -> str:
    """The domain of a sender; empty where it has none that the world could ask about."""
    domain = address.rpartition("@")[2].strip().lower().rstrip(".")
    return domain if re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", domain) else ""


def spf(texts: Sequence[str], holds: str = "") -> Record:
    """Who may send for the domain (RFC 7208). holds: whom it must name."""
    found = [text for text in texts if re.match(r"v=spf1(\s|$)", text, re.IGNORECASE)]
    if not found:
        return Record("", "The domain says of no server that it may send for it.")
    if len(found) > 1:
        return Record(" · ".join(found), "There are several SPF records: receivers then take none of them.")
    if re.search(r"(^|\s)\+?all\b", found[0], re.IGNORECASE):
        return Record(found[0], "It ends with +all, which lets everybody send for the domain.")
    if holds and not re.search(rf"(:|=)([a-z0-9_-]+\.)*{re.escape(holds)}(\s|$)", found[0], re.IGNORECASE):
        return Record(found[0], f"It does not name {holds}, by which your mails go.")
    return Record(found[0])


def dkim(texts: Sequence[str]) -> Record:
    """The key that signatures are held against (RFC 6376)."""
    found = [text for text in texts if re.search(r"(^|;)\s*p=", text)]
    if not found:
        return Record("", "There is no key under this selector.")
    if re.search(r"(^|;)\s*p=\s*(;|$)", found[0]):
        return Record(found[0], "The key was taken back: its p= is empty.")
    return Record(_shortened(found[0]))


def dmarc(texts: Sequence[str]) -> Record:
    """What receivers are to do with mail that is neither (RFC 7489)."""
    found = [text for text in texts if re.match(r"v=dmarc1\s*(;|$)", text, re.IGNORECASE)]
    if not found:
        return Record("", "The domain does not say what is to be done with forged mail.")
    if len(found) > 1:
        return Record(" · ".join(found), "There are several DMARC records: receivers then take none of them.")
    if not re.search(r"(^|;)\s*p=\s*(none|quarantine|reject)\b", found[0], re.IGNORECASE):
        return Record(found[0], "It has no policy: p=none, p=quarantine or p=reject.")
    return Record(found[0])


def dmarc_names(domain: str) -> list[str]:
    """Where a policy for the domain may stand: at itself, then at each domain above it."""
    labels = domain.split(".")
    above = range(len(labels) - FEWEST_LABELS + 1)
    return [f"_dmarc.{'.'.join(labels[start:])}" for start in above]


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"
