"""The API's door: limits, keys, versions, parameters, idempotency, then the operation; answers in Stripe's shape.

Sources: https://docs.stripe.com/api/authentication, https://docs.stripe.com/keys (what each key may do),
https://docs.stripe.com/api/versioning, https://docs.stripe.com/rate-limits. In which order they are checked is not
confirmed.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, unquote

import orjson

from tideover.simulator.account import as_customers
from tideover.simulator.account.events import API_VERSION, NOBODY, Cause
from tideover.simulator.account.versions import VERSIONS
from tideover.simulator.clock.clock import wall
from tideover.simulator.wire.decoding import decode
from tideover.simulator.wire.errors import WRONG_ACCOUNT, StripeError, invalid, missing
from tideover.simulator.wire.expansion import check, expanded
from tideover.simulator.wire.faults import Faults, RateLimit
from tideover.simulator.wire.idempotency import IdempotencyKeys, Kept
from tideover.simulator.wire.journal import Journal, Request
from tideover.simulator.wire.operations import TABLE, Call, Operation
from tideover.simulator.wire.permissions import PERMISSIONS, READING, needed, reading, refuse_without
from tideover.simulator.wire.standstill import refuse_while_advancing

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from tideover.simulator.account.store import Json
    from tideover.simulator.account.world import Simulator

LOG: Final = logging.getLogger(__name__)
BROKEN: Final[Json] = {"type": "api_error", "message": "An unknown error occurred"}


@dataclass(slots=True)
class Incoming:
    """A request as it came in."""

    method: str
    path: str
    query: bytes
    body: bytes
    headers: dict[bytes, bytes]
    id: str

    def header(self, name: bytes) -> str | None:
        """A header's text."""
        value = self.headers.get(name)
        return value.decode("latin-1") if value is not None else None


@dataclass(slots=True)
class Answer:
    """What goes back."""

    status: int
    body: bytes
    replayed: bool = False
    original: str | None = None  # the first request under the same idempotency key


@dataclass
class Gate:
    """The ASGI application at /v1."""

    sim: Simulator
    journal: Journal = field(default_factory=Journal)
    keys: IdempotencyKeys = field(default_factory=IdempotencyKeys)
    faults: Faults = field(default_factory=Faults)
    limit: RateLimit = field(default_factory=RateLimit)
    second: Callable[[], int] = wall  # real time, by which requests are limited
    wait: Callable[[float], Awaitable[None]] = asyncio.sleep  # how a slow answer is held back

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Incoming(
            scope["method"],
            unquote(scope["path"]),
            scope["query_string"],
            await _body(receive),
            dict(scope["headers"]),
            self.sim.ids.new("req", 14),
        )
        try:
            answer = await self._answer(request)
        except StripeError as error:
            answer = Answer(error.status, _error_body(error.error, request.id))
        self._note(request, answer)
        await _send(send, answer, _headers(request, answer))

    def _note(self, request: Incoming, answer: Answer) -> None:
        self.journal.note(
            Request(
                self.sim.clock.now(),
                request.id,
                request.method,
                request.path,
                request.header(b"idempotency-key"),
                answer.status,
                answer.replayed,
                self._kind_of_key(request),
            )
        )

    def _kind_of_key(self, request: Incoming) -> str:
        given, keys = _key_of(request), self.sim.keys
        kinds = dict.fromkeys(self.sim.restricted, "restricted")
        kinds |= {keys.secret: "secret", keys.restricted: "restricted", keys.publishable: "publishable"}
        return kinds.get(given, "none")

    async def _answer(self, request: Incoming) -> Answer:
        # The limit comes before the key: a refused request leaves its key unused.
        if self.limit.exceeded(self.second(), self.sim.settings.rate_limit):
            raise StripeError(429, RATE_LIMITED)
        found, ids = TABLE.find(request.method, request.path)
        publishable = self._authenticate(request, found)
        self._check_headers(request)
        key = request.header(b"idempotency-key") if request.method == "POST" else None
        if key is None:
            call = self._call(request, found, ids, publishable)
            return await self._run(request, found, call)
        kept = self.keys.claim(key, Kept(request.id, request.method, request.path, request.body, self.sim.clock.now()))
        if kept is not None:
            return Answer(kept.status or 500, kept.answer, replayed=True, original=kept.request)
        try:
            call = self._call(request, found, ids, publishable)
        except StripeError:
            self.keys.release(key)
            raise
        answer = await self._run(request, found, call)
        self.keys.settle(key, answer.status, answer.body)
        answer.original = request.id
        return answer

    def _authenticate(self, request: Incoming, found: Operation) -> bool:
        """True for the publishable key; raises for any key that is not the account's or may not do this."""
        given, keys = _key_of(request), self.sim.keys
        if self._granted(given) is not None and not self.sim.settings.connected:
            raise StripeError(403, WRONG_ACCOUNT)
        if given == keys.secret:
            return False
        if self._granted(given) is not None:
            self._refuse_without(needed(found), request)
            return False
        if given == keys.publishable:
            if not found.publishable:
                raise StripeError(403, SECRET_NEEDED)
            return True
        raise StripeError(401, NO_KEY if not given else WRONG_KEY)

    def _granted(self, key: str) -> frozenset[str] | None:
        """What a key of the merchant's may do; None for any other key, and for an app's token whose hour is over."""
        keys, app = self.sim.keys, self.sim.app
        if key in app.access and self.sim.clock.now() >= app.access[key]:
            return None
        known = self.sim.restricted | {keys.secret: PERMISSIONS, keys.restricted: READING}
        return known.get(key)

    def _refuse_without(self, permission: str, request: Incoming) -> None:
        key = _key_of(request)
        granted = self._granted(key)
        if granted is not None:
            refuse_without(permission, granted, key, self.sim.keys.account)

    def _check_headers(self, request: Incoming) -> None:
        version = request.header(b"stripe-version")
        if version is not None and version not in VERSIONS:
            raise invalid(f"Invalid Stripe API version: {version}. The newest one is {API_VERSION}.")
        account = request.header(b"stripe-account")
        if account not in {None, self.sim.keys.account}:
            raise StripeError(403, WRONG_ACCOUNT)

    def _call(self, request: Incoming, found: Operation, ids: tuple[str, ...], publishable: bool) -> Call:  # noqa: FBT001
        encoded = request.body or request.query if request.method == "POST" else request.query
        if request.path.startswith(NO_CUSTOMER):
            raise missing("customer", ids[0])
        given = decode(encoded)
        params = found.accepts(as_customers.asked(given) if "customer" in found.fields else given, "")
        if "expand" in params and _key_of(request) in self.sim.app.access:
            raise StripeError(403, NO_EXPAND)
        shown = check(found.answers, params.get("expand", []), listed=found.lists)
        for name in reading(shown):
            self._refuse_without(name, request)
        call = Call(params, ids, publishable, request.header(b"idempotency-key"))
        if found.method != "GET":
            refuse_while_advancing(self.sim, call)
        return call

    async def _run(self, request: Incoming, found: Operation, call: Call) -> Answer:
        fault = self.faults.take() if request.method != "GET" else None
        if fault and fault.kind == "error_before":
            return Answer(500, _error_body(BROKEN, request.id))
        answer = self._execute(request, found, call)
        if fault and fault.kind == "slow":
            await self.wait(fault.seconds)
        if fault and fault.kind == "error_after":
            return Answer(500, _error_body(BROKEN, request.id))
        return answer

    def _execute(self, request: Incoming, found: Operation, call: Call) -> Answer:
        events = self.sim.events
        events.cause = Cause(request.id, call.idempotency_key)
        try:
            thing = found.handler(self.sim, call)
            if paths := call.params.get("expand"):
                thing = expanded(self.sim, thing, paths)
            return Answer(200, as_customers.told(orjson.dumps(thing)))
        except StripeError as error:
            return Answer(error.status, _error_body(error.error, request.id))
        except Exception:
            # A fault of the simulator's own. It is answered as a fault of Stripe's would be: the key of the request
            # must not stay in use for ever.
            LOG.exception("%s %s", request.method, request.path)
            return Answer(500, _error_body(BROKEN, request.id))
        finally:
            events.cause = NOBODY


NO_CUSTOMER: Final = f"/v1/customers/{as_customers.ACCOUNT}"  # accounts are no customers here, however much they buy
RATE_LIMITED: Final[Json] = {
    "type": "invalid_request_error",
    "code": "rate_limit",
    "message": "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.",
}
SECRET_NEEDED: Final[Json] = {
    "type": "invalid_request_error",
    "code": "secret_key_required",
    "message": "This API call cannot be made with a publishable API key. Please use a secret API key.",
}
NO_EXPAND: Final[Json] = {  # which words it has is not confirmed
    "type": "invalid_request_error",
    "code": "more_permissions_required",
    "message": "The provided key does not have the required permissions to expand.",
}
NO_KEY: Final[Json] = {
    "type": "invalid_request_error",
    "message": "You did not provide an API key. You need to provide your API key in the Authorization header, using "
    "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
}
# The given key is not repeated, not even in part: it may be a live one pasted into the wrong place.
WRONG_KEY: Final[Json] = {"type": "invalid_request_error", "message": "Invalid API Key provided."}


def _key_of(request: Incoming) -> str:
    scheme, _, value = (request.header(b"authorization") or "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    # Stripe.js sends the publishable key among the parameters.
    named = dict(parse_qsl(request.query.decode("latin-1"))) | dict(parse_qsl(request.body.decode("latin-1")))
    return named.get("key", "")


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _error_body(error: Json, request: str) -> bytes:
    return orjson.dumps({"error": {**error, "request_log_url": f"https://dashboard.stripe.com/test/logs/{request}"}})


def _headers(request: Incoming, answer: Answer) -> list[tuple[bytes, bytes]]:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(answer.body)).encode()),
        (b"request-id", request.id.encode()),
        (b"stripe-version", API_VERSION.encode()),
        (b"access-control-allow-origin", b"*"),
    ]
    if key := request.header(b"idempotency-key"):
        headers.append((b"idempotency-key", key.encode("latin-1")))
    if answer.original:
        headers.append((b"original-request", answer.original.encode()))
    if answer.replayed:
        headers.append((b"idempotent-replayed", b"true"))
    if answer.status in {409, 429} or answer.status >= 500:
        headers.append((b"stripe-should-retry", b"true" if answer.status == 409 else b"false"))
    return headers


async def _send(send: Send, answer: Answer, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
