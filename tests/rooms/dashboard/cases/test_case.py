"""One case: its story, the reasons for it, and what a person may do."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests import factories as make
from tests.factories import NOW
from tideover.recovery.models import Action, Case

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def page(person, case):
    return person.browser().get(f"/cases/{case.public_id}/")


def titles(person, case):
    return [entry.title for entry in page(person, case).context["story"].past]


def do(person, case, what, **fields: object):
    browser = person.browser()
    browser.post(f"/cases/{case.public_id}/{what}/", fields)
    case.refresh_from_db()
    return browser.get(f"/cases/{case.public_id}/").content.decode()


def test_the_story_is_told_in_order_with_tries_messages_visits_card_and_end(alice, case):
    make.make_attempt(case, at=NOW)
    message = make.make_message(case, at=NOW + timedelta(hours=1))
    make.make_event(message, "opened", at=NOW + timedelta(hours=2))
    make.make_link(case, first_opened_at=NOW + timedelta(hours=3))
    make.make_fact(case, "card_replaced", at=NOW + timedelta(hours=4))
    make.make_attempt(case, at=NOW + timedelta(hours=5), by="customer", outcome="paid")
    make.make_fact(case, "paid", at=NOW + timedelta(hours=6))
    assert titles(alice, case) == [
        "The renewal's charge declined",
        "Email · Payment failed",
        "The customer opened the email",
        "The customer visited the card page",
        "New payment method",
        "Charge by the customer went through",
        "Paid",
    ]


def test_a_debit_under_way_says_since_when_and_until_when_and_is_no_recovery(alice, case):
    Case.objects.filter(pk=case.pk).update(processing=True, card_brand="us_bank_account", card_last4="6789")
    case.refresh_from_db()
    make.make_attempt(case, at=datetime(2026, 1, 8, 12, tzinfo=UTC), outcome="processing")
    html = page(alice, case).content.decode()
    assert "to bank account •••• 6789" in html
    assert "Jan 8, 2026" in html
    assert "by about" in html
    assert "Jan 14, 2026" in html
    assert "It is not recovered yet." in html


def test_a_failure_the_ledger_tells_of_is_not_told_twice(alice, case):
    attempt = make.make_attempt(case)
    make.make_fact(case, "payment_failed", key=f"charge:{attempt.charge_id}", detail={"charge": attempt.charge_id})
    assert len(titles(alice, case)) == 1


def test_a_visit_that_its_message_tells_of_is_not_told_twice(alice, case):
    message = make.make_message(case)
    make.make_event(message, "clicked")
    make.make_link(case, message_id=message.pk, first_opened_at=NOW)
    assert titles(alice, case).count("The customer visited the card page") == 0


def test_a_try_shows_every_code_the_bank_gave(alice, case):
    make.make_attempt(
        case,
        code="do_not_honor",
        advice_code="try_again_later",
        network_decline_code="05",
        network_advice_code="24",
        counts=False,
    )
    html = page(alice, case).content.decode()
    for word in (
        "do_not_honor",
        "try_again_later",
        "network code 05",
        "network advice 24",
        "did not reach the bank",
    ):
        assert word in html


def test_what_the_bank_said_is_told_in_words_and_its_codes_only_to_who_asks(alice, case):
    make.make_attempt(case, code="service_not_allowed", advice_code="try_again_later", network_decline_code="58")
    entry = next(each for each in page(alice, case).context["story"].past if "service_not_allowed" in each.raw)
    assert "the bank advises to try again later" in entry.details
    assert not [detail for detail in entry.details if "_" in detail]


def test_a_pause_that_was_taken_back_left_nothing_undone(alice, case):
    act = {"case": case, "do": "message", "template": "final", "step": "message-1"}
    make.make_action(**act, state="dropped", reason="a person paused the case", settled_at=NOW)
    assert [each.reason for each in page(alice, case).context["story"].undone] == ["a person paused the case"]
    make.make_action(**act, state="planned")
    assert page(alice, case).context["story"].undone == []


def test_every_step_says_why_now_and_why_not_otherwise(alice, case):
    make.make_action(
        case,
        rule="tuned.no_funds.payday",
        why="The 15th is a payday.",
        instead=["Friday was too close."],
        ruleset_version=case.ruleset.version,
    )
    html = page(alice, case).content.decode()
    for word in ("The 15th is a payday.", "Friday was too close.", "tuned.no_funds.payday", "rules version 1"):
        assert word in html


def test_what_was_not_done_stands_there_with_its_reason(alice, case):
    make.make_action(
        case,
        do="message",
        template="reminder",
        state=Action.State.DONE,
        outcome="skipped",
        reason="suppressed:unsubscribed",
        settled_at=NOW,
    )
    make.make_action(case, state=Action.State.DROPPED, outcome="dropped", reason="the invoice is paid", settled_at=NOW)
    story = page(alice, case).context["story"]
    assert [step.reason for step in story.undone] == ["the customer opted out", "the invoice is paid"]
    assert story.ahead == []


def test_steps_that_one_thing_made_needless_are_read_as_one(alice, case):
    for number in range(3):
        make.make_action(
            case,
            do="message",
            template="final",
            step=f"message-{number}",
            state="dropped",
            reason="the invoice is paid",
            settled_at=NOW,
        )
    make.make_action(case, state="dropped", reason="the invoice is paid", settled_at=NOW)
    make.make_action(case, do="close", step="close", state="dropped", reason="the invoice is paid", settled_at=NOW)
    [undone] = page(alice, case).context["story"].undone
    assert (undone.title, len(undone.steps)) == ("3 messages, 1 charge", 5)


def test_an_email_is_opened_before_its_link_is_followed(alice, case):
    message = make.make_message(case)
    make.make_event(message, "clicked", at=NOW)
    make.make_event(message, "opened", at=NOW)
    assert titles(alice, case)[1:] == [
        "The customer opened the email",
        "The customer followed the link to the card page",
    ]


def test_the_steps_to_come_are_in_order(alice, case):
    make.make_action(case, step="charge-2", due_at=NOW + 3 * DAY)
    make.make_action(case, step="message-1", do="message", template="final", due_at=NOW + 2 * DAY)
    ahead = page(alice, case).context["story"].ahead
    assert [entry.title for entry in ahead] == ["Email · Final notice", "Charge"]


def test_a_mail_is_shown_as_it_was_sent_in_a_frame_that_may_do_nothing(alice, case):
    message = make.make_message(
        case, html='<p style="color:red">Hello</p><img src="/o/open-1.gif"><script>steal()</script>'
    )
    answer = alice.browser().get(f"/cases/{case.public_id}/messages/{message.public_id}/")
    policy = answer["Content-Security-Policy"]
    assert "Hello" in answer.content.decode()
    assert policy.startswith("sandbox; default-src 'none'")
    assert "script" not in policy
    assert "img-src data:" in policy  # the picture that tells of an opening is not fetched
    assert "sandbox" in page(alice, case).content.decode()


def test_a_mail_of_another_case_is_not_found_under_this_one(alice, case, connection):
    other = make.make_message(make.make_case(connection))
    assert alice.browser().get(f"/cases/{case.public_id}/messages/{other.public_id}/").status_code == 404


def test_the_demo_has_no_page_at_stripe_and_a_real_account_has(alice, case):
    assert (
        f"dashboard.stripe.com/{case.connection.account_id}/test/invoices/{case.invoice_id}"
        in page(alice, case).content.decode()
    )
    case.connection.api_base = "http://127.0.0.1:1"
    case.connection.save()
    assert "dashboard.stripe.com" not in page(alice, case).content.decode()


# ── what a person may do ──


def test_a_pause_ends_in_the_morning_of_the_chosen_day_and_can_be_undone(alice, case):
    alice.project.time_zone = "America/New_York"
    alice.project.save()
    html = do(alice, case, "pause", until="2199-07-01")
    assert case.paused_until == datetime(2199, 7, 1, 13, tzinfo=UTC)
    assert case.paused_by == alice.user.email
    assert "Paused until Jul 1" in html
    assert "Undo" in html
    do(alice, case, "resume")
    assert case.paused_until is None


@pytest.mark.parametrize("until", ["", "soon", "2020-01-01", "9999-12-31"])
def test_a_pause_that_would_not_end_ahead_is_refused_beside_its_field(alice, case, until):
    answer = alice.browser().post(f"/cases/{case.public_id}/pause/", {"until": until})
    case.refresh_from_db()
    assert (answer.status_code, case.paused_until) == (422, None)
    html = answer.content.decode()
    assert '<details class="menu" open>' in html
    assert re.search(r'<p class="wrong" id="pause-until_error">.*(Choose the day|must end in the future)', html)
    assert "What happened" in html


def test_a_pause_that_was_asked_for_on_another_page_is_refused_there(alice, case):
    browser = alice.browser()
    answer = browser.post(f"/cases/{case.public_id}/pause/", {"until": "", "next": "/cases/"})
    assert answer.url == "/cases/"
    html = browser.get("/cases/").content.decode()
    assert re.search(r'role="alert">\s*<span>Choose the day on which the case goes on', html)


def test_what_a_case_no_longer_offers_is_refused_in_a_sentence(alice, case):
    Case.objects.update(state="recovered")
    assert "there is nothing to pause" in do(alice, case, "pause", until="2199-07-01")
    assert "Type stop to end the case for good" in do(alice, case, "stop", confirm="no")


def test_a_script_gets_the_form_alone_and_then_the_way_on(alice, case):
    browser = alice.browser()
    wrong = browser.post(f"/cases/{case.public_id}/stop/", {"confirm": "no"}, headers={"HX-Request": "true"})
    assert wrong.status_code == 422
    html = wrong.content.decode()
    assert html.startswith('<form id="stop"')
    assert "<html" not in html
    assert "Type stop to end the case for good." in html
    right = browser.post(f"/cases/{case.public_id}/stop/", {"confirm": "stop"}, headers={"HX-Request": "true"})
    assert (right.status_code, right["HX-Redirect"]) == (200, f"/cases/{case.public_id}/")


def test_a_retry_is_planned_for_now_in_the_name_of_who_asked(alice, case):
    do(alice, case, "retry")
    asked = Action.objects.get(case=case, asked_by=alice.user.email)
    assert (asked.do, asked.state) == ("charge", "planned")


def test_a_retry_the_house_may_not_make_says_why(alice, case):
    case.connection.mode = "observe"
    case.connection.save()
    assert "observe mode" in do(alice, case, "retry")
    assert not Action.objects.filter(case=case).exists()


@pytest.mark.parametrize(
    ("what", "word", "state"), [("stop", "stop", "canceled"), ("mark-recovered", "paid", "recovered")]
)
def test_what_cannot_be_undone_asks_for_its_word(alice, case, what, word, state):
    do(alice, case, what, confirm="yes")
    assert case.state == "failing"
    do(alice, case, what, confirm=f" {word.upper()} ")
    assert case.state == state


def test_an_ended_case_offers_nothing_that_makes_no_sense(alice, connection):
    html = page(alice, make.make_case(connection, state="recovered")).content.decode()
    assert "Retry now" not in html
    assert "Stop for good" not in html
    assert "Nothing more is charged or sent" in html


def test_a_command_returns_to_the_page_it_came_from_but_never_to_a_stranger(alice, case):
    browser = alice.browser()
    assert browser.post(f"/cases/{case.public_id}/retry/", {"next": "/?range=7d"}).url == "/?range=7d"
    assert (
        browser.post(f"/cases/{case.public_id}/retry/", {"next": "https://evil.example/"}).url
        == f"/cases/{case.public_id}/"
    )


def test_commands_are_posts_with_a_token(alice, case):
    browser = alice.browser(enforce_csrf_checks=True)
    for what in ("pause", "resume", "retry", "stop", "mark-recovered"):
        assert browser.get(f"/cases/{case.public_id}/{what}/").status_code == 405
        assert browser.post(f"/cases/{case.public_id}/{what}/").status_code == 403
    assert Case.objects.get(pk=case.pk).version == case.version


def test_bob_may_do_what_alice_may(bob, case):
    do(bob, case, "retry")
    assert Action.objects.filter(case=case, asked_by=bob.user.email).exists()


# ── Mallory ──


def without_token(answer):
    """The page but for what differs from one visit to the next: the tokens of its forms."""
    return re.sub(rb'csrfmiddlewaretoken" value="\w+', b"", answer.content)


def test_for_mallory_alices_case_is_as_absent_as_one_that_never_was(alice, mallory, case):
    message = make.make_message(case)
    absent = "case_01ARZ3NDEKTSV4RRFFQ69G5FAV"
    browser = mallory.browser()
    for tail in ("", f"messages/{message.public_id}/"):
        theirs, none = (browser.get(f"/cases/{each}/{tail}") for each in (case.public_id, absent))
        assert (theirs.status_code, without_token(theirs)) == (404, without_token(none))
    for what in ("pause", "resume", "retry", "stop", "mark-recovered"):
        fields = {"until": "2199-01-01", "confirm": "stop"}
        theirs, none = (browser.post(f"/cases/{each}/{what}/", fields) for each in (case.public_id, absent))
        assert (theirs.status_code, without_token(theirs)) == (404, without_token(none))
    case.refresh_from_db()
    assert (case.state, case.paused_until, case.version) == ("failing", None, 0)


def test_nothing_of_alices_is_on_any_page_of_mallorys(mallory, case):
    Case.objects.update(attention="bounced")
    make.make_attempt(case)
    make.make_message(case)
    make.make_action(case, do="message", state="dropped", settled_at=NOW)
    browser = mallory.browser()
    for address in (
        "/",
        "/cases/",
        "/cases/?q=northwind",
        "/messages/",
        "/messages/?status=unsent",
        "/activity/",
        f"/find/?q={case.public_id}",
        "/find/?q=north",
    ):
        html = browser.get(address).content.decode()
        assert "Northwind" not in html.replace("“northwind”", "")
        assert case.customer_email not in html
    for address in ("/cases.csv", "/trend.csv"):
        assert b"orthwind" not in b"".join(browser.get(address).streaming_content)


@pytest.mark.parametrize(
    "public_id", ["x", "case_x", "msg_01ARZ3NDEKTSV4RRFFQ69G5FAV", "case_81ARZ3NDEKTSV4RRFFQ69G5FAV", "case_"]
)
def test_an_id_that_is_none_is_not_found(alice, public_id):
    assert alice.browser().get(f"/cases/{public_id}/").status_code == 404


# ── money ──


def went_back(connection, **values: object):
    case = make.make_case(connection, state="recovered", via="email", **values)
    make.make_attempt(case, at=NOW, by="us", outcome="paid", charge_id="ch_1")
    make.make_fact(case, "received", at=NOW, detail={"charge": "ch_1", "amount": 9900})
    make.make_fact(case, "paid", at=NOW)
    return case


def test_what_came_and_what_of_it_went_back_are_told_with_how_and_when(alice, connection):
    case = went_back(connection, amount_recovered=5900, amount_returned=4000)
    refund = {"charge": "ch_1", "amount": 4000}
    make.make_fact(case, "refunded", at=datetime(2026, 11, 23, 12, tzinfo=UTC), detail=refund)
    html = page(alice, case).content.decode()
    assert "$99.00 came back by: " in html
    assert "$40.00 of it went back (refunded on Nov 23, 2026): $59.00 is recovered." in html
    assert titles(alice, case) == ["Charge by our retry went through", "Paid", "Refunded"]


def test_a_dispute_that_was_won_took_nothing(alice, connection):
    case = went_back(connection, amount_recovered=9900)
    for kind in ("disputed", "dispute_won"):
        make.make_fact(case, kind, at=NOW, detail={"charge": "ch_1", "dispute": "du_1", "amount": 9900})
    html = page(alice, case).content.decode()
    assert "went back" not in html.lower()
    assert "Dispute won: the money is yours again" in html


def test_of_an_open_case_what_failed_and_what_is_open_are_told(alice, connection):
    case = make.make_case(connection, amount_open=3900)
    html = page(alice, case).content.decode()
    assert "$99.00" in html
    assert "$39.00" in html
    assert "$39.00 open" in alice.browser().get("/cases/").content.decode()
