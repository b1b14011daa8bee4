"""Every template compiles, and every address it names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.template import engines
from django.urls import URLPattern, URLResolver, get_resolver

from tests.architecture.tree import PACKAGE, ROOT

TEMPLATES = sorted(path for path in PACKAGE.rglob("templates/**/*.html"))
OF_PAYERS = [path for path in TEMPLATES if path.relative_to(PACKAGE).parts[0] in {"customer", "messages"}]
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


@pytest.mark.parametrize("path", OF_PAYERS, ids=named)
def test_a_payers_page_has_no_words_of_its_own(path):
    shown = re.sub(r"{[{%].*?[%}]}|<style.*?</style>|<[^>]*>", " ", path.read_text("utf-8"), flags=re.DOTALL)
    assert re.findall(r"[^\W\d_]+", shown) == []


def test_the_script_of_the_card_page_has_no_words_of_its_own():
    script = (ROOT / "frontend" / "js" / "card.js").read_text("utf-8")
    strings = re.findall(r'"((?:[^"\\\n]|\\.)*)"', script)
    assert len(strings) > 40
    assert [text for text in strings if re.search(r"[A-Za-z]{2,} [a-z]", text)] == []


def _names(resolver: URLResolver, prefix: str = "") -> list[str]:
    inside = f"{prefix}{resolver.namespace}:" if resolver.namespace else prefix
    found: list[str] = []
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            found += _names(entry, inside)
        elif isinstance(entry, URLPattern) and entry.name:
            found.append(f"{inside}{entry.name}")
    return found
