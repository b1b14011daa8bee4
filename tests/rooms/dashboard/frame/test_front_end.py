"""The built front end keeps its budgets, and the lock file names no address."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import django_htmx
import pytest

ROOT = Path(__file__).parents[4]
DIST = ROOT / "tideover" / "static" / "dist"
BUILT = [
    "app.css",
    "customer.css",
    "app.js",
    "charts.js",
    "card.js",
    "source.js",
    "inter-latin.woff2",
    "inter-latin-ext.woff2",
]


@pytest.fixture
def dist():
    if not (DIST / "app.css").exists():
        pytest.skip("the front end is not built (npm run build in frontend/)")
    return DIST


def test_everything_the_pages_ask_for_is_built(dist):
    assert {name for name in BUILT if not (dist / name).exists()} == set()


def test_styles_are_below_forty_kilobytes_and_the_card_pages_below_ten(dist):
    assert (dist / "app.css").stat().st_size < 40_000
    assert (dist / "customer.css").stat().st_size < 10_000


def test_scripts_without_the_chart_are_below_sixty_kilobytes_packed(dist):
    htmx = Path(django_htmx.__file__).parent / "static" / "django_htmx" / "htmx-2.min.js"
    assert sum(len(gzip.compress(path.read_bytes())) for path in (dist / "app.js", htmx)) < 60_000


def test_styles_ask_no_other_host(dist):
    for name in ("app.css", "customer.css"):
        urls = re.findall(r"url\(([^)]*)\)|@import", (dist / name).read_text())
        assert [url for url in urls if not url.strip("\"'").startswith(("./inter-", "data:"))] == []


def test_the_lock_file_holds_versions_and_hashes_and_no_address():
    packages = json.loads((ROOT / "frontend" / "package-lock.json").read_text())["packages"]
    installed = {name: entry for name, entry in packages.items() if name}
    assert len(installed) > 3
    assert [name for name, entry in installed.items() if "resolved" in entry or "integrity" not in entry] == []


def test_versions_are_exact():
    wanted = json.loads((ROOT / "frontend" / "package.json").read_text())["devDependencies"]
    assert [version for version in wanted.values() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []
