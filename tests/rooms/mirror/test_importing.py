"""An account is read to its end without gap or duplicate, however often it is cut off; then what is new is read."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from tests.rooms.mirror.conftest import NOW, nobody
from tideover import clock
from tideover.flow.stripe import stripe_for, stripe_for_workers
from tideover.gateways import listed
from tideover.gateways.answers import LockedOut
from tideover.mirror import importing, taking
from tideover.mirror.importing import begin, due, read_all, read_on, read_page
from tideover.mirror.models import Customer, Method, Mirror, MirrorInvoice, Payment, Subscription
from tideover.mirror.progress import progress

pytestmark = pytest.mark.django_db


@pytest.fixture
def lives(merchant) -> None:
    """Seven customers, three of whom subscribe and pay; one renewal fails."""
    for _ in range(3):
        merchant.subscription()
    merchant.failed_invoice()
    for _ in range(3):
        merchant.customer(card=None)


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch) -> None:
    monkeypatch.setattr(listed, "AT_ONCE", 2)


def is_whole(merchant) -> None:
    """Every row is there once, as the account has it."""
    v1 = merchant.v1
    for model, things in (
        (Customer, v1.customers.list({"limit": 100})),
        (Subscription, v1.subscriptions.list({"limit": 100, "status": "all"})),
        (Payment, v1.charges.list({"limit": 100})),
        (MirrorInvoice, v1.invoices.list({"limit": 100})),
    ):
        assert sorted(model.objects.values_list("stripe_id", flat=True)) == sorted(thing.id for thing in things.data)


def test_an_account_is_read_to_its_end(merchant, wired, lives):
    read_all(stripe_for, nobody, NOW)
    is_whole(merchant)
    mirror = Mirror.objects.get()
    assert (mirror.stage, mirror.imported_at, mirror.trouble) == ("", NOW, "")
    assert mirror.counts == {"customers": 7, "subscriptions": 4, "payments": 5, "invoices": 5}
    assert progress(mirror).percent == 100
    assert not Payment.objects.filter(invoice_id="").exists()
    failed = Payment.objects.get(outcome="declined")
    assert (failed.code, MirrorInvoice.objects.get(stripe_id=failed.invoice_id).status) == (
        "insufficient_funds",
        "open",
    )
    assert set(Subscription.objects.values_list("monthly", "currency")) == {(2900, "usd")}
    assert {len(last4) for last4 in Method.objects.values_list("last4", flat=True)} == {4}


def test_cut_off_at_any_page_it_goes_on_there_without_gap_or_duplicate(merchant, wired, lives, monkeypatch):
    write, budget = taking._write, [0]

    def dies(*args):
        budget[0] -= 1
        if budget[0] < 0:
            raise Died
        write(*args)

    monkeypatch.setattr(taking, "_write", dies)
    begin(wired, NOW)
    stripe, deaths = stripe_for(wired), 0
    while Mirror.objects.get().stage:
        budget[0] = deaths % 4  # what a page writes is written in several steps
        try:
            while read_page(wired, stripe, nobody, NOW).stage:
                pass
        except Died:
            deaths += 1
    assert deaths > 3
    is_whole(merchant)
    assert Mirror.objects.get().counts == {"customers": 7, "subscriptions": 4, "payments": 5, "invoices": 5}


class Died(BaseException):
    """Killed between a page and its keeping."""


@pytest.fixture
def waits(monkeypatch):
    """Who sleeps lets the time of this world pass, and no other."""
    monkeypatch.setattr(time, "sleep", lambda seconds: clock.travel_to(clock.now() + timedelta(seconds=seconds)))
    clock.travel_to(NOW)
    yield
    clock.travel_to(None)


class Watched:
    """A worker's line to Stripe, and when it was used."""

    def __init__(self, connection) -> None:
        self.stripe = stripe_for_workers(connection)
        self.asked_at: list[datetime] = []

    def look(self, ask):
        found = self.stripe.look(ask)
        self.asked_at.append(clock.now())
        return found


def test_killed_behind_every_other_page_it_reads_no_faster_than_it_may_and_each_thing_once(
    merchant, wired, lives, waits
):
    stripe = Watched(wired)

    def dies_every_other_time(_organization, _words):
        if len(stripe.asked_at) % 2:
            raise Died
        return ()

    begin(wired, NOW)
    while Mirror.objects.get().stage:
        with suppress(Died):
            read_page(wired, stripe, dies_every_other_time, clock.now())
    is_whole(merchant)
    assert Mirror.objects.get().counts == {"customers": 7, "subscriptions": 4, "payments": 5, "invoices": 5}
    asked = stripe.asked_at
    assert len(asked) == 2 * (4 + 2 + 3 + 3)  # each page twice
    assert asked[-1] - NOW == (len(asked) - 5) * timedelta(seconds=1 / 5)
    assert all(later - at >= timedelta(seconds=1) for at, later in zip(asked, asked[10:], strict=False))


def test_a_page_that_two_have_read_is_taken_in_once(merchant, wired, lives, monkeypatch):
    begin(wired, NOW)
    fetch, stripe = listed.page_of, stripe_for(wired)

    def also_by_another(*args):
        page = fetch(*args)
        monkeypatch.setattr(importing, "page_of", fetch)
        read_page(wired, stripe, nobody, NOW)
        return page

    monkeypatch.setattr(importing, "page_of", also_by_another)
    read_page(wired, stripe, nobody, NOW)
    assert Mirror.objects.get().counts == {"customers": 2}


def test_where_the_place_in_a_list_is_gone_the_list_is_read_from_its_beginning(merchant, wired, lives):
    class Forgetful:
        def look(self, _ask):
            """As Stripe says that it has no such thing."""

    begin(wired, NOW)
    assert read_page(wired, stripe_for(wired), nobody, NOW).read_to
    assert read_page(wired, Forgetful(), nobody, NOW).read_to == ""  # type: ignore[arg-type]
    read_on(wired, stripe_for, nobody, NOW)
    assert Mirror.objects.get().counts["customers"] == 7
    is_whole(merchant)


def test_what_is_new_is_read_a_quarter_of_an_hour_later_and_nothing_else(merchant, wired, lives):
    read_all(stripe_for, nobody, NOW)
    assert list(due(NOW + timedelta(minutes=14))) == []
    new = merchant.customer(card=None)
    Customer.objects.exclude(stripe_id=new.id).delete()
    merchant.world.pull("advance", to=int((NOW + timedelta(hours=2)).timestamp()))
    newest = merchant.customer(card=None)
    later = NOW + timedelta(hours=2, minutes=1)
    Mirror.objects.update(began_at=later - timedelta(minutes=30))
    read_all(stripe_for, nobody, later)
    assert set(Customer.objects.values_list("stripe_id", flat=True)) == {newest.id}
    assert Mirror.objects.get().counts["customers"] == 7  # of the first walk


def test_what_another_worker_has_walked_through_meanwhile_is_left_to_it(merchant, wired, lives):
    from tests import factories as make  # noqa: PLC0415

    other = make.make_connection(api_base=wired.api_base, api_key=wired.api_key, created_at=NOW)
    asked = []

    def slowly(connection):
        asked.append(connection)
        if connection == wired:
            assert read_on(other, stripe_for, nobody, NOW)
        return stripe_for(connection)

    read_all(slowly, nobody, NOW)
    assert asked == [wired]
    assert set(Mirror.objects.values_list("imported_at", flat=True)) == {NOW}


def test_an_account_that_does_not_let_us_in_says_so_and_holds_up_no_other(merchant, wired, lives):
    from tests import factories as make  # noqa: PLC0415

    locked = make.make_connection(created_at=NOW)

    class Locked:
        def look(self, _ask):
            raise LockedOut("Having the 'rak_customer_read' permission would allow this request")

    def either(connection):
        return Locked() if connection == locked else stripe_for(connection)

    read_all(either, nobody, NOW)
    assert "rak_customer_read" in Mirror.objects.get(pk=locked.pk).trouble
    assert locked not in due(NOW + timedelta(minutes=9))
    assert locked in due(NOW + timedelta(minutes=10))
    assert Mirror.objects.get(pk=wired.pk).imported_at == NOW


def test_a_row_that_cannot_be_read_stops_none_of_its_page(wired, monkeypatch):
    good = {"id": "cus_1", "object": "customer", "created": 1_790_000_000}
    odd = {"id": "cus_2", "object": "customer", "created": "yesterday"}
    stages = iter([[good, odd], [], [], []])

    class Fake:
        def look(self, _ask):
            return {"data": next(stages), "has_more": False}

    read_all(lambda _: Fake(), nobody, NOW)  # type: ignore[arg-type,return-value]
    assert list(Customer.objects.values_list("stripe_id", flat=True)) == ["cus_1"]
    assert Mirror.objects.get().imported_at == NOW


def test_the_bar_only_moves_on(merchant, wired, lives):
    begin(wired, NOW)
    seen, stripe = [progress(Mirror.objects.get()).percent], stripe_for(wired)
    while Mirror.objects.get().stage:
        read_page(wired, stripe, nobody, NOW)
        seen.append(progress(Mirror.objects.get()).percent)
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0, 100)
