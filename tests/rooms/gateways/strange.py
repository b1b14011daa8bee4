"""A Stripe on loopback that answers each request with the next thing it was told to, however wrong."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Answer = Callable[[socket.socket], None]  # what is done with a connection once its request was read


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


@dataclass
class Strange:
    """Says the `answers` one after the other, the last of them for ever, and keeps what it was asked."""

    url: str = ""
    answers: list[Answer] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def says(self, *answers: Answer) -> None:
        self.answers = list(answers)

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if answer is hangs_up_at_once:
                answer(connection)
                return
            self.asked.append(_request(connection))
            if answer is says_nothing:
                self.over.wait()
            answer(connection)


def _request(connection: socket.socket) -> Asked:
    with connection.makefile("rb") as file:
        method, path, _ = file.readline().decode().split()
        headers: dict[str, str] = {}
        while line := file.readline().decode("latin-1").strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return Asked(method, path, headers, file.read(int(headers.get("content-length", 0))).decode())


@contextmanager
def strange_stripe() -> Iterator[Strange]:
    there = Strange()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        there.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        serving = threading.Thread(target=there.serve, args=(listener,), daemon=True)
        serving.start()
        yield there
        there.over.set()
        listener.shutdown(socket.SHUT_RDWR)
    serving.join()


def says(status: int, body: object, **headers: str) -> Answer:
    """An answer of this status; what is no text or bytes is told as JSON."""
    content = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
    told = {"Content-Type": "application/json", "Content-Length": str(len(content)), "Connection": "close"}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())

    def answer(connection: socket.socket) -> None:
        connection.sendall(f"HTTP/1.1 {status} Said\r\n{head}\r\n".encode("latin-1") + content)

    return answer


def refuses(status: int, **error: object) -> Answer:
    """An error in Stripe's own form."""
    return says(status, {"error": error})


def hangs_up(connection: socket.socket) -> None:
    """A reset instead of an answer."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hangs_up_at_once(connection: socket.socket) -> None:
    """A reset before the request was read."""
    hangs_up(connection)


def says_nothing(connection: socket.socket) -> None:
    """No answer, as long as the test lasts."""
