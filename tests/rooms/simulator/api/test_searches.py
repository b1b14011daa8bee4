"""What is searched for is found as Stripe's query language says, page by page, and what it does not know is refused."""

from __future__ import annotations

import pytest

from tests.rooms.simulator.asking import INVALID
from tests.rooms.simulator.door import Door, Refusal
from tests.rooms.simulator.furnished import Account

CUSTOMERS = "/v1/customers/search"


@pytest.fixture
def people(door: Door) -> Door:
    for name, tier in (("Ada Lovelace", "gold"), ("Grace Hopper", "silver"), ("Grace Kelly", None)):
        form = {"name": name, "email": f"{name.split()[-1].lower()}@x.example"}
        door.made("/v1/customers", form | ({"metadata[tier]": tier} if tier else {}))
    return door


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('name:"grace"', ["Kelly", "Hopper"]),
        ("name:'Ada Lovelace'", ["Lovelace"]),
        ('email~"hop"', ["Hopper"]),
        ('metadata["tier"]:"gold"', ["Lovelace"]),
        ('metadata["tier"]:"gol"', []),
        ('metadata["tier"]~"gol"', ["Lovelace"]),
        ('metadata["tier"]:null', ["Kelly"]),
        ('-metadata["tier"]:null', ["Hopper", "Lovelace"]),
        ('-metadata["tier"]:"gold"', ["Kelly", "Hopper"]),
        ('name:"grace" AND metadata["tier"]:"silver"', ["Hopper"]),
        ('name:"grace" metadata["tier"]:"silver"', ["Hopper"]),
        ('name:"kelly" OR name:"ada"', ["Kelly", "Lovelace"]),
        ("phone:null AND created>0", ["Kelly", "Hopper", "Lovelace"]),
        ("created<5", []),
        (r'name:"a \"b\""', []),
    ],
)  # fmt: skip
def test_a_query_finds_what_it_says(people: Door, query: str, found: list[str]):
    rows = people.ask("GET", CUSTOMERS, {"query": query}).json()["data"]
    assert [row["name"].split()[-1] for row in rows] == found


@pytest.mark.parametrize(
    "query",
    [
        "grace", 'colour:"red"', 'name:"a" AND', 'name>"a"', 'name~"ab"', 'metadata:"a"', 'name["a"]:"b"', "", 'created:"soon"',
        'name:"a" AND name:"b" OR name:"c"', '(name:"a")', " ".join(['name:"a"'] * 11), 'name:"a', 'status:"active"',
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(people: Door, query: str):
    code = "parameter_invalid_empty" if not query else None
    assert people.refused("GET", CUSTOMERS, {"query": query}) == Refusal(400, INVALID, code, "query")


def test_pages_are_walked_by_their_tokens(people: Door):
    names, form = [], {"query": "created>0", "limit": "2"}
    while True:
        answer = people.ask("GET", CUSTOMERS, form).json()
        assert (answer["object"], answer["url"]) == ("search_result", CUSTOMERS)
        names += [row["name"] for row in answer["data"]]
        if not answer["has_more"]:
            break
        form["page"] = answer["next_page"]
    assert answer["next_page"] is None
    assert names == ["Grace Kelly", "Grace Hopper", "Ada Lovelace"]
    for page in ("nonsense", "é", "bm9ib2R5"):
        assert people.refused("GET", CUSTOMERS, {"query": "created>0", "page": page}) == Refusal(
            400, INVALID, None, "page"
        )


def test_each_kind_is_searched_by_its_own_fields(door: Door):
    account = Account(door)
    subscription, invoice = account.subscription(), account.open()
    charge = account.charge()
    intent = door.sim.store.charges[charge]["payment_intent"]
    first = door.sim.store.subscriptions[subscription]["latest_invoice"]
    for path, query, found in (
        ("subscriptions", 'status:"active"', [subscription]),
        ("invoices", f'subscription:"{subscription}"', [first]),
        ("invoices", 'total:1000 AND status:"open"', [invoice]),
        ("charges", 'amount:500 AND refunded:"false" AND payment_method_details.card.brand:"visa"', [charge]),
        ("payment_intents", 'amount<=500 AND status:"succeeded"', [intent]),
        ("prices", f'product:"{door.sim.store.prices[account.price]["product"]}"', [account.price]),
        ("products", 'name:"plan" AND active:"true"', [door.sim.store.prices[account.price]["product"]]),
    ):
        rows = door.ask("GET", f"/v1/{path}/search", {"query": query}).json()["data"]
        assert [row["id"] for row in rows] == found, (path, query)


def test_who_was_deleted_is_not_found(people: Door):
    gone = people.ask("GET", CUSTOMERS, {"query": 'name:"ada"'}).json()["data"][0]["id"]
    people.ask("DELETE", f"/v1/customers/{gone}")
    assert people.ask("GET", CUSTOMERS, {"query": 'name:"ada"'}).json()["data"] == []
