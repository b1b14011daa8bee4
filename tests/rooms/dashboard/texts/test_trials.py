"""The page of a text's trial: begun from the editor or with a version, told in figures, and ended by a button."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from tests import factories as make
from tests.people import colleague
from tests.rooms.dashboard.texts.test_texts import EDIT, fields, text_of, typed
from tideover import clock
from tideover.messages.models import TextTrial, TextVersion
from tideover.tenants.roles import Role

pytestmark = pytest.mark.django_db
TRIAL = EDIT.replace("edit", "trial")
ALL = "/analytics/trials/"


def page_of(browser, address=TRIAL):
    answer = browser.get(address)
    assert answer.status_code == 200
    return text_of(answer.content.decode())


def written(browser, **values):
    """The text of the editor with another subject, begun as B."""
    form = {**typed(browser), "subject": "About {{ amount }}", "do": "try", "within_days": "10"}
    return browser.post(EDIT, {**form, **values}, follow=True)


def sent(trial, half, customers, paid):
    shop = make.make_connection(trial.project)
    left_at = clock.now() - timedelta(days=20)
    for number in range(customers):
        state = {"state": "recovered", "ended_at": left_at + timedelta(days=1)} if number < paid else {}
        make.make_message(make.make_case(shop, **state), trial=trial, half=half, at=left_at)


def test_another_text_is_written_in_the_editor_and_tried(alice):
    page = text_of(written(alice.browser()).content.decode())
    assert "The trial has begun" in page
    assert "Not yet measurable" in page
    trial = TextTrial.objects.get()
    assert (trial.a, trial.b, trial.within_days, trial.ends_by_itself, trial.began_by) == (
        0,
        1,
        10,
        False,
        alice.user.email,
    )
    assert TextVersion.objects.get().for_trial


def test_a_version_that_there_is_or_ours_is_tried_from_the_page_of_trials(alice):
    browser = alice.browser()
    browser.post(EDIT, {**typed(browser), "subject": "Mine {{ amount }}", "do": "save"})
    assert "A is what is in use (Version 1)" in page_of(browser)
    browser.post(TRIAL, {"do": "begin", "b": "ours", "within_days": "7", "ends_by_itself": "on", "base": "1"})
    trial = TextTrial.objects.get()
    assert (trial.a, trial.b, trial.ends_by_itself) == (1, 0, True)
    assert "ends by itself" in page_of(browser)


def test_both_halves_are_shown_beside_each_other_and_counted(alice):
    browser = alice.browser()
    written(browser)
    trial = TextTrial.objects.get()
    sent(trial, "A", 40, 10)
    sent(trial, "B", 40, 34)
    answer = browser.get(TRIAL).content.decode()
    page = text_of(answer)
    assert "B is better" in page
    assert "34 85.0% of these" in page
    assert "from=ours" in answer
    assert "from=1" in answer
    for half, subject in (("ours", "did not go through"), ("1", "About")):
        shown = browser.get(TRIAL.replace("trial", "preview") + f"&from={half}&look=inbox").content.decode()
        assert subject in shown


@pytest.mark.parametrize(
    ("do", "end", "said"),
    [
        ("a", "a", "A stays in use"),
        ("b", "b", "B is live for new cases"),
        ("stop", "stopped", "The trial is stopped"),
    ],
)
def test_a_button_ends_it(alice, do, end, said):
    browser = alice.browser()
    written(browser)
    form = {"do": do, "trial": TextTrial.objects.get().pk}
    assert str(form["trial"]) in browser.get(TRIAL).content.decode()
    assert said in text_of(browser.post(TRIAL, form, follow=True).content.decode())
    assert TextTrial.objects.get().end == end
    assert TextVersion.objects.filter(for_trial=False).exists() == (do == "b")
    assert "not running any more" in text_of(browser.post(TRIAL, form, follow=True).content.decode())


def test_a_page_that_shows_an_older_trial_does_not_end_the_one_that_runs(alice):
    browser = alice.browser()
    written(browser)
    first = {"do": "stop", "trial": TextTrial.objects.get().pk}
    browser.post(TRIAL, first)
    written(browser, subject="Another {{ amount }}")
    page = text_of(browser.post(TRIAL, {**first, "do": "b"}, follow=True).content.decode())
    assert "Nothing was changed: that trial is not running any more" in page
    assert TextTrial.objects.get(b=2).ended_at is None


def test_a_version_is_tried_beside_the_one_that_its_page_has_shown_and_no_other(alice):
    browser = alice.browser()
    for subject in ("Mine {{ amount }}", "New {{ amount }}"):
        shown = browser.get(TRIAL).content.decode()
        browser.post(EDIT, {**typed(browser), "subject": subject, "do": "save"})
    assert 'name="base" value="1"' in shown
    form = {"do": "begin", "b": "ours", "within_days": "7", "base": "1"}
    page = text_of(browser.post(TRIAL, form, follow=True).content.decode())
    assert f"Version 2 was saved by {alice.user.email} meanwhile" in page
    assert not TextTrial.objects.exists()


def test_what_cannot_be_tried_is_refused_and_what_was_typed_is_kept(alice):
    browser = alice.browser()
    same = browser.post(EDIT, {**typed(browser), "do": "try", "within_days": "7"})
    assert (same.status_code, "Both halves would say the same" in text_of(same.content.decode())) == (422, True)
    days = written(browser, within_days="999", ends_by_itself="on")
    assert "within 1 to 60 days" in text_of(days.content.decode())
    assert fields(days.content.decode())["subject"] == "About {{ amount }}"
    assert 'name="within_days" type="number" min="1" max="60" inputmode="numeric" value="999"' in days.content.decode()
    assert 'name="ends_by_itself" checked' in days.content.decode()
    assert 'name="ends_by_itself">' in browser.get(EDIT).content.decode()
    untrue = written(browser, subject="{{ ammount }}")
    assert untrue.status_code == 422
    assert "Choose the version" in text_of(browser.post(TRIAL, {"do": "begin", "b": "x"}, follow=True).content.decode())
    assert not TextTrial.objects.exists()
    assert not TextVersion.objects.exists()


def test_whoever_was_overtaken_is_told_so_and_begins_it_with_the_next_press(alice):
    browser = alice.browser()
    form = {**typed(browser), "subject": "About {{ amount }}", "do": "try", "within_days": "10"}
    browser.post(EDIT, {**typed(browser), "subject": "Mine {{ amount }}", "do": "save"})
    late = browser.post(EDIT, form).content.decode()
    assert f"Version 1 was saved by {alice.user.email} meanwhile" in text_of(late)
    assert not TextTrial.objects.exists()
    browser.post(EDIT, {**fields(late), "do": "try", "within_days": "10"})
    assert (TextTrial.objects.get().a, TextVersion.objects.get(for_trial=True).content["subject"]) == (
        1,
        "About {{ amount }}",
    )


def test_while_it_runs_no_other_version_is_saved_and_the_editor_says_so(alice):
    browser = alice.browser()
    written(browser)
    assert "This text is in a trial of two versions" in page_of(browser, EDIT)
    answer = browser.post(EDIT, {**typed(browser), "subject": "Third {{ amount }}", "do": "save"})
    assert (answer.status_code, "End the trial first" in text_of(answer.content.decode())) == (422, True)
    versions = EDIT.replace("edit", "versions")
    answer = browser.post(versions, {"version": "1"}, follow=True)
    assert "End the trial first" in text_of(answer.content.decode())
    assert TextVersion.objects.count() == 1


def test_what_is_paid_after_nothing_cannot_be_tried(alice):
    assert "This text cannot be tried" in page_of(alice.browser(), TRIAL.replace("failed", "paid"))
    assert "Try it beside" not in page_of(alice.browser(), EDIT.replace("failed", "paid"))


def test_analytics_tells_of_those_that_run_and_those_that_ended_with_their_money(alice):
    browser = alice.browser()
    assert "No trial yet" in page_of(browser, ALL)
    written(browser)
    sent(TextTrial.objects.get(), "B", 3, 2)
    make.make_trial(alice.project, language="de", ended_at=make.NOW, end="a", ended_by="bob")
    page = page_of(browser, ALL)
    assert page.index("Payment failed, Email, English") < page.index("Payment failed, Email, German")
    assert "$198" in page
    assert "A was kept, by bob" in page


def test_who_only_reads_sees_it_and_changes_nothing(alice):
    written(alice.browser())
    browser = colleague("Dave", alice, Role.ANALYST).browser()
    assert "Use B for all" not in page_of(browser)
    assert browser.post(TRIAL, {"do": "b", "trial": TextTrial.objects.get().pk}).status_code == 403
    assert TextTrial.objects.get().ended_at is None


def test_a_trial_of_another_merchant_is_not_seen(alice, mallory):
    written(mallory.browser())
    browser = alice.browser()
    assert "Begin a trial" in page_of(browser)
    assert "No trial yet" in page_of(browser, ALL)


def test_however_many_trials_there_are_the_pages_ask_as_often(alice, django_assert_max_num_queries):
    browser = alice.browser()
    written(browser)
    for number in range(5):
        make.make_trial(alice.project, ended_at=make.NOW, end="a", b=number + 2)
    for address in (TRIAL, ALL, EDIT):
        browser.get(address)
        with django_assert_max_num_queries(12):
            browser.get(address)


def test_home_tells_for_a_week_of_a_trial_that_ended_by_itself(alice):
    ended = {"ended_at": clock.now() - timedelta(days=6), "end": "b"}
    make.make_trial(alice.project, language="de", **ended)
    make.make_trial(alice.project, language="fr", **ended, ended_by="bob")
    make.make_trial(alice.project, language="sv", end="a", ended_at=clock.now() - timedelta(days=8))
    page = page_of(alice.browser(), "/")
    assert "The trial of Payment failed, Email, German ended by itself" in page
    assert "B is used for all. See it" in page
    assert "French" not in page
    assert "Swedish" not in page


def test_a_message_says_for_which_half_it_was_written(alice):
    trial = make.make_trial(alice.project)
    case = make.make_case(make.make_connection(alice.project))
    message = make.make_message(case, trial=trial, half="B", text_version=1)
    browser = alice.browser()
    assert "your text, version 1, half B of a trial" in page_of(browser, f"/messages/{message.public_id}/")
    assert "half B of a trial" in page_of(browser, f"/cases/{case.public_id}/")
    body = b"".join(browser.get("/messages.csv?range=all").streaming_content).decode("utf-8-sig")
    [line] = csv.DictReader(io.StringIO(body))
    assert (line["text_version"], line["half"]) == ("1", "B")
