"""The machine's clock is held against the Date of Stripe's answers, and who asks whether we are ready is told."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import make_connection
from tideover import clock
from tideover.config import config
from tideover.flow.models import Provider
from tideover.flow.stripe import stripe_for_workers
from tideover.gateways import skew as heard
from tideover.gateways.stripe import Stripe
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import running
from tideover.upkeep import skew
from tideover.upkeep.rounds import keep_up

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@dataclass
class Dated:
    """Says of every invoice that it is open (of `in_gone`: 404), at a time that is `late` seconds behind ours."""

    late: float = 0.0
    date: str | None = None
    url: str = ""
    asked: int = 0

    def now(self) -> str:
        moment = clock.wall() - timedelta(seconds=self.late)
        return format_datetime(moment, usegmt=True) if self.date is None else self.date


@pytest.fixture
def dated() -> Iterator[Dated]:
    there = Dated()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            there.asked += 1
            gone = "in_gone" in self.path
            said = (
                {"error": {"message": "No such invoice", "code": "resource_missing"}}
                if gone
                else {"object": "invoice", "status": "open"}
            )
            self.send_response(404 if gone else 200)
            self.end_headers()
            self.wfile.write(json.dumps(said).encode())

        def date_time_string(self, timestamp: float | None = None) -> str:
            return there.now()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    there.url = f"http://127.0.0.1:{server.server_port}"
    yield there
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def _nothing_heard_yet() -> Iterator[None]:
    heard.take()
    yield
    clock.travel_to(None)


def told(dated: Dated, late: float, invoice: str = "in_1") -> None:
    """An answer from a server that is so many seconds behind us, kept as a round does."""
    dated.late = late
    Stripe("sk_test_x", api_base=dated.url).invoice_status(invoice)
    skew.keep(clock.now())


@given(st.integers(-5000, 5000), st.integers(0, 60_000), st.integers(0, 60_000), st.integers(0, 999))
def test_never_more_is_said_than_the_clocks_differ_and_at_most_a_second_and_the_way_less(late, there, back, parts):
    written = NOW + timedelta(milliseconds=parts)  # by the other's clock
    ours, least = written + timedelta(milliseconds=late), timedelta(milliseconds=abs(late))
    sent, received = ours - timedelta(milliseconds=there), ours + timedelta(milliseconds=back)
    found = heard.ahead(format_datetime(written, usegmt=True), sent, received)
    assert abs(found) <= least
    assert found == timedelta(0) or (found > timedelta(0)) == (late > 0)
    assert abs(found) >= least - SECOND - (received - sent)


@pytest.mark.parametrize("date", ["", "yesterday", "Fri, 99 Nov 2026 12:00:00 GMT"])
def test_an_answer_without_a_date_tells_nothing(date):
    assert heard.ahead(date, NOW, NOW) is None


@pytest.mark.django_db
@pytest.mark.parametrize(("late", "says"), [(3600, r"35\d\d s ahead"), (-3600, r"3[56]\d\d s behind")])
@pytest.mark.parametrize("invoice", ["in_1", "in_gone"])
def test_a_clock_that_is_off_is_not_ready_whatever_the_answer_said(dated, late, says, invoice):
    told(dated, late, invoice)
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert re.search(rf"clock is {says} of Stripe's", answer.content.decode())


@pytest.mark.django_db
def test_a_clock_that_was_set_right_is_ready(dated):
    for late, status in ((3_600, 503), (0, 200)):
        told(dated, late)
        assert Client().get("/readyz").status_code == status


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "status"), [(0, 200), (4, 200), (-4, 200), (5, 503), (-5, 503)])
def test_less_than_five_seconds_is_ready(seconds, status):
    Provider.objects.create(name="stripe", clock_ahead_seconds=seconds, clock_compared_at=clock.now())
    assert Client().get("/readyz").status_code == status


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("date", "says"), [("Fri, 31 Dec 9990 00:00:00 GMT", "behind"), ("Mon, 01 Jan 0101 00:00:00 GMT", "ahead")]
)
def test_a_date_of_another_age_is_kept_like_any_other(dated, date, says):
    dated.date = date
    told(dated, 0)
    assert says in Client().get("/readyz").content.decode()


@pytest.mark.django_db
def test_before_the_first_answer_and_long_after_the_last_nothing_is_known_and_that_is_ready(dated, alice):
    assert skew.clocks(NOW).of_stripe is None
    assert "Not compared" in alice.browser().get("/status/").content.decode()
    told(dated, 20)
    Provider.objects.update(clock_compared_at=clock.now() - skew.HOLDS_FOR)
    assert skew.clocks(clock.now()).of_stripe is None
    assert Client().get("/readyz").status_code == 200


@pytest.mark.django_db
def test_the_status_page_and_the_metrics_say_by_how_much(dated, alice, monkeypatch):
    monkeypatch.setattr(config(), "metrics_token", "canary-token-for-metrics")

    def figures() -> str:
        return Client().get("/metrics", headers={"Authorization": "Bearer canary-token-for-metrics"}).content.decode()

    assert "tideover_clock_skew_seconds" not in figures()
    told(dated, -3_600)
    (seconds,) = re.findall(r"^tideover_clock_skew_seconds -(3[56]\d\d)$", figures(), re.MULTILINE)
    assert re.search(rf"{seconds} s behind.*Look here", alice.browser().get("/status/").content.decode())


@pytest.mark.django_db
def test_a_round_without_a_new_answer_writes_nothing_and_a_page_asks_nobody(dated, alice):
    make_connection(alice.project, api_base=dated.url)
    told(dated, 0)
    kept = Provider.objects.get(name="stripe")
    skew.keep(clock.now() + timedelta(minutes=1))
    assert Provider.objects.get(name="stripe").clock_compared_at == kept.clock_compared_at
    asked = dated.asked
    assert Client().get("/readyz").status_code == alice.browser().get("/status/").status_code == 200
    assert dated.asked == asked


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["simulated", "wall"])
def test_years_between_the_demos_time_and_the_machines_are_no_skew(kind, alice):
    start = datetime(2031, 5, 1, tzinfo=UTC)
    with running(new_simulator(seed=3, start=int(start.timestamp()), clock=kind)) as world:
        key = world.sim.keys.secret
        make_connection(alice.project, api_base=world.base_url, api_key=key, created_at=start, swept_at=start)
        for days in (0, 40):
            clock.travel_to(start + timedelta(days=days))
            world.pull("advance", to=int(clock.now().timestamp()))
            keep_up(stripe_for_workers, clock.now())
            assert skew.clocks(clock.now()).of_stripe == timedelta(0)
            assert Client().get("/readyz").content == b"ready\n"
