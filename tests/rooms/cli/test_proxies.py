"""Who asks: what a proxy says is believed where the operator named it, and nobody else's word is."""

from __future__ import annotations

import asyncio
import logging

import pytest

from tests.rooms.cli.test_settings import reasons
from tideover.asgi import behind
from tideover.cli.start import Strangers

PROXY, CLIENT, LIAR = "10.1.2.3", "198.51.100.9", "203.0.113.1"


def heard(proxies: list[str], peer: str, **headers: str) -> tuple[str, str, set[str]]:
    """The client's address, the scheme and the names of the headers as the pages get them."""
    found: list[tuple[str, str, set[str]]] = []

    async def pages(scope, _receive, _send):
        found.append((scope["client"][0], scope["scheme"], {name.decode() for name, _ in scope["headers"]}))

    sent = [(name.replace("__", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "client": (peer, 1), "scheme": "http", "headers": sent}
    asyncio.run(behind(proxies, pages)(scope, None, None))
    return found[0]


def test_nobody_is_believed_until_a_proxy_is_named():
    for peer in ("127.0.0.1", "::1", PROXY):
        assert heard([], peer, x__forwarded__for=LIAR, x__forwarded__proto="https")[:2] == (peer, "http")


@pytest.mark.parametrize("named", [PROXY, "10.0.0.0/8"])
def test_a_named_proxy_is_believed_and_only_for_what_it_added_itself(named):
    assert heard([named], PROXY, x__forwarded__for=f"{LIAR}, {CLIENT}")[0] == CLIENT
    assert heard([named], CLIENT, x__forwarded__for=LIAR)[0] == CLIENT


def test_a_header_that_looks_like_another_once_written_with_underscores_is_dropped():
    client, scheme, names = heard([PROXY], PROXY, x_forwarded_for=LIAR, x_forwarded_proto="https", x__request__id="1")
    assert (client, scheme, names) == (PROXY, "http", {"x-request-id"})


@pytest.mark.parametrize(
    ("value", "refused"),
    [("", False), ("127.0.0.1", False), ("127.0.0.1, ::1,10.0.0.0/8", False), ("*", True), ("nginx", True), ("10.0.0.1/8", True), ("127.0.0.1;::1", True)],
)  # fmt: skip
def test_proxies_are_named_by_address_or_the_start_is_refused(monkeypatch, tmp_path, value, refused):
    said = reasons(monkeypatch, tmp_path, TIDEOVER_TRUSTED_PROXIES=value)
    assert ("name addresses or networks" in said) is refused


@pytest.mark.parametrize("host", ["evil.example", f"{'evil' * 40}.example", "no host at all", ""])
def test_a_wrong_host_header_is_one_short_line_that_says_what_to_do(client, caplog, host):
    with caplog.at_level(logging.WARNING):
        assert client.get("/", headers={"host": host}).status_code == 400
    [record] = [record for record in caplog.records if record.name.startswith("django.security")]
    assert record.exc_info
    assert Strangers().filter(record)
    written = logging.Formatter("%(levelname)s %(name)s %(message)s").format(record)
    assert "\n" not in written
    assert len(written) < 260
    assert "TIDEOVER_ALLOWED_HOSTS" in written
