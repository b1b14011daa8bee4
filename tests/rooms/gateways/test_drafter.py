"""A language model is asked on one way to one address, and whatever it answers becomes a value or a clear word."""

from __future__ import annotations

import socket
import subprocess
import sys
from dataclasses import replace

import pytest

from tests.rooms.language_model import speaking
from tests.rooms.messages.drafts.answers import answer
from tideover.gateways.answers import Busy, Garbled, LockedOut, NotPossible, Unreachable
from tideover.gateways.drafting import drafter
from tideover.gateways.drafting.drafter import (
    INSIDE,
    NO_ADDRESS,
    UNSAFE,
    Endpoint,
    Provider,
    Told,
    ask,
    problem_of,
    where,
)

pytestmark = [pytest.mark.enable_socket]
TOLD = Told("You write.", "Write “Payment failed” in English.")
KEY = "a-key-that-nobody-knows-1234567890"
HERE = ["127.0.0.0/8"]


def at(there, provider=Provider.OPENAI, **odd) -> Endpoint:
    path = "/v1" if provider == Provider.OPENAI else ""
    return replace(Endpoint(provider, there.address + path, "small-1", KEY, HERE), **odd)


@pytest.mark.parametrize("provider", sorted(Provider))
def test_a_text_and_its_cost_come_back_as_they_were_said(provider):
    with speaking(answer()) as there:
        answered = ask(at(there, provider), TOLD)

    assert answered == answer()
    assert len(there.asked) == 1
    assert KEY in there.keys[0]
    assert TOLD.instructions in str(there.asked[0][1])
    assert TOLD.request in str(there.asked[0][1])


REFUSED = [
    (401, LockedOut, "does not take the key"),
    (403, LockedOut, "does not take the key"),
    (404, NotPossible, "does not take the question (404)"),
    (400, NotPossible, "does not take the question (400)"),
    (429, Busy, "no room for more"),
    (500, Unreachable, "trouble of its own (500)"),
    (529, Unreachable, "trouble of its own (529)"),
]


@pytest.mark.parametrize("provider", sorted(Provider))
@pytest.mark.parametrize(("status", "kind", "says"), REFUSED)
def test_a_refusal_is_told_in_our_words_and_asked_for_once(provider, status, kind, says):
    with speaking(answer()) as there:
        there.status, there.body = status, f'{{"error": {{"message": "no, {KEY}"}}}}'.encode()
        with pytest.raises(kind) as refused:
            ask(at(there, provider), TOLD)

    assert says in str(refused.value)
    assert len(there.asked) == 1


@pytest.mark.parametrize("provider", sorted(Provider))
@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"<html>hello</html>", b'{"choices": []}', b"\xff\xfe"])
def test_garbage_is_called_so(provider, body):
    with speaking(answer()) as there:
        there.body = body
        with pytest.raises((Garbled, Unreachable)):
            ask(at(there, provider), TOLD)


@pytest.mark.parametrize("provider", sorted(Provider))
def test_an_answer_without_end_is_not_read_to_its_end(provider):
    with speaking(answer()) as there:
        there.body = b" " * 3_000_000
        with pytest.raises(Unreachable):
            ask(at(there, provider), TOLD)

    assert len(there.asked) == 1


@pytest.mark.parametrize("provider", sorted(Provider))
def test_what_is_packed_is_not_unpacked(provider):
    with speaking(answer()) as there:
        there.headers = {"Content-Encoding": "gzip"}
        with pytest.raises(Unreachable):
            ask(at(there, provider), TOLD)


@pytest.mark.parametrize("provider", sorted(Provider))
def test_no_redirect_is_followed(provider):
    with speaking(answer()) as there, speaking(answer()) as elsewhere:
        there.status, there.headers = 307, {"Location": elsewhere.address}
        with pytest.raises((NotPossible, Unreachable)):
            ask(at(there, provider), TOLD)

    assert elsewhere.asked == []


def test_a_model_that_is_not_there_does_not_answer():
    with speaking(answer()) as there:
        gone = at(there)

    with pytest.raises(Unreachable):
        ask(gone, TOLD)


PLACES = [
    ("", NO_ADDRESS),
    ("ftp://api.example", NO_ADDRESS),
    ("https://", NO_ADDRESS),
    ("https://me:secret@api.example/v1", NO_ADDRESS),
    ("https://api.example/v1?key=1", NO_ADDRESS),
    ("https://127.0.0.1/v1", INSIDE),
    ("https://localhost/v1", INSIDE),
    ("https://10.0.0.8/v1", INSIDE),
    ("https://169.254.169.254/latest", INSIDE),
    ("https://[::1]/v1", INSIDE),
    ("https://0.0.0.0/v1", INSIDE),
    ("https://2130706433/v1", INSIDE),
    ("http://8.8.8.8/v1", UNSAFE),
    ("https://8.8.8.8/v1", ""),
]


@pytest.mark.parametrize(("address", "problem"), PLACES)
def test_an_address_of_our_own_network_is_none_that_a_merchant_may_name(address, problem):
    assert problem_of(address, ()) == problem


def test_the_operator_names_networks_of_their_own_that_may_be_asked():
    assert problem_of("http://127.0.0.1:11434/v1", HERE) == ""
    assert problem_of("http://10.0.0.8/v1", HERE) == INSIDE


def test_what_the_operator_did_not_allow_is_not_asked_either():
    with speaking(answer()) as there, pytest.raises(NotPossible, match="our own network"):
        ask(at(there, inside=()), TOLD)

    assert there.asked == []


def test_a_name_that_leads_into_our_network_a_moment_later_is_not_followed(monkeypatch):
    leads = iter(["8.8.8.8", "127.0.0.1"])
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", (next(leads), 0))])

    assert where("https://api.example/v1", ()) == "8.8.8.8"


def test_a_name_that_nobody_has_is_no_answer_and_no_fault_of_the_model(monkeypatch):
    def nobody(*_, **__):
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", nobody)

    assert problem_of("https://api.example/v1", ()) == "Nobody is known by the name api.example."
    with pytest.raises(Unreachable, match="nobody is known"):
        ask(Endpoint(Provider.OPENAI, "https://api.example/v1", "small-1", KEY), TOLD)


def test_an_endpoint_does_not_print_its_key():
    assert KEY not in repr(Endpoint(Provider.OPENAI, "https://api.example/v1", "small-1", KEY))


def test_where_the_extra_is_missing_it_is_said_how_it_comes(monkeypatch):
    monkeypatch.setattr(drafter, "LIBRARY", "no_such_library_here")

    with pytest.raises(NotPossible, match=r"tideover\[ai\]"):
        ask(Endpoint(Provider.OPENAI, "https://8.8.8.8", "small-1", KEY), TOLD)


def test_neither_a_server_nor_a_worker_loads_the_library():
    loads = "import tideover.asgi, tideover.urls, tideover.worker.crew, tideover.messages.drafts.asking, sys\n"
    check = "from django.urls import resolve; resolve('/'); print([m for m in ('pydantic_ai', 'openai', 'httpx2') if m in sys.modules])"
    settings = "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'; import django; django.setup()\n"

    done = subprocess.run([sys.executable, "-c", settings + loads + check], capture_output=True, text=True, check=False)

    assert done.stdout.strip() == "[]", done.stderr
