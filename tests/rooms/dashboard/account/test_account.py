"""A person's own account: what protects it changes only after a proof, and a second factor is asked for every time."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from tests.people import PASSWORD
from tests.waiting import until
from tideover import clock
from tideover.dashboard.sign_in.entering import CODES, HALF_IN
from tideover.tenants.access import make_sign_in_link
from tideover.tenants.models import AuditEntry, RecoveryCode, SecondFactor, SignedIn, SignInLink
from tideover.tenants.second_factor import STEP_SECONDS, code_at
from tideover.tenants.sessions import PROOF_LASTS, PROVED

pytestmark = pytest.mark.django_db
NEW = "another long password"


def signs_in(person, password=PASSWORD, **headers):
    browser = Client(**headers)
    browser.post("/sign-in/", {"email": person.user.email, "password": password})
    return browser


def is_in(browser):
    return browser.get("/").status_code == 200


def told(browser, address="/account/"):
    return browser.get(address).content.decode()


def step():
    return int(clock.wall().timestamp()) // STEP_SECONDS


def secret_on(html):
    return re.search(r"<p>([A-Z2-7 ]{30,})</p>", html)[1].replace(" ", "")


def turned_on(browser):
    """The app's secret and the recovery codes."""
    secret = secret_on(told(browser, "/account/second-factor/"))
    html = browser.post("/account/second-factor/", {"code": code_at(secret, step() - 1)}).content.decode()
    return secret, re.findall(r"<code>([\w-]{16,})</code>", html)


# ── a proof first ──


@pytest.mark.parametrize(
    "address",
    ["/account/password/", "/account/second-factor/", "/account/second-factor/off/", "/account/recovery-codes/"],
)
def test_who_has_not_proved_it_lately_is_asked_and_changes_nothing(alice, address):
    browser = signs_in(alice)
    turned_on(browser)
    before = list(SecondFactor.objects.values()), set(RecoveryCode.objects.values_list("code_hash", flat=True))
    session = browser.session
    session[PROVED] = (clock.wall() - PROOF_LASTS).timestamp()
    session.save()
    html = browser.post(address, {"password": NEW, "code": "123456"}).content.decode()
    assert "Is it you?" in html
    assert before == (
        list(SecondFactor.objects.values()), set(RecoveryCode.objects.values_list("code_hash", flat=True)),
    )  # fmt: skip
    alice.user.refresh_from_db()
    assert alice.user.check_password(PASSWORD)


def test_the_password_typed_again_is_a_proof_and_a_wrong_one_is_not_for_long(alice):
    browser = alice.browser(lately=False)
    assert "Is it you?" in told(browser, "/account/password/")
    assert browser.post("/account/prove/", {"password": "no"}).status_code == 422
    assert browser.post("/account/prove/", {"password": PASSWORD}).status_code == 302
    assert "New password" in told(browser, "/account/password/")
    elsewhere = browser.post("/account/prove/", {"password": PASSWORD, "next": "https://evil.example/"})
    assert elsewhere["Location"] == "/account/"
    other = alice.browser(lately=False)
    for _ in range(5):
        other.post("/account/prove/", {"password": "no"})
    assert other.post("/account/prove/", {"password": PASSWORD}).status_code == 422


# ── the password ──


def test_a_new_password_signs_out_every_other_browser_and_ends_links(alice):
    here, elsewhere = signs_in(alice), signs_in(alice)
    make_sign_in_link(alice.user, clock.wall())
    here.post("/account/password/", {"password": NEW})
    assert [is_in(here), is_in(elsewhere)] == [True, False]
    assert not SignInLink.objects.filter(used_at__isnull=True).exists()
    assert SignedIn.objects.count() == 1
    assert "This one" in told(here)
    assert is_in(signs_in(alice, NEW))
    assert not is_in(signs_in(alice))
    assert AuditEntry.objects.get().what == "password set"


@pytest.mark.parametrize("weak", ["", "short", "password1234"])
def test_a_weak_password_is_none(alice, weak):
    assert signs_in(alice).post("/account/password/", {"password": weak}).status_code == 422
    assert is_in(signs_in(alice))


def test_a_forgotten_password_is_replaced_by_a_mailed_link(alice, server):
    browser = Client()
    browser.post("/sign-in/mail/", {"email": alice.user.email.upper()})
    until(lambda: server.mails)
    link = re.search(r"/sign-in/[\w-]{20,}/", server.mails[0].replace("=\r\n", "").replace("=\n", ""))[0]
    browser.post(link)
    assert browser.post("/account/password/", {"password": NEW}).status_code == 302
    assert is_in(signs_in(alice, NEW))
    assert Client().post(link).status_code == 410


def test_the_page_says_the_same_whether_or_not_an_address_has_an_account(alice, server):
    pages = [
        Client().post("/sign-in/mail/", {"email": email}).content.decode().replace(email, "X")
        for email in (alice.user.email, "nobody@nowhere.example")
    ]
    assert pages[0] == pages[1]
    assert SignInLink.objects.count() == 1


def test_links_are_mailed_to_an_address_only_so_often(alice, server):
    statuses = [Client().post("/sign-in/mail/", {"email": alice.user.email}).status_code for _ in range(5)]
    assert statuses == [200] * 4 + [429]


# ── the second factor ──


def test_with_an_app_the_password_alone_opens_nothing_and_its_code_does(alice):
    secret, _ = turned_on(signs_in(alice))
    browser = signs_in(alice)
    assert not is_in(browser)
    assert browser.post("/sign-in/code/", {"code": "000000"}).status_code == 422
    assert browser.post("/sign-in/code/", {"code": code_at(secret, step())}).url == "/"
    assert is_in(browser)
    assert HALF_IN not in browser.session


def test_a_sign_in_link_asks_for_the_code_too(alice):
    turned_on(signs_in(alice))
    browser = Client()
    answer = browser.post(f"/sign-in/{make_sign_in_link(alice.user, clock.wall())}/")
    assert answer.url == "/sign-in/code/"
    assert not is_in(browser)


def test_no_code_is_taken_twice_nor_an_old_one_after_a_new_one(alice):
    secret, _ = turned_on(signs_in(alice))
    now = step()
    for code, right in ((code_at(secret, now - 1), False), (code_at(secret, now), True), (code_at(secret, now), False)):
        browser = signs_in(alice)
        browser.post("/sign-in/code/", {"code": code})
        assert is_in(browser) is right


def test_a_recovery_code_works_once(alice):
    _, codes = turned_on(signs_in(alice))
    assert len(set(codes)) == 10
    for right in (True, False):
        browser = signs_in(alice)
        browser.post("/sign-in/code/", {"code": codes[0].upper().replace("-", " ")})
        assert is_in(browser) is right
    browser = signs_in(alice)
    browser.post("/sign-in/code/", {"code": codes[1]})
    fresh = re.findall(r"<code>([\w-]{16,})</code>", browser.post("/account/recovery-codes/").content.decode())
    assert len(fresh) == 10
    other = signs_in(alice)
    other.post("/sign-in/code/", {"code": codes[2]})
    assert not is_in(other)


def test_codes_are_not_guessed_for_long(alice):
    secret, _ = turned_on(signs_in(alice))
    browser = signs_in(alice)
    for _ in range(CODES.limit):
        browser.post("/sign-in/code/", {"code": "000000"})
    assert browser.post("/sign-in/code/", {"code": code_at(secret, step())}).status_code == 422
    assert not is_in(browser)


def test_the_question_for_the_code_ends_after_ten_minutes_and_is_nobodys_without_the_first_factor(alice):
    secret, _ = turned_on(signs_in(alice))
    assert Client().post("/sign-in/code/", {"code": code_at(secret, step())}).url == "/sign-in/"
    browser = signs_in(alice)
    session = browser.session
    session[HALF_IN] = {**session[HALF_IN], "until": (clock.wall() - timedelta(seconds=1)).timestamp()}
    session.save()
    assert browser.post("/sign-in/code/", {"code": code_at(secret, step())}).url == "/sign-in/"


def test_an_app_that_shows_another_code_is_not_taken(alice):
    browser = signs_in(alice)
    told(browser, "/account/second-factor/")
    assert browser.post("/account/second-factor/", {"code": "000000"}).status_code == 422
    assert not SecondFactor.objects.exists()


def test_turned_off_no_code_is_asked_for(alice):
    browser = signs_in(alice)
    turned_on(browser)
    browser.post("/account/second-factor/off/")
    assert is_in(signs_in(alice))
    assert not RecoveryCode.objects.exists()
    assert list(AuditEntry.objects.order_by("number").values_list("what", flat=True)) == [
        "second factor on", "second factor off",
    ]  # fmt: skip


def test_neither_the_secret_nor_a_recovery_code_stands_anywhere_in_the_database(alice):
    browser = signs_in(alice)
    offered = secret_on(told(browser, "/account/second-factor/"))
    secret, codes = turned_on(browser)
    assert offered == secret
    plain = [secret, *codes, *(code.replace("-", "") for code in codes)]
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - a table of ours
            rows = str(cursor.fetchall())
            assert [word for word in plain if word in rows] == [], table
    sessions = [
        str(Client().session.__class__(key).load()) for key in SignedIn.objects.values_list("session_key", flat=True)
    ]
    assert all(secret not in each for each in sessions)


# ── browsers ──


def test_a_person_sees_their_browsers_and_signs_out_one_or_all_others(alice, mallory):
    here, phone, tablet = (signs_in(alice, HTTP_USER_AGENT=name) for name in ("Desk/1", "Phone/1", "Tablet/1"))
    hers = signs_in(mallory)
    html = told(here)
    assert all(name in html for name in ("Desk/1", "Phone/1", "Tablet/1"))
    of_phone = SignedIn.objects.get(device="Phone/1")
    hers.post("/account/browsers/", {"browser": str(of_phone.pk)})
    assert is_in(phone)
    here.post("/account/browsers/", {"browser": str(of_phone.pk)})
    assert [is_in(each) for each in (here, phone, tablet)] == [True, False, True]
    here.post("/account/browsers/", {"browser": "others"})
    assert [is_in(each) for each in (here, tablet, hers)] == [True, False, True]


def test_who_signs_out_is_listed_no_more(alice):
    browser = signs_in(alice)
    browser.post("/sign-out/")
    assert not SignedIn.objects.exists()
