"""The Stripe.js stand-in is sound JavaScript, and what it asks of the simulator is answered."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.rooms.simulator.towns import START
from tideover.simulator.account.world import new_simulator
from tideover.simulator.api.payments.customers import new_customer
from tideover.simulator.api.payments.paying import new_intent
from tideover.simulator.api.payments.setup_intents import new_setup_intent
from tideover.simulator.browser import stripejs
from tideover.simulator.people.town import Town
from tideover.simulator.server import Server

NODE = shutil.which("node")


@pytest.fixture
def sim():
    made = new_simulator(3, START)
    Town(made)
    return made


@pytest.fixture
def browser(sim, browse):
    return browse(Server.around(sim))


def card(number: str) -> dict[str, str]:
    """What the script sends for a typed card."""
    return {
        "payment_method_data[type]": "card",
        "payment_method_data[card][number]": number,
        "payment_method_data[card][cvc]": "123",
        "payment_method_data[card][exp_month]": "12",
        "payment_method_data[card][exp_year]": "2034",
        "payment_method_data[billing_details][address][country]": "US",
        "use_stripe_sdk": "true",
    }


@pytest.mark.skipif(NODE is None, reason="node is not installed: the script is checked in the browser tests")
def test_the_script_is_sound_javascript(tmp_path):
    path = tmp_path / "stripe.js"
    path.write_text(stripejs.script())
    subprocess.run([NODE, "--check", path], check=True)


def test_the_script_needs_nothing_a_strict_content_policy_forbids():
    source = stripejs.script()
    assert "eval(" not in source
    assert "new Function" not in source
    assert "innerHTML" not in source
    assert 'setAttribute("style"' not in source


@pytest.mark.parametrize("path", ["/v3/", "/v3", "/stripe.js", "/endive/stripe.js"])
def test_the_script_is_served_where_pages_load_stripe_js_from(browser, path):
    answer = browser.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "window.Stripe" in answer.text


def test_a_card_is_saved_with_the_publishable_key_and_the_client_secret(sim, browser):
    customer = new_customer(sim, {"email": "ana@postbox.example"})
    intent = new_setup_intent(sim, customer["id"])
    body = {"key": sim.keys.publishable, "client_secret": intent["client_secret"], **card("4242424242424242")}
    answer = browser.post(f"/v1/setup_intents/{intent['id']}/confirm", data=body)
    assert answer.json()["status"] == "succeeded"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert len(sim.store.payment_methods.of("customer", customer["id"])) == 1


def challenged(sim, browser):
    """A set-up whose bank wants to be asked."""
    intent = new_setup_intent(sim, new_customer(sim, {})["id"])
    body = {"key": sim.keys.publishable, "client_secret": intent["client_secret"], **card("4000002500003155")}
    browser.post(f"/v1/setup_intents/{intent['id']}/confirm", data=body)
    assert intent["status"] == "requires_action"
    return intent


@pytest.mark.parametrize(("outcome", "status"), [("complete", "succeeded"), ("fail", "requires_payment_method")])
def test_the_dialogs_answer_decides_about_the_card(sim, browser, outcome, status):
    intent = challenged(sim, browser)
    body = {"client_secret": intent["client_secret"], "outcome": outcome}
    answer = browser.post(f"/_sim/3ds/{intent['id']}", data=body, headers={"Accept": "application/json"})
    assert answer.json()["status"] == status
    assert answer.headers["access-control-allow-origin"] == "*"


def test_nobody_answers_for_the_customer_without_the_client_secret(sim, browser):
    intent = challenged(sim, browser)
    body = {"client_secret": "seti_1_secret_guess", "outcome": "complete"}
    answer = browser.post(f"/_sim/3ds/{intent['id']}", data=body, headers={"Accept": "application/json"})
    assert answer.status_code == 400
    assert intent["status"] == "requires_action"
    assert intent["client_secret"] not in answer.text


def test_the_challenge_page_leads_back_to_the_merchant_with_the_outcome(sim, browser):
    customer = new_customer(sim, {})
    intent = new_intent(sim, 4_900, "usd", customer["id"])
    body = {"key": sim.keys.publishable, "client_secret": intent["client_secret"], **card("4000002760003184")}
    body |= {"return_url": "http://127.0.0.1:8000/c/tok?done=1", "use_stripe_sdk": "false"}
    browser.post(f"/v1/payment_intents/{intent['id']}/confirm", data=body)
    question = browser.get(f"/_sim/3ds/{intent['id']}")
    assert "pay 49.00 USD" in question.text
    answer = browser.post(
        f"/_sim/3ds/{intent['id']}", data={"client_secret": intent["client_secret"], "outcome": "complete"}
    )
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"http://127.0.0.1:8000/c/tok?done=1&payment_intent={intent['id']}&")
    assert answer.headers["location"].endswith("redirect_status=succeeded")
    assert browser.get(f"/_sim/3ds/{intent['id']}").status_code == 404
