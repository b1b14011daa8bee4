"""An operator's bad day with the real commands: a backup, a crash, the restore, and a look into the audit log."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

TIDEOVER = [sys.executable, "-m", "tideover"]
FILL = """
import django; django.setup()
from django.core.management import call_command; call_command("migrate", verbosity=0)
from tests import factories as make
case = make.make_case()
make.make_message(case)
make.make_action(case, state="done", outcome="paid", started_at=make.NOW, settled_at=make.NOW)
"""
OPT_OUT = """
import django; django.setup()
from tideover.messages.suppression import suppress
from tideover.tenants.models import Organization
from tests.factories import NOW
suppress(Organization.objects.get(), "email", "pia@payer.example", "unsubscribed", NOW)
"""
LOOK = """
import django; django.setup()
from tideover.messages.models import Suppression
from tideover.tenants.models import Connection
print(Suppression.objects.count(), Connection.objects.get().quarantined_at is not None)
"""


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a program on an installation of its own, with SQLite."""
    ours = {
        "DJANGO_SETTINGS_MODULE": "tideover.settings",
        "TIDEOVER_HOME": str(tmp_path / "home"),
        "TIDEOVER_DATABASE_URL": "",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }

    def ran(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env={**os.environ, **ours}, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
        )

    return ran


def test_a_backup_is_restored_in_quarantine_with_the_opt_outs_made_since(run, tmp_path):
    assert run(sys.executable, "-c", FILL).returncode == 0
    made = run(*TIDEOVER, "backup", "a.backup")
    assert made.returncode == 0, made.stderr
    assert run(sys.executable, "-c", OPT_OUT).returncode == 0
    back = run(*TIDEOVER, "restore", "a.backup", "--yes")
    assert back.returncode == 0, back.stderr
    assert "1 opt-outs and erasures made after the backup were applied again" in back.stdout
    assert run(sys.executable, "-c", LOOK).stdout.split() == ["1", "True"]


def test_a_restore_that_nobody_confirmed_does_nothing(run):
    run(sys.executable, "-c", FILL)
    run(*TIDEOVER, "backup", "a.backup")
    assert run(*TIDEOVER, "restore", "a.backup").returncode != 0
    assert run(sys.executable, "-c", LOOK).stdout.split() == ["0", "False"]


def test_a_copy_says_of_every_table_that_it_is_equal(run):
    run(sys.executable, "-c", FILL)
    copied = run(*TIDEOVER, "copy", "--to", "sqlite:///other.sqlite3")
    assert copied.returncode == 0, copied.stderr
    assert "Every row is equal." in copied.stdout
    assert "DIFFERS" not in copied.stdout
    again = run(*TIDEOVER, "copy", "--to", "sqlite:///other.sqlite3")
    assert (again.returncode, "not empty" in again.stderr) == (1, True)


def test_audit_verify_finds_what_was_changed_behind_our_back(run, tmp_path):
    run(sys.executable, "-c", FILL)
    whole = run(*TIDEOVER, "audit", "verify")
    assert whole.returncode == 0, whole.stderr
    assert "2 entries" in whole.stdout
    with sqlite3.connect(tmp_path / "home" / "tideover.sqlite3") as behind:
        behind.execute("UPDATE tenants_auditentry SET who = 'somebody else' WHERE number = 1")
    behind.close()
    broken = run(*TIDEOVER, "audit", "verify")
    assert broken.returncode == 1
    assert "entry 1: it was changed after it was written" in broken.stderr


def test_a_restore_under_a_running_tideover_is_refused_and_touches_nothing(run, tmp_path):
    run(sys.executable, "-c", FILL)
    run(*TIDEOVER, "backup", "a.backup")
    run(sys.executable, "-c", OPT_OUT)
    (tmp_path / "home" / "optouts.jsonl").unlink()
    with sqlite3.connect(tmp_path / "home" / "tideover.sqlite3") as running:
        running.execute("SELECT * FROM tenants_connection").fetchall()
        refused = run(*TIDEOVER, "restore", "a.backup", "--yes")
    running.close()
    assert (refused.returncode, "stop Tideover first" in refused.stderr) == (1, True)
    assert run(sys.executable, "-c", LOOK).stdout.split() == ["1", "False"]
