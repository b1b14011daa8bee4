"""Every template compiles, and every address it names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.template import engines
from django.urls import URLPattern, URLResolver, get_resolver

from tests.architecture.tree import PACKAGE, ROOT

TEMPLATES = sorted(path for path in PACKAGE.rglob("templates/**/*.html"))
URL_TAG = re.compile(r"""{%\s*url\s+['"]([\w:-]+)['"]""")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_every_template_compiles(path):
    name = path.as_posix().rsplit("/templates/", 1)[1]
    assert engines["django"].get_template(name)


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_every_address_a_template_names_exists(path):
    named_here = set(URL_TAG.findall(path.read_text(encoding="utf-8")))
    assert named_here - set(_names(get_resolver())) == set()


def _names(resolver: URLResolver, prefix: str = "") -> list[str]:
    inside = f"{prefix}{resolver.namespace}:" if resolver.namespace else prefix
    found: list[str] = []
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            found += _names(entry, inside)
        elif isinstance(entry, URLPattern) and entry.name:
            found.append(f"{inside}{entry.name}")
    return found
