"""The docs say what the code says: settings, schedules and network rules are written from it."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.architecture.tree import ROOT


def test_the_written_parts_of_the_docs_are_up_to_date():
    command = [sys.executable, "scripts/pages.py", "--check"]
    there = dict(os.environ, PYTHONPATH=str(ROOT))
    done = subprocess.run(command, cwd=ROOT, env=there, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}Run: make docs"
