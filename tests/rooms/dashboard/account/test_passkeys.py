"""Passkeys: added with a name, they sign in by themselves and stand in for the code; what proves nothing opens nothing."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client

from tests.authenticator import Device
from tests.people import PASSWORD
from tideover import clock
from tideover.tenants.models import AuditEntry
from tideover.tenants.passkeys import site
from tideover.tenants.second_factor import begin, code_at, new_secret
from tideover.tenants.ways_in import Passkey, RecoveryCode

pytestmark = pytest.mark.django_db
ADD, REMOVE, ENTER, SECOND = "/account/passkeys/", "/account/passkeys/remove/", "/sign-in/passkey/", "/sign-in/code/"


def device(**how) -> Device:
    host, origin = site()
    return Device(origin, host, **how)


def offered(answer) -> dict:
    return json.loads(unescape(re.search(r'data-options="([^"]+)"', answer.content.decode())[1]))


def add(person, key: Device, name: str = "Laptop", browser: Client | None = None):
    browser = browser or person.browser()
    options = offered(browser.get(ADD))
    return browser.post(ADD, {"name": name, "answer": key.make(options)})


def asked(browser: Client) -> dict:
    return browser.post(f"{ENTER}options/").json()


def enter(key: Device, browser: Client, options: dict | None = None):
    return browser.post(ENTER, {"answer": key.sign(options or asked(browser)), "next": "/cases/"})


def is_in(browser: Client) -> bool:
    return browser.get("/").status_code == 200


def test_a_device_that_was_added_signs_in_without_an_address_or_a_code(alice, client):
    key = device()
    added = add(alice, key)
    assert "Laptop signs you in from now on" in added.content.decode()
    done = enter(key, client)
    assert (done.status_code, done["Location"]) == (302, "/cases/")
    assert is_in(client)
    kept = Passkey.objects.get()
    assert (kept.user, kept.sign_count, kept.used_at is not None) == (alice.user, 1, True)
    assert "Passkey: Laptop" in client.get("/account/").content.decode()
    assert AuditEntry.objects.filter(what="passkey added", who=alice.user.email).count() == 1


def test_what_is_asked_for_is_a_key_that_is_found_without_a_name_and_unlocked_by_its_owner(alice, client):
    options = offered(alice.browser().get(ADD))
    assert options["rp"] == {"name": "Tideover", "id": site()[0]}
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["attestation"] == "none"
    told = asked(client)
    assert (told["allowCredentials"], told["userVerification"], told["rpId"]) == ([], "required", site()[0])


def test_a_device_is_asked_only_once_for_a_key(alice):
    key = device()
    add(alice, key)
    assert [each["id"] for each in offered(alice.browser().get(ADD))["excludeCredentials"]] == [
        Passkey.objects.get().credential_id
    ]
    assert "is known already" in add(alice, key).content.decode()
    assert Passkey.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [{"unlocks": False}, {"origin": "https://tide0ver.example"}, {"host": "other.example"}],
    ids=["not unlocked", "at another site", "for another site"],
)
def test_what_proves_nothing_is_not_kept(alice, wrong):
    key = device()
    for name, value in wrong.items():
        setattr(key, name, value)
    answer = add(alice, key)
    assert (answer.status_code, Passkey.objects.exists()) == (422, False)
    assert "could not be verified" in answer.content.decode()


@pytest.mark.parametrize("wrong", ["unlocks", "origin", "host", "key", "count", "unknown"])
def test_what_proves_nothing_opens_nothing(alice, client, wrong):
    key = device()
    add(alice, key)
    enter(key, Client())
    changed = {
        "unlocks": False,
        "origin": "https://tide0ver.example",
        "host": "other.example",
        "key": device().key,
        "count": -1,
    }
    if wrong == "unknown":
        key = device()
    elif wrong == "count":
        key.count = 0  # a copy of it was used before
    else:
        setattr(key, wrong, changed[wrong])
    answer = enter(key, client)
    assert answer.status_code == 400
    assert not is_in(client)


@pytest.mark.parametrize("answer", ["", "null", "[]", "{", '{"id": 1}', '{"id": "x\x00"}', "[" * 5000])
def test_what_is_no_answer_opens_nothing(client, answer):
    asked(client)
    assert client.post(ENTER, {"answer": answer}).status_code == 400
    assert not is_in(client)


def test_a_challenge_is_good_once(alice, client):
    key = device()
    add(alice, key)
    options = asked(client)
    assert enter(key, client, options).status_code == 302
    client.post("/sign-out/")
    assert "took too long" in enter(key, client, options).content.decode()
    assert not is_in(client)


def test_a_challenge_is_good_in_its_own_browser_and_for_its_own_purpose(alice, client):
    key = device()
    browser = alice.browser()
    add(alice, key, browser=browser)
    assert enter(key, client, asked(Client())).status_code == 400
    to_add = offered(browser.get(ADD))
    assert browser.post(ENTER, {"answer": key.sign(to_add)}).status_code == 400
    assert not is_in(client)


def test_a_challenge_is_good_for_five_minutes(alice, client):
    key = device()
    add(alice, key)
    options, now = asked(client), clock.wall()
    session = client.session
    session["passkey-challenge"] = {**session["passkey-challenge"], "until": (now - timedelta(seconds=1)).timestamp()}
    session.save()
    assert "took too long" in enter(key, client, options).content.decode()


def test_a_device_that_does_not_count_signs_in_again_and_again(alice):
    key = device(counts=False)
    add(alice, key)
    for _ in range(2):
        assert enter(key, Client()).status_code == 302


def test_after_a_password_a_passkey_is_asked_for_instead_of_a_code(alice, client):
    key = device()
    add(alice, key)
    half = client.post("/sign-in/", {"email": alice.user.email, "password": PASSWORD, "next": "/messages/"})
    assert half["Location"] == SECOND
    assert not is_in(client)
    page = client.get(SECOND)
    options = offered(page)
    assert [each["id"] for each in options["allowCredentials"]] == [Passkey.objects.get().credential_id]
    assert "Without the passkey: a recovery code" in page.content.decode()
    done = client.post(SECOND, {"answer": key.sign(options)})
    assert (done.status_code, done["Location"]) == (302, "/messages/")
    assert is_in(client)


def test_a_passkey_of_somebody_else_is_no_second_factor(alice, mallory, client):
    hers = device()
    add(alice, device())
    add(mallory, hers)
    client.post("/sign-in/", {"email": alice.user.email, "password": PASSWORD})
    answer = client.post(SECOND, {"answer": hers.sign(offered(client.get(SECOND)))})
    assert (answer.status_code, "of another account" in answer.content.decode()) == (422, True)
    assert not is_in(client)


def test_with_the_first_one_come_recovery_codes_each_good_once(alice):
    added = add(alice, device()).content.decode()
    [code, *_] = re.findall(r"<code>([a-z2-7-]{19})</code>", added)
    for opens in (True, False):
        browser = Client()
        browser.post("/sign-in/", {"email": alice.user.email, "password": PASSWORD})
        browser.post(SECOND, {"code": code})
        assert is_in(browser) is opens
    assert add(alice, device()).status_code == 302, "later ones bring no new codes"


def test_the_app_and_a_passkey_stand_side_by_side(alice, client):
    secret, now = new_secret(), clock.wall()
    begin(alice.user, secret, 1, now)
    add(alice, device())
    client.post("/sign-in/", {"email": alice.user.email, "password": PASSWORD})
    client.post(SECOND, {"code": code_at(secret, int(now.timestamp()) // 30)})
    assert is_in(client)
    browser = alice.browser()
    browser.post("/account/second-factor/off/")
    assert RecoveryCode.objects.filter(user=alice.user).exists(), "they stand in for the passkey"
    browser.post(REMOVE, {"passkey": str(Passkey.objects.get().pk)})
    assert not RecoveryCode.objects.filter(user=alice.user).exists()


def test_one_that_was_removed_opens_nothing(alice, client):
    key = device()
    browser = alice.browser()
    add(alice, key, browser=browser)
    done = browser.post(REMOVE, {"passkey": str(Passkey.objects.get().pk)}, follow=True)
    assert "opens nothing any more" in done.content.decode()
    assert enter(key, client).status_code == 400
    assert AuditEntry.objects.filter(what="passkey removed").exists()
    assert "removed already" in browser.post(REMOVE, {"passkey": "x"}, follow=True).content.decode()


def test_nobody_removes_a_colleagues(alice, bob):
    add(alice, device())
    bob.browser().post(REMOVE, {"passkey": str(Passkey.objects.get().pk)})
    assert Passkey.objects.count() == 1


def test_adding_and_removing_ask_for_the_password_first(alice):
    browser = alice.browser(lately=False)
    assert "Is it you?" in browser.get(ADD).content.decode()
    assert "Is it you?" in browser.post(REMOVE, {"passkey": "x"}).content.decode()


def test_a_closed_account_is_not_opened(alice, client):
    key = device()
    add(alice, key)
    alice.user.is_active = False
    alice.user.save()
    assert enter(key, client).status_code == 400
    assert not is_in(client)


def test_without_a_name_or_an_answer_nothing_is_added(alice):
    browser = alice.browser()
    for sent in ({"name": "", "answer": "{}"}, {"name": "Laptop", "answer": ""}):
        assert browser.post(ADD, sent).status_code == 422
    assert "needs JavaScript" in browser.get(ADD).content.decode()
    assert not Passkey.objects.exists()


def test_twenty_are_the_most(alice):
    for number in range(20):
        Passkey.objects.create(
            user=alice.user, name="x", credential_id=f"{number:04}", public_key=b"x", at=clock.wall()
        )
    assert "20 passkeys are the most" in add(alice, device()).content.decode()


def test_a_form_from_elsewhere_is_refused(alice):
    browser = Client(enforce_csrf_checks=True)
    for page in (ENTER, f"{ENTER}options/"):
        assert browser.post(page).status_code == 403
