"""Signing in: by password or by a link that works once; strangers see nothing."""

from datetime import timedelta

import pytest

from tests.people import PASSWORD
from tideover import clock
from tideover.tenants.access import make_sign_in_link, use_sign_in_link
from tideover.tenants.models import SignInLink

pytestmark = pytest.mark.django_db


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


def guess(client, email, times, **headers):
    return [
        client.post("/sign-in/", {"email": email, "password": f"no {n}"}, **headers).status_code for n in range(times)
    ]


def test_who_guessed_too_often_is_told_when_to_come_again_and_the_right_password_waits_too(client, alice):
    guess(client, alice.user.email, 5)
    answer = client.post("/sign-in/", {"email": alice.user.email, "password": PASSWORD})
    assert (answer.status_code, answer["Retry-After"]) == (429, "900")
    assert "_auth_user_id" not in client.session


def test_only_mistakes_count(client, alice):
    for _ in range(7):
        assert client.post("/sign-in/", {"email": alice.user.email, "password": PASSWORD}).status_code == 302
        assert guess(client, alice.user.email, 4) == [400] * 4


def test_another_address_in_a_header_is_no_fresh_start(client, alice):
    spoofed = [guess(client, alice.user.email, 1, HTTP_X_FORWARDED_FOR=f"203.0.113.{n}")[0] for n in range(7)]
    assert spoofed == [400] * 5 + [429] * 2


def test_a_neighbour_in_the_same_household_of_addresses_is_no_fresh_start_and_another_place_is(client, alice):
    email = alice.user.email
    homes = [guess(client, email, 1, REMOTE_ADDR=f"2001:db8:1:1::{n}")[0] for n in range(1, 7)]
    assert homes == [400] * 5 + [429]
    assert guess(client, email, 1, REMOTE_ADDR="2001:db8:1:2::1") == [400]


def test_many_places_together_guess_one_person_s_password_no_more_than_fifty_times(client, alice):
    statuses = [guess(client, alice.user.email, 1, REMOTE_ADDR=f"198.51.100.{n}")[0] for n in range(52)]
    assert statuses == [400] * 50 + [429] * 2


def test_one_place_alone_never_locks_a_person_out_elsewhere(client, alice):
    guess(client, alice.user.email, 70, REMOTE_ADDR="198.51.100.1")
    right = {"email": alice.user.email, "password": PASSWORD}
    assert client.post("/sign-in/", right, REMOTE_ADDR="198.51.100.2").status_code == 302


def test_one_place_guesses_no_more_than_a_hundred_times_though_it_signs_in_between(client, alice, mallory):
    for round_of in range(25):
        guess(client, f"somebody{round_of}@alpine.example", 4)
        right = client.post("/sign-in/", {"email": mallory.user.email, "password": PASSWORD})
    assert right.status_code == 429
    assert guess(client, "one-more@alpine.example", 1) == [429]


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
