"""A language model on this machine: it speaks as OpenAI and as Anthropic do, and answers what a test told it to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tideover.gateways.drafting.drafter import Answered


@dataclass
class There:
    """Where it stands, what it was asked, and what it does. answers: one after the other, the last again and again."""

    answers: list[Answered]
    status: int = 200
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    address: str = ""


def _text(answer: Answered) -> dict[str, Any]:
    blocks = [{"kind": kind, "words": words} for kind, words in answer.blocks]
    return {
        "subject": answer.subject,
        "preheader": answer.preheader,
        "heading": answer.heading,
        "blocks": blocks,
    }


def _as_openai(asked: dict[str, Any], answer: Answered) -> dict[str, Any]:
    name = asked["tools"][0]["function"]["name"]
    call = {"id": "call_1", "type": "function", "function": {"name": name, "arguments": json.dumps(_text(answer))}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    usage = {"prompt_tokens": answer.tokens_in, "completion_tokens": answer.tokens_out}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": asked["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}],
        "usage": {**usage, "total_tokens": answer.tokens_in + answer.tokens_out},
    }


def _as_anthropic(asked: dict[str, Any], answer: Answered) -> dict[str, Any]:
    used = {"type": "tool_use", "id": "toolu_1", "name": asked["tools"][0]["name"], "input": _text(answer)}
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": asked["model"],
        "content": [used],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": {"input_tokens": answer.tokens_in, "output_tokens": answer.tokens_out},
    }


class _Handler(BaseHTTPRequestHandler):
    there: There

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        there = self.there
        there.asked.append((self.path, asked))
        there.keys.append(self.headers.get("x-api-key") or self.headers.get("Authorization", ""))
        answer = there.answers[min(len(there.asked), len(there.answers)) - 1]
        told = (_as_anthropic if "messages" in self.path.rsplit("/", 1)[-1] else _as_openai)(asked, answer)
        self._answer(there.body if there.body is not None else json.dumps(told).encode())

    def _answer(self, body: bytes) -> None:
        self.send_response(self.there.status)
        for name, value in {"Content-Type": "application/json", **self.there.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is told."""


@contextmanager
def speaking(*answers: Answered) -> Iterator[There]:
    """One that answers these."""
    there = There(list(answers))
    handler = type("Handler", (_Handler,), {"there": there})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    there.address = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield there
    finally:
        server.shutdown()
        server.server_close()
