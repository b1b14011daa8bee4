"""Whoever prints a value of ours prints no secret with it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.architecture.tree import PACKAGE, ROOT, modules, parsed

SECRET = re.compile(r"(^|_)(secrets?|password|api_key|token|secret_key|data_keys|address_key|database_url)$")


def fields_that_print(module: ast.Module) -> Iterator[str]:
    """The fields of a module's dataclasses and settings that are called like a secret and stand in the repr."""
    for node in ast.walk(module):
        if not isinstance(node, ast.ClassDef) or not _prints_its_fields(node):
            continue
        for line in node.body:
            named = line.target.id if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) else ""
            if SECRET.search(named) and "repr=False" not in ast.unparse(line):
                yield named


def _prints_its_fields(node: ast.ClassDef) -> bool:
    decorators = " ".join(ast.unparse(decorator) for decorator in node.decorator_list)
    bases = {ast.unparse(base) for base in node.bases}
    return "dataclass" in decorators or bool(bases & {"NamedTuple", "BaseSettings", "BaseModel"})


def test_no_secret_stands_in_a_repr():
    ours = [path for path in modules("tideover") if "simulator" not in path.relative_to(PACKAGE).parts]
    told = {str(path.relative_to(ROOT)): list(fields_that_print(parsed(path))) for path in ours}
    assert {place: names for place, names in told.items() if names} == {}


def test_the_guard_sees_each_kind_of_value():
    told = {
        "@dataclass(frozen=True)\nclass A:\n    api_key: str": ["api_key"],
        "class A(NamedTuple):\n    old_secret: str": ["old_secret"],
        "class A(BaseSettings):\n    smtp_password: str = ''": ["smtp_password"],
        "@dataclass\nclass A:\n    token: str = field(repr=False)\n    secretary: str = ''": [],
        "class A:\n    api_key: str": [],
    }
    for text, names in told.items():
        assert list(fields_that_print(ast.parse(text))) == names
