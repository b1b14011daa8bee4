"""Keys are kept as Stripe's v1 API keeps them."""

from __future__ import annotations

import asyncio

import httpx
import pytest
import stripe

from tests.contracts.merchant import DAY, Merchant
from tests.rooms.simulator.conftest import START
from tests.rooms.simulator.door import Door, Refusal, refusal
from tests.rooms.simulator.furnished import Account


def pay(merchant: Merchant, invoice: str, key: str, **form: str) -> httpx.Response:
    return httpx.post(
        f"{merchant.world.base_url}/v1/invoices/{invoice}/pay",
        headers={"Authorization": f"Bearer {merchant.world.sim.keys.secret}", "Idempotency-Key": key},
        data=form,
        trust_env=False,
    )


def attempts(merchant: Merchant) -> int:
    return len(merchant.world.look("ledger")["attempts"])


def test_a_declined_payment_is_answered_again_and_not_made_again(merchant: Merchant):
    invoice = str(merchant.failed_invoice().id)
    first = pay(merchant, invoice, "step-1")
    before = attempts(merchant)
    again = pay(merchant, invoice, "step-1")
    assert (first.status_code, again.status_code) == (402, 402)
    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Original-Request"] == first.headers["Original-Request"] == first.headers["Request-Id"]
    assert again.headers["Request-Id"] != first.headers["Request-Id"]
    assert attempts(merchant) == before


def test_a_new_key_pays_although_the_old_one_keeps_its_decline(merchant: Merchant):
    invoice = str(merchant.failed_invoice("pm_sim_decline_insufficient_funds_n2").id)
    assert pay(merchant, invoice, "step-1").status_code == 402
    assert pay(merchant, invoice, "step-2").status_code == 200
    assert pay(merchant, invoice, "step-1").status_code == 402


def test_other_parameters_under_a_used_key_are_an_error(merchant: Merchant):
    invoice = str(merchant.failed_invoice().id)
    pay(merchant, invoice, "step-1")
    other = pay(merchant, invoice, "step-1", paid_out_of_band="true")
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")


def test_a_key_is_forgotten_after_a_day_on_the_simulated_clock(merchant: Merchant):
    invoice = str(merchant.failed_invoice().id)
    pay(merchant, invoice, "step-1")
    merchant.world.pull("smart_retries", on=False)
    merchant.world.pull("advance", to=START + DAY - 1)
    before = attempts(merchant)
    pay(merchant, invoice, "step-1")
    assert attempts(merchant) == before
    merchant.world.pull("advance", to=START + DAY)
    answer = pay(merchant, invoice, "step-1")
    assert "Idempotent-Replayed" not in answer.headers
    assert attempts(merchant) == before + 1


def test_nothing_is_kept_for_a_request_whose_parameters_are_not_valid(merchant: Merchant):
    invoice = str(merchant.failed_invoice().id)
    wrong = pay(merchant, invoice, "step-1", of_session="true")
    assert wrong.json()["error"]["code"] == "parameter_unknown"
    assert pay(merchant, invoice, "step-1", payment_method="pm_card_visa").status_code == 200


def test_two_requests_at_once_under_one_key_pay_once(door: Door):
    """The second comes after the first has done its work and before it was answered."""
    path = f"/v1/invoices/{Account(door).open()}/pay"
    door.pull("fault", {"kind": "slow"})

    async def story() -> tuple[httpx.Response, httpx.Response, httpx.Response]:
        worked, answered = asyncio.Event(), asyncio.Event()

        async def hold(_seconds: float) -> None:
            worked.set()
            await answered.wait()

        door.server.gate.wait = hold
        first = asyncio.create_task(door.asking("POST", path, idempotency_key="k"))
        await worked.wait()
        refused = await door.asking("POST", path, idempotency_key="k")
        answered.set()
        return await first, refused, await door.asking("POST", path, idempotency_key="k")

    first, refused, again = door.loop.run(story())
    assert refusal(refused) == Refusal(409, "invalid_request_error", "idempotency_key_in_use")
    assert refused.headers["stripe-should-retry"] == "true"
    assert (first.status_code, again.content) == (200, first.content)
    assert len(door.look("ledger").json()["attempts"]) == 1


def test_an_internal_error_is_kept_under_its_key_although_the_payment_happened(merchant: Merchant):
    invoice = str(merchant.failed_invoice().id)
    merchant.world.pull("fault", kind="error_after")
    assert pay(merchant, invoice, "k", payment_method="pm_card_visa").status_code == 500
    again = pay(merchant, invoice, "k", payment_method="pm_card_visa")
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (500, "true")
    assert merchant.v1.invoices.retrieve(invoice).status == "paid"


def test_the_rate_limit_comes_before_the_key(merchant: Merchant):
    invoice = str(merchant.failed_invoice().id)
    merchant.world.pull("rate_limit", limit=0)
    limited = pay(merchant, invoice, "k", payment_method="pm_card_visa")
    assert (limited.status_code, limited.json()["error"]["code"]) == (429, "rate_limit")
    merchant.world.pull("rate_limit", limit=None)
    assert pay(merchant, invoice, "k", payment_method="pm_card_visa").status_code == 200


def test_a_key_longer_than_255_characters_is_refused(merchant: Merchant):
    with pytest.raises(stripe.StripeError):
        merchant.v1.customers.create({"name": "Ada"}, {"idempotency_key": "k" * 256})
