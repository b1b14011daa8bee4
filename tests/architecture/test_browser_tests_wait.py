"""A browser is asked until it answers: what a test reads of a page at once is true only on a machine that is quick.

`assert button.is_visible()` looks once, maybe before the page got there; `expect(button).to_be_visible()` asks again.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

import pytest

from tests.architecture.tree import ROOT, modules, parsed

AT_ONCE: Final = {
    "all_inner_texts", "all_text_contents", "get_attribute", "inner_html", "inner_text", "input_value", "is_checked",
    "is_disabled", "is_editable", "is_enabled", "is_hidden", "is_visible", "text_content", "url",
}  # fmt: skip
COUNTED: Final = {"filter", "first", "get_by_label", "get_by_role", "get_by_text", "last", "locator", "nth"}


def read_at_once(module: ast.Module) -> Iterator[str]:
    """What asserts read of a page without waiting."""
    for told in (node.test for node in ast.walk(module) if isinstance(node, ast.Assert)):
        for node in ast.walk(told):
            if isinstance(node, ast.Attribute) and (node.attr in AT_ONCE or _counts_a_locator(node)):
                yield ast.unparse(node)


def _counts_a_locator(node: ast.Attribute) -> bool:
    if node.attr != "count" or not isinstance(node.value, ast.Call) or not isinstance(node.value.func, ast.Attribute):
        return False
    return node.value.func.attr in COUNTED and ".objects" not in ast.unparse(node)


def test_no_browser_test_asserts_what_it_read_at_once():
    found = {
        path.relative_to(ROOT): list(read_at_once(parsed(path))) for path in modules("tests") if "browser" in path.parts
    }
    assert {path: read for path, read in found.items() if read} == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("assert page.get_by_text('x').is_visible()", ["page.get_by_text('x').is_visible"]),
        ("assert not button.is_disabled()", ["button.is_disabled"]),
        ("assert 'q=1' in page.url", ["page.url"]),
        ("assert page.locator('.failed').count() == 1", ["page.locator('.failed').count"]),
        ("assert User.objects.count() == 1", []),
        ("assert Case.objects.filter(state='x').count() == 1", []),
        ("expect(button).to_be_visible()", []),
        ("if page.url: pass", []),
    ],
)
def test_the_guard_sees_each_way_to_read_at_once(text, found):
    assert list(read_at_once(ast.parse(text))) == found
