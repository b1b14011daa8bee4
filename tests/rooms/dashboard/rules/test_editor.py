"""The rules' page: what is typed is drawn and told before it is saved, each problem stands beside its field."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from tests import factories as make
from tests.factories import NOW
from tests.people import colleague
from tideover.core.choices import CHOICES, FREE
from tideover.core.declines import Family
from tideover.core.money import Money
from tideover.core.rules import PRESETS, to_json
from tideover.core.settings.conditions import Condition
from tideover.dashboard.rules.forms import RulesForm, initial
from tideover.recovery.editing.moving import waiting
from tideover.recovery.intake import learn
from tideover.recovery.models import Action
from tideover.recovery.rulesets import Wish, adopt, revise, rules_of, version_of
from tideover.tenants.models import AuditEntry
from tideover.tenants.roles import Role

pytestmark = pytest.mark.django_db
RULES = "/rules/"
TUNED = PRESETS["tuned"]


def fields_of(form_or_rules, base=1):
    """What a browser sends of the editor when nothing was touched."""
    sent = {name: value for name, value in initial(form_or_rules).items() if value is not False and value is not None}
    rows = len(form_or_rules.messages)
    return {**{name: "on" if value is True else str(value) for name, value in sent.items()}, "base": base, "rows": rows}


def text_of(answer):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


@pytest.fixture
def browser(alice):
    adopt(alice.project, "tuned", TUNED, NOW)
    return alice.browser()


def newest(alice):
    return alice.project.rulesets.order_by("-version").first()


def test_every_choice_is_a_field_filled_with_the_live_rules():
    form = RulesForm(TUNED, TUNED, base=1)
    known = {name.split("_")[0] for name in form.fields} | set(form.fields)
    assert {name for name in CHOICES if name != "sending"} <= known | {"charges", "debits", "messages"}
    assert all(f"{group}_{kind}_numbers" in form.fields for group in ("charges", "debits") for kind in FREE)


@pytest.mark.parametrize("rules", PRESETS.values(), ids=PRESETS)
def test_a_form_that_is_sent_as_it_was_drawn_changes_nothing(rules):
    form = RulesForm(rules, rules, base=1, data=fields_of(rules))
    assert form.is_valid()
    assert form.changes == ()
    assert to_json(form.draft.rules) == to_json(rules)


def test_what_is_saved_is_the_next_version_and_the_page_says_so(alice, browser):
    sent = {**fields_of(TUNED), "max_charges": "3", "charges_no_funds_numbers": "3, 9", "do": "save"}
    assert browser.post(RULES, sent).status_code == 302
    rules = rules_of(newest(alice))
    assert (newest(alice).version, rules.max_charges, rules.charges["no_funds"].numbers) == (2, 3, (3, 9))
    assert newest(alice).made_by == alice.user.email
    page = browser.get(RULES)
    assert "Version 2 is live for new cases." in text_of(page)
    assert "Undo" in text_of(page)


def test_undo_makes_the_next_version_with_the_content_before(alice, browser):
    browser.post(RULES, {**fields_of(TUNED), "max_charges": "3", "do": "save"})
    browser.post("/rules/undo/", {"version": "1"})
    assert (newest(alice).version, to_json(rules_of(newest(alice)))) == (3, to_json(TUNED))


@pytest.mark.parametrize(
    ("typed", "said", "repair"),
    [
        ({"charges_refused_numbers": "17, 27, 21"}, "must rise from at least 1 to at most 28", "17, 21, 27"),
        ({"charges_refused_numbers": "soon"}, "Write numbers with commas between", ""),
        ({"charges_refused_cadence": "paydays", "charges_refused_numbers": "noon"}, "hour of the day", ""),
        ({"max_charges": "99"}, "Max retries is 1 to 10 per failed payment, not 99", "10"),
        ({"max_charges": "many"}, "Max retries is 1 to 10", ""),
        ({"window_days": "0"}, "The window is 1 to 60 days, not 0", "1"),
        ({"relay": "9, 3"}, "relay's days must rise", "3, 9"),
        ({"opens": "20", "closes": "9"}, "must open before they close", ""),
        ({"consequence": "paused"}, "needs its day", "28"),
        ({"message_1_day": "0"}, "days must rise", ""),
        ({"message_1_day": "late"}, "Write the day as a number", ""),
        ({"name": "My Rules"}, "small letters", ""),
    ],
)
def test_a_problem_stands_beside_its_field_with_its_repair_and_nothing_is_saved(alice, browser, typed, said, repair):
    answer = browser.post(RULES, {**fields_of(TUNED), **typed, "do": "save"})
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert all(
        f'value="{value}"' in answer.content.decode() for value in typed.values() if value not in {"paused", "paydays"}
    )
    assert newest(alice).version == 1
    buttons = re.findall(r'name="repair" value="([^"]*)"', answer.content.decode())
    assert [button.partition("=")[2] for button in buttons] == ([repair] if repair else [])
    for button in buttons:
        mended = browser.post(RULES, {**fields_of(TUNED), **typed, "repair": button})
        assert (mended.status_code, said in text_of(mended)) == (200, False)
    assert newest(alice).version == 1


def test_preview_draws_what_is_typed_and_saves_nothing(alice, browser):
    page = text_of(browser.post(RULES, {**fields_of(TUNED), "charges_no_funds_numbers": "5", "do": "preview"}))
    assert "1 unsaved change" in page
    assert "charge on day 5 instead of days 2, 4, 6, 8, 13, 17, 23 and 26" in page
    assert "Our charge, try number 1, changed here" in page
    assert "Our charge, try number 1, by the live rules alone" in page
    assert newest(alice).version == 1


def test_a_message_is_added_and_one_is_removed_before_anything_is_saved(alice, browser):
    page = browser.post(RULES, {**fields_of(TUNED), "do": "add"}).content.decode()
    assert 'name="message_6_day" value="28"' in page
    page = text_of(browser.post(RULES, {**fields_of(TUNED), "do": "remove-1"}))
    assert "no email “Reminder” (gentle) on day 3 any more" in page
    assert newest(alice).version == 1


def test_a_script_is_told_what_is_drawn_while_one_types(alice, browser):
    answer = browser.get("/rules/drawn/", {**fields_of(TUNED), "charges_no_funds_numbers": "5, 3", "family": "refused"})
    page = text_of(answer)
    assert answer.status_code == 200
    assert "1 problem" in page
    assert "Declined by the bank ·" in page
    drawn_wrong = browser.get("/rules/drawn/", {**fields_of(TUNED), "charges_no_funds_numbers": "5, 3"})
    assert "drawn as they are live" in text_of(drawn_wrong)


def test_a_preset_and_an_older_version_are_opened_without_saving_them(alice, browser):
    revise(alice.project, Wish(replace(TUNED, max_charges=2)), NOW)
    page = browser.get(f"{RULES}?from=1")
    assert "max retries: 8 instead of 2 of ours in one case" in text_of(page)
    page = browser.get(f"{RULES}?from=windback")
    assert 'name="preset" value="windback"' in page.content.decode()
    assert newest(alice).version == 2
    for absent in ("9", "nonsense", "-1", "٣"):
        assert browser.get(RULES, {"from": absent}).status_code == 404


def test_who_saves_over_somebody_elses_version_sees_it_and_loses_nothing_typed(alice, browser):
    revise(alice.project, Wish(replace(TUNED, grace_hours=48), "bob@acme.example"), NOW)
    answer = browser.post(RULES, {**fields_of(TUNED), "max_charges": "3", "do": "save"})
    assert answer.status_code == 422
    assert "Version 2 was saved by bob@acme.example meanwhile" in text_of(answer)
    assert 'name="base" value="2"' in answer.content.decode()
    assert newest(alice).version == 2


def test_the_versions_say_what_each_changed_and_by_whom(alice, browser):
    browser.post(RULES, {**fields_of(TUNED), "max_charges": "3", "do": "save"})
    page = text_of(browser.get("/rules/versions/"))
    assert "max retries: 3 instead of 8 of ours in one case" in page
    assert alice.user.email in page
    assert version_of(alice.project, 2).made_by == alice.user.email
    assert AuditEntry.objects.filter(what="rules changed").count() == 1


def test_a_project_without_rules_shows_the_default_and_makes_none_by_being_looked_at(alice):
    page = alice.browser().get(RULES)
    assert "Not changed yet" in text_of(page)
    assert not alice.project.rulesets.exists()
    assert "No version yet" in text_of(alice.browser().get("/rules/versions/"))


def test_who_only_reads_sees_the_rules_and_no_button(alice):
    page = colleague("Carol", alice, Role.ANALYST).browser().get(RULES).content.decode()
    assert "Your role reads this page" in page
    assert not [word for word in ("save", "preview", "add") if f'name="do" value="{word}"' in page]


def test_in_observe_mode_no_charge_is_drawn_and_the_page_says_why(alice):
    make.make_connection(alice.project, mode="observe")
    page = text_of(alice.browser().get(RULES))
    assert "Observe mode: nothing is charged" in page
    assert "Our charge, try number" not in page


def test_saving_for_open_cases_too_shows_first_what_changes_for_each(alice, browser):
    case = make.make_case(make.make_connection(alice.project), family="no_funds", customer_name="Northwind Ops")
    learn(case, [], case.opened_at)
    Action.objects.filter(case=case, do="message").update(state="done", outcome="sent", settled_at=case.opened_at)
    sent = {**fields_of(TUNED), "max_charges": "1", "grace_hours": "48", "scope": "open", "do": "save"}
    assert browser.post(RULES, sent).headers["Location"] == "/rules/apply/"
    page = text_of(browser.get("/rules/apply/"))
    assert "What changes for the 1 open case" in page
    assert "Northwind Ops" in page
    assert not waiting(alice.project)
    assert browser.post("/rules/apply/", {"version": "1"}).status_code == 302
    assert not waiting(alice.project)  # another version than the one that was looked at
    browser.post("/rules/apply/", {"version": "2"})
    assert waiting(alice.project).to_open_cases_by == alice.user.email
    assert "Open cases are going over to version 2" in text_of(browser.get(RULES))
    assert "Asked for already" in text_of(browser.get("/rules/apply/"))


def test_where_no_case_goes_by_older_rules_there_is_nothing_to_apply(alice, browser):
    page = browser.get("/rules/apply/")
    assert "All of them go by version 1 already" in text_of(page)
    assert "Apply to all" not in text_of(page)


# ── which payments a message is for ──

SOME = Condition(
    (Family.EXPIRED,), (Money(2000, "eur"), Money(2000, "usd")), (), ("price_1PZq4mKx8Yt2Lw9sR3vB7nCd",), False,
    ("pro", "enterprise"),
)  # fmt: skip
NARROW = replace(TUNED, messages=(*TUNED.messages[:1], replace(TUNED.messages[1], only=SOME), *TUNED.messages[2:]))
TYPED = {
    "message_1_family_expired": "on",
    "message_1_least": "usd 20, EUR 20.00",
    "message_1_prices": "price_1PZq4mKx8Yt2Lw9sR3vB7nCd",
    "message_1_trial": "no",
    "message_1_segments": "Pro, enterprise",
}


def test_which_payments_a_message_is_for_is_typed_saved_and_stands_open_then(alice, browser):
    assert browser.post(RULES, {**fields_of(TUNED), **TYPED, "do": "save"}).status_code == 302
    assert rules_of(newest(alice)).messages == NARROW.messages
    page = browser.get(RULES)
    assert page.content.decode().count('<details class="only" open>') == 1
    assert 'name="message_1_least" value="EUR 20.00, USD 20.00"' in page.content.decode()
    drawn = text_of(page)
    assert "The message of day 3: it goes out only after “Expired or missing method”" in drawn
    expired = text_of(browser.post(RULES, {**fields_of(NARROW), "family": "expired", "do": "preview"}))
    assert "Email “Reminder”, gentle, only after “Expired or missing method”, only where at least €20.00" in expired


def test_a_form_with_conditions_that_is_sent_as_it_was_drawn_changes_nothing():
    form = RulesForm(NARROW, NARROW, base=1, data=fields_of(NARROW))
    assert form.is_valid(), form.errors
    assert (form.changes, to_json(form.draft.rules)) == ((), to_json(NARROW))


def test_the_hour_and_whom_it_goes_to_are_typed_saved_and_stand_open_then(alice, browser):
    typed = {"message_2_hour": "10", "message_2_reader": "owner", "message_3_hour": "23"}
    assert browser.post(RULES, {**fields_of(TUNED), **typed, "do": "save"}).status_code == 302
    saved = rules_of(newest(alice))
    assert [(step.hour, step.reader) for step in saved.messages[2:4]] == [(10, "owner"), (23, None)]
    page = browser.get(RULES)
    assert page.content.decode().count('<details class="only" open>') == 2
    drawn = text_of(page)
    assert "Email “Urgent notice”, urgent, at 10:00, to the owner" in drawn
    assert drawn.count("It goes out when the sending hours open: 9:00 to 20:00.") == 1
    form = RulesForm(saved, saved, base=2, data=fields_of(saved))
    assert (form.changes, to_json(form.draft.rules)) == ((), to_json(saved))


@pytest.mark.parametrize("typed", ["9" * 5000, "24", "noon", "²"], ids=lambda typed: typed[:4])
def test_an_hour_that_is_none_stands_beside_its_field_and_nothing_is_saved(alice, browser, typed):
    answer = browser.post(RULES, {**fields_of(TUNED), "message_2_hour": typed, "do": "save"})
    assert answer.status_code == 422
    assert 'id="rules-message_2_hour_error"' in answer.content.decode()
    assert newest(alice).version == 1


def test_a_condition_goes_with_its_message_when_another_is_removed(browser):
    page = browser.post(RULES, {**fields_of(NARROW), "do": "remove-0"}).content.decode()
    assert 'name="message_0_prices" value="price_1PZq4mKx8Yt2Lw9sR3vB7nCd"' in page
    assert page.count('<details class="only" open>') == 1
    added = browser.post(RULES, {**fields_of(NARROW), "do": "add"}).content.decode()
    assert added.count('<details class="only" open>') == 1


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"least": "USD 50", "most": "USD 20"}, "most", "No payment is at least $50.00 and at most $20.00."),
        ({"least": "twenty"}, "least", "A currency has three letters"),
        ({"most": "USD much"}, "most", "Write a currency and an amount"),
        ({"prices": "gold!"}, "prices", "no id of a price"),
        ({"segments": "gold!"}, "segments", "'gold!' is no segment"),
        ({"reader": "owner", "channel": "sms"}, "reader", "A text message goes to the customer"),
        ({"family_overdue": "on"}, "family_no_funds", "these rules chase no overdue invoices"),
    ],
)
def test_a_condition_that_cannot_be_stands_beside_its_field_and_nothing_is_saved(alice, browser, typed, field, said):
    sent = {f"message_2_{name}": value for name, value in typed.items()}
    answer = browser.post(RULES, {**fields_of(TUNED), **sent, "do": "save"})
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert f'id="rules-message_2_{field}_error"' in unescape(answer.content.decode())
    assert f'href="#rules-message_2_{field}"' in answer.content.decode()
    assert newest(alice).version == 1
    swapped = {"message_2_day": "14", "message_3_day": "7"}  # the problem stays with its row, whatever its day
    again = browser.post(RULES, {**fields_of(TUNED), **sent, **swapped, "do": "save"}).content.decode()
    assert f'href="#rules-message_2_{field}"' in again


def test_the_difference_tells_whom_a_message_is_for(browser):
    page = text_of(browser.post(RULES, {**fields_of(TUNED), "message_1_most": "USD 20", "do": "preview"}))
    assert (
        "on day 3 email “Reminder” (gentle, only where at most $20.00 is owed) instead of email “Reminder” (gentle)"
    ) in page
