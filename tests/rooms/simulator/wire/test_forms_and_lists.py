"""Forms are read as Stripe's libraries write them, and lists are paged as Stripe pages them. No server."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideover.simulator.account.store import Collection
from tideover.simulator.wire.decoding import DEEPEST, decode
from tideover.simulator.wire.errors import StripeError
from tideover.simulator.wire.forms import anything, flag, integer, listed, mapping, shape, text
from tideover.simulator.wire.listing import page

DAY = 86400


@given(st.integers(0, 60), st.integers(1, 100), st.booleans())
def test_the_pages_of_a_list_are_the_whole_list_newest_first(count: int, limit: int, backwards: bool):
    things = Collection("thing")
    for n in range(count):
        things.add({"id": f"t_{n}", "created": n // 3})
    whole = [f"t_{n}" for n in range(count)][::-1]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = page(things, {"limit": limit, **cursor}, "/v1/things")
        ids = [row["id"] for row in answer["data"]]
        seen = ids + seen if backwards and cursor else seen + ids
        if not answer["has_more"]:
            break
        if backwards and not cursor:
            cursor, seen = {"ending_before": "t_0"}, ["t_0"]
        else:
            cursor = {"ending_before": seen[0]} if backwards else {"starting_after": seen[-1]}
    assert seen == whole


def test_a_list_is_filtered_by_creation_and_by_index():
    things = Collection("thing", ("owner",))
    for n in range(10):
        things.add({"id": f"t_{n}", "created": n, "owner": "even" if n % 2 == 0 else "odd"})
    answer = page(things, {"created": {"gte": 3, "lt": 8}, "owner": "even"}, "/", ("owner",))
    assert [row["id"] for row in answer["data"]] == ["t_6", "t_4"]
    things.change(things["t_4"], "owner", "odd")
    assert [row["id"] for row in page(things, {"owner": "even"}, "/", ("owner",))["data"]] == [
        "t_8",
        "t_6",
        "t_2",
        "t_0",
    ]


def test_a_cursor_nobody_knows_is_an_error():
    with pytest.raises(StripeError):
        page(Collection("thing"), {"starting_after": "t_9"}, "/")


SHAPE = shape(
    {
        "name": text,
        "on": flag,
        "metadata": mapping,
        "rows": listed(shape({"id": text, "n": integer})),
        "kinds": listed(text),
    }
)


def test_a_form_is_read_as_stripes_libraries_write_it():
    form = urlencode(
        [
            ("name", "Ada & Co"),
            ("on", "true"),
            ("metadata[a b]", "1"),
            ("rows[0][id]", "x"),
            ("rows[0][n]", "-3"),
            ("rows[1][id]", "y"),
            ("kinds[]", "one"),
            ("kinds[]", "two"),
        ]
    ).encode()
    assert SHAPE(decode(form), "") == {
        "name": "Ada & Co",
        "on": True,
        "metadata": {"a b": "1"},
        "rows": [{"id": "x", "n": -3}, {"id": "y"}],
        "kinds": ["one", "two"],
    }


@pytest.mark.parametrize(
    ("form", "param"),
    [
        ("on=yes", "on"),
        ("rows[0][n]=x", "rows[0][n]"),
        ("rows[0][m]=1", "rows[0][m]"),
        ("nmae=1", "nmae"),
        ("rows=1", "rows"),
    ],
)
def test_what_does_not_fit_is_named(form: str, param: str):
    with pytest.raises(StripeError) as raised:
        SHAPE(decode(form.encode()), "")
    assert raised.value.error["param"] == param


@given(st.text(max_size=60))
def test_no_form_breaks_the_decoder(form: str):
    with suppress(StripeError):
        assert isinstance(SHAPE(decode(form.encode(errors="surrogatepass")), ""), dict)


def test_names_of_metadata_may_be_numbers_and_those_of_a_list_are_its_order():
    asked = {"metadata[7]": "seven", "metadata[3]": "three", "kinds[7]": "later", "kinds[3]": "first"}
    read = SHAPE(decode(urlencode(asked).encode()), "")
    assert read == {"metadata": {"7": "seven", "3": "three"}, "kinds": ["first", "later"]}
    assert anything(decode(b"a[1]=y&a[0]=x&b[c]=z"), "") == {"a": ["x", "y"], "b": {"c": "z"}}


@pytest.mark.parametrize(
    "form",
    [
        b"name=%FF",
        b"name=\xff",
        b"name=%ED%A0%80",
        b"name=a%00b",
        b"na%00me=a",
        b"metadata" + b"[x]" * DEEPEST + b"=1",
        b"metadata" + b"[x]" * 3_000 + b"=1",
        b"kinds[" + b"9" * 5_000 + b"]=1",
        b"rows[0][n]=" + b"9" * 5_000,
        b"kinds=a&kinds[0]=b",
    ],
    ids=lambda form: str(form[:24]),
)
def test_what_no_server_could_keep_or_walk_through_is_refused(form: bytes):
    with pytest.raises(StripeError) as raised:
        SHAPE(decode(form), "")
    assert raised.value.status == 400


def test_a_name_reaches_so_deep_and_no_deeper_whatever_it_is_for():
    assert decode(b"a" + b"[b]" * (DEEPEST - 1) + b"=1")
    with pytest.raises(StripeError, match="parts"):
        decode(b"a" + b"[b]" * DEEPEST + b"=1")
