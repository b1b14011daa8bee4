"""The web server in this process: pages and door on one port, in a thread of its own."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass

import uvicorn

READY_WITHIN_SECONDS = 20


@dataclass
class Web:
    """A running web server."""

    url: str
    _server: uvicorn.Server
    _thread: threading.Thread

    def stop(self) -> None:
        """Finish the requests under way and end."""
        self._server.should_exit = True
        self._thread.join(timeout=15)


def free_port(host: str, wanted: int) -> socket.socket:
    """A listening socket on `wanted`, or on one of the next twenty, or for 0 on any free port."""
    for port in [wanted] if wanted == 0 else range(wanted, wanted + 20):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # The protocol is named: only then does asyncio switch off Nagle's delay, which costs 40 ms an answer.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError:
            listener.close()
            continue
        listener.listen(2048)
        return listener
    raise OSError(f"no free port on {host} from {wanted} to {wanted + 19}")


def start(listener: socket.socket) -> Web:
    """Serve on `listener` until stopped. Raises RuntimeError if the server does not come up."""
    host, port = listener.getsockname()[:2]
    config = uvicorn.Config("tideover.asgi:application", log_level="warning", access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="web", daemon=True)
    thread.start()
    until = time.monotonic() + READY_WITHIN_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > until:
            raise RuntimeError("the web server did not start; the log above says why")
        time.sleep(0.01)
    return Web(f"http://{host}:{port}", server, thread)
