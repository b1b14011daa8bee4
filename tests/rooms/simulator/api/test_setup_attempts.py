"""Each confirmation of a setup intent leaves an attempt that says what the bank said."""

from __future__ import annotations

from tests.rooms.simulator.door import Door
from tests.rooms.simulator.furnished import Account


def test_each_confirmation_is_an_attempt_with_what_the_bank_said(door: Door):
    account = Account(door)
    intent = account.setup()
    path = f"/v1/setup_intents/{intent}"
    account.set_up()
    assert door.ask("POST", f"{path}/confirm", {"payment_method": "pm_card_visa_chargeDeclined"}).status_code == 402
    waits = door.made(f"{path}/confirm", {"payment_method": "pm_card_authenticationRequired"})
    listed = door.ask("GET", "/v1/setup_attempts", {"setup_intent": intent}).json()["data"]
    assert [row["status"] for row in listed] == ["requires_action", "failed"]
    assert listed[0]["id"] == waits["latest_attempt"]
    assert listed[1]["setup_error"]["decline_code"] == "generic_decline"
    assert listed[1]["payment_method_details"]["card"]["last4"] == "0002"
    assert door.pull("authenticate", {"intent": intent, "passed": True}).status_code == 200
    last = door.ask("GET", "/v1/setup_attempts", {"setup_intent": intent, "limit": 1}).json()["data"][0]
    assert (last["id"], last["status"], last["setup_error"]) == (waits["latest_attempt"], "succeeded", None)
