"""The web server in this process: webhook and pages on one port, as a thread or as all there is."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import threading
import time
from dataclasses import dataclass
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tideover.cli.opening import Opening
from tideover.cli.start import warn

READY_WITHIN_SECONDS = 20
MOST_CONNECTIONS = 2_000  # each may hold 64 kB that nobody has read yet
LAST_ANSWERS_WITHIN_SECONDS = 15
STDERR = 2
LAST_PORT = 65_535


class Patient(HttpToolsProtocol):
    """HTTP, but a client that does not get to the end of its request in 10 s is hung up on.

    uvicorn alone counts only the time between two requests: a byte now and then would keep a connection for ever, and
    one of the few threads of the pages with it.
    """

    request_within_seconds = 10.0
    _asking = True
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._hurry()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._asking = True

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._asking = False
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._asking and self._deadline is None:  # what comes whole needs no timer
            self._hurry()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait()
        super().connection_lost(exc)

    def _hurry(self) -> None:
        self._deadline = self.loop.call_later(self.request_within_seconds, self.transport.close)

    def _wait(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


@dataclass
class Web:
    """A running web server, which has yet to open or is open."""

    url: str
    opening: Opening
    _server: uvicorn.Server
    _thread: threading.Thread

    def say(self, why: str) -> None:
        """Tell operators and machines why it does not open yet."""
        warn(why)
        self.opening.why = why

    def open(self) -> None:
        """Let webhook and pages answer from now on. Django must be awake."""
        from tideover.asgi import application  # noqa: PLC0415 - as the settings are read on the way

        self.opening.open(application)

    def stop(self) -> None:
        """Finish the requests under way and end."""
        self._server.should_exit = True
        self._thread.join(timeout=LAST_ANSWERS_WITHIN_SECONDS + 5)


class NoPort(Exception):  # noqa: N818 - what is missing
    """There is no port to listen on; `str()` says why."""


def free_port(host: str, wanted: int) -> socket.socket:
    """A listening socket on `wanted`, or on one of the next twenty, or for 0 on any free port. Raises NoPort."""
    last = min(wanted + 19, LAST_PORT) if wanted else 0
    for port in range(wanted, last + 1):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # The protocol is named: only then does asyncio switch off Nagle's delay, which costs 40 ms an answer.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as refused:
            listener.close()
            if refused.errno == errno.EADDRINUSE:
                continue
            raise NoPort(f"cannot listen on {host}, port {port}: {refused.strerror}") from None
        listener.listen(2048)
        return listener
    raise NoPort(f"no free port on {host} from {wanted} to {last}")


def address_of(listener: socket.socket) -> str:
    """The address under which a browser on this machine reaches it."""
    host, port = listener.getsockname()[:2]
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - whoever listens everywhere, here too
    return f"http://[{here}]:{port}" if ":" in here else f"http://{here}:{port}"


def start(listener: socket.socket) -> Web:
    """Serve webhook and pages on `listener` until stopped. Raises RuntimeError if the server does not come up."""
    web = start_before_it_opens(listener)
    web.open()
    return web


def start_before_it_opens(listener: socket.socket) -> Web:
    """Tell whoever asks on `listener` to come again, until it is opened. Raises as `start` does."""
    _keep_standard_streams()
    opening = Opening()
    server = uvicorn.Server(_config(opening))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="web", daemon=True)
    thread.start()
    until = time.monotonic() + READY_WITHIN_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > until:
            raise RuntimeError("the web server did not start; the log above says why")
        time.sleep(0.01)
    return Web(address_of(listener), opening, server, thread)


def _keep_standard_streams() -> None:
    """Hold the places of closed standard streams: the event loop ends a process whose connection gets one of them."""
    while (lowest := os.open(os.devnull, os.O_RDWR)) <= STDERR:
        pass
    os.close(lowest)


def _config(opening: Opening) -> uvicorn.Config:
    # At the end the lifespan lets the webhook store what it took in.
    return uvicorn.Config(
        cast("Any", opening),
        http=Patient,
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the pages read them, the webhook does not
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=LAST_ANSWERS_WITHIN_SECONDS,
    )
