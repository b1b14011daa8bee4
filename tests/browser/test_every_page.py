"""Every page in every state and look: accessible, and no wider than the screen. `make screenshots` keeps the pictures.

The pages are those that tests/architecture/test_addresses.py knows: a page that is added is looked at here too.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

pytest.importorskip("axe_playwright_python", reason="axe is not installed (requirements/e2e.txt)")

from tests import factories as make
from tests.architecture.test_addresses import FOR_STRANGERS, HERS, OWN, World
from tests.browser.test_dashboard import violations
from tests.people import Person, colleague, owner
from tests.rooms.dashboard.frame.test_errors import WithBroken
from tests.rooms.dashboard.shop import rich_shop
from tideover.tenants.roles import Role

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MOST_LINES: Final = 4  # of a heading, also on a phone
SQUEEZED: Final = f"""[...document.querySelectorAll("h1, h2, h3")]
    .filter(title => title.offsetHeight > {MOST_LINES} * parseFloat(getComputedStyle(title).lineHeight) * 1.2)
    .map(title => title.textContent)"""
KEPT: Final = os.environ.get("SCREENSHOTS", "")  # the folder for the pictures; without it none is made
LOOKS: Final = {
    "light": {},
    "dark": {"dark": True},
    "phone": {"phone": True},
    "dark-phone": {"dark": True, "phone": True},
}
# The suite looks at each state in the looks that differ most; the pictures are of all.
SEEN: Final = {"data": ("light", "dark-phone"), "empty": ("light",), "reader": ("dark-phone",), "wrong": ("light",)}
COMBINATIONS: Final = [(state, look) for state, seen in SEEN.items() for look in (LOOKS if KEPT else seen)]


@dataclass(frozen=True)
class Seen:
    """What one state shows: who looks, and at which addresses, by the name of the picture."""

    person: Person | None
    pages: dict[str, str]


def with_data(world: World) -> Seen:
    """An owner, a shop of some months, colleagues, and something to do."""
    return Seen(world.alice, pages_of(world.alice.browser(), addresses(world)))


def empty(world: World) -> Seen:
    """The owner of an organization in which nothing has happened yet."""
    newcomer = owner("Nina", "Newcomer")
    return Seen(newcomer, pages_of(newcomer.browser(), {name: reverse(name) for name in OWN}))


def reader(world: World) -> Seen:
    """Who may only read: pages without their buttons, and refusals."""
    person = colleague("Carol", world.alice, Role.ANALYST)
    return Seen(person, pages_of(person.browser(), addresses(world)))


def wrong(world: World) -> Seen:
    """What is not there, and what broke."""
    return Seen(world.alice, {"absent": "/nowhere/", "broken": "/broken/"})


STATES: Final[dict[str, Callable[[World], Seen]]] = {
    "data": with_data,
    "empty": empty,
    "reader": reader,
    "wrong": wrong,
}


def addresses(world: World) -> dict[str, str]:
    own = {name: reverse(name) for name in OWN if name not in FOR_STRANGERS}
    return {**own, **{name: reverse(name, kwargs=ids(world)) for name, ids in HERS.items()}}


def pages_of(browser: Client, addresses: dict[str, str]) -> dict[str, str]:
    """Those that are whole pages: not parts, files, mails in a frame, or what only takes a form."""
    answers = {name: browser.get(address) for name, address in addresses.items()}
    return {name.partition(":")[2]: addresses[name] for name, answer in answers.items() if _is_a_page(answer)}


def _is_a_page(answer: HttpResponse) -> bool:
    shown = answer.status_code in {200, 403} and not answer.streaming and b"<html" in answer.content
    return shown and "sandbox" not in answer.headers.get("Content-Security-Policy", "")


@pytest.fixture
def world(alice, present) -> World:
    shop = rich_shop(make.make_connection(alice.project), present, cases=60)
    colleague("Dave", alice, Role.SUPPORT)
    case = next(case for case in shop if case.state == "failing" and case.attention)
    make.make_action(case)
    make.make_fact(case)
    make.make_attempt(case, at=present)
    return World(alice, case, make.make_message(case, at=present))


@pytest.mark.parametrize(("state", "look"), COMBINATIONS, ids=["-".join(pair) for pair in COMBINATIONS])
def test_every_page_is_accessible_and_fits(signed_in, settings, world, state, look):
    settings.ROOT_URLCONF = WithBroken
    seen = STATES[state](world)
    page = signed_in(seen.person, **LOOKS[look])
    problems = []
    for name, address in seen.pages.items():
        page.goto(address)
        keep(page, f"{name}-{state}-{look}")
        problems += [(name, each) for each in violations(page)]
        if page.evaluate("document.documentElement.scrollWidth") > page.viewport_size["width"]:
            problems.append((name, "is wider than the screen"))
        problems += [(name, f"squeezes the heading {title!r}") for title in page.evaluate(SQUEEZED)]
    assert problems == []


@pytest.mark.parametrize("look", LOOKS if KEPT else ["dark"])
def test_every_page_for_strangers_is_accessible_and_fits(open_page, live_server, db, look):
    page = open_page(base_url=live_server.url, **LOOKS[look])
    for name, address in pages_of(Client(), {name: reverse(name) for name in sorted(FOR_STRANGERS)}).items():
        page.goto(address)
        keep(page, f"{name}-stranger-{look}")
        assert violations(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"], name


def keep(page, name: str) -> None:
    """The picture of the whole page, where pictures are wanted."""
    if KEPT:
        page.screenshot(path=Path(KEPT) / f"{name}.png", full_page=True)
