"""What a person asks for: the question before it, what came of it on the page, and that the story tells of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories as make
from tests.factories import NOW
from tests.rooms.dashboard.cases.test_case import do, page, titles
from tideover import clock
from tideover.recovery.models import Action

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_noon():
    """It is NOW."""
    clock.travel_to(NOW)
    yield
    clock.travel_to(None)


def asked_for(case, **values):
    return make.make_action(case, step="charge-asked-1", asked_by="ada@alpine.example", **values)


def fragment(person, case):
    return person.browser().get(f"/cases/{case.public_id}/asked/", headers={"HX-Request": "true"})


def test_a_retry_asks_first_with_amount_and_card(alice, case):
    html = page(alice, case).content.decode()
    assert "Charge $99.00</button>" in html
    assert "Visa •••• 4242 is charged at this moment." in html


def test_the_page_asks_until_the_answer_is_there_and_is_then_drawn_anew(alice, case):
    asked = asked_for(case, state="planned")
    html = page(alice, case).content.decode()
    assert "The charge that ada@alpine.example asked for is under way." in html
    assert f'hx-get="/cases/{case.public_id}/asked/"' in html
    assert "HX-Refresh" not in fragment(alice, case).headers
    outcome = {"state": "done", "outcome": "declined:insufficient_funds", "settled_at": NOW}
    Action.objects.filter(pk=asked.pk).update(**outcome)
    assert fragment(alice, case)["HX-Refresh"] == "true"
    html = page(alice, case).content.decode()
    assert "asked for was declined (insufficient funds)." in html
    assert "hx-trigger" not in html.split('id="asked"')[1].split("</p>")[0]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"state": "done", "outcome": "paid"}, "went through."),
        ({"state": "done", "outcome": "needs-authentication"}, "the bank wants them to confirm it."),
        ({"state": "done", "outcome": "refused", "reason": "the card was reported lost"}, "was not made: the card was"),
        (
            {"state": "dropped", "outcome": "dropped", "reason": "the invoice is paid"},
            "was not made: the invoice is paid.",
        ),
        ({"state": "dead", "outcome": "gave-up"}, "may have been made"),
    ],
)
def test_each_outcome_is_told_in_words(alice, case, values, said):
    asked_for(case, settled_at=NOW, **values)
    assert said in page(alice, case).content.decode()


def test_what_was_asked_for_long_ago_stands_in_the_story_alone(alice, case):
    asked_for(case, state="done", outcome="paid", settled_at=NOW - timedelta(days=40))
    assert 'id="asked"' not in page(alice, case).content.decode()


def test_for_mallory_there_is_no_answer(mallory, case):
    asked_for(case, state="planned")
    assert fragment(mallory, case).status_code == 404


def test_a_persons_own_acts_stand_in_the_story(alice, case):
    do(alice, case, "retry")
    do(alice, case, "pause", until="2199-01-01")
    do(alice, case, "resume")
    told = titles(alice, case)
    assert told == ["A person asked for a charge", "Paused by a person", "Resumed by a person"]
    assert f"by {alice.user.email}" in page(alice, case).content.decode()


def test_a_charge_that_the_bank_asked_about_before_any_try_stands_in_the_story(alice, case):
    asked_for(case, state="done", outcome="needs-authentication", settled_at=NOW)
    [entry] = page(alice, case).context["story"].past
    assert entry.title.startswith("Charge by our retry")
    assert entry.why is not None


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"attention": "authentication", "family": "authentication", "decline_code": "authentication_required"},
         "The bank wants the customer to confirm this payment, and takes no try without them: send the link."),
        ({"processing": True}, "a bank debit of this invoice is under way"),
        ({"paused_until": NOW + timedelta(days=2)}, "This case is paused until"),
    ],
)  # fmt: skip
def test_a_retry_that_would_be_refused_cannot_be_pressed_and_the_page_says_why(alice, connection, values, said):
    case = make.make_case(connection, **values)
    html = page(alice, case).content.decode()
    button = html.split("Retry now")[0].rsplit("<button", 1)[1]
    assert " disabled " in button
    assert 'aria-describedby="no-retry"' in button
    assert said in html.split('id="no-retry">')[1].split("</p>")[0]
    assert f"/cases/{case.public_id}/retry/" not in html
    assert said in do(alice, case, "retry")


def test_in_observe_mode_no_retry_is_offered(alice, case):
    type(case.connection).objects.update(mode="observe")
    assert "connected in observe mode" in page(alice, case).content.decode().split('id="no-retry">')[1]


# ── a payment that waits for the bank ──


def test_who_must_confirm_is_sent_the_link_and_a_blind_try_is_not_the_first_thing_offered(alice, connection):
    case = make.make_case(connection, attention="authentication", family="authentication")
    html = page(alice, case).content.decode()
    assert '<button class="btn p" type="submit">' in html.split("Send the 3-D Secure link")[0].rsplit("<form", 1)[1]
    assert "Charge $" not in html
    assert "Send the 3-D Secure link" in alice.browser().get("/").content.decode()


def test_the_link_goes_with_the_next_message_at_once(alice, case):
    later = make.make_action(case, do="message", step="message-2", template="urgent", due_at=NOW + timedelta(days=3))
    do(alice, case, "send-link")
    later.refresh_from_db()
    assert (later.asked_by, later.state) == (alice.user.email, "planned")
    assert later.due_at < NOW + timedelta(days=1)
    assert "A person asked for the next message" in titles(alice, case)


def test_where_no_message_is_left_the_answer_says_so(alice, case):
    assert "No message is left to send" in do(alice, case, "send-link")
