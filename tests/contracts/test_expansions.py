"""What the simulator lets be expanded is what Stripe's library types as an id or an object, and where objects stand."""

from __future__ import annotations

import pytest

from tests.contracts.validator import Contract, Json
from tideover.simulator.wire.expansion import EXPANDABLE, HIDDEN, LISTS

PLACES = [(kind, place, target) for kind, places in EXPANDABLE.items() for place, target in places.items()]


def objects(contract: Contract) -> dict[str, Json]:
    """The schema of each kind of object, by what it calls itself."""
    named: dict[str, Json] = {}
    for schema in contract._schemas.values():
        for word in schema.get("properties", {}).get("object", {}).get("enum", ()):
            named.setdefault(word, schema)
    return named


def choices(contract: Contract, schema: Json) -> list[Json]:
    """What may stand at a place: a text, an object, either."""
    schema = schema.get("items", schema)
    several = [schema, *schema.get("anyOf", ()), *schema.get("allOf", ())]
    return [contract._followed(each) for each in several]


def standing_at(contract: Contract, kind: str, place: str) -> list[Json]:
    there = [objects(contract)[kind]]
    for name in place.split("."):
        holder = next(each["properties"] for each in there if name in each.get("properties", {}))
        there = choices(contract, holder[name])
    return there


@pytest.mark.parametrize(("kind", "place", "target"), PLACES)
def test_what_may_be_expanded_is_typed_so(contract: Contract, kind: str, place: str, target: str):
    there = standing_at(contract, kind, place)
    words = {word for each in there for word in each.get("properties", {}).get("object", {}).get("enum", ())}
    texts = any(each.get("type") == "string" for each in there)
    if place in LISTS:
        assert words == {"list"}
    elif (kind, place) in HIDDEN:
        assert any("properties" in each for each in there)
    else:
        assert target in words
        assert texts or place == "price"  # a subscription's item holds its price whole
