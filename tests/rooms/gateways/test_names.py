"""The texts of a domain and the status of an address: there, absent, or nobody answered."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import dns.exception
import dns.resolver
import pytest

from tideover.gateways.answers import NotNow
from tideover.gateways.sender_domain import Dns
from tideover.gateways.web import status_of


class Record:
    def __init__(self, *strings: bytes) -> None:
        self.strings = strings


class NoSuchType(dns.resolver.NoAnswer):
    def __init__(self) -> None:
        """Without the answer of a server that it is made from."""


def answering(answer):
    def resolve(name, kind, lifetime):
        assert (kind, lifetime > 0) == ("TXT", True)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return Dns(resolve)


def test_a_long_text_is_put_together_from_its_parts():
    found = answering([Record(b"v=spf1 ", b"-all"), Record(b"\xff")])
    assert found.texts("shop.example") == ["v=spf1 -all", "\ufffd"]


@pytest.mark.parametrize("absent", [dns.resolver.NXDOMAIN(), NoSuchType()], ids=type)
def test_where_there_is_nothing_there_are_no_texts(absent):
    assert answering(absent).texts("shop.example") == []


@pytest.mark.parametrize("broken", [dns.exception.Timeout(), OSError("no route")], ids=type)
def test_silence_is_no_answer(broken):
    with pytest.raises(NotNow, match=r"shop\.example"):
        answering(broken).texts("shop.example")


@pytest.fixture
def server():
    class Teapot(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(302)
            self.send_header("Location", "http://192.0.2.1/")
            self.end_headers()

        def log_message(self, *_):
            pass

    running = HTTPServer(("127.0.0.1", 0), Teapot)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}/healthz"
    running.shutdown()
    running.server_close()


def test_an_address_is_asked_once_and_followed_nowhere(server):
    assert status_of(server) == 302


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/", "nonsense", "http://"])
def test_an_address_that_does_not_answer_is_told_so(address):
    with pytest.raises(NotNow, match="no connection"):
        status_of(address)
