"""One folder per group of pages, each of the same shape, none of which leans on another."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DASHBOARD = ROOT / "tideover" / "dashboard"
TEMPLATES = DASHBOARD / "templates" / "dashboard"
SHARED = {"frame", "forms", "templatetags", "templates", "migrations"}
GROUPS = sorted(
    path.name for path in DASHBOARD.iterdir() if path.is_dir() and path.name[0] not in "_." and path.name not in SHARED
)
NAMED = re.compile(r"""["']dashboard/(\w+)/[\w/]+\.html["']""")


def test_there_are_groups():
    assert {"home", "cases", "messages", "status"} <= set(GROUPS)


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_has_its_views_its_addresses_its_templates_and_its_tests(group):
    wanted = [DASHBOARD / group / name for name in ("__init__.py", "views.py", "urls.py")]
    wanted += [TEMPLATES / group, Path(__file__).parent / group]
    assert [str(path.relative_to(ROOT)) for path in wanted if not path.exists()] == []
    assert list((Path(__file__).parent / group).glob("test_*.py"))


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_draws_its_own_templates_and_shared_ones_alone(group):
    files = [*(DASHBOARD / group).rglob("*.py"), *(TEMPLATES / group).rglob("*.html")]
    named = {name for path in files for name in NAMED.findall(path.read_text(encoding="utf-8"))}
    assert group in named
    assert named & set(GROUPS) == {group}
