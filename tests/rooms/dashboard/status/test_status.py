"""The status page: what waits, and how each account stands, each with the word a person looks for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories as make
from tests.people import colleague
from tests.rooms.messages.mailers import sends_by
from tideover import clock
from tideover.dashboard.status.views import LOOKS, TOO_OFTEN
from tideover.flow import refusals
from tideover.gateways.mailers.account import Provider
from tideover.messages.accounts import MailAccount
from tideover.messages.models import StreamPause
from tideover.tenants.models import Connection
from tideover.tenants.roles import Role
from tideover.upkeep.rounds import watch
from tideover.upkeep.watched import HOLDS_FOR

pytestmark = pytest.mark.django_db


def verdicts(answer):
    return {word.label for _, word in answer.context["rules"]}


def account(person):
    [account] = person.browser().get("/status/").context["accounts"]
    return account.value, account.word.label


def test_a_shop_in_order_is_fine_and_every_rule_holds(alice, connection, present):
    watch(present)
    answer = alice.browser().get("/status/")
    assert verdicts(answer) == {"Holds"}
    assert "Nobody has looked" not in answer.content.decode()
    assert {gauge.word.label for gauge in answer.context["gauges"]} <= {"Fine", "Unknown"}


def test_an_action_long_due_is_late(alice, case, present):
    make.make_action(case, due_at=present - timedelta(hours=2))
    [oldest, *_] = alice.browser().get("/status/").context["gauges"]
    assert (oldest.value, oldest.word.label) == ("2h", "Late")


def test_an_account_says_how_long_ago_its_events_were_listed(alice, connection, present):
    assert account(alice) == ("Not yet", "Late")
    Connection.objects.update(events_seen_to=present - timedelta(minutes=3, seconds=30))
    assert account(alice) == ("3m ago", "Fine")
    Connection.objects.update(events_seen_to=present - timedelta(hours=3, seconds=30))
    assert account(alice) == ("3h ago", "Late")


def test_an_account_with_which_nothing_happens_says_why(alice, connection, present):
    Connection.objects.update(quarantined_at=present)
    assert account(alice) == ("In quarantine", "Quarantine")
    Connection.objects.update(state=Connection.State.DISCONNECTED)
    assert account(alice) == ("Disconnected", "Disconnected")


def test_an_account_whose_key_is_dead_is_red_on_status_and_home(alice, connection, present):
    refusals.record(connection, "Expired API key provided", present - timedelta(minutes=7), all_calls=True)
    assert account(alice) == ("Stripe refuses our calls, for 7m", "Look here")
    [told] = alice.browser().get("/").context["refused"]
    assert (told.account, told.why) == (connection.account_name, "Expired API key provided.")


def test_mallory_hears_nothing_of_it(mallory, connection, present):
    refusals.record(connection, "Expired API key provided", present, all_calls=True)
    assert mallory.browser().get("/").context["refused"] == []


@pytest.mark.parametrize(
    ("failures", "value", "word"),
    [
        (0, "Nothing refused", "Fine"),
        (1, "Nothing taken in a row: 1", "Late"),
        (5, "Nothing taken in a row: 5", "Look here"),
    ],
)
def test_an_account_of_ones_own_for_mail_says_whether_it_takes_any(alice, mallory, failures, value, word):
    sends_by(alice.project, Provider.SENDGRID)
    MailAccount.objects.update(failures=failures)
    found = {each.title: each for each in alice.browser().get("/status/").context["gauges"]}
    gauge = found[f"SendGrid, for {alice.project.name}"]
    assert (gauge.value, gauge.word.label) == (value, word)
    assert not [each for each in mallory.browser().get("/status/").context["gauges"] if "SendGrid" in each.title]


# ── paused by what came back ──

FIGURES = "Within seven days 500 left and 21 came back: that is 4.2% and the limit is 4%."


@pytest.fixture
def pause(alice, present):
    return make.make_pause(alice.organization, begun_at=present)


def test_a_pause_is_told_on_home_and_on_status_with_its_figures_and_what_to_do(alice, connection, pause):
    home, status = (alice.browser().get(page).content.decode() for page in ("/", "/status/"))
    for page in (home, status):
        assert "Email to your customers is paused" in page
        assert FIGURES in page
    assert "/messages/?status=bounced" in status
    assert "See which addresses came back" in status


def test_of_a_pause_that_is_over_nothing_is_said_and_mallory_hears_nothing_of_one(alice, mallory, pause, present):
    pages = ("/", "/status/")
    assert not [page for page in pages if "is paused" in mallory.browser().get(page).content.decode()]
    StreamPause.objects.update(ended_at=present)
    assert not [page for page in pages if "is paused" in alice.browser().get(page).content.decode()]


def test_owner_and_admin_end_a_pause_and_the_page_says_what_follows_before(alice, connection, pause):
    bob = colleague("Bob", alice, Role.ADMIN).browser()
    assert "it pauses again where the rate of what leaves from then on is too high" in said_by(bob)
    told = bob.post("/status/resume/", {"channel": "email"}, follow=True).content.decode()
    assert "Email goes out again. Everything is counted anew from now on." in told
    assert "is paused" not in told
    assert StreamPause.objects.get().lifted_by == "bob@alpine-analytics.example"


@pytest.mark.parametrize("role", [Role.ANALYST, Role.SUPPORT])
def test_who_may_not_set_anything_sees_the_pause_and_no_button(alice, connection, pause, role):
    browser = colleague("Carol", alice, role).browser()
    assert "is paused" in said_by(browser)
    assert "/status/resume/" not in said_by(browser)
    assert browser.post("/status/resume/", {"channel": "email"}).status_code == 403


@pytest.mark.parametrize("channel", ["", "pigeon", "sms"])
def test_what_is_not_paused_is_not_resumed(alice, connection, pause, channel):
    told = alice.browser().post("/status/resume/", {"channel": channel}, follow=True).content.decode()
    assert "Nothing was changed" in told
    assert StreamPause.objects.get().ended_at is None


def said_by(browser):
    return browser.get("/status/").content.decode()


# ── the rules that must always hold ──


def test_before_the_first_look_no_rule_is_said_to_hold(alice, connection):
    answer = alice.browser().get("/status/")
    assert verdicts(answer) == {"Not looked yet"}
    assert "Nobody has looked yet." in answer.content.decode()


def test_what_was_looked_at_long_ago_is_not_said_to_hold_now(alice, connection, present):
    watch(present - HOLDS_FOR - timedelta(minutes=1))
    answer = alice.browser().get("/status/")
    assert verdicts(answer) == {"Held 6m ago"}
    assert "Nobody has looked since" in answer.content.decode()


def test_what_a_wrong_clock_has_dated_ahead_is_no_word_about_now_and_goes_with_the_next_look(alice, case, present):
    dead = make.make_action(case, state="dead")
    watch(present + timedelta(days=1))
    answer = alice.browser().get("/status/")
    assert verdicts(answer) == {"Not looked yet", "Broken"}
    assert "Nobody has looked yet." in answer.content.decode()
    dead.delete()
    watch(present)
    assert verdicts(alice.browser().get("/status/")) == {"Holds"}


def test_what_is_broken_is_told_until_a_look_finds_it_mended(alice, case, present):
    dead = make.make_action(case, state="dead")
    watch(present - timedelta(minutes=2))
    answer = alice.browser().get("/status/")
    assert (answer.context["broken"], verdicts(answer)) == (1, {"Holds", "Broken"})
    assert case.public_id in answer.content.decode()
    dead.delete()
    watch(present)
    assert verdicts(alice.browser().get("/status/")) == {"Holds"}


def test_a_person_has_it_looked_at_again_and_sees_when(alice, case, present):
    watch(present - timedelta(hours=1))
    make.make_action(case, state="dead")
    browser = alice.browser()
    said = browser.post("/status/", follow=True)
    assert verdicts(said) == {"Holds", "Broken"}
    assert "Looked just now" in said.content.decode()
    watch(clock.now())
    assert verdicts(browser.get("/status/")) == {"Holds", "Broken"}


def test_a_look_of_mallory_tells_nothing_of_alices_and_takes_nothing_from_it(alice, mallory, case, present):
    make.make_action(case, state="dead")
    watch(present)
    assert verdicts(mallory.browser().post("/status/", follow=True)) == {"Holds"}
    assert verdicts(alice.browser().get("/status/")) == {"Holds", "Broken"}


def test_nobody_has_it_looked_at_without_end(alice, case):
    browser = alice.browser()
    for _ in range(LOOKS.limit):
        browser.post("/status/")
    case_of_then = make.make_action(case, state="dead")
    said = browser.post("/status/", follow=True).content.decode()
    assert TOO_OFTEN in said
    assert case_of_then.case.public_id not in said
