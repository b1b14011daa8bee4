"""Search over HTTP: `GET /v1/customers/search?query=…`, alike for each kind of object that can be searched.

Sources: https://docs.stripe.com/api/customers/search (pages are asked for by a token, and there is no order).
"""

from __future__ import annotations

import base64
import binascii
from itertools import islice

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.wire.errors import invalid
from tideover.simulator.wire.forms import integer, text
from tideover.simulator.wire.listing import limit_of
from tideover.simulator.wire.operations import Call, Handler, operation
from tideover.simulator.wire.searching import SEARCHABLE, wanted


def _search_of(kind: str) -> Handler:
    def search(sim: Simulator, call: Call) -> Json:
        fits = wanted(kind, call.params["query"])
        limit, things = limit_of(call.params), sim.store.of_kind(kind)
        cursor = _last_shown(call.params["page"]) if "page" in call.params else None
        if cursor and not things.knows(cursor):
            raise _no_page()
        rows = list(islice(filter(fits, things.newest_first(cursor)), limit + 1))
        more = len(rows) > limit
        return {
            "object": "search_result",
            "data": rows[:limit],
            "has_more": more,
            "next_page": base64.urlsafe_b64encode(rows[limit - 1]["id"].encode()).decode() if more else None,
            "url": f"/v1/{kind}s/search",
        }

    return search


def _last_shown(page: str) -> str:
    try:
        return base64.urlsafe_b64decode(page).decode()
    except (binascii.Error, UnicodeError, ValueError):
        raise _no_page() from None


def _no_page() -> Exception:
    return invalid("Invalid page: it is not one that a search has answered as its next_page.", param="page")


for _kind in SEARCHABLE:
    operation("GET", f"/v1/{_kind}s/search", {"query": text, "limit": integer, "page": text}, needs=("query",))(
        _search_of(_kind)
    )
