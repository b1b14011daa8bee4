"""Every planted bug still fits the source, and none is the source itself."""

from __future__ import annotations

import ast

import pytest

from chaos.mutants import MUTANTS, planted
from chaos.oracle import RULES


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_fits_the_source_and_is_a_program(mutant, tmp_path):
    tree = planted(mutant, tmp_path)
    assert [ast.parse((tree / file).read_text()) for file, _, _ in mutant.changes]
    assert mutant.found_by <= set(RULES)


def test_there_are_at_least_twelve():
    assert len({mutant.name for mutant in MUTANTS}) >= 12
