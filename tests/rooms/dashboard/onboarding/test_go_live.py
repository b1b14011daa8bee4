"""Before going live: what would happen is told, counted and shown, and nothing of it happens."""

from __future__ import annotations

import html
import re

import pytest
from typer.testing import CliRunner

from tests import factories as make
from tests.factories import NOW
from tests.rooms.dashboard.onboarding.before import DAY, PAGE, failing, lines, rehearsed
from tideover.cli.main import app
from tideover.core.catalogue import Channel
from tideover.messages.models import Message, Suppression
from tideover.messages.suppression import suppress
from tideover.recovery.models import Action, Link
from tideover.recovery.telling.rehearsal import first_messages, rendered
from tideover.tenants.kept_apart import Backlog
from tideover.tenants.models import AuditEntry, Connection, Project

pytestmark = pytest.mark.django_db


def silent(found):
    return {why: len(rows) for why, rows in found.silent.items()}


def test_a_rehearsal_plans_from_the_day_each_is_at_and_writes_nothing(off):
    failing(off)
    before = [model.objects.count() for model in (Action, Message, Link, AuditEntry)]
    [row] = rehearsed(off).rows
    assert row.charges
    assert row.messages
    assert all(step.at > NOW for step in row.steps)
    for row, step in first_messages(rehearsed(off), 3):
        assert rendered(row, step).html
    assert before == [model.objects.count() for model in (Action, Message, Link, AuditEntry)]


def test_what_is_counted_is_what_is_planned(off):
    failing(off)
    failing(off, customer_email="")
    found = rehearsed(off)
    assert len(found.charges) == sum(len(row.charges) for row in found.rows) > 0
    assert found.written_to == 1
    assert silent(found) == {"no-address": 1}
    assert 0 <= found.soon(found.charges) <= len(found.charges)


def test_who_has_unsubscribed_is_not_counted_among_those_written_to(off):
    failing(off)
    suppress(off.organization, Channel.EMAIL, "pia@payer.example", Suppression.Reason.UNSUBSCRIBED, NOW)
    assert rehearsed(off).messages == []
    assert silent(rehearsed(off)) == {"suppressed:unsubscribed": 1}


def test_in_test_mode_nobody_is_said_to_be_written_to(off):
    off.livemode = off.test_mail = False
    off.save(update_fields=["livemode", "test_mail"])
    failing(off)
    assert silent(rehearsed(off)) == {"test-mode": 1}


def test_what_a_network_refuses_is_told_with_its_rule(off):
    case = failing(off, card_brand="visa")
    make.make_attempt(case, at=NOW - 4 * DAY, by="stripe", network_decline_code="R0")
    [row] = rehearsed(off).rows
    assert row.charges == []
    assert {(each.rule, each.until) for each in row.refused} == {("visa.never", None)}


def test_a_link_in_a_rehearsed_message_opens_nothing(off):
    case = failing(off)
    [(row, step)] = first_messages(rehearsed(off), 3)
    composed = rendered(row, step)
    assert case.customer_name in composed.text
    assert set(re.findall(r"/[cu]/([\w-]+)", composed.text)) == {"example"}
    assert "/o/" not in composed.html


def test_a_rehearsed_message_knows_of_the_tries_that_come_after_it_and_not_of_those_before(off):
    failing(off)
    [(row, step)] = first_messages(rehearsed(off), 3)
    assert row.charges[0].at < step.at < row.charges[-1].at
    assert "We will not try this card again" not in rendered(row, step).text


def test_the_page_shows_each_failure_and_the_button_turns_it_on_and_off(off, alice):
    case = failing(off, customer_name="Northwind Ops")
    browser = alice.browser()
    page = browser.get(PAGE).content.decode()
    assert "Nothing sent, nothing charged" in page
    assert "Northwind Ops" in page
    assert f"/go-live/message/{case.public_id}/" in page
    assert "Recovery is off." in browser.get("/").content.decode()
    assert browser.post(PAGE, {"live": "on"}).status_code == 302
    assert Project.objects.get(pk=off.project_id).recovery_enabled
    assert AuditEntry.objects.filter(what="settings changed").latest("number").who == alice.user.email
    assert "Turn recovery off" in browser.get(PAGE).content.decode()
    assert "Recovery is off." not in browser.get("/").content.decode()
    browser.post(PAGE, {"live": "off"})
    assert not Project.objects.get(pk=off.project_id).recovery_enabled


def test_a_message_stands_in_a_frame_that_runs_nothing_and_no_other_merchant_sees_it(off, alice, mallory):
    case = failing(off)
    answer = alice.browser().get(f"{PAGE}message/{case.public_id}/")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert mallory.browser().get(f"{PAGE}message/{case.public_id}/").status_code == 404


def test_a_page_without_failures_says_so(off, alice):
    assert "No failed payment is open" in alice.browser().get(PAGE).content.decode()


def test_who_goes_live_with_what_fails_from_now_on_is_told_how_many_are_closed(off, alice):
    case = failing(off)
    browser = alice.browser()
    assert "1 open case is closed as not taken up" in " ".join(browser.get(PAGE).content.decode().split())
    browser.post(PAGE, {"live": "on", "take": "new"})
    case.refresh_from_db()
    assert (case.state, Project.objects.get(pk=off.project_id).recovery_enabled) == ("canceled", True)


def test_where_a_case_cannot_be_closed_recovery_stays_off(off, alice):
    make.make_fact(failing(off), kind="unheard of")
    failing(off)
    assert len(rehearsed(off).rows) == rehearsed(off).left_out == 1
    page = alice.browser().post(PAGE, {"live": "on", "take": "new"}, follow=True).content.decode()
    assert "Not closed yet: 1." in page
    assert not Project.objects.get(pk=off.project_id).recovery_enabled
    refused = typed("go-live", "--only-new", "--yes")
    assert (refused.exit_code, "Not closed yet: 1." in refused.stderr) == (1, True)


def test_what_had_failed_before_the_account_was_connected_is_told_by_page_and_command(off, alice):
    Backlog.objects.create(connection=off, organization=off.organization, since=NOW - 30 * DAY, older=3)
    Connection.objects.filter(pk=off.pk).update(created_at=NOW - DAY)
    failing(off)
    said = "1 payment that had failed before"
    for page in (PAGE, "/connections/"):
        text = html.unescape(alice.browser().get(page).content.decode())
        assert said in text
        assert "3 older ones are left alone" in text
        assert "is being read" in text
    assert said in typed("rehearse").stdout


def test_the_rehearsal_is_a_file_too_the_same_by_page_and_command(off, alice):
    case = failing(off, customer_name="=1+1")
    failing(off, customer_email="")
    visa = failing(off, card_brand="visa")
    make.make_attempt(visa, at=NOW - 4 * DAY, by="stripe", network_decline_code="R0")
    answer = alice.browser().get("/go-live/rehearsal.csv")
    assert "rehearsal-" in answer["Content-Disposition"]
    told = lines(b"".join(answer.streaming_content).decode())
    assert told == lines(typed("rehearse", "--csv").stdout)
    found = rehearsed(off)
    assert [line["what"] for line in told].count("charge") == len(found.charges)
    assert [line["what"] for line in told].count("message") == len(found.messages)
    assert [line["what"] for line in told].count("refused by a network") == len(found.refused)
    assert {line["customer"] for line in told if line["case"] == case.public_id} == {"'=1+1"}
    assert "there is no email address at Stripe" in {line["why"] for line in told if line["what"] == "not written"}


def test_nobody_elses_rehearsal_is_in_the_file(off, mallory):
    failing(off)
    answer = mallory.browser().get("/go-live/rehearsal.csv")
    assert len(lines(b"".join(answer.streaming_content).decode())) == 0


def typed(*words):
    return CliRunner().invoke(app, [*words])


def test_by_command_it_is_told_line_by_line_with_the_words_of_the_first_messages(off):
    case = failing(off)
    said = typed("rehearse", "--messages").stdout
    assert case.public_id in said
    assert "1 failed payments are open." in said
    assert "to pia@payer.example: " in said
    assert Message.objects.count() == 0


def test_going_live_by_command_counts_first_and_who_says_no_changes_nothing(off):
    failing(off)
    refused = CliRunner().invoke(app, ["go-live"], input="n\n")
    assert "charges" in refused.stdout
    assert not Project.objects.get(pk=off.project_id).recovery_enabled
    assert "is live" in typed("go-live", "--yes").stdout
    assert "is live already" in typed("go-live", "--yes").stdout
    assert "is off" in typed("go-live", "--off").stdout


def test_going_live_with_what_fails_from_now_on_by_command_counts_what_is_closed_first(off):
    case = failing(off)
    refused = CliRunner().invoke(app, ["go-live", "--only-new"], input="n\n")
    assert "1 failed payments are open: their cases are closed" in refused.stdout
    case.refresh_from_db()
    assert case.state == "failing"
    assert "is live" in typed("go-live", "--only-new", "--yes").stdout
    case.refresh_from_db()
    assert case.state == "canceled"
