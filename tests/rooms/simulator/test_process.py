"""The simulator as a process of its own: what it prints, what it keeps, and that the seed decides everything."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import stripe

from tests.rooms.simulator.conftest import START, Receiver

DAY = 86400


@contextmanager
def process(*flags: str) -> Iterator[dict[str, Any]]:
    command = [sys.executable, "-m", "tideover.simulator", "--port", "0", "--start", str(START), *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            yield json.loads(running.stdout.readline())
        finally:
            running.terminate()
            running.wait()
    assert running.returncode == 0


def test_the_first_line_says_where_it_listens_and_with_which_keys():
    with process() as hello:
        assert set(hello) >= {
            "api_base",
            "api_key",
            "publishable_key",
            "webhook_secret",
            "smtp_port",
            "mailbox_url",
            "control_url",
        }
        client = stripe.StripeClient(hello["api_key"], base_addresses={"api": hello["api_base"]})
        assert client.v1.customers.list().data == []
        assert httpx.get(hello["mailbox_url"], trust_env=False).status_code == 200
        assert httpx.get(f"{hello['control_url']}/state", trust_env=False).json() == {
            "now": START,
            "next_at": None,
            "next_visit_at": None,
            "undelivered": 0,
            "seed": 1,
        }


def test_the_operations_are_printed_on_demand():
    command = [sys.executable, "-m", "tideover.simulator", "--operations"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert "POST   /v1/invoices/{invoice}/pay" in printed
    assert len(printed) > 80


def live(*flags: str, path: Path) -> list[dict[str, Any]]:
    """Thirty days of a shop; its ledger as the file has it."""
    with process("--customers", "60", "--ledger", str(path), *flags) as hello:
        moved = httpx.post(
            f"{hello['control_url']}/advance", json={"to": START + 30 * DAY}, trust_env=False, timeout=300
        )
        assert moved.json()["now"] == START + 30 * DAY
        told = httpx.get(f"{hello['control_url']}/ledger", trust_env=False).json()["attempts"]
        kept = [json.loads(line) for line in path.read_text().splitlines()]
        assert kept == told
        return kept


def test_the_same_seed_lives_the_same_month_and_another_seed_another(tmp_path: Path):
    one = live("--seed", "5", path=tmp_path / "one.jsonl")
    same = live("--seed", "5", path=tmp_path / "same.jsonl")
    other = live("--seed", "6", path=tmp_path / "other.jsonl")
    assert len(one) > 30
    assert one == same
    assert one != other


@pytest.mark.parametrize("flag", ["--smart-retries", "--no-smart-retries"])
def test_stripes_own_retries_are_a_flag(tmp_path: Path, flag: str):
    attempts = live(flag, path=tmp_path / "ledger.jsonl")
    by_invoice = [each["invoice"] for each in attempts if each["by"] == "stripe"]
    assert (len(by_invoice) > len(set(by_invoice))) == (flag == "--smart-retries")


def test_by_the_wall_clock_time_passes_and_webhooks_arrive_by_themselves(receiver: Receiver):
    with process("--clock", "wall") as hello:
        client = stripe.StripeClient(hello["api_key"], base_addresses={"api": hello["api_base"]})
        client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["*"]})
        customer = client.v1.customers.create({"email": "ada@customer.example", "payment_method": "pm_card_visa"})
        card = client.v1.customers.payment_methods.list(customer.id).data[0]
        product = client.v1.products.create({"name": "Plan"})
        price = client.v1.prices.create(
            {"product": product.id, "unit_amount": 900, "currency": "usd", "recurring": {"interval": "day"}}
        )
        client.v1.subscriptions.create(
            {
                "customer": customer.id,
                "items": [{"price": price.id}],
                "default_payment_method": card.id,
                "trial_end": START + DAY,
            }
        )
        # The trial's end is brought near; it comes, and the first paid invoice with it, without anybody's doing.
        httpx.post(f"{hello['control_url']}/advance", json={"to": START + DAY - 1}, trust_env=False, timeout=300)
        receiver.wait_for("invoice.created", 2)
        assert httpx.get(f"{hello['control_url']}/state", trust_env=False).json()["now"] >= START + DAY
