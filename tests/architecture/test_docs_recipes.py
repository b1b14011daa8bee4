"""The recipes of docs/develop/how-to-add.md: each names its files in order, every one is there, and none is long."""

from __future__ import annotations

import re

import pytest

from tests.architecture import pages
from tests.architecture.pages import DEVELOP

RECIPES = pages.sections(DEVELOP / "how-to-add.md")
STEP = re.compile(r"^\d+\. (.+(?:\n   .+)*)", re.MULTILINE)
MOST_STEPS = 9


def _steps(recipe: str) -> list[str]:
    return STEP.findall(RECIPES[recipe])


@pytest.mark.parametrize("recipe", RECIPES)
def test_each_step_begins_with_its_file_and_the_file_is_there(recipe):
    files = [re.match(r"(?:new: )?`([^`]+)`", step) for step in _steps(recipe)]
    assert files
    assert all(files), f"a step of {recipe} names no file first"
    assert [file[1] for file in files if file and not pages.leads_to(file[1])] == []


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_says_what_is_red_and_what_to_run_and_is_short(recipe):
    assert re.search(r"^Red until done: ", RECIPES[recipe], re.MULTILINE)
    assert re.search(r"^Run: `make [^`]+`", RECIPES[recipe], re.MULTILINE)
    assert len(_steps(recipe)) <= MOST_STEPS
