"""Signing in: by password or by a link that works once; strangers see nothing."""

from datetime import timedelta

import pytest
from django.core.cache import cache

from tideover import clock
from tideover.tenants.access import make_sign_in_link, use_sign_in_link
from tideover.tenants.models import SignInLink

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_guessed_before():
    cache.clear()


def test_opening_a_link_signs_nobody_in_and_pressing_the_button_does_once(client, alice):
    link = f"/sign-in/{make_sign_in_link(alice.user, clock.wall())}/"
    assert client.get(link).status_code == client.head(link).status_code == 200
    assert "_auth_user_id" not in client.session
    assert client.post(link).status_code == 302
    assert client.session["_auth_user_id"] == str(alice.user.pk)
    client.logout()
    assert client.post(link).status_code == 410


def test_a_link_lives_fifteen_minutes(alice):
    now = clock.wall()
    token = make_sign_in_link(alice.user, now)
    assert use_sign_in_link(token, now + timedelta(minutes=15)) is None
    assert use_sign_in_link(token, now + timedelta(minutes=14)) == alice.user


def test_only_the_hash_of_a_link_is_kept(alice):
    token = make_sign_in_link(alice.user, clock.wall())
    assert token not in str(SignInLink.objects.values_list())


def test_a_password_signs_in_and_every_mistake_reads_the_same(client, alice):
    alice.user.set_password("correct horse battery")
    alice.user.save()
    wrong = client.post("/sign-in/", {"email": alice.user.email, "password": "nope"})
    nobody = client.post("/sign-in/", {"email": "nobody@nowhere.example", "password": "nope"})
    assert wrong.status_code == nobody.status_code == 400
    right = client.post("/sign-in/", {"email": alice.user.email.upper(), "password": "correct horse battery"})
    assert right.status_code == 302


def test_after_a_mistake_the_email_is_kept_and_the_password_is_not(client, alice):
    html = client.post("/sign-in/", {"email": alice.user.email, "password": "nope-nope"}).content.decode()
    assert f'value="{alice.user.email}"' in html
    assert "nope-nope" not in html


def test_guessing_is_slowed_down(client, alice):
    answers = [client.post("/sign-in/", {"email": alice.user.email, "password": str(n)}).status_code for n in range(7)]
    assert answers == [400] * 5 + [429] * 2


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "////evil.example"])
def test_after_signing_in_one_stays_here(client, alice, target):
    token = make_sign_in_link(alice.user, clock.wall())
    answer = client.post(f"/sign-in/{token}/", {"next": target})
    assert answer["Location"] == "/"


def test_signing_out_ends_the_session(client, alice):
    client.force_login(alice.user)
    assert client.get("/sign-out/").status_code == 405
    client.post("/sign-out/")
    assert client.get("/").status_code == 302
