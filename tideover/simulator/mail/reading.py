"""What a mail program shows of a message: its pixel, its links, the one that matters, and how to unsubscribe."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin, urlsplit

from tideover.simulator.mail.mailbox import Mail

_BRACKETED: Final = re.compile(r"<([^<>]+)>")
_BARE: Final = re.compile(r"https?://[^\s<>\"']+")
_OFFICIAL: Final = ("unsubscribe", "preferences", "privacy", "imprint", "terms")


@dataclass(frozen=True, slots=True)
class Letter:
    """A message's doors: `links` in the order of reading, `main` the one a reader would press."""

    links: tuple[str, ...]
    pictures: tuple[str, ...]
    main: str | None
    unsubscribe: str | None
    one_click: bool


class _Doors(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.pictures: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "a":
            _keep(self.links, named.get("href"))
        if tag == "img":
            _keep(self.pictures, named.get("src"))


def _keep(urls: list[str], url: str | None) -> None:
    if url and _leads(url) and url not in urls:
        urls.append(url)


def _leads(url: str) -> bool:
    """Whether a browser could follow it."""
    try:
        return url.startswith(("http://", "https://")) and bool(urlsplit(url).netloc)
    except ValueError:
        return False


def read(mail: Mail) -> Letter:
    """Find the doors. The sender's own server is told by its List-Unsubscribe address, else by the first link."""
    doors = _Doors()
    doors.feed(mail.html)
    links = doors.links or list(filter(_leads, (url.rstrip(".,;)") for url in _BARE.findall(mail.text))))
    unsubscribe = _unsubscribe(mail)
    home = origin(unsubscribe) if unsubscribe else None
    ours = [url for url in links if home is None or origin(url) == home]
    main = next((url for url in ours if url != unsubscribe and not _is_official(url)), None)
    home = home or (origin(main) if main else None)
    pictures = tuple(url for url in doors.pictures if home is None or origin(url) == home)
    one_click = mail.header("List-Unsubscribe-Post").lower() == "list-unsubscribe=one-click"
    return Letter(tuple(links), pictures, main, unsubscribe, one_click)


def _unsubscribe(mail: Mail) -> str | None:
    found = _BRACKETED.findall(mail.header("List-Unsubscribe"))
    return next((url.strip() for url in found if _leads(url.strip())), None)


def _is_official(url: str) -> bool:
    path = urlsplit(url).path.lower()
    return any(word in path for word in _OFFICIAL)


def origin(url: str) -> str:
    """Scheme, host and port: "http://127.0.0.1:8000"."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True, slots=True)
class CardPage:
    """The form of a page on which a customer renews their card, as a browser would read it."""

    setup_url: str
    done_url: str
    csrf: str


class _Form(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.form: dict[str, str | None] | None = None
        self.csrf = ""
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "form":
            self._inside = named.get("id") == "card-form"
            self.form = named if self._inside else self.form
        if tag == "input" and self._inside and named.get("name") == "csrfmiddlewaretoken":
            self.csrf = named.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "form"


def card_page(html: str, url: str) -> CardPage | None:
    """The card form of the page at `url`, or None when it has none (already paid, link no longer valid)."""
    parser = _Form()
    parser.feed(html)
    if parser.form is None:
        return None
    setup, done = parser.form.get("data-setup-url"), parser.form.get("data-done-url")
    if not setup or not done:
        return None
    return CardPage(urljoin(url, setup), urljoin(url, done), parser.csrf)
