"""Stripe's consent, as its reference tells it: a page, a code that is exchanged once, tokens that end."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import running

BACK = "https://app.example/agreed/"


@pytest.fixture
def world():
    with running(new_simulator(seed=3, start=1_790_000_000)) as found:
        yield found


def asked(world, **values):
    question = {"client_id": world.sim.platform.client_id, "response_type": "code", "scope": "read_only", **values}
    return httpx.get(f"{world.base_url}/oauth/authorize", params=question)


def code(world, scope="read_only"):
    form = {"answer": "yes", "scope": scope, "state": "s", "redirect_uri": BACK}
    back = httpx.post(f"{world.base_url}/oauth/authorize", data=form).headers["Location"]
    told = parse_qs(urlsplit(back).query)
    assert (back.startswith(BACK), told["state"], told["scope"]) == (True, ["s"], [scope])
    return told["code"][0]


def token(world, given, secret=None):
    form = {"grant_type": "authorization_code", "code": given}
    headers = {"Authorization": f"Bearer {secret or world.sim.platform.secret}"}
    return httpx.post(f"{world.base_url}/oauth/token", data=form, headers=headers)


def test_the_page_says_what_is_asked_for_and_knows_its_applications(world):
    assert "see your data</h1>" in asked(world).text
    assert "act in your name" in asked(world, scope="read_write").text
    assert [asked(world, **wrong).status_code for wrong in ({"client_id": "ca_other"}, {"scope": "all"})] == [400, 400]


def test_a_code_is_exchanged_once_by_its_application_and_within_minutes(world):
    given = code(world)
    assert token(world, given, "sk_test_other").json()["error"] == "invalid_client"
    told = token(world, given).json()
    assert (told["stripe_user_id"], told["scope"], told["livemode"]) == (world.sim.keys.account, "read_only", False)
    assert token(world, given).json()["error"] == "invalid_grant"
    late = code(world)
    world.pull("advance", to=world.sim.clock.now() + 301)
    assert token(world, late).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(("scope", "status"), [("read_only", 403), ("read_write", 404)])
def test_a_token_may_do_what_was_agreed_to(world, scope, status):
    headers = {"Authorization": f"Bearer {token(world, code(world, scope)).json()['access_token']}"}
    assert httpx.get(f"{world.base_url}/v1/invoices", headers=headers).status_code == 200
    written = httpx.post(f"{world.base_url}/v1/invoices/in_none", headers=headers, data={"auto_advance": "false"})
    assert written.status_code == status


def test_once_deauthorized_no_token_opens_anything(world):
    headers = {"Authorization": f"Bearer {token(world, code(world)).json()['access_token']}"}
    form = {"client_id": world.sim.platform.client_id, "stripe_user_id": world.sim.keys.account}
    platform = {"Authorization": f"Bearer {world.sim.platform.secret}"}
    ended = [httpx.post(f"{world.base_url}/oauth/deauthorize", data=form, headers=platform) for _ in range(2)]
    assert [answer.status_code for answer in ended] == [200, 401]
    assert httpx.get(f"{world.base_url}/v1/invoices", headers=headers).status_code == 401
