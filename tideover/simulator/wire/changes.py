"""How objects change: fields are set, the event tells what they were before, on the clock of the object's customer."""

from __future__ import annotations

from typing import Any

from tideover.simulator.account.store import Collection, Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.wire.errors import invalid, missing
from tideover.simulator.wire.forms import MOST_KEYS


def clock_of(sim: Simulator, thing: Json) -> str | None:
    """The test clock an object lives on, through its customer; None for the main clock."""
    if not sim.test_timelines:
        return None
    if thing.get("object") == "customer":
        return str(thing["test_clock"]) if thing["test_clock"] else None
    customer = sim.store.customers.get(thing.get("customer"))
    return customer["test_clock"] if customer else None


def now_of(sim: Simulator, thing: Json) -> int:
    """The instant it is for an object."""
    return sim.now(clock_of(sim, thing))


def tell(sim: Simulator, kind: str, thing: Json, before: Json | None = None) -> None:
    """Record an event at the object's own time."""
    sim.events.record(kind, thing, before, at=now_of(sim, thing))


def change(sim: Simulator, kind: str, thing: Json, fields: Json) -> bool:
    """Set `fields` and record the event `kind` with what they were; nothing happens when nothing differs."""
    before = {name: thing.get(name) for name, value in fields.items() if thing.get(name) != value}
    if not before:
        return False
    thing.update({name: fields[name] for name in before})
    tell(sim, kind, thing, before)
    return True


def found(collection: Collection, key: str | None, param: str | None = None) -> Json:
    """The object of that id, or Stripe's "No such …". `param` names the parameter it is from; None: the path."""
    thing = collection.get(key)
    if thing is None:
        raise missing(collection.kind, key or "", param)
    return thing


def merged(old: dict[str, str], new: dict[str, str] | str | None) -> dict[str, str]:
    """Metadata after an update: "" clears all, an empty value removes one name. Raises where it would be too much."""
    if new is None:
        return old
    if isinstance(new, str):
        return {}
    kept = {name: value for name, value in {**old, **new}.items() if value != ""}
    refuse_unless(len(kept) <= MOST_KEYS, f"An object has at most {MOST_KEYS} metadata keys.", param="metadata")
    return kept


def plain(params: Json, *names: str) -> Json:
    """The named parameters that were given; the empty string becomes null."""
    return {name: None if params[name] == "" else params[name] for name in names if name in params}


def refuse_unless(condition: object, message: str, code: str | None = None, param: str | None = None) -> None:
    """A 400 with that message unless the condition holds."""
    if not condition:
        raise invalid(message, code=code, param=param)


def address(given: Any) -> Json | None:  # noqa: ANN401 - an address or ""
    """A whole address of the given parts."""
    if not given:
        return None
    return {name: given.get(name) or None for name in ("city", "country", "line1", "line2", "postal_code", "state")}
