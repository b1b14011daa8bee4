"""Every planted bug still fits the source, is a program, and is a bug."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from chaos.mutants import BUGS, ROOT, Stale, mutants, planted, read, small
from chaos.oracle import RULES

MUTANTS = list(mutants())


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_fits_the_source_and_is_a_program(mutant, tmp_path):
    tree = planted(mutant, tmp_path)
    for change in mutant.changes:
        planted_source, source = ((place / change.file).read_text() for place in (tree, ROOT))
        assert ast.dump(ast.parse(planted_source)) != ast.dump(ast.parse(source))


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_names_nothing_that_is_not_there(mutant, tmp_path):
    tree = planted(mutant, tmp_path)
    files = [str(tree / change.file) for change in mutant.changes]
    names = [sys.executable, "-m", "ruff", "check", "--isolated", "--quiet", "--select", "F821,F822,F823", *files]
    told = subprocess.run(names, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout) == (0, ""), "a bug that cannot run does no harm and proves nothing"


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_says_what_it_is_and_who_must_find_it(mutant):
    assert mutant.what
    assert mutant.found_by
    assert mutant.found_by <= set(RULES)
    assert mutant.changes
    assert small(1, **mutant.options).seed == 1
    assert all(change.find.strip() and change.find != change.put for change in mutant.changes)


def test_there_are_at_least_twelve_and_every_file_is_one():
    assert len(MUTANTS) == len(list(BUGS.iterdir())) >= 12


def test_a_mutant_whose_lines_are_gone_is_refused(tmp_path):
    (tmp_path / "M1.bug").write_text("what: nothing\nfound by: I1\n\n@@ tideover/ids.py\n-no such line\n+another\n")
    with pytest.raises(Stale, match=r"M1: tideover/ids\.py has 0 places"):
        planted(read(tmp_path / "M1.bug"), tmp_path / "tree")


def test_a_change_is_read_line_by_line(tmp_path):
    said = "what: w\nfound by: I1 I2\noptions: acts=6.0 sleepovers=2\n\n@@ a.py\n here\n-gone\n+come\n+too\n\n@@ b.py\n-x\n"
    (tmp_path / "M2.bug").write_text(said)
    mutant = read(tmp_path / "M2.bug")
    assert [(change.file, change.find, change.put) for change in mutant.changes] == [
        ("a.py", "here\ngone\n", "here\ncome\ntoo\n"),
        ("b.py", "x\n", ""),
    ]
    assert mutant.options == {"acts": 6.0, "sleepovers": 2}
