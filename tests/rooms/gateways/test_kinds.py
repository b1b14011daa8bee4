"""What each kind of credential may do, operation by operation: what Stripe allows it, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import stripe

from tideover.gateways import app, consent
from tideover.gateways.answers import LockedOut, NotPossible, Unreachable
from tideover.gateways.app import Publisher, Spent
from tideover.gateways.consent import Platform
from tideover.gateways.kinds import CAPABILITIES, Kind
from tideover.gateways.permissions import asked_of
from tideover.gateways.stripe import Stripe
from tideover.gateways.way import client_with
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import running

START: Final = datetime.fromtimestamp(1_790_000_000, UTC)
OPERATIONS: Final[Mapping[str, Callable[[Stripe], object]]] = {
    "account": lambda stripe: stripe.account(),
    "feel": lambda stripe: stripe.feel(),
    "read_invoice": lambda stripe: stripe.read_invoice("in_none"),
    "list_events": lambda stripe: list(stripe.list_events(START, ["invoice.paid"])),
    "list_open_invoices": lambda stripe: list(stripe.list_open_invoices(START)),
    "list_overdue_invoices": lambda stripe: list(stripe.list_overdue_invoices(START, START)),
    "unpaid_invoices": lambda stripe: stripe.unpaid_invoices(),
    "webhook_endpoints": lambda stripe: stripe.webhook_endpoints(),
    "pay_invoice": lambda stripe: stripe.set_auto_advance("in_none", on=False, key="a"),
    "create_setup_intent": lambda stripe: stripe.create_setup_intent("cus_none", key="b"),
    "methods_kept": lambda stripe: stripe.methods_kept(["card"], key="e"),
    "create_webhook_endpoint": lambda stripe: stripe.create_webhook_endpoint("https://x.example", ["*"], key="c"),
    "delete_webhook_endpoint": lambda stripe: stripe.delete_webhook_endpoint("we_none"),
}
WRITES: Final = {name for name in OPERATIONS if name.startswith(("pay", "create", "delete", "methods"))}
# By kind and by whether it may write: the operations that Stripe refuses it.
REFUSED: Final[Mapping[tuple[Kind, bool], set[str]]] = {
    (Kind.KEY, False): WRITES | {"webhook_endpoints"},
    (Kind.KEY, True): set(),
    (Kind.CONSENT, False): WRITES,
    (Kind.CONSENT, True): set(),
    (Kind.APP, False): WRITES | {"webhook_endpoints", "account"},
    (Kind.APP, True): {"create_webhook_endpoint", "delete_webhook_endpoint", "webhook_endpoints", "account"},
}


@pytest.fixture(scope="module")
def world():
    with running(new_simulator(seed=3, start=1_790_000_000)) as found:
        yield found


def credential(world, kind: Kind, *, act: bool) -> str:
    if kind == Kind.KEY:
        names = [permission.name for permission in asked_of(act=act)]
        return str(world.pull("restricted_key", permissions=names)["key"])
    if kind == Kind.APP:
        return app.installed(publisher(world, act=act), app_code(world)).api_key
    return consent.agreed(platform(world), code(world, act=act)).api_key


def publisher(world, *, act: bool) -> Publisher:
    told = world.pull("app", permissions=list(app.asks(act=act)))
    return Publisher(told["link"], told["secret"], world.base_url)


def app_code(world) -> str:
    back = httpx.post(
        f"{world.base_url}/oauth/v2/authorize", data={"answer": "yes", "redirect_uri": "https://a.example"}
    )
    return parse_qs(urlsplit(back.headers["Location"]).query)["code"][0]


def platform(world) -> Platform:
    return Platform(world.sim.platform.client_id, world.sim.platform.secret, world.base_url)


def code(world, *, act: bool) -> str:
    asked = consent.page(platform(world), act=act, state="s", back="https://app.example/agreed/")
    question = {name: value for name, [value] in parse_qs(urlsplit(asked).query).items()}
    back = httpx.post(f"{world.base_url}/oauth/authorize", data={"answer": "yes", **question}).headers["Location"]
    return parse_qs(urlsplit(back).query)["code"][0]


@pytest.mark.parametrize("act", [False, True], ids=["observe", "act"])
@pytest.mark.parametrize("kind", Kind)
def test_each_kind_is_refused_what_the_table_says_and_nothing_else(world, kind, act):
    refused = set()
    gateway = Stripe(credential(world, kind, act=act), api_base=world.base_url, kind=kind, may_write=True)
    for name, operation in OPERATIONS.items():
        try:
            operation(gateway)
        except LockedOut:
            refused.add(name)
        except NotPossible:  # it may, and there is no such thing
            continue
    assert refused == REFUSED[kind, act]


def test_every_kind_says_what_it_can_do():
    assert set(CAPABILITIES) == set(Kind) == {kind for kind, _ in REFUSED}


def test_what_can_be_ended_by_us_is_ended_and_opens_nothing_any_more(world):
    token = credential(world, Kind.CONSENT, act=False)
    consent.end(platform(world), world.sim.keys.account)
    with pytest.raises(LockedOut):
        Stripe(token, api_base=world.base_url).feel()
    with pytest.raises(NotPossible, match="not connected to that account"):
        consent.end(platform(world), world.sim.keys.account)
    assert [kind for kind, can in CAPABILITIES.items() if can.ended_by_us] == [Kind.CONSENT]


def test_permissions_that_grow_are_felt_without_a_new_key(world):
    names = [permission.name for permission in asked_of(act=False)]
    key = world.pull("restricted_key", permissions=names)["key"]
    gateway = Stripe(key, api_base=world.base_url, may_write=True)
    with pytest.raises(LockedOut, match="rak_invoice_write"):
        OPERATIONS["pay_invoice"](gateway)
    world.sim.restricted[key] |= {"rak_invoice_write"}
    with pytest.raises(NotPossible):
        gateway.set_auto_advance("in_none", on=False, key="d")


# ── a Stripe App: what it cannot do, and its tokens ──


def test_an_app_may_expand_nothing_and_the_table_says_so(world):
    raw = client_with(credential(world, Kind.APP, act=True), world.base_url).v1
    for ask in (
        lambda: raw.invoices.list({"expand": ["data.customer"]}),
        lambda: raw.invoices.retrieve("in_none", {"expand": ["customer"]}),
        lambda: raw.setup_intents.create({"expand": ["customer"]}),
    ):
        with pytest.raises(stripe.PermissionError):
            ask()
    assert [kind for kind, can in CAPABILITIES.items() if not can.expands] == [Kind.APP]


def test_its_tokens_roll_and_each_is_good_for_one_exchange(world):
    of = publisher(world, act=False)
    first = app.installed(of, app_code(world))
    second = app.refreshed(of, first.refresh, key="r1")
    assert (second.account_id, second.refresh == first.refresh) == (world.sim.keys.account, False)
    Stripe(second.api_key, api_base=world.base_url, kind=Kind.APP).feel()
    with pytest.raises(Spent):
        app.refreshed(of, first.refresh, key="r2")


def test_what_was_agreed_to_does_not_grow_with_the_manifest(world):
    of = publisher(world, act=False)
    token = app.installed(of, app_code(world))
    of = publisher(world, act=True)
    gateway = Stripe(
        app.refreshed(of, token.refresh, key="g").api_key, api_base=world.base_url, kind=Kind.APP, may_write=True
    )
    with pytest.raises(LockedOut, match="rak_invoice_write"):
        gateway.set_auto_advance("in_none", on=False, key="e")


def test_a_token_opens_nothing_after_its_hour(world):
    token = credential(world, Kind.APP, act=False)
    world.sim.app.access[token] = world.sim.clock.now()
    with pytest.raises(LockedOut):
        Stripe(token, api_base=world.base_url, kind=Kind.APP).feel()


def test_a_wrong_key_of_the_operators_is_no_spent_token(world):
    of = publisher(world, act=False)
    wrong = Publisher(of.link, "sk_test_wrong", of.base)
    with pytest.raises(NotPossible) as refused:
        app.installed(wrong, app_code(world))
    assert not isinstance(refused.value, Spent)
    with pytest.raises(Unreachable):
        app.refreshed(Publisher(of.link, of.secret_key, "http://127.0.0.1:1"), "rt_1", key="x")
