"""Who may do what with which key, what is said to the others, and that watching writes nothing."""

from __future__ import annotations

import re

import httpx
import pytest
import stripe

from tests.contracts.merchant import Merchant
from tests.rooms.simulator.asking import INVALID, least, nobodys
from tests.rooms.simulator.door import Door, Refusal, refusal
from tests.rooms.simulator.furnished import Account
from tideover.simulator.account.versions import VERSIONS
from tideover.simulator.api.resources import TABLE
from tideover.simulator.wire.permissions import PERMISSIONS, needed


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


@pytest.mark.parametrize("version", ["2020-08-27", "2025-03-31.basil", "2026-10-28.endive"])
def test_every_version_there_is_may_be_named_and_the_answer_says_which_it_is_in(door: Door, version: str):
    answer = door.ask("GET", "/v1/customers", stripe_version=version)
    assert (answer.status_code, answer.headers["stripe-version"]) == (200, "2026-10-28.endive")


@pytest.mark.parametrize("version", ["2020-08-28", "latest", "", "2026-10-28"])
def test_a_version_there_is_not_is_refused(door: Door, version: str):
    assert door.refused("GET", "/v1/customers", stripe_version=version) == Refusal(400, INVALID)


def test_the_versions_are_those_of_the_official_library():
    known = str(stripe.params.WebhookEndpointCreateParams.__annotations__["api_version"])
    assert set(re.findall(r"['\"]([\d.a-z-]+)['\"]", known)) == VERSIONS


def test_the_second_api_answers_a_client_in_json_that_it_has_nothing(door: Door):
    for path in ("/v2/core/events", "/v2/billing/meter_events"):
        assert door.refused("GET", path) == Refusal(404, INVALID)


# -- restricted keys


READERS = {
    "rak_invoice_read": "/v1/invoices",
    "rak_customer_read": "/v1/customers",
    "rak_plan_read": "/v1/prices",
    "rak_event_read": "/v1/events",
    "rak_webhook_read": "/v1/webhook_endpoints",
    "rak_charge_read": "/v1/refunds",
    "rak_accounts_kyc_basic_read": "/v1/account",
}


def given(door: Door, *permissions: str) -> str:
    return str(door.pull("restricted_key", {"permissions": permissions}).json()["key"])


@pytest.mark.parametrize("permission", READERS)
def test_a_key_reads_what_it_was_given_and_hears_which_permission_it_lacks(door: Door, permission: str):
    key = given(door, permission)
    for other, path in READERS.items():
        answer = door.ask("GET", path, key=key)
        if other == permission:
            assert answer.status_code == 200
        else:
            assert refusal(answer) == Refusal(403, INVALID, "more_permissions_required")
            assert f"Having the '{other}' permission" in answer.json()["error"]["message"]
            assert key not in answer.text


def test_who_may_write_may_read_and_who_may_read_may_not_write(door: Door):
    writer, reader = given(door, "rak_customer_write"), given(door, "rak_customer_read")
    assert door.ask("POST", "/v1/customers", {"name": "Ada"}, key=writer).status_code == 200
    assert len(door.ask("GET", "/v1/customers", key=writer).json()["data"]) == 1
    refused = door.ask("POST", "/v1/customers", {"name": "Eve"}, key=reader)
    assert "'rak_customer_write'" in refused.json()["error"]["message"]
    assert len(door.sim.store.customers) == 1


def test_what_is_expanded_needs_a_permission_of_its_own(door: Door):
    Account(door).open()
    form = {"expand[0]": "data.customer.invoice_settings.default_payment_method"}
    for granted, lacking in (
        (["rak_invoice_read"], "rak_customer_read"),
        (["rak_invoice_read", "rak_customer_read"], "rak_payment_method_read"),
    ):
        answer = door.ask("GET", "/v1/invoices", form, key=given(door, *granted))
        assert (answer.status_code, f"'{lacking}'" in answer.text) == (403, True)
    whole = given(door, "rak_invoice_read", "rak_customer_read", "rak_payment_method_write")
    assert door.ask("GET", "/v1/invoices", form, key=whole).status_code == 200


def test_a_key_without_any_permission_may_do_nothing(door: Door):
    key = given(door)
    refused = {refusal(door.ask(each.method, nobodys(each), least(each), key=key)) for each in TABLE.operations}
    assert refused == {Refusal(403, INVALID, "more_permissions_required")}
    assert {needed(each) for each in TABLE.operations} <= PERMISSIONS


def test_keys_of_the_merchants_own_die_with_the_others_and_count_as_restricted(door: Door):
    key = given(door, "rak_customer_write")
    door.ask("POST", "/v1/customers", {"name": "Ada"}, key=key)
    assert door.look("requests").json()["writes_by"] == {"restricted": 1}
    door.pull("disconnect")
    assert door.refused("GET", "/v1/customers", key=key).code == "account_invalid"


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
