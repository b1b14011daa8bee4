"""Who may do what with which key, what is said to the others, and that watching writes nothing."""

from __future__ import annotations

import httpx
import pytest
import stripe

from tests.contracts.merchant import Merchant
from tests.rooms.simulator.door import Door


def client(merchant: Merchant, key: str) -> stripe.StripeClient:
    return stripe.StripeClient(key, base_addresses={"api": merchant.world.base_url}, max_network_retries=0)


def test_an_unknown_key_is_refused_and_not_repeated(merchant: Merchant):
    with pytest.raises(stripe.AuthenticationError) as raised:
        client(merchant, "sk_live_a_secret_pasted_here").v1.customers.list()
    assert raised.value.http_status == 401
    assert "pasted" not in str(raised.value.http_body)
    assert "pasted" not in str(merchant.world.look("requests"))


def test_a_restricted_key_reads_and_writes_nothing(merchant: Merchant):
    merchant.customer()
    watching = client(merchant, merchant.world.sim.keys.restricted)
    assert len(watching.v1.customers.list().data) == 1
    with pytest.raises(stripe.PermissionError):
        watching.v1.customers.create({"name": "Eve"})
    assert len(watching.v1.customers.list().data) == 1


def test_a_publishable_key_sees_no_customer(merchant: Merchant):
    with pytest.raises(stripe.PermissionError):
        client(merchant, merchant.world.sim.keys.publishable).v1.customers.list()


@pytest.mark.parametrize("secret", [None, "wrong", "seti_other_secret_x"])
def test_a_browser_needs_the_client_secret(merchant: Merchant, secret: str | None):
    intent = merchant.v1.setup_intents.create({"customer": merchant.customer().id})
    query = {"key": merchant.world.sim.keys.publishable} | ({"client_secret": secret} if secret else {})
    url = f"{merchant.world.base_url}/v1/setup_intents/{intent.id}"
    assert httpx.get(url, params=query, trust_env=False).status_code == 400
    query["client_secret"] = str(intent.client_secret)
    assert httpx.get(url, params=query, trust_env=False).status_code == 200


def test_an_account_that_is_not_ours_is_refused(merchant: Merchant):
    with pytest.raises(stripe.PermissionError):
        merchant.v1.customers.list(options={"stripe_account": "acct_of_mallory"})
    merchant.v1.customers.list(options={"stripe_account": merchant.world.sim.keys.account})


def test_another_version_of_the_api_is_refused(merchant: Merchant):
    with pytest.raises(stripe.InvalidRequestError, match="version"):
        merchant.v1.customers.list(options={"stripe_version": "2020-08-27"})


def test_requests_are_counted_so_that_watching_can_be_proved(merchant: Merchant):
    merchant.customer()
    before = merchant.world.look("requests")
    merchant.v1.customers.list()
    merchant.v1.events.list()
    after = merchant.world.look("requests", n=2)
    assert after["writes"] == before["writes"] > 0
    assert [(row["method"], row["path"], row["status"]) for row in after["requests"]] == [
        ("GET", "/v1/customers", 200),
        ("GET", "/v1/events", 200),
    ]


def test_a_watching_key_that_tries_to_write_is_counted_by_itself(merchant: Merchant):
    watching = client(merchant, merchant.world.sim.keys.restricted)
    watching.v1.customers.list()
    assert "restricted" not in merchant.world.look("requests")["writes_by"]
    with pytest.raises(stripe.PermissionError):
        watching.v1.customers.create({"name": "Eve"})
    assert merchant.world.look("requests")["writes_by"]["restricted"] == 1


def test_a_cut_off_account_answers_nothing_but_a_refusal(merchant: Merchant):
    merchant.world.pull("disconnect")
    with pytest.raises(stripe.PermissionError):
        merchant.v1.customers.list()


def test_an_unknown_path_and_an_unknown_parameter_are_stripes_errors(merchant: Merchant):
    key = {"Authorization": f"Bearer {merchant.world.sim.keys.secret}"}
    nowhere = httpx.get(f"{merchant.world.base_url}/v1/customer", headers=key, trust_env=False)
    assert (nowhere.status_code, nowhere.json()["error"]["type"]) == (404, "invalid_request_error")
    assert nowhere.headers["request-id"].startswith("req_")
    with pytest.raises(stripe.InvalidRequestError) as raised:
        merchant.v1.customers.create({"emial": "x"})  # type: ignore[arg-type]
    assert (raised.value.code, raised.value.param) == ("parameter_unknown", "emial")


def test_requests_beyond_the_limit_of_a_second_get_a_429(door: Door):
    seconds = [7]
    door.server.gate.second = lambda: seconds[0]
    door.pull("rate_limit", {"limit": 3})
    assert [door.ask("GET", "/v1/balance").status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    seconds[0] += 1
    assert door.ask("GET", "/v1/balance").status_code == 200
