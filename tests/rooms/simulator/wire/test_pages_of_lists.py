"""Lists: their limits, their cursors, their filters, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.rooms.simulator.asking import INVALID, named
from tests.rooms.simulator.door import Door, Refusal
from tests.rooms.simulator.furnished import DAY, Account
from tideover.simulator.api.resources import TABLE
from tideover.simulator.wire.forms import Shape
from tideover.simulator.wire.operations import Operation
from tideover.simulator.wire.searching import SEARCHABLE

NO_LISTS = frozenset(f"/v1/{kind}s/search" for kind in SEARCHABLE)  # a search answers a result of its own kind
LISTS = sorted(
    (operation for operation in TABLE.operations if operation.lists and operation.path not in NO_LISTS), key=named
)
TAKE_CURSORS = [operation for operation in LISTS if "starting_after" in operation.fields]
WRONG = Refusal(400, INVALID, None, "limit")
NEEDED: dict[str, Callable[[Account], str]] = {"subscription": Account.subscription, "setup_intent": Account.setup}
every = pytest.mark.parametrize("operation", TAKE_CURSORS, ids=named)


def of_somebody(door: Door, operation: Operation) -> tuple[str, dict[str, str]]:
    """The address of a list and what must be asked with it, of things there are where it hangs on one."""
    account, kind = Account(door), operation.accepts
    assert isinstance(kind, Shape)
    path = operation.path.replace("{invoice}", account.draft()).replace("{customer}", account.customer())
    return path, {need: NEEDED[need](account) for need in kind.needs}


@every
def test_a_page_has_one_to_a_hundred_rows(door: Door, operation: Operation):
    path, form = of_somebody(door, operation)
    assert [door.refused("GET", path, form | {"limit": limit}) for limit in (0, 101, -1)] == [WRONG] * 3
    assert [door.ask("GET", path, form | {"limit": limit}).status_code for limit in (1, 100)] == [200, 200]


@every
@pytest.mark.parametrize("cursor", ["starting_after", "ending_before"])
def test_a_cursor_nobody_knows_is_refused_by_its_name(door: Door, operation: Operation, cursor: str):
    path, form = of_somebody(door, operation)
    refused = door.refused("GET", path, form | {cursor: "nobody"})
    assert refused == Refusal(400, INVALID, "resource_missing", cursor)


@every
def test_a_list_is_read_in_one_direction(door: Door, operation: Operation):
    path, form = of_somebody(door, operation)
    both = form | {"starting_after": "a", "ending_before": "b"}
    assert door.refused("GET", path, both) == Refusal(400, INVALID, "parameters_exclusive")


@pytest.mark.parametrize("operation", LISTS, ids=named)
def test_a_list_says_what_it_is(door: Door, operation: Operation):
    answer = door.ask("GET", *of_somebody(door, operation)).json()
    assert (answer["object"], answer["has_more"]) == ("list", False)
    assert {row["object"] for row in answer["data"]} <= {operation.answers}


@pytest.mark.parametrize("path", ["/v1/customers", "/v1/invoiceitems", "/v1/events"])
def test_a_list_is_cut_by_the_time_of_creation(door: Door, path: str):
    account, begin = Account(door), door.sim.now()
    account.draft()
    door.pull("advance", {"to": begin + DAY})
    account.draft()
    counted = [
        len(door.ask("GET", path, {f"created[{bound}]": at, "limit": 100}).json()["data"])
        for bound, at in (("lte", begin), ("gt", begin), ("gte", begin + DAY), ("lt", begin + DAY))
    ]
    assert counted == [counted[0]] * 4
    assert counted[0] > 0


def test_the_lines_of_an_invoice_are_paged_in_both_directions(door: Door):
    account = Account(door)
    customer = account.customer()
    invoice = door.made("/v1/invoices", {"customer": customer})["id"]
    for amount in range(1, 6):
        door.made("/v1/invoiceitems", {"customer": customer, "invoice": invoice, "amount": amount})

    def page(**given: str | int) -> tuple[list[int], bool, str, str]:
        answer = door.ask("GET", f"/v1/invoices/{invoice}/lines", given).json()
        rows = answer["data"]
        return [row["amount"] for row in rows], answer["has_more"], rows[0]["id"], rows[-1]["id"]

    first, more, _, last = page(limit=2)
    assert (first, more) == ([1, 2], True)
    second, more, top, last = page(limit=2, starting_after=last)
    assert (second, more) == ([3, 4], True)
    assert page(limit=2, starting_after=last)[:2] == ([5], False)
    assert page(limit=1, ending_before=top)[:2] == ([2], True)
    assert page(limit=9, ending_before=top)[:2] == ([1, 2], False)


def test_invoices_are_found_by_the_day_they_are_due(door: Door):
    account = Account(door)
    account.open()
    due = door.sim.now() + DAY
    form = {"customer": account.customer(), "collection_method": "send_invoice", "due_date": due}
    invoice = door.made("/v1/invoices", form)["id"]
    for asked, found in (({"due_date": due}, [invoice]), ({"due_date[gt]": 1}, [invoice]), ({"due_date[lt]": due}, [])):
        assert [row["id"] for row in door.ask("GET", "/v1/invoices", asked).json()["data"]] == found
