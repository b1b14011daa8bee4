"""The way to one account at Stripe: its key, its turn, what it hears, and whether anything may be written at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

import stripe
from stripe import V1Services

from tideover import clock
from tideover.gateways import reading
from tideover.gateways.answers import ReadOnly, Unknown
from tideover.gateways.errors import (
    LOCKED_OUT,
    Alarming,
    does_not_exist,
    in_reading,
    in_words,
    in_writing,
    is_dead,
    is_silence,
)
from tideover.gateways.kinds import CAPABILITIES, Kind
from tideover.gateways.line import FreeLine, Line
from tideover.gateways.shape import Json
from tideover.gateways.unfolding import unfolded
from tideover.gateways.wire import Wire

API_VERSION = "2026-10-28.endive"
TIMEOUT_SECONDS = 20.0


@lru_cache(maxsize=256)
def client_with(api_key: str, api_base: str, timeout: float = 0) -> stripe.StripeClient:
    """One client, and so one pool of connections, per key and patience; `timeout` in seconds, 0 for the usual one."""
    return stripe.StripeClient(
        api_key,
        stripe_version=API_VERSION,
        max_network_retries=0,
        base_addresses={"api": api_base} if api_base else {},
        http_client=Wire(timeout=timeout or TIMEOUT_SECONDS),
    )


def must_have_an_id(found: Json) -> None:
    """Whatever has none is no answer of Stripe's, who gives one to everything: soon the right one may answer again."""
    if not isinstance(found.get("id"), str):
        raise stripe.APIError("what came back is nothing of Stripe's")


def plain(thing: stripe.StripeObject) -> Json:
    return cast("Json", thing.to_dict())


def _never() -> bool:
    return False  # nothing is stopped


class Way:
    """One connected account. `may_write` is false in observe mode: then every write raises ReadOnly, but for those of
    our own webhook endpoint where `may_make_endpoint`.

    So does it while `stopped` says so, which is asked right before each write; of webhook endpoints, `set_up_stopped`.
    """

    def __init__(  # noqa: PLR0913 - each is one thing that a caller may have otherwise
        self,
        api_key: str | Callable[[], str],
        *,
        api_base: str = "",
        kind: Kind = Kind.KEY,
        may_write: bool = False,
        may_make_endpoint: bool = False,
        stopped: Callable[[], bool] = _never,
        set_up_stopped: Callable[[], bool] = _never,
        line: Line | None = None,
        timeout: float = 0,
    ) -> None:
        """`api_base` is empty for Stripe itself, or the simulator's address. `timeout`: as `client_with` has it.

        Of a `kind` whose tokens roll the key is asked for anew before each call; that raises Busy, or LockedOut.
        """
        self._key, self._base, self._timeout = api_key, api_base, timeout
        self._can = CAPABILITIES[kind]
        self._may_write, self._stopped, self._set_up_stopped = may_write, stopped, set_up_stopped
        self._may_make_endpoint = may_write or may_make_endpoint
        self._line = line or FreeLine()

    @property
    def _v1(self) -> V1Services:
        """The way to one call, once it is our turn. Raises Busy, and LockedOut where no key is to be had any more."""
        self._line.turn()
        key = self._key if isinstance(self._key, str) else self._key()
        return client_with(key, self._base, self._timeout).v1

    def _expand(self, *paths: str) -> Any:  # noqa: ANN401 - each call has parameters of its own kind
        """What asks for the objects at these paths, where that may be asked for."""
        return {"expand": list(paths)} if self._can.expands else {}

    def _with(self, paths: Sequence[str], found: Json) -> Json:
        """The answer with the objects at these paths in place."""
        return found if self._can.expands else unfolded(found, paths, lambda: self._v1)

    @contextmanager
    def _read(self) -> Iterator[None]:
        """Whatever refuses to be read tells of our key or our question, and somebody should know."""
        with self._heard(in_reading(), (*LOCKED_OUT, stripe.InvalidRequestError)):
            yield

    @contextmanager
    def _written(self) -> Iterator[None]:
        with self._heard(in_writing(), LOCKED_OUT):
            yield

    @contextmanager
    def _heard(self, in_our_words: AbstractContextManager[None], alarming: Alarming) -> Iterator[None]:
        with in_our_words:
            try:
                yield
            except stripe.StripeError as failed:
                if is_silence(failed):
                    self._line.silent()
                elif isinstance(failed, alarming):
                    self._line.refused(in_words(failed), all_calls=is_dead(failed))
                raise
        self._line.answered()

    def look(self, ask: Callable[[V1Services, bool], stripe.StripeObject]) -> Json | None:
        """Whatever else is asked for, or None where there is no such thing. It hears whether it may expand."""
        with self._read():
            return self._found(lambda: ask(self._v1, self._can.expands))

    def _found(self, fetch: Callable[[], stripe.StripeObject]) -> Json | None:
        """What was asked for, or None where Stripe has no such thing."""
        try:
            return plain(fetch())
        except stripe.InvalidRequestError as refused:
            if does_not_exist(refused):
                return None
            raise

    def _pages(self, fetch: Callable[[dict[str, str]], stripe.StripeObject]) -> Iterator[list[Json]]:
        last = ""
        while True:
            with self._read():
                page, last = reading.page_read(plain(fetch({"starting_after": last} if last else {})), after=last)
            yield page
            if not last:
                return

    def _must_write(self) -> None:
        if not self._may_write or self._stopped():
            raise ReadOnly("This connection is in observe mode or stopped: Tideover reads, and changes nothing.")

    def _must_make_endpoint(self) -> None:
        if not self._may_make_endpoint or self._set_up_stopped():
            raise ReadOnly("Stopped, or in observe mode and not let to: Tideover makes no webhook endpoint.")


def must_be_young(not_after: datetime | None) -> None:
    """Nothing is sent under a key that may be forgotten: our turn came late, or the machine slept meanwhile."""
    if not_after is not None and clock.now() >= not_after:
        raise Unknown("the key grew too old before it was our turn")
