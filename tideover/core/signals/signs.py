"""Who opened a message or followed its link: a person, a machine, or nobody can tell; by the sign that gave it away.

Most of what loads a picture or follows a link is no person: mail programs fetch pictures before anybody looks, and
security scanners follow links before a mail is delivered. What speaks for neither stays unknown, and counts for nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from tideover.core.signals import agents
from tideover.core.signals.origins import PROVIDERS, Origin

TOO_SOON: Final = timedelta(seconds=2)  # within it nobody gets a message, opens it and follows its link
SOON: Final = timedelta(seconds=10)  # within it a browser may be a scanner's as well
AT_ONCE: Final = timedelta(seconds=1)  # two different links within it: nobody clicks as fast
CROWD: Final = 5  # the links of so many people's messages, from one place within a minute


class Who(StrEnum):
    """Who it was; what stands first overrules what follows."""

    PERSON = "person"
    UNKNOWN = "unknown"
    MACHINE = "machine"


class Sign(StrEnum):
    """What gave it away."""

    ACTED = "acted"  # they pressed a button on the page
    IMAGE_CACHE = "image-cache"  # a mail service that fetches a picture when the mail is opened, and not before
    MAIL_PROGRAM = "mail-program"
    BROWSER = "browser"
    SOON = "soon"  # a browser, but within seconds
    PROVIDER = "provider"  # a browser, but in the network of a mail service
    ODD = "odd"  # nothing that is known to be a person's or a machine's
    EARLIER = "earlier"  # from before signals were kept
    APPLE_PROXY = "apple-proxy"  # fetches every picture, also of mails that nobody opens
    GMAIL_PREFETCH = "gmail-prefetch"
    SCANNER = "scanner"
    PREVIEW = "preview"  # a chat or a search engine that draws a card of the link
    PROGRAM = "program"
    HEAD = "head"  # it was asked what is there, without looking at it
    AT_ONCE = "at-once"
    CROWD = "crowd"
    TOO_SOON = "too-soon"


WHO: Final[Mapping[Sign, Who]] = {
    Sign.ACTED: Who.PERSON,
    Sign.IMAGE_CACHE: Who.PERSON,
    Sign.MAIL_PROGRAM: Who.PERSON,
    Sign.BROWSER: Who.PERSON,
    Sign.SOON: Who.UNKNOWN,
    Sign.PROVIDER: Who.UNKNOWN,
    Sign.ODD: Who.UNKNOWN,
    Sign.EARLIER: Who.UNKNOWN,
    Sign.APPLE_PROXY: Who.MACHINE,
    Sign.GMAIL_PREFETCH: Who.MACHINE,
    Sign.SCANNER: Who.MACHINE,
    Sign.PREVIEW: Who.MACHINE,
    Sign.PROGRAM: Who.MACHINE,
    Sign.HEAD: Who.MACHINE,
    Sign.AT_ONCE: Who.MACHINE,
    Sign.CROWD: Who.MACHINE,
    Sign.TOO_SOON: Who.MACHINE,
}


class Asked(StrEnum):
    """What was asked for."""

    PICTURE = "picture"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Signal:
    """One request for a picture or a link of a message, as it came in.

    method: GET, HEAD or POST. agent: what the program calls itself. after: since the message left; None where it is of
    none. at_once: another of its links was asked for in the same second. crowd: so were the links of many people.
    """

    asked: Asked
    method: str
    agent: str
    origin: Origin
    after: timedelta | None = None
    at_once: bool = False
    crowd: bool = False


def sign_of(signal: Signal) -> Sign:
    """The first sign that holds: proofs, then what is surely a machine, then what is surely a person."""
    return next((sign for sign, holds in _RULES if holds(signal)), Sign.ODD)


def _within(span: timedelta) -> Callable[[Signal], bool]:
    return lambda signal: signal.after is not None and signal.after < span


def _picture(matches: Callable[[str], bool]) -> Callable[[Signal], bool]:
    """What is told by the agent alone, and of a picture alone: nobody follows a link with it."""
    return lambda signal: signal.asked == Asked.PICTURE and matches(signal.agent)


def _agent(matches: Callable[[str], bool]) -> Callable[[Signal], bool]:
    return lambda signal: matches(signal.agent)


def _is_scanner(signal: Signal) -> bool:
    return signal.origin == Origin.SCANNER or agents.is_scanner(signal.agent)


def _browser(holds: Callable[[Signal], bool]) -> Callable[[Signal], bool]:
    return lambda signal: holds(signal) and agents.is_browser(signal.agent)


_RULES: Final[Sequence[tuple[Sign, Callable[[Signal], bool]]]] = (
    (Sign.ACTED, lambda signal: signal.method == "POST"),
    (Sign.HEAD, lambda signal: signal.method == "HEAD"),
    (Sign.GMAIL_PREFETCH, _agent(agents.is_gmail_prefetch)),
    (Sign.APPLE_PROXY, _picture(agents.is_apple_proxy)),
    (Sign.SCANNER, _is_scanner),
    (Sign.PREVIEW, _agent(agents.is_preview)),
    (Sign.PROGRAM, _agent(agents.is_program)),
    (Sign.AT_ONCE, lambda signal: signal.at_once),
    (Sign.CROWD, lambda signal: signal.crowd),
    (Sign.TOO_SOON, _within(TOO_SOON)),
    (Sign.IMAGE_CACHE, _picture(agents.is_image_cache)),
    (Sign.MAIL_PROGRAM, _picture(agents.is_mail_program)),
    (Sign.PROVIDER, _browser(lambda signal: signal.origin in PROVIDERS)),
    (Sign.SOON, _browser(_within(SOON))),
    (Sign.BROWSER, _agent(agents.is_browser)),
)
