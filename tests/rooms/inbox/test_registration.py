"""Our endpoint at Stripe goes along with the public address, and no second one of ours is left behind."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from tests.factories import make_connection, make_project
from tests.fakes import NOW
from tideover import config
from tideover.gateways.answers import EndpointMade, EndpointRead, NotPossible, Unknown, Unreachable
from tideover.inbox import registration
from tideover.inbox.registration import (
    Did,
    NoRoom,
    Registered,
    endpoints_of,
    hook_of,
    leads_elsewhere,
    register,
    rotate,
    take_away,
)
from tideover.inbox.translate import ENDPOINT_EVENTS
from tideover.upkeep.rounds import keep_up

pytestmark = pytest.mark.django_db
ALL = frozenset(ENDPOINT_EVENTS)
OLD, NEW = "http://127.0.0.1:8000", "http://127.0.0.1:8103"


@dataclass
class Account:
    """The endpoints of one account, and every write with its key."""

    there: list[EndpointRead] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def webhook_endpoints(self):
        return list(self.there)

    def create_webhook_endpoint(self, url, events, *, key):
        assert key not in self.keys
        self.keys.append(key)
        made = EndpointRead(f"we_{len(self.keys)}", url, frozenset(events), enabled=True)
        self.there.append(made)
        return EndpointMade(made.id, f"whsec_{len(self.keys)}")

    def move_webhook_endpoint(self, endpoint_id, url, events, *, key):
        assert key not in self.keys, "Stripe would repeat an answer instead of doing it"
        self.keys.append(key)
        moved = {"url": url, "events": frozenset(events), "enabled": True}
        self.there = [replace(each, **moved) if each.id == endpoint_id else each for each in self.there]

    def delete_webhook_endpoint(self, endpoint_id):
        self.there = [each for each in self.there if each.id != endpoint_id]


@pytest.fixture
def at(monkeypatch):
    """Lets the public address be another one."""

    def moved(address):
        monkeypatch.setattr(config.config(), "base_url", address)

    moved(OLD)
    return moved


@pytest.fixture
def shop(at):
    return make_connection(webhook_secret="")


def test_an_endpoint_is_made_once_and_then_leads_here(shop):
    account = Account()
    assert [register(shop, account).did for _ in range(3)] == [Did.MADE, Did.NOTHING, Did.NOTHING]
    assert [(each.url, each.events) for each in account.there] == [(hook_of(shop), ALL)]
    shop.refresh_from_db()
    assert (shop.webhook_secret, shop.webhook_endpoint_id, shop.webhook_url) == ("whsec_1", "we_1", hook_of(shop))


def test_it_goes_along_with_the_public_address_and_back(shop, at):
    account = Account()
    register(shop, account)
    for address, before in ((NEW, OLD), (OLD, NEW), (NEW, OLD)):
        at(address)
        assert leads_elsewhere(shop)
        done = register(shop, account)
        assert (done.did, done.before.startswith(before)) == (Did.MOVED, True)
        assert [each.url for each in account.there] == [hook_of(shop)]
        assert not leads_elsewhere(shop)
    assert shop.webhook_secret == "whsec_1"


def test_one_that_was_deleted_at_stripe_is_made_again(shop):
    account = Account()
    register(shop, account)
    account.there.clear()
    assert register(shop, account).did == Did.MADE
    shop.refresh_from_db()
    assert (shop.webhook_secret, shop.webhook_secret_previous) == ("whsec_2", "whsec_1")


def test_what_was_switched_off_or_asks_for_too_little_is_put_right(shop):
    account = Account()
    register(shop, account)
    account.there = [replace(account.there[0], enabled=False, events=frozenset({"invoice.paid", "charge.failed"}))]
    register(shop, account)
    assert account.there == [EndpointRead("we_1", hook_of(shop), ALL | {"charge.failed"}, enabled=True)]


def test_stale_ones_of_ours_are_taken_away_and_nobody_elses(shop):
    foreign = EndpointRead("we_theirs", "https://shop.example/hooks/stripe/a-token-of-another-house", ALL, enabled=True)
    lost = EndpointRead("we_lost", f"{OLD}/hooks/stripe/{shop.hook_token}", ALL, enabled=True)
    before = make_connection(account_id=shop.account_id, state="disconnected")
    former = EndpointRead("we_former", f"{OLD}/hooks/stripe/{before.hook_token}", ALL, enabled=True)
    account = Account([foreign, lost, former])
    assert register(shop, account) == Registered(Did.MADE, "", removed=2)
    assert [each.id for each in account.there] == ["we_theirs", "we_1"]


def test_one_that_the_merchant_made_is_found_by_its_address_and_moved(shop, at):
    mine = EndpointRead("we_hand", hook_of(shop), ALL, enabled=True)
    shop.webhook_secret = "whsec_told"
    at(NEW)
    account = Account([mine])
    assert register(shop, account).did == Did.MOVED
    assert [(each.id, each.url) for each in account.there] == [("we_hand", hook_of(shop))]
    assert shop.webhook_secret == "whsec_told"


def test_where_the_events_come_by_a_way_of_the_merchants_own_no_endpoint_is_made(shop):
    shop.webhook_secret = "whsec_of_a_forwarder"
    account = Account()
    assert (register(shop, account).did, account.there) == (Did.LEFT, [])


def test_an_observed_account_is_not_even_asked(at):
    observed = make_connection(mode="observe")
    assert register(observed, None).did == Did.LEFT


def test_a_round_of_upkeep_moves_what_stayed_behind_and_asks_nobody_else(at):
    project = make_project()
    moved = make_connection(project, webhook_endpoint_id="we_1", webhook_url=f"{OLD}/hooks/stripe/x", **FRESH)
    make_connection(project, mode="observe", webhook_url=f"{OLD}/hooks/stripe/y", **FRESH)
    make_connection(project, webhook_url="", **FRESH)
    account = Account([EndpointRead("we_1", f"{OLD}/hooks/stripe/{moved.hook_token}", ALL, enabled=True)])
    at(NEW)
    assert keep_up(lambda _: account, NOW).silent == 0
    moved.refresh_from_db()
    assert account.there[0].url == moved.webhook_url == hook_of(moved)


FRESH = {"events_seen_to": NOW, "swept_at": NOW}  # nothing else is due


def test_a_stripe_that_does_not_answer_is_asked_again_in_the_next_round(at):
    moved = make_connection(webhook_endpoint_id="we_1", webhook_url=f"{OLD}/hooks/stripe/x", **FRESH)

    class Silent(Account):
        def move_webhook_endpoint(self, *_args, **_named):
            raise Unknown("no answer")

    there = [EndpointRead("we_1", f"{OLD}/hooks/stripe/{moved.hook_token}", ALL, enabled=True)]
    at(NEW)
    assert keep_up(lambda _: Silent(there), NOW).silent == 1
    assert keep_up(lambda _: Account(there), NOW).silent == 0
    assert not leads_elsewhere(type(moved).objects.get())


def test_an_endpoint_that_cannot_be_moved_keeps_no_events_from_being_read(at):
    moved = make_connection(webhook_endpoint_id="we_1", webhook_url=f"{OLD}/hooks/stripe/x")
    asked = []

    class Silent(Account):
        def move_webhook_endpoint(self, *_args, **_named):
            raise Unknown("no answer")

        def __getattr__(self, name: str) -> object:
            asked.append(name)
            raise Unreachable("no answer")

    at(NEW)
    keep_up(lambda _: Silent([EndpointRead("we_1", f"{OLD}/hooks/stripe/{moved.hook_token}", ALL, enabled=True)]), NOW)
    assert asked


# ── a new secret, and no room ──


def both_are_there(account):
    """What the account's endpoints are while one takes the other's place."""
    seen = []
    delete = account.delete_webhook_endpoint

    def deleting(endpoint_id):
        seen.append([each.id for each in account.there])
        delete(endpoint_id)

    account.delete_webhook_endpoint = deleting
    return seen


def test_a_new_secret_comes_with_another_endpoint_and_the_old_one_holds_for_a_day(shop):
    account = Account()
    register(shop, account)
    asked = frozenset({*ALL, "charge.succeeded"})
    account.there = [replace(account.there[0], events=asked)]
    seen = both_are_there(account)
    rotate(shop, account)
    shop.refresh_from_db()
    assert seen == [["we_1", "we_2"]], "the old one goes last, so no event is missed"
    assert [(each.id, each.url, each.events) for each in account.there] == [("we_2", hook_of(shop), asked)]
    assert (shop.webhook_secret, shop.webhook_secret_previous, shop.webhook_endpoint_id) == (
        "whsec_2",
        "whsec_1",
        "we_2",
    )
    assert register(shop, account).did == Did.NOTHING


def test_cut_off_before_its_secret_was_kept_the_orphan_goes_with_the_next_round(shop, monkeypatch):
    account = Account()
    register(shop, account)
    keep = registration.keep_webhook_secret
    monkeypatch.setattr(registration, "keep_webhook_secret", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        rotate(shop, account)
    monkeypatch.setattr(registration, "keep_webhook_secret", keep)
    assert register(shop, account) == Registered(Did.NOTHING, hook_of(shop), 1)
    assert [each.id for each in account.there] == ["we_1"]


def test_an_endpoint_that_was_made_by_hand_has_its_secret_rolled_by_hand(shop):
    with pytest.raises(NotPossible, match="roll its secret at Stripe"):
        rotate(shop, Account())


def full(*urls):
    account = Account([EndpointRead(f"we_x{n}", f"https://other.example/{n}", ALL, enabled=True) for n in range(16)])
    for n, url in enumerate(urls):
        account.there[n] = replace(account.there[n], url=url)

    def refused(*_, **__):
        raise NotPossible("You have reached the maximum")

    account.create_webhook_endpoint = refused
    return account


def test_a_full_account_is_told_in_words_and_what_was_left_over_is_known_and_can_go(shop):
    account = full("https://old.example/hooks/stripe/token-of-before")
    with pytest.raises(NoRoom, match="Stripe allows 16"):
        register(shop, account)
    [first, second, *_] = endpoints_of(shop, account)
    assert (first.endpoint.id, first.left_over, first.host) == ("we_x0", True, "https://old.example")
    assert (second.left_over, second.host) == (False, "https://other.example/1")
    with pytest.raises(NotPossible, match="no endpoint that"):
        take_away(shop, "we_x1", account)
    take_away(shop, "we_x0", account)
    assert len(account.there) == 15


def test_another_refusal_is_not_taken_for_a_full_account(shop):
    account = full()
    account.there = []
    with pytest.raises(NotPossible, match="reached the maximum") as refused:
        register(shop, account)
    assert not isinstance(refused.value, NoRoom)
