"""The pages that are measured, and their measuring; imported only once Django is awake."""

from __future__ import annotations

import gc
import statistics
from collections.abc import Mapping, Sequence
from typing import Final

from django.test import Client

from bench import machine
from tideover.dashboard.cases.filters import SORTS
from tideover.recovery.models import Case
from tideover.tenants.models import Connection, Member, User
from tideover.tenants.roles import Role

FILTERS: Final = [
    "", "state=failing", "state=recovered", "family=card_dead", "via=card_page", "currency=eur", "attention=1",
    "range=30d", "range=30d&dated=ended", "state=abandoned&family=expired", "state=recovered&via=email&currency=eur",
]  # fmt: skip
DEPTHS: Final = (0.02, 0.5, 0.99)  # of all cases: from there a page is asked for
SINGLE_CASES: Final = 20


def measure(connection: Connection, cases: int, rounds: int) -> Mapping[str, Mapping[str, object]]:
    """By page: the median and the 95th percentile in ms, and the address that took longest."""
    browser = _browser(connection)
    gc.collect()
    gc.freeze()
    return {page: _times(browser, asked, rounds) for page, asked in _addresses(cases).items()}


def _browser(connection: Connection) -> Client:
    owner = User.objects.create_user("owner@merchant.example", "correct horse battery staple", "Owner")
    Member.objects.create(organization=connection.organization, user=owner, role=Role.OWNER)
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(owner)
    return browser


def _addresses(cases: int) -> Mapping[str, Sequence[str]]:
    deep = [Case.objects.get(invoice_id=f"in_{int(cases * depth)}").public_id for depth in DEPTHS]
    places = ["", *(f"&after={name}" for name in deep), f"&before={deep[1]}"]
    orders = [f"{sign}{name}" for name in SORTS for sign in ("", "-")]
    single = [
        Case.objects.get(invoice_id=f"in_{int(cases * part / SINGLE_CASES)}").public_id for part in range(SINGLE_CASES)
    ]
    return {
        "home": ["/", "/?range=7d", "/?range=12m", "/?currency=eur"],
        "cases": [f"/cases/?{query}&sort={order}{place}" for query in FILTERS for order in orders for place in places],
        "status": ["/status/"],
        "case": [f"/cases/{name}/" for name in single],
        "analytics": ["/analytics/"],
        "search": ["/cases/?q=customer+77", "/cases/?q=nobody"],
    }


def _times(browser: Client, addresses: Sequence[str], rounds: int) -> Mapping[str, object]:
    took = [(_asked(browser, address), address) for _ in range(rounds + 1) for address in addresses]
    took = sorted(took[len(addresses) :])  # the first round warms up
    milliseconds = [each for each, _ in took]
    p95 = milliseconds[-(-len(milliseconds) * 95 // 100) - 1]
    return {"p50": round(statistics.median(milliseconds), 1), "p95": round(p95, 1), "slowest": took[-1][1]}


def _asked(browser: Client, address: str) -> float:
    with machine.stopwatch() as seconds:
        answer = browser.get(address)
        b"".join(answer)
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answered {answer.status_code}")
    return seconds[0] * 1000
