"""In front of the house while it starts: whoever asks is told at once to come again, and is not kept waiting."""

from __future__ import annotations

from tideover.bodies import App, Message, Receive, Scope, Send

ASK_AGAIN_SECONDS = b"5"
STARTING = "Tideover is starting; an upgrade of its database may take a while"


class Opening:
    """Answers 503 until there is a house to `open`: a load balancer goes elsewhere, and Stripe sends its event again.

    `/healthz` says that the process is alive, as nobody should end it in the middle of an upgrade, and `/readyz` why
    the rest has to wait.
    """

    def __init__(self) -> None:
        self.why = STARTING
        self._house: App | None = None

    def open(self, house: App) -> None:
        """From now on `house` answers. It is told of the end of the server, and not of its start."""
        self._house = house

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await self._end(scope, receive, send)
        elif self._house:
            await self._house(scope, receive, send)
        else:
            await self._not_yet(scope["path"], receive, send)

    async def _end(self, scope: Scope, receive: Receive, send: Send) -> None:
        end = await receive()

        async def told() -> Message:
            return end

        if self._house:
            await self._house(scope, told, send)
        else:
            await send({"type": "lifespan.shutdown.complete"})

    async def _not_yet(self, path: str, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass  # who is hung up on while sending may never read the answer
        known = {"/healthz": (200, "ok"), "/readyz": (503, self.why)}
        status, said = known.get(path, (503, "Not open yet. Please try again in a moment."))
        text = f"{said}\n".encode()
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(text)).encode()),
            (b"cache-control", b"no-store"),
            *([(b"retry-after", ASK_AGAIN_SECONDS)] if status != 200 else []),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": text})
