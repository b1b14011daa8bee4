"""Lists as Stripe pages them: newest first, `limit`, `starting_after`, `ending_before`, `created` and a filter.

Sources: https://docs.stripe.com/api/pagination.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice

from tideover.simulator.account.store import Collection, Json
from tideover.simulator.wire.errors import invalid, missing

Wanted = Callable[[Json], bool]


def page(
    things: Collection,
    params: Json,
    url: str,
    equal: tuple[str, ...] = (),
    wanted: Wanted | None = None,
) -> Json:
    """One page of a collection. `equal` are parameters that must equal the field of the same name."""
    limit = limit_of(params)
    checks = [*_equal_checks(params, equal), *([wanted] if wanted else []), *_created_checks(params)]
    before = params.get("ending_before")
    source = _older(things, params, equal)
    fitting = (thing for thing in source if all(check(thing) for check in checks))
    rows = _nearest_newer(things, before, fitting, limit) if before else list(islice(fitting, limit + 1))
    more = len(rows) > limit
    kept = rows[-limit:] if before else rows[:limit]
    return envelope(kept, url, has_more=more)


def part(rows: list[Json], params: Json, kind: str, url: str) -> Json:
    """One page of rows that have an order of their own, such as an invoice's lines."""
    limit, ids = limit_of(params), [row["id"] for row in rows]
    for cursor in ("starting_after", "ending_before"):
        if cursor in params and params[cursor] not in ids:
            raise missing(kind, params[cursor], cursor)
    if before := params.get("ending_before"):
        older = rows[: ids.index(before)]
        return envelope(older[-limit:], url, has_more=len(older) > limit)
    after = params.get("starting_after")
    left = rows[ids.index(after) + 1 :] if after else rows
    return envelope(left[:limit], url, has_more=len(left) > limit)


def limit_of(params: Json) -> int:
    """How many rows a page has; raises for a wrong number, and for two cursors at once."""
    limit: int = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise invalid("This value must be between 1 and 100 (inclusive).", param="limit")
    if "starting_after" in params and "ending_before" in params:
        raise invalid("Give one of ending_before and starting_after, not both.", code="parameters_exclusive")
    return limit


def envelope(rows: Iterable[Json], url: str, *, has_more: bool = False) -> Json:
    """A list object."""
    return {"object": "list", "data": list(rows), "has_more": has_more, "url": url}


def _older(things: Collection, params: Json, equal: tuple[str, ...]) -> Iterator[Json]:
    cursor = params.get("starting_after")
    if cursor and not things.knows(cursor):
        raise missing(things.kind, cursor, "starting_after")
    for field in equal:
        if field in params and things.indexes(field):
            rows = reversed(things.of(field, params[field]))
            limit = things.place(cursor) if cursor else None
            return (row for row in rows if limit is None or things.place(row["id"]) < limit)
    return things.newest_first(cursor)


def _nearest_newer(things: Collection, cursor: str, fitting: Iterator[Json], limit: int) -> list[Json]:
    """The page just before `cursor`: the oldest of the newer ones, still newest first."""
    if not things.knows(cursor):
        raise missing(things.kind, cursor, "ending_before")
    place, newer = things.place(cursor), []
    for thing in fitting:
        if things.place(thing["id"]) <= place:
            break
        newer.append(thing)
    return newer[-(limit + 1) :]


def _equal_checks(params: Json, equal: tuple[str, ...]) -> list[Wanted]:
    return [_equals(field, params[field]) for field in equal if field in params]


def _equals(field: str, value: object) -> Wanted:
    return lambda thing: thing.get(field) == value


def _created_checks(params: Json) -> list[Wanted]:
    return [lambda thing: within(params["created"], _created(thing))] if params.get("created") is not None else []


def _created(thing: Json) -> int:
    """When an object was made; an invoice item calls it its date."""
    return int(thing["created"] if "created" in thing else thing["date"])


def within(asked: Json | int | str | None, at: int | None) -> bool:
    """Whether an instant fits what was asked for: an instant, bounds of one (gt, gte, lt, lte), or nothing."""
    if asked is None or isinstance(asked, str):
        return True
    if isinstance(asked, int) or at is None:
        return at == asked
    return all(BOUNDS[name](at, bound) for name, bound in asked.items())


BOUNDS: Mapping[str, Callable[[int, int], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}
