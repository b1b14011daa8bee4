"""What the simulator says about Stripe carries the page it is from, or the words "not confirmed"."""

from __future__ import annotations

import re

import pytest

from tests.architecture.tree import PACKAGE, modules

SIMULATOR = PACKAGE / "simulator"
FLOORS = ("api", "wire")  # where Stripe's own behavior is
# What says nothing about Stripe.
SILENT = {
    "api/resources.py": "which files there are",
    "wire/asked.py": "what somebody asks of a lever",
    "wire/changes.py": "how the parts change an object and tell of it",
    "wire/journal.py": "what was asked, for tests",
    "wire/listening.py": "a socket",
    "wire/operations.py": "how a request finds its function",
}
LINK = re.compile(r"https://docs\.stripe\.com/[\w/.#-]+")
CLAIMING = [
    path
    for path in modules("tideover")
    if path.is_relative_to(SIMULATOR)
    and path.relative_to(SIMULATOR).parts[0] in FLOORS
    and path.name != "__init__.py"
    and str(path.relative_to(SIMULATOR)) not in SILENT
]


def test_what_is_silent_is_there_and_names_no_page():
    assert [name for name in SILENT if LINK.search((SIMULATOR / name).read_text())] == []


@pytest.mark.parametrize("path", CLAIMING, ids=lambda path: str(path.relative_to(SIMULATOR)))
def test_a_claim_about_stripe_says_where_it_is_from(path):
    written = path.read_text()
    assert LINK.search(written) or "not confirmed" in written
