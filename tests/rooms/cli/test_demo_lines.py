"""What the demo tells people: like with like first, each currency by itself, and chance called chance."""

from __future__ import annotations

import pytest

from tideover.cli.demo.lines import FIELD, compared, rows
from tideover.cli.demo.options import preset_charges
from tideover.cli.demo.variants import variants
from tideover.core.declines import Family
from tideover.core.rules import PRESETS


def a_world(name, paid, low, high):
    ahead = {"basis_points": (low + high) // 2, "interval": [low, high]}
    return {"name": name, "paid": paid, "basis_points": paid * 100, "interval": [1_000, 9_000], "ahead": ahead}


SAME = {
    "days": 30,
    "of": 100,
    "worlds": [
        a_world("tuned, alone", 60, 0, 0),
        a_world("Stripe", 50, 200, 1_800),
        a_world("Stripe 28", 58, -500, 900),
    ],
}
REPORT = {
    "same_failures": SAME,
    "failed": {"count": 120, "amounts": {"eur": 4_900, "usd": 1_900}},
    "recovered": {"count": 60, "amounts": {"usd": 1_900}},
    "returned": {"amounts": {}},
    "recovery_rate": {"basis_points": 5_000, "count": 60, "of": 120},
    "recovery_rate_matured": {"basis_points": 6_000, "count": 60, "of": 100},
    "by_cause": [{"cause": "no_funds", "words": "Insufficient funds", "failed": 12, "ended": 10, "recovered": 6}],
    "charges": {"us": 200},
    "messages": {"sent": 90},
    "median_days_to_recovery": "3.0",
    "violations": [],
}


def test_the_first_lines_compare_the_same_failures():
    told = rows(REPORT)
    assert told[0][0] == "The same 100 first failures, paid in 30 days"
    assert [name.strip() for name, _ in told[1:4]] == ["tuned, alone", "Stripe", "Stripe 28"]


def test_a_difference_that_may_be_chance_is_called_so():
    [_, _, sure, unsure] = compared(SAME)
    assert sure[1].endswith("ours +10.0 points (+2 to +18)")
    assert unsure[1].endswith("(-5 to +9): may be chance")


def test_nothing_is_compared_before_thirty_days_are_over():
    assert compared({**SAME, "of": 0}) == [("The same first failures", "not yet measurable: none has had its 30 days")]


def test_each_currency_has_a_line_of_its_own():
    names = [name for name, _ in rows(REPORT)]
    place = names.index("Failed payments")
    assert names[place : place + 5] == ["Failed payments", "  EUR", "  USD", "Recovered", "  USD"]


def test_a_family_is_told_among_those_that_have_ended_and_beside_what_the_field_reports():
    assert ("  Insufficient funds", "6 of 10 (60 %), 2 open   the field: 48 to 71 %") in rows(REPORT)
    assert FIELD.keys() <= {family.value for family in Family}


def test_each_preset_is_compared_beside_stripe_and_alone_where_it_charges(tmp_path):
    asked = _options(tmp_path)
    names = [variant.name for variant in variants(asked)]
    assert names[0] == "tuned, alone"
    assert sorted(names) == sorted(
        [f"{name}, beside Stripe" for name in PRESETS] + [f"{name}, alone" for name in PRESETS if preset_charges(name)]
    )
    assert len({variant.home for variant in variants(asked)}) == len(names)


@pytest.mark.parametrize(
    ("preset", "charges"), [("tuned", True), ("windback", False), ("paymentrescue", False), ("?", False)]
)
def test_a_preset_that_only_writes_charges_nothing(preset, charges):
    assert preset_charges(preset) is charges


def _options(home):
    from tideover.cli.demo.options import Options  # noqa: PLC0415

    return Options(home, 90, 400, 1, "tuned", 0, serve=False, json=False, open_browser=False, coexist=False)


def test_what_went_back_has_its_line_where_anything_did():
    told = dict(rows({**REPORT, "returned": {"amounts": {"eur": 4_900}}}))
    assert "Came, and went back since" in told
    assert "Came, and went back since" not in dict(rows(REPORT))
