"""The numbers of invariants and promises: each has its line, and no test, module or page names one that has none."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from chaos.oracle import RULES
from tests.architecture import pages
from tests.architecture.pages import DEVELOP, named, tables, text
from tests.architecture.tree import modules
from tideover.upkeep.invariants import RULES as WATCHED

INVARIANTS: Final = DEVELOP / "invariants.md"
PROMISES: Final = DEVELOP / "promises.md"
HOW_MANY: Final = {"PR1": 25, "PR2": 17, "WB": 23, "CN": 39, "RG": 50}
OWED: Final = {f"{prefix}-{number:02}" for prefix, most in HOW_MANY.items() for number in range(1, most + 1)}
WRITTEN = [*modules("tideover", "chaos", "bench", "scripts", "tests"), *pages.pages()]


def _numbered(page: Path) -> list[list[str]]:
    return [line for _, lines in tables(page) for line in lines]


def _borne_by() -> dict[str, str]:
    return {number: borne for number, _, borne in _numbered(INVARIANTS)}


def test_every_invariant_has_one_line():
    numbers = Counter(number for number, *_ in _numbered(INVARIANTS))
    assert numbers == Counter(f"I{number}" for number in range(1, 52))


def test_every_promise_has_one_line():
    numbers = Counter(number for number, *_ in _numbered(PROMISES))
    assert numbers == Counter(OWED)


@pytest.mark.parametrize("path", WRITTEN, ids=named)
def test_no_number_is_named_that_has_no_line(path):
    assert pages.invariants(text(path)) - set(_borne_by()) == set()
    assert pages.promises(text(path)) - OWED == set()


def test_the_page_knows_which_invariants_the_oracle_holds_and_which_rules_are_watched_in_production():
    assert {number for number, borne in _borne_by().items() if "oracle" in borne} == set(RULES)
    assert sorted(name for borne in _borne_by().values() for name in re.findall(r"`(\w+)`", borne)) == sorted(WATCHED)


def test_the_guard_of_numbers_sees_them_in_names_of_tests_and_in_ranges():
    assert pages.promises("test_cn_12_to_cn_18 (WB-21), PR1-14") == {"CN-12", "CN-18", "WB-21", "PR1-14"}
    assert pages.invariants("I3, I18 and 'I7'; not AI4 or I5-x") == {"I3", "I18", "I7"}
