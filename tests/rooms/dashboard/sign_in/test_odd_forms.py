"""Whatever is sent to the sign-in pages, nobody gets in by it and nothing breaks."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.factories import DAY
from tests.people import PASSWORD
from tideover import clock
from tideover.tenants.access import make_sign_in_link

pytestmark = pytest.mark.django_db
PAGE = "/sign-in/"
MULTIPART = "multipart/form-data; boundary=x"


def is_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


@pytest.mark.parametrize(
    "form",
    [
        {}, {"email": ""}, {"password": PASSWORD}, {"email": "alice@alpine-analytics.example"}, {"email": "\0", "password": "\0"},
        {"email": "a" * 100_000, "password": PASSWORD}, {"email": ["alice@alpine-analytics.example", "x"], "password": PASSWORD},
        {"Email": "alice@alpine-analytics.example", "Password": PASSWORD}, {"email": "alice@alpine-analytics.example", "password": ""},
        {"email": "<script>alert(1)</script>", "password": "x"}, {"email": "alice@alpine-analytics.example\r\nBcc: x", "password": PASSWORD},
    ],
)  # fmt: skip
def test_a_form_without_the_right_words_is_one_and_the_same_refusal(client, alice, form):
    answer = client.post(PAGE, form)
    assert (answer.status_code, is_in(client)) == (400, False)
    assert "do not match" in answer.content.decode()
    assert "<script>alert(1)" not in answer.content.decode()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b'{"email": "alice@alpine-analytics.example", "password": "correct horse battery staple"}'),
        ("text/plain", b"email=alice@alpine-analytics.example&password=correct horse battery staple"),
        ("application/x-www-form-urlencoded", b"\xff\xfe\x00%zz%00=%ff&&&=="), ("application/x-www-form-urlencoded", b"&" * 900),
        (MULTIPART, b""), (MULTIPART, b"--x\r\nContent-Disposition: form-data"), (MULTIPART, b"no part at all"),
        ("multipart/form-data", b"--x"), ("", b"email=x"), ("nonsense", b"\x00"),
    ],
)  # fmt: skip
def test_a_body_that_is_no_form_is_refused(client, alice, kind, body):
    answer = client.generic("POST", PAGE, body, content_type=kind)
    assert (answer.status_code, is_in(client)) == (400, False)


def test_more_fields_than_any_form_has_are_refused(client):
    assert (
        client.generic("POST", PAGE, b"a=1&" * 2_000, content_type="application/x-www-form-urlencoded").status_code
        == 400
    )


def test_a_form_from_another_site_is_refused(alice):
    browser = Client(enforce_csrf_checks=True)
    token = make_sign_in_link(alice.user, clock.wall())
    for path in (PAGE, f"/sign-in/{token}/", "/sign-out/"):
        answer = browser.post(path, {"email": alice.user.email, "password": PASSWORD})
        assert (answer.status_code, is_in(browser)) == (403, False)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", [PAGE, "/sign-in/token/", "/sign-out/"])
def test_other_methods_are_refused(client, method, path):
    assert client.generic(method, path).status_code == 405


@pytest.mark.parametrize("where", ["query", "form"])
@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "////evil.example", "javascript:alert(1)", "data:text/html,x",
        "http:///evil.example", " //evil.example", "\t//evil.example", "https://testserver@evil.example/", "https:evil.example", "\0", "x" * 5,
    ],
)  # fmt: skip
def test_after_the_right_password_one_stays_here(client, alice, target, where):
    form = {"email": alice.user.email, "password": PASSWORD}
    if where == "form":
        answer = client.post(PAGE, form | {"next": target})
    else:
        answer = client.post(PAGE, form, query_params={"next": target})
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_a_way_back_cannot_add_a_header(client, alice):
    answer = client.post(PAGE, {"email": alice.user.email, "password": PASSWORD, "next": "/\r\nSet-Cookie: mine=1"})
    assert (answer.status_code, "mine" in client.cookies) == (302, False)
    assert "\n" not in answer["Location"]


@pytest.mark.parametrize("token", ["x", "x" * 5_000, "%00", "%ff", "ж", "..%2F..", "a b", "<b>"])
def test_a_link_that_nobody_made_says_that_it_no_longer_works(client, alice, token):
    answer = client.post(f"/sign-in/{token}/")
    assert (answer.status_code, is_in(client)) in {(410, False), (404, False)}
    assert "<b>" not in answer.content.decode()


def test_a_used_and_an_expired_link_say_the_same(client, alice):
    used = make_sign_in_link(alice.user, clock.wall())
    Client().post(f"/sign-in/{used}/")
    expired = make_sign_in_link(alice.user, clock.wall() - DAY)
    answers = [client.post(f"/sign-in/{token}/") for token in (used, expired, "unknown")]
    assert {answer.status_code for answer in answers} == {410}
    assert len({answer.content for answer in answers}) == 1
    assert not is_in(client)


def test_signing_in_gives_the_session_another_name(client, alice):
    client.get(PAGE)
    session = client.session
    session["mine"] = 1
    session.save()
    before = session.session_key
    client.post(PAGE, {"email": alice.user.email, "password": PASSWORD})
    assert client.session.session_key != before


def test_who_is_not_signed_in_may_sign_out(client):
    assert client.post("/sign-out/").status_code == 302
