"""A mail server on loopback that says at each step of the talk what it was told to say."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

FINE: Final[Mapping[str, str]] = {
    "greeting": "220 mail.example ESMTP",
    "EHLO": "250-mail.example\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME",
    "AUTH": "235 2.7.0 welcome",
    "MAIL": "250 2.1.0 OK",
    "RCPT": "250 2.1.5 OK",
    "DATA": "354 go ahead",
    ".": "250 2.0.0 OK: queued as 4XyZ12",
    "RSET": "250 2.0.0 OK",
}
HANGS_UP: Final = "(hangs up)"
SAYS_NOTHING: Final = "(says nothing)"


@dataclass
class MailServer:
    """Says `FINE[step]` but where `odd` has another answer for the step. `mails` are those it took over."""

    port: int = 0
    odd: dict[str, str] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)
    connections: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as file, suppress(OSError):
            if not self._says(connection, "greeting"):
                return
            while line := file.readline().decode("utf-8", "replace").strip():
                self.heard.append(line)
                step = line[:4].upper()
                if not self._says(connection, step):
                    return
                if step == "DATA" and self._answer("DATA").startswith("354") and not self._takes(connection, file):
                    return

    def _takes(self, connection: socket.socket, file: socket.SocketIO) -> bool:
        """The mail up to its last dot, and the verdict on it."""
        lines = iter(file.readline, b".\r\n")
        mail = b"".join(line for line in lines if line)
        if self._answer(".").startswith("2"):
            self.mails.append(mail.decode())
        return self._says(connection, ".")

    def _answer(self, step: str) -> str:
        return self.odd.get(step) or FINE.get(step, "502 5.5.1 no such command")

    def _says(self, connection: socket.socket, step: str) -> bool:
        answer = self._answer(step)
        if answer == SAYS_NOTHING:
            self.over.wait()
        if answer in {HANGS_UP, SAYS_NOTHING}:
            return False
        connection.sendall(f"{answer}\r\n".encode("latin-1"))
        return not answer.startswith("421")


@contextmanager
def mail_server() -> Iterator[MailServer]:
    there = MailServer()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        there.port = listener.getsockname()[1]
        serving = threading.Thread(target=there.serve, args=(listener,), daemon=True)
        serving.start()
        yield there
        there.over.set()
        listener.shutdown(socket.SHUT_RDWR)
    serving.join()
