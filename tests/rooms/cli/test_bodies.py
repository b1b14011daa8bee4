"""Bodies in front of the pages: a form that was cut off is no form, and slow ones keep no thread."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from a2wsgi import WSGIMiddleware

from tideover.bodies import Bodies, OnlyWhole, TooMuch

SCOPE = {
    "type": "http", "method": "POST", "path": "/", "query_string": b"", "http_version": "1.1", "headers": [],
    "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1),
}  # fmt: skip
GONE = {"type": "http.disconnect"}


def part(body: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def sender(*messages):
    async def receive():
        await asyncio.sleep(0)
        return left.pop(0) if left else GONE

    left = list(messages)
    return receive


@pytest.fixture
def site():
    """A page of one thread behind the guard, and the forms that reached it."""
    forms: list[bytes] = []

    def page(environ, start_response):
        forms.append(environ["wsgi.input"].read())
        start_response("200 OK", [("Content-Length", "0")])
        return [b""]

    def ask(*messages):
        async def whole():
            said = []

            async def send(message):
                said.append(message)

            await guarded(dict(SCOPE), sender(*messages), send)
            return said[0]["status"]

        return asyncio.run(whole())

    pages = WSGIMiddleware(page, workers=1)
    guarded = OnlyWhole(pages, largest=100)
    yield SimpleNamespace(ask=ask, forms=forms, guarded=guarded)
    assert isinstance(pages.executor, ThreadPoolExecutor)
    pages.executor.shutdown()


def test_a_form_comes_as_it_was_sent(site):
    assert site.ask(part(b"amount=1", more=True), part(b"000")) == 200
    assert site.forms == [b"amount=1000"]


def test_a_form_that_was_cut_off_never_reaches_a_page(site):
    site.ask(part(b"amount=1", more=True), GONE)
    assert site.forms == []


def test_a_form_that_is_too_large_is_refused_before_a_thread_has_it(site):
    assert site.ask(part(b"x" * 90, more=True), part(b"x" * 90)) == 413
    assert site.forms == []


def test_a_form_for_which_there_is_no_memory_has_to_come_again(site):
    site.guarded._bodies = Bodies(largest=100, together=50)
    assert site.ask(part(b"x" * 60)) == 503
    assert site.forms == []


def test_what_was_read_is_let_go_whatever_became_of_it(site):
    site.ask(part(b"fine"))
    site.ask(part(b"x" * 90, more=True), part(b"x" * 90))
    site.ask(part(b"cut", more=True), GONE)
    assert site.guarded._bodies.held == 0


def test_all_bodies_together_hold_no_more_than_their_bound():
    async def both():
        first, second = bodies.read(sender(part(b"x" * 60))), bodies.read(sender(part(b"x" * 60)))
        kept = await first
        with pytest.raises(TooMuch):
            await second
        bodies.done(kept)
        return await bodies.read(sender(part(b"x" * 60)))

    bodies = Bodies(largest=100, together=100)
    assert asyncio.run(both()) == b"x" * 60
    assert bodies.held == 60
