"""From an empty database to the first recovery in a real browser: every field and click of a person is counted.

Once by Stripe's consent, once by a restricted key. A field costs a person five seconds, a click two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import stripe

pytest.importorskip("axe_playwright_python", reason="axe is not installed (requirements/e2e.txt)")

from playwright.sync_api import Locator, expect

from tests.fakes import FakeMail
from tests.people import PASSWORD
from tideover import clock
from tideover.config import config
from tideover.core.catalogue import Channel
from tideover.flow.stripe import stripe_for
from tideover.recovery.effects import Effects
from tideover.recovery.models import Case
from tideover.simulator.account.world import Settings, new_simulator
from tideover.simulator.embedded import Running, running
from tideover.tenants.founding import setup_code
from tideover.tenants.models import Connection
from tideover.worker.loop import next_due, run_until_quiet

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SECONDS_A_FIELD, SECONDS_A_CLICK, MOST_SECONDS = 5, 2, 120
MOST_FIELDS_TO_CONNECT, MOST_CLICKS_TO_CONNECT = 1, 6
START = datetime.fromtimestamp(1_790_000_000, UTC)


@dataclass
class Hands:
    """A person before a browser, who counts."""

    page: Page
    fields: int = 0
    clicks: int = 0

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(label).fill(text)
        self.fields += 1

    def click(self, target: Locator) -> None:
        target.click()
        self.clicks += 1

    def follow(self, name: str) -> None:
        self.click(self.page.get_by_role("link", name=name, exact=True).first)

    def press(self, name: str) -> None:
        self.click(self.page.get_by_role("button", name=name))

    @property
    def seconds(self) -> int:
        return self.fields * SECONDS_A_FIELD + self.clicks * SECONDS_A_CLICK


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, live_server: Any) -> Iterator[Running]:
    """Stripe with an application of ours, and our server where its webhooks find it. It is START on both sides."""
    sim = new_simulator(seed=3, start=int(START.timestamp()), settings=Settings(smart_retries=False))
    with running(sim) as found:
        monkeypatch.setattr(config(), "stripe_api_base", found.base_url)
        monkeypatch.setattr(config(), "stripe_client_id", sim.platform.client_id)
        monkeypatch.setattr(config(), "stripe_secret_key", sim.platform.secret)
        monkeypatch.setattr(config(), "base_url", live_server.url)
        clock.travel_to(START)
        yield found
        clock.travel_to(None)


def by_consent(hands: Hands, _world: Running) -> None:
    """Two clicks, one of them on Stripe's page."""
    hands.follow("Agree to read and write")
    hands.press("Connect my Stripe account")


def by_key(hands: Hands, world: Running) -> None:
    """Stripe's own form comes filled in: there it is one click to make the key, and one to copy it."""
    hands.click(hands.page.get_by_role("radio", name="Act"))
    form = hands.page.get_by_role("link", name="Open Stripe's form for act mode")
    asked = parse_qs(urlsplit(str(form.get_attribute("href"))).query)
    key = world.pull("restricted_key", permissions=asked["permissions[]"])["key"]
    hands.clicks += 3  # the link to the form, and there: make, copy
    hands.fill("Restricted key", key)
    hands.press("Connect")


def a_renewal_fails(world: Running) -> Case:
    """A customer's card has no money on the day of the renewal, and has some a few days later."""
    v1 = stripe.StripeClient(world.sim.keys.secret, base_addresses={"api": world.base_url}).v1
    customer = v1.customers.create({"name": "Jane Payer", "email": "jane@payer.example"})
    card = v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    price = v1.prices.create(
        {
            "currency": "usd",
            "unit_amount": 9900,
            "recurring": {"interval": "month"},
            "product_data": {"name": "Pro, monthly"},
        }
    )
    subscription = v1.subscriptions.create(
        {"customer": customer.id, "items": [{"price": price.id}], "default_payment_method": card.id}
    )
    world.pull("card", payment_method=card.id, behavior="decline_insufficient_funds_n1")
    invoice = world.pull("renew", subscription=subscription.id)["invoice"]
    work()
    return Case.objects.get(invoice_id=invoice["id"])


def work() -> None:
    run_until_quiet(Effects(stripe_for=stripe_for, transports={Channel.EMAIL: FakeMail()}), clock.now())


def days_pass_until_it_is_paid(world: Running, case: Case) -> None:
    while case.state == Case.State.FAILING:
        at = next_due(clock.now())
        assert at is not None, "nothing more is planned"
        world.pull("advance", to=int(at.timestamp()) + 1)
        clock.travel_to(datetime.fromtimestamp(int(at.timestamp()) + 1, UTC))
        work()
        case.refresh_from_db()


@pytest.mark.parametrize("connect", [by_consent, by_key])
def test_the_first_recovery_takes_a_person_less_than_two_minutes(
    open_page: Callable[..., Page],
    live_server: Any,
    world: Running,
    connect: Callable[[Hands, Running], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    hands = Hands(open_page(base_url=live_server.url))
    hands.page.goto("/")
    hands.follow("Set it up")
    hands.fill("Set-up code", setup_code())
    hands.fill("Name of your company", "Fjord Data")
    hands.fill("Your email", "eve@newcomer.example")
    hands.fill("Choose a password", PASSWORD)
    hands.press("Create the account")
    hands.follow("Connections")
    before = (hands.fields, hands.clicks)
    hands.follow("Connect an account")
    connect(hands, world)
    expect(hands.page.get_by_text("is connected in act mode.")).to_be_visible()
    connecting = (hands.fields - before[0], hands.clicks - before[1])
    hands.follow("See what would happen")
    hands.press("Go live")
    expect(hands.page.get_by_text("is live: it charges and writes by its rules.")).to_be_visible()

    case = a_renewal_fails(world)
    days_pass_until_it_is_paid(world, case)
    assert (case.state, case.amount_recovered, Connection.objects.count()) == ("recovered", 9900, 1)
    hands.follow("Home")
    expect(hands.page.get_by_text("$99").first).to_be_visible()

    with capsys.disabled():
        told = f"{connecting[0]} field and {connecting[1]} clicks to connect"
        print(f"\n{connect.__name__}: {told}; {hands.fields} and {hands.clicks} in all, {hands.seconds} s")  # noqa: T201
    assert connecting[0] <= MOST_FIELDS_TO_CONNECT
    assert connecting[1] <= MOST_CLICKS_TO_CONNECT
    assert hands.seconds < MOST_SECONDS
