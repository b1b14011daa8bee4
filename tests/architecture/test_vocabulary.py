"""Keys of steps, words of outcomes and kinds of fact are written in one place each, and each is brought by somebody."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGE, ROOT, modules, parsed
from tideover.core.case import Attention
from tideover.core.facts import KEYS, Learnt
from tideover.core.outcomes import Unsent

HOMES = {PACKAGE / "core" / name for name in ("steps.py", "outcomes.py", "facts.py")}
PRODUCT = [path for path in modules("tideover") if "simulator" not in path.parts and path not in HOMES]
# What could be nothing else, wherever it stands.
TELLING = re.compile(
    r"(charge|message)-.*|close-.*|(declined|refused|suppressed|stream-paused):.*|needs-authentication|not-tried|gave-up"
    rf"|{'|'.join(Unsent)}|{'|'.join(key.replace('{}', '.*') for key in KEYS.values() if '-' in key)}"
)
# Columns whose values are members of an enum, or made of one: beside them stands no text.
TYPED = {"step", "do", "outcome", "attention"}


def texts(path: Path) -> Iterator[ast.Constant]:
    """Every text in a module that is no docstring, also the parts of one that is put together."""
    docstrings = {id(node.value) for node in ast.walk(parsed(path)) if isinstance(node, ast.Expr)}
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node


def telling(path: Path) -> list[str]:
    return [f"{node.lineno}: {node.value!r}" for node in texts(path) if TELLING.fullmatch(node.value)]


def beside_a_typed_column(path: Path) -> list[str]:
    """Texts that such a column is compared with, filtered by, or asked to start with."""
    found = [text for node in ast.walk(parsed(path)) for text in _beside(node)]
    return [f"{text.lineno}: {text.value!r}" for text in found if text.value]


def _beside(node: ast.AST) -> Iterator[ast.Constant]:
    match node:
        case ast.Compare(left, _, others) if any(map(_is_typed, [left, *others])):
            yield from (text for each in [left, *others] for text in _texts_in(each))
        case ast.keyword(str(name), value) if name.split("__")[0] in TYPED:
            yield from _texts_in(value)
        case ast.Call(ast.Attribute(called), given) if _is_typed(called):
            yield from (text for each in given for text in _texts_in(each))


def _is_typed(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in TYPED


def _texts_in(node: ast.AST) -> Iterator[ast.Constant]:
    parts = node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else [node]
    return (part for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str))


def test_no_key_of_a_step_and_no_word_of_an_outcome_is_written_outside_its_home():
    assert {str(path.relative_to(ROOT)): found for path in PRODUCT if (found := telling(path))} == {}


def test_no_text_stands_beside_a_column_that_has_a_type():
    assert {str(path.relative_to(ROOT)): found for path in PRODUCT if (found := beside_a_typed_column(path))} == {}


@pytest.mark.parametrize(
    "line",
    [
        'step = f"charge-on-{method[-11:]}"',
        'action.step.startswith("charge-on-")',
        'Planned(step="message-3")',
        'claims.settle(action, "declined:insufficient_funds")',
        'if action.outcome == "sent": pass',
        'Action.objects.filter(outcome__in=["skipped", "failed"])',
        'Action.objects.filter(do="charge")',
        'Case.objects.update(attention="bounced")',
        'reason = "recipient-cap"',
        'Fact(kind, now, "subscription-ended")',
    ],
)
def test_the_guard_sees_a_text_that_is_written_elsewhere(line, tmp_path):
    module = tmp_path / "sly.py"
    module.write_text(f'"""Not this charge-1."""\n{line}\n')
    assert telling(module) + beside_a_typed_column(module)


# ── who brings a fact, who sets a mark ──


def handed_on(enum: type[Learnt | Attention], places: set[str]) -> set[str]:
    """The members that some module of these rooms or folders hands on, as opposed to compares with or looks for."""
    inside = [path for path in PRODUCT if places & {str(up) for up in path.relative_to(PACKAGE).parents}]
    return {name for path in inside for name in _handed_on(parsed(path), enum.__name__)}


def _handed_on(module: ast.Module, enum: str) -> set[str]:
    passed_over = {id(inner) for node in ast.walk(module) if _asks(node) for inner in ast.walk(node)}
    return {
        node.attr
        for node in ast.walk(module)
        if isinstance(node, ast.Attribute)
        and id(node) not in passed_over
        and ast.unparse(node.value).split(".")[-1] == enum
    }


def _asks(node: ast.AST) -> bool:
    looked_for = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "filter"
    return isinstance(node, ast.Compare) or looked_for


def test_every_fact_is_brought_by_somebody():
    assert handed_on(Learnt, {"recovery", "inbox", "core/ways"}) == {kind.name for kind in Learnt}


def test_every_mark_on_a_case_is_set_by_somebody():
    assert handed_on(Attention, {"recovery"}) - {"NONE"} == {mark.name for mark in Attention if mark}
