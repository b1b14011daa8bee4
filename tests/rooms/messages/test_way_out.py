"""The unsubscribe page and the open pixel: GET changes nothing a person would notice, POST acts at once."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client

from tests.cut_off import database_away
from tests.rooms.messages.post import NOW, claimed, taking_no_writes
from tideover.config import config
from tideover.core.catalogue import Channel, Template
from tideover.core.tongues import Tongue
from tideover.messages import optouts
from tideover.messages.keyed import links_of
from tideover.messages.languages import spoken_in
from tideover.messages.models import MessageEvent, Suppression
from tideover.messages.suppression import Meant, refusal
from tideover.messages.tracking import record_bounce, record_complaint, unsubscribe_later
from tideover.upkeep.restoring import take_in_waiting

pytestmark = pytest.mark.django_db
JANE = "jane@customer.example"


def way_out(message):
    return "/u/" + links_of(message.action_id).unsubscribe_url.rpartition("/")[2]


def pixel(message):
    return "/o/" + links_of(message.action_id).open_url.rpartition("/")[2]


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_at_the_page_unsubscribes_nobody(alice, client, method):
    message = claimed(alice)
    answer = getattr(client, method)(way_out(message))
    assert answer.status_code == 200
    assert Suppression.objects.count() == 0
    assert MessageEvent.objects.values_list("kind", flat=True).get() == "way_out"


def test_the_page_names_the_merchant_and_has_one_button(alice, client):
    page = client.get(way_out(claimed(alice))).content.decode()
    assert "Alpine Analytics will no longer email you" in page
    assert (page.count("<button"), page.count("<script")) == (1, 0)


def test_the_button_ends_email_from_this_merchant_only(alice, mallory, client):
    message = claimed(alice)
    answer = client.post(way_out(message))
    assert answer.status_code == 200
    assert "You are unsubscribed" in answer.content.decode()
    assert refusal(alice.project, Channel.EMAIL, JANE, NOW) == "suppressed:unsubscribed"
    assert refusal(mallory.project, Channel.EMAIL, JANE, NOW) is None


@pytest.mark.parametrize("reads", sorted(Tongue))
def test_where_a_merchant_has_no_support_address_the_way_back_is_the_merchant(alice, client, reads):
    said = spoken_in(reads).say("unsubscribe", "done_undo", merchant="Alpine Analytics", support=None)
    assert "Alpine Analytics" in said
    assert said in unescape(client.post(way_out(claimed(alice, locale=reads))).content.decode())


def test_the_confirmation_says_what_ends_and_what_goes_on_as_it_really_is(alice, client):
    page = client.post(way_out(claimed(alice))).content.decode()
    assert "or payments that go through later" in page
    assert "still get a new link to the payment page by email when you ask for one there" in page
    still = {each for each in Template if refusal(alice.project, Channel.EMAIL, JANE, NOW, Meant(each)) is None}
    assert still == {Template.NEW_LINK}


def test_who_unsubscribes_gets_no_more_by_the_channel_of_the_message(alice, client):
    message = claimed(alice)
    type(message).objects.update(channel="pigeon")
    client.post(way_out(message))
    assert Suppression.objects.get().channel == "pigeon"
    assert refusal(alice.project, Channel.EMAIL, JANE, NOW) is None


def test_a_mail_program_unsubscribes_with_one_post_without_cookies(alice):
    message = claimed(alice)
    program = Client(enforce_csrf_checks=True)
    answer = program.post(
        way_out(message), "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 200
    assert not answer.cookies
    assert refusal(alice.project, Channel.EMAIL, JANE, NOW) == "suppressed:unsubscribed"


def test_unsubscribing_twice_is_as_good_as_once(alice, client):
    message = claimed(alice)
    client.post(way_out(message))
    assert client.post(way_out(message)).status_code == 200
    assert Suppression.objects.count() == 1


def test_every_wrong_token_gets_the_same_page(client, alice):
    right = way_out(claimed(alice))
    answers = {
        re.sub(rb'nonce="[^"]*"', b"", client.get(path).content)
        for path in ("/u/x", right + "x", right[:-1], "/u/" + "A" * 32)
    }
    assert len(answers) == 1
    assert client.get("/u/x").status_code == 404
    assert client.post("/u/x").status_code == 404


def test_the_token_is_not_in_the_database(alice):
    message = claimed(alice)
    token = way_out(message).removeprefix("/u/")
    assert token not in message.unsubscribe_hash + message.open_token


def test_the_page_is_kept_by_nobody_and_tells_nobody_its_address(alice, client):
    answer = client.get(way_out(claimed(alice)))
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_the_pixel_notes_the_first_opening_and_counts_the_others(alice, client):
    message = claimed(alice)
    for _ in range(3):
        answer = client.get(pixel(message))
    assert answer.headers["Content-Type"] == "image/gif"
    opened = message.events.get()
    assert (opened.kind, opened.count) == ("opened", 3)


def test_a_pixel_of_nobody_is_the_same_picture(client, alice):
    known = client.get(pixel(claimed(alice)))
    unknown = client.get("/o/nobody.gif")
    assert (unknown.status_code, unknown.content) == (known.status_code, known.content)


def test_a_passing_bounce_is_noted_and_a_lasting_one_ends_email(alice):
    message = claimed(alice)
    record_bounce(message.pk, NOW, "452 mailbox full", permanent=False)
    assert refusal(alice.project, Channel.EMAIL, JANE, NOW) is None
    record_bounce(message.pk, NOW, "550 no such user", permanent=True)
    assert refusal(alice.project, Channel.EMAIL, JANE, NOW) == "suppressed:bounced"


def test_a_complaint_ends_email(alice):
    record_complaint(claimed(alice).pk, NOW)
    assert refusal(alice.project, Channel.EMAIL, JANE, NOW) == "suppressed:complained"


# ── where the database takes nothing ──


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.setattr(config(), "optouts_file", str(tmp_path / "optouts.jsonl"))
    return tmp_path


def asked(message, client):
    with taking_no_writes():
        return client.post(way_out(message))


def test_who_unsubscribes_while_the_database_takes_nothing_is_unsubscribed(alice, client, kept):
    message = claimed(alice)
    answer = asked(message, client)
    assert (answer.status_code, "You are unsubscribed" in answer.content.decode()) == (200, True)
    assert Suppression.objects.count() == 0
    assert refusal(alice.project, Channel.EMAIL, JANE, NOW) == "suppressed:unsubscribed"  # at once, on this machine
    assert refusal(alice.project, Channel.EMAIL, "joe@customer.example", NOW) is None
    assert take_in_waiting() == 1
    assert Suppression.objects.get().reason == "unsubscribed"
    assert (take_in_waiting(), Suppression.objects.count()) == (0, 1)


def test_the_picture_in_a_mail_is_shown_while_the_database_takes_nothing(alice, client):
    message = claimed(alice)
    with taking_no_writes():
        answer = client.get(pixel(message))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/gif")
    assert not MessageEvent.objects.exists()


def test_what_was_cut_off_before_it_hides_no_opt_out(alice, client, kept):
    (kept / "optouts-waiting.jsonl").write_text('{"organization": "1')
    asked(claimed(alice), client)
    assert take_in_waiting() == 1


def test_where_there_is_no_room_at_all_nobody_is_told_that_it_worked(alice, client, kept):
    (kept / "optouts-waiting.jsonl").mkdir()
    answer = asked(claimed(alice), client)
    assert (answer.status_code, "not unsubscribed yet" in answer.content.decode()) == (503, True)


def one_click(address):
    """What a mail program posts."""
    program = Client(enforce_csrf_checks=True)
    return program.post(address, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")


def test_a_mail_program_that_asks_while_the_database_is_away_is_told_to_ask_again(alice):
    address = way_out(claimed(alice))
    with database_away():
        answer = one_click(address)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "300")
    assert one_click(address).status_code == 200
    assert refusal(alice.project, Channel.EMAIL, JANE, NOW) == "suppressed:unsubscribed"


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_person_who_asks_while_the_database_is_away_reads_that_it_did_not_work(alice, client, method):
    address = way_out(claimed(alice))
    with database_away():
        answer = getattr(client, method)(address)
    assert (answer.status_code, "you are not unsubscribed yet" in answer.content.decode()) == (503, True)
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_the_picture_in_a_mail_is_shown_while_the_database_is_away(alice, client):
    address = pixel(claimed(alice))
    with database_away():
        assert client.get(address).headers["Content-Type"] == "image/gif"


def test_room_is_kept_for_opt_outs_and_given_up_when_there_is_no_other(alice, kept):
    take_in_waiting()
    assert (kept / "optouts.spare").stat().st_size == optouts.SPARE
    (kept / "optouts-waiting.jsonl").mkdir()
    assert not unsubscribe_later(claimed(alice), NOW)
    assert not (kept / "optouts.spare").exists()
