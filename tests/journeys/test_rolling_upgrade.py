"""docs/operate/upgrade.md with several processes: the version before goes on while and after this one migrates."""

from __future__ import annotations

import signal
from pathlib import Path

import httpx
import pytest

from tests.journeys.history import unpack_the_version_before
from tests.journeys.terminals import PATIENCE, Merchant, Renewal, Terminals, free_port, line_of

APPLIED = "SELECT count(*) FROM django_migrations"
STATES = "SELECT DISTINCT state FROM recovery_case"
TOKEN = "only-for-this-test"


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """A checkout of the version before this one."""
    return unpack_the_version_before(tmp_path / "before")


def recovered(terminal: Terminals, *renewals: Renewal) -> None:
    """Each customer is written to, and brings a better card without following the link; it is charged."""
    for renewal in renewals:
        terminal.until(renewal.subjects)
        terminal.until(renewal.is_seconds_ago)
        renewal.merchant.brings_a_card(renewal.customer, "pm_card_visa")
    for renewal in renewals:
        terminal.until(renewal.is_paid)


def broken_rules(pages: str) -> list[str]:
    """The metrics on what must never be that are not 0."""
    answer = httpx.get(f"{pages}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False)
    rules = [line for line in answer.text.splitlines() if line.startswith("tideover_invariant_violations{")]
    assert rules
    return [line for line in rules if not line.endswith(" 0.0") and not line.endswith(" 0")]


def test_the_version_before_goes_on_beneath_and_beside_this_one_and_nothing_happens_twice(
    terminal: Terminals, before: Path
) -> None:
    simulator = ("simulator", "--port", "0", "--clock", "wall", "--no-smart-retries", "--rate-limit", "0")
    merchant = Merchant.of(terminal(*simulator))
    said, port = merchant.said, str(free_port())
    pages = f"http://127.0.0.1:{port}"
    terminal.settings = {
        "TIDEOVER_BASE_URL": pages,
        "TIDEOVER_SMTP_PORT": str(said["smtp_port"]),
        "TIDEOVER_METRICS_TOKEN": TOKEN,
    }
    keys = ("--api-key", said["api_key"], "--publishable-key", said["publishable_key"], "--api-base", said["api_base"])
    terminal.answer("connect", *keys, "--mode", "act", "--test-mail", "on", code=before)
    terminal.answer("go-live", "--yes", code=before)
    old = terminal("serve", "--port", port, code=before)
    assert line_of(old).startswith("Tideover listens on")
    begun_before = merchant.renewal_fails("before@payer.example")
    terminal.until(begun_before.subjects)

    on_its_own_schema = terminal.rows(APPLIED)
    terminal.answer("migrate")
    assert on_its_own_schema < terminal.rows(APPLIED)
    beneath = merchant.renewal_fails("beneath@payer.example")
    recovered(terminal, begun_before, beneath)
    assert httpx.get(f"{pages}/readyz", trust_env=False).text == "ready\n"

    new = terminal("worker")
    assert line_of(new).startswith("The worker works")
    beside = [merchant.renewal_fails(f"beside-{number}@payer.example") for number in range(3)]
    recovered(terminal, *beside)

    old.send_signal(signal.SIGTERM)
    assert old.wait(PATIENCE) == 0
    assert line_of(terminal("web", "--port", port)).startswith("Tideover listens on")
    after = merchant.renewal_fails("after@payer.example")
    recovered(terminal, after)

    terminal.until(lambda: terminal.rows(STATES) == [("recovered",)])
    everybody = [begun_before, beneath, *beside, after]
    assert [renewal.charges() for renewal in everybody] == [["failed", "succeeded"]] * len(everybody)
    assert [len(renewal.subjects()) for renewal in everybody] == [1] * len(everybody)
    assert broken_rules(pages) == []
    assert terminal.trouble() == []
