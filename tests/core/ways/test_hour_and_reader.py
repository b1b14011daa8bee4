"""When of the day a message goes out, and to whom in the customer's place: the window and the limits stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.core.telling import after, failed, local
from tideover.core.catalogue import Channel
from tideover.core.choices import BadRules
from tideover.core.editing.by_sms import Place, by_sms
from tideover.core.editing.differences import differences
from tideover.core.messaging import outside_hours
from tideover.core.money import Money
from tideover.core.planner import Do, plan, under, why_unwanted
from tideover.core.rules import PRESETS, SendingHours, from_json, to_json
from tideover.core.settings.conditions import Condition
from tideover.core.steps import Copied, Written
from tideover.core.timing import DAY
from tideover.core.ways.readers import Reader, Role

BERLIN = ZoneInfo("Europe/Berlin")
TUNED = PRESETS["tuned"]  # messages on days 0, 3, 7, 14, 21 and 27
OPENED = local("2026-08-03 11:30", BERLIN)  # a Monday
CASE = failed(OPENED, BERLIN)
HOUR = timedelta(hours=1)
OFFICE = Reader("0a1b2c3d4e5f", Role.BILLING, 0, OPENED - DAY)
OWNER = Reader("5f4e3d2c1b0a", Role.OWNER, 30, OPENED - DAY)
SECOND = Reader("77aa77aa77aa", Role.OWNER, 30, OPENED - DAY)
TO_OWNER = Copied(3, OWNER.key).key


def with_step(place, rules=TUNED, **changes):
    steps = [replace(step, **changes) if at == place else step for at, step in enumerate(rules.messages)]
    return replace(rules, messages=tuple(steps))


def written(case, rules, now=OPENED):
    return [step for step in plan(case, rules, None, now) if step.do == Do.MESSAGE]


def thirds(case, rules, now=OPENED):
    """What is to come of the third message, to whomever."""
    return [step.step for step in written(case, rules, now) if step.step.startswith("message-3")]


def until_the_owner_has_it(case, rules):
    while (step := written(case, rules)[0]).step != TO_OWNER:
        case = after(case, step)
    return after(case, step), step.at


def wall(step):
    return f"{step.at.astimezone(BERLIN):%a %d %H:%M}"


# ── the hour ──


def test_a_message_with_an_hour_goes_out_at_it_and_the_others_at_the_time_of_the_failure():
    told = written(CASE, with_step(2, hour=10))
    assert [wall(step) for step in told][:4] == ["Mon 03 11:30", "Thu 06 11:30", "Mon 10 10:00", "Mon 17 11:30"]
    assert told[2].why.startswith("Day 7 of the sequence at 10:00, tone: urgent.")


def test_outside_the_sending_hours_the_window_wins_and_the_reason_says_so():
    rules = with_step(2, hour=22)
    told = written(CASE, rules)
    assert wall(told[2]) == "Tue 11 09:00"
    assert "Moved from Mon 10 Aug 22:00: messages go out from 9:00 to 20:00 of the customer's clock." in told[2].why
    assert outside_hours(CASE, rules, told[2].step) == local("2026-08-10 22:00", BERLIN)
    early = written(CASE, with_step(2, hour=6, rules=replace(TUNED, sending=SendingHours(8, 18))))
    assert wall(early[2]) == "Mon 10 08:00"


def test_on_the_day_of_the_failure_an_hour_that_has_passed_is_at_once_and_one_to_come_is_waited_for():
    assert wall(written(CASE, with_step(0, hour=9))[0]) == "Mon 03 11:30"
    assert wall(written(CASE, with_step(0, hour=16))[0]) == "Mon 03 16:00"


def test_an_hour_brings_no_two_messages_within_a_day():
    rules = with_step(1, with_step(0, hour=19), day=1, hour=9)
    first, second = written(CASE, rules)[:2]
    assert (wall(first), wall(second)) == ("Mon 03 19:00", "Tue 04 19:00")


# ── the reader ──


def test_a_message_for_the_owner_goes_to_the_owner_and_to_nobody_else():
    rules = with_step(2, reader=Role.OWNER)
    told = written(replace(CASE, readers=(OWNER,)), rules)
    steps = ["message-1", "message-2", TO_OWNER, "message-4", "message-5", "message-6"]
    assert [step.step for step in told] == steps
    assert told[2].why == "Day 7 of the sequence, tone: urgent. To the customer's owner."
    assert told[2].rule == "tuned.reader.owner"
    assert thirds(replace(CASE, readers=(OFFICE, OWNER)), rules) == [TO_OWNER]


@pytest.mark.parametrize("readers", [(), (OFFICE,), (replace(OWNER, bounced=True),)])
def test_where_there_is_no_owner_who_is_reached_it_goes_to_the_customer(readers):
    told = written(replace(CASE, readers=readers), with_step(2, reader=Role.OWNER))
    mine = next(step for step in told if step.step == Written(3).key)
    assert mine.why.endswith("To the customer: no owner of theirs is reached.")


def test_several_owners_get_it_once_each_and_who_comes_later_does_not():
    rules = with_step(2, reader=Role.OWNER)
    case = replace(CASE, readers=(OWNER, SECOND))
    assert thirds(case, rules) == [TO_OWNER, Copied(3, SECOND.key).key]
    case, at = until_the_owner_has_it(case, rules)
    late = Reader("abcdefabcdef", Role.OWNER, 0, at + HOUR)
    assert thirds(replace(case, readers=(OWNER, SECOND, late)), rules, at) == [Copied(3, SECOND.key).key]
    case = after(case, next(step for step in written(case, rules, at) if step.step == Copied(3, SECOND.key).key))
    assert thirds(case, rules, at) == []


def test_what_the_owner_has_had_does_not_go_to_the_customer_when_the_rules_or_the_readers_change():
    rules = with_step(2, reader=Role.OWNER)
    case, at = until_the_owner_has_it(replace(CASE, readers=(OWNER,)), rules)
    now = at + HOUR
    assert thirds(replace(case, readers=()), rules, now) == []
    others = under(case, rules, TUNED, now)
    assert others.rules_since == now
    assert thirds(others, TUNED, now) == []


def test_why_it_goes_to_no_owner_any_more_is_told_of_each_of_them():
    rules = with_step(2, reader=Role.OWNER, only=Condition(least=(Money(2000, "usd"),)))
    case = replace(CASE, readers=(OWNER, SECOND))
    assert thirds(case, rules) == [TO_OWNER, Copied(3, SECOND.key).key]
    case = replace(case, amount=Money(100, "usd"))
    assert thirds(case, rules) == []
    told = why_unwanted(case, rules, OPENED)
    why = "The message of day 7 is left out: it goes out only where at least $20.00 is owed, and $1.00 is."
    assert [told.get(key) for key in (TO_OWNER, Copied(3, SECOND.key).key)] == [why, why]


def test_what_went_to_somebody_else_keeps_its_distance_to_the_next():
    rules = with_step(2, with_step(3, day=8, hour=9), hour=19, reader=Role.OWNER)
    case = replace(CASE, readers=(OWNER,))
    planned = {step.step: step.at for step in written(case, rules)}
    case, at = until_the_owner_has_it(case, rules)
    following = written(case, rules, at + HOUR)[0]
    assert following.at - at >= DAY
    assert following.at == planned[following.step]


# ── what cannot be, in words, in a file ──


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"hour": 24}, "messages.3.hour", "0 to 23"),
        ({"hour": -1}, "messages.3.hour", "0 to 23"),
        ({"reader": Role.OWNER, "channel": Channel.SMS}, "messages.3.reader", "A text message goes to the customer"),
        ({"reader": Role.OTHER}, "messages.3.reader", "billing contact, owner or admin"),
    ],
)
def test_an_hour_or_a_reader_that_cannot_be_is_a_problem_of_its_own_field(changes, field, said):
    with pytest.raises(BadRules) as refusal:
        with_step(2, **changes)
    [problem] = refusal.value.problems
    assert (problem.field, said in problem.text) == (field, True)


@pytest.mark.parametrize("told", [{"hour": "10"}, {"hour": True}, {"reader": "boss"}])
def test_json_of_no_hour_and_no_reader_is_refused(told):
    rules = to_json(TUNED)
    rules["messages"][0] |= told
    with pytest.raises(BadRules):
        from_json(rules)


def test_both_are_told_in_words_and_kept():
    rules = with_step(2, hour=10, reader=Role.BILLING)
    [difference] = differences(TUNED, rules)
    assert difference.text == (
        "on day 7 email “Urgent notice” (urgent, at 10:00, to the billing contact) instead of"
        " email “Urgent notice” (urgent)"
    )
    assert from_json(to_json(rules)) == rules


def test_turned_into_text_messages_what_goes_to_an_owner_stays_a_mail():
    rules = with_step(2, reader=Role.OWNER)
    assert by_sms(rules, Place.INSTEAD).messages[2].channel == Channel.EMAIL
    beside = by_sms(rules, Place.BESIDE).messages
    assert [step.day for step in beside if step.channel == Channel.SMS] == [15, 22, 28]
