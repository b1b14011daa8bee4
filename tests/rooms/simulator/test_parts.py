"""The simulator's small parts: time, order, pages, forms, periods, cards. No server."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideover.simulator.account import cards
from tideover.simulator.account.issuer import Ask
from tideover.simulator.account.store import Collection, Ids
from tideover.simulator.api.payments.paying import business_days_after
from tideover.simulator.clock.clock import Clock
from tideover.simulator.clock.periods import end_of, step
from tideover.simulator.clock.timeline import Timeline
from tideover.simulator.wire.errors import StripeError
from tideover.simulator.wire.forms import decode, flag, integer, listed, mapping, shape, text
from tideover.simulator.wire.listing import page

DAY = 86400


def test_a_simulated_clock_stands_still_and_never_runs_backwards():
    clock = Clock(100)
    clock.move(50)
    assert clock.now() == 100
    clock.move(150)
    assert clock.now() == 150


def test_a_wall_clock_that_was_moved_ahead_runs_on_from_there():
    clock = Clock(1_000, "wall")
    assert clock.now() in {1_000, 1_001}
    clock.move(5_000)
    assert 5_000 <= clock.now() <= 5_002


@given(st.lists(st.integers(0, 20)))
def test_acts_happen_in_time_order_and_at_one_instant_as_they_were_planned(times: list[int]):
    timeline = Timeline()
    done: list[tuple[int, int]] = []
    for place, at in enumerate(times):
        timeline.at(at, partial(done.append, (at, place)))
    while entry := timeline.pop_due(100):
        entry.act()
    assert done == sorted(done)
    assert len(done) == len(times)


def test_a_dropped_act_does_not_happen_and_a_named_one_replaces_its_forerunner():
    timeline = Timeline()
    done: list[str] = []
    timeline.drop(timeline.at(1, lambda: done.append("dropped")))
    timeline.plan("retry", 2, lambda: done.append("old"))
    timeline.plan("retry", 3, lambda: done.append("new"))
    assert timeline.next_at() == 3
    while entry := timeline.pop_due(9):
        entry.act()
    assert done == ["new"]
    timeline.cancel("retry")
    assert timeline.next_at() is None


@given(st.sampled_from(["day", "week", "month", "year"]), st.integers(1, 3), st.integers(0, 2**31), st.integers(0, 40))
def test_periods_follow_each_other_without_gap(interval: str, count: int, anchor: int, passed: int):
    start = step(anchor, interval, count, passed)
    end = end_of(anchor, interval, count, start)
    assert end == step(anchor, interval, count, passed + 1)
    assert end > start
    assert end_of(anchor, interval, count, end - 1) == end


def test_the_31st_comes_back_after_a_short_month():
    anchor = int(datetime(2027, 1, 31, 9, tzinfo=UTC).timestamp())
    days = [datetime.fromtimestamp(step(anchor, "month", 1, n), UTC).strftime("%m-%d %H") for n in range(4)]
    assert days == ["01-31 09", "02-28 09", "03-31 09", "04-30 09"]


def test_a_leap_day_renews_on_the_28th():
    anchor = int(datetime(2028, 2, 29, tzinfo=UTC).timestamp())
    assert datetime.fromtimestamp(step(anchor, "year", 1, 1), UTC).strftime("%Y-%m-%d") == "2029-02-28"


@pytest.mark.parametrize(("weekday", "passed"), [("2026-09-21", 4), ("2026-09-22", 6), ("2026-09-26", 5)])
def test_business_days_skip_the_weekend(weekday: str, passed: int):
    at = int(datetime.fromisoformat(f"{weekday}T12:00:00+00:00").timestamp())
    assert business_days_after(at, 4) - at == passed * DAY


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
    )
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
        SHAPE(decode(form), "")
    assert raised.value.error["param"] == param


@given(st.text(max_size=60))
def test_no_form_breaks_the_decoder(form: str):
    with suppress(StripeError):
        assert isinstance(SHAPE(decode(form), ""), dict)


def test_the_same_seed_gives_the_same_ids_and_another_seed_others():
    one, same, other = Ids(1), Ids(1), Ids(2)
    drawn = [one.new("in") for _ in range(5)]
    assert drawn == [same.new("in") for _ in range(5)]
    assert not set(drawn) & {other.new("in") for _ in range(5)}


def test_every_published_number_has_a_valid_check_digit_but_the_one_meant_not_to():
    wrong = [card.number for card in cards.TEST_CARDS if not cards.passes_luhn(card.number)]
    assert wrong == ["4242424242424241"]


def test_every_token_names_a_card_of_the_table():
    assert set(cards.TOKENS.values()) <= set(cards.BY_NUMBER)


def test_a_card_that_must_be_authenticated_unless_set_up_is_charged_after_its_setup():
    bank = cards.Cards()
    issuer = cards.CardIssuer(bank)
    bank.remember("pm_1", cards.behavior_of("4000002500003155"), since=0)

    def ask(purpose: str, *, authenticated: bool = False) -> str:
        return issuer.authorize(
            Ask(0, "pm_1", None, 100, "usd", "api", authenticated=authenticated, purpose=purpose)  # type: ignore[arg-type]
        ).outcome

    assert ask("charge") == "needs_authentication"
    assert ask("setup") == "needs_authentication"
    assert ask("setup", authenticated=True) == "approved"
    assert ask("charge") == "approved"


@pytest.mark.parametrize("token", ["pm_sim_decline_nonsense", "pm_sim_ok", "pm_sim_decline_"])
def test_a_token_that_spells_nothing_is_no_card(token: str):
    assert cards.scripted(token) is None
