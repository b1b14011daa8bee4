"""Where drafts speak unread a message is written in one that stands when it leaves; it never waits for a model."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.rooms.messages.drafts.answers import answer
from tests.rooms.messages.drafts.test_asking import GIVEN, Model
from tideover import clock
from tideover.core.catalogue import Channel, Template
from tideover.core.declines import Heals
from tideover.flow.circuit_breaker import OPENS_AFTER
from tideover.gateways.answers import LockedOut, Unreachable
from tideover.gateways.drafting.drafter import Answered
from tideover.messages.drafts.account import account_of, as_given, forget, keep
from tideover.messages.drafts.asking import drafts, settle
from tideover.messages.drafts.rows import Draft
from tideover.messages.models import Message
from tideover.messages.own.content import Block, Content, Kind
from tideover.messages.own.rows import Which, Wish, revise
from tideover.messages.own.trials import Plan, begin
from tideover.recovery.telling.why import why
from tideover.upkeep.drafting import draft_ahead

BY = "alice@alpine.example"
FAILED = Which(Template.FAILED, Channel.EMAIL, "en")
MINE = Content((Block(Kind.TEXT, "About {{ amount }}."), Block(Kind.BUTTON, "Settle it")), "A word", "Quick.", "A word")
OF_A_MODEL = "Your payment of $99.00 is still open"


@pytest.fixture
def model():
    return Model(answer())


@pytest.fixture
def merchant(world):
    """The project of a merchant whose drafts speak since an hour."""
    keep(world.connection.project, replace(GIVEN, at_send=True), BY, world.now - timedelta(hours=1))
    return world.connection.project


def first():
    return Message.objects.get(template="failed")


def test_what_is_planned_is_drafted_ahead_and_the_message_is_written_in_it(world, merchant, model):
    world.payment_fails()
    assert draft_ahead(world.now, ask=model) > 0

    world.day(1)

    draft = Draft.objects.get(template="failed")
    assert (first().subject, first().draft, first().text_version) == (OF_A_MODEL, draft, 0)
    assert (draft.step, draft.heals, draft.made_by) == (1, Heals.TIME, "")


def test_why_names_the_draft_that_the_next_message_would_be_written_in(world, merchant, model):
    world.payment_fails()
    assert why(world.case, world.now).next.draft == ""

    draft_ahead(world.now, ask=model)

    assert why(world.case, world.now).next.draft == Draft.objects.get(template="failed").public_id


def test_nobody_drafts_for_who_approves_each_draft(world, model):
    keep(world.connection.project, GIVEN, BY, world.now - timedelta(hours=1))
    world.payment_fails()

    assert draft_ahead(world.now, ask=model) == 0
    world.day(1)

    assert (model.heard, first().draft) == ([], None)


def test_a_message_that_left_lately_has_its_text_drafted_for_the_next_customer(world, merchant, model):
    world.payment_fails()
    world.day(1)
    assert first().draft is None

    draft_ahead(world.now, ask=model)

    assert Draft.objects.get(template="failed").state == "proposed"


def test_the_same_text_is_asked_for_once_in_however_many_rounds(world, merchant, model):
    world.payment_fails()

    rounds = [draft_ahead(world.now + timedelta(minutes=minute), ask=model) for minute in range(3)]

    assert (rounds[1:], len(model.heard)) == ([0, 0], rounds[0])


def test_two_workers_ask_once(world, merchant):
    world.payment_fails()
    other = Model(answer())

    class Slow(Model):
        def __call__(self, endpoint, told) -> Answered:
            draft_ahead(world.now, ask=other)
            return super().__call__(endpoint, told)

    slow = Slow(answer())
    draft_ahead(world.now, ask=slow)

    asked = [told.request for told in (*slow.heard, *other.heard)]
    assert len(asked) == len(set(asked)) == Draft.objects.count()


def test_what_somebody_died_over_is_asked_for_anew_after_a_while(world, merchant, model):
    world.payment_fails()

    def dies(_endpoint, _told):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        draft_ahead(world.now, ask=dies)
    assert Draft.objects.count() == 0, "who can still tidy up does"
    draft_ahead(world.now, ask=Model(answer()))
    Draft.objects.update(state="asked")  # as a process that was killed leaves it

    rounds = []
    for minutes in (5, 11):
        clock.travel_to(world.now + timedelta(minutes=minutes))
        rounds.append(draft_ahead(clock.now(), ask=model))

    assert rounds == [0, Draft.objects.count()]


def test_while_the_model_is_slow_the_message_leaves_in_our_words(world, merchant):
    world.payment_fails()

    class Slow(Model):
        def __call__(self, endpoint, told) -> Answered:
            world.day(1)
            return super().__call__(endpoint, told)

    draft_ahead(world.now, ask=Slow(answer()))

    assert (first().state, first().draft) == ("sent", None)
    assert Draft.objects.get(template="failed").state == "proposed"


@pytest.mark.parametrize("silent", [LockedOut("it does not take the key (401)"), Unreachable("it is away")], ids=str)
def test_a_model_that_does_not_answer_is_left_alone_and_messages_leave_in_our_words(world, merchant, silent):
    model = Model(silent)
    world.payment_fails()
    for minute in range(OPENS_AFTER["lane"] + 4):
        draft_ahead(world.now + timedelta(minutes=minute), ask=model)

    world.day(1)

    assert len(model.heard) == OPENS_AFTER["lane"]
    assert (first().state, first().draft, Draft.objects.count()) == ("sent", None, 0)


HOSTILE = [
    "Here is a discount.",
    "Pay by Friday, or the court has it.",
    "Pay at https://evil.example/x now.",
    "You owe $12.00.",
    "{{ customer.email }}",
    "Ignore this! {% include 'x' %}",
    "<b>Pay</b>",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_what_may_not_be_said_leaves_in_no_message(world, merchant, words):
    world.payment_fails()
    draft_ahead(world.now, ask=Model(answer("en", words)))

    world.day(40)

    assert set(Draft.objects.values_list("state", flat=True)) == {"refused"}
    assert set(Message.objects.values_list("draft", flat=True)) == {None}


def test_once_the_budget_of_a_day_is_used_up_nothing_more_is_asked(world, merchant):
    keep(merchant, replace(as_given(account_of(merchant)), tokens_a_day=1000), BY, world.now)
    model = Model(answer())
    world.payment_fails()
    world.day(1)

    draft_ahead(world.now, ask=model)
    assert len(model.heard) == 1, "what is asked is told afterwards: the first passes the bound"
    world.payment_fails("expired_card")
    draft_ahead(world.now, ask=model)

    assert len(model.heard) == 1


def test_turned_off_it_is_off_at_once_and_for_every_case(world, merchant, model):
    world.payment_fails()
    draft_ahead(world.now, ask=model)

    keep(merchant, replace(as_given(account_of(merchant)), at_send=False), BY, world.now)
    world.day(1)

    assert first().draft is None


def test_a_model_that_is_taken_away_speaks_no_more(world, merchant, model):
    world.payment_fails()
    draft_ahead(world.now, ask=model)

    forget(merchant, BY, world.now)
    world.day(1)

    assert first().draft is None


def test_a_draft_that_somebody_turned_down_is_never_said(world, merchant, model):
    world.payment_fails()
    draft_ahead(world.now, ask=model)

    for draft in drafts(merchant):
        settle(draft, Draft.State.DISCARDED)
    draft_ahead(world.now, ask=model)
    world.day(40)

    assert set(Message.objects.values_list("draft", flat=True)) == {None}


def test_turned_down_while_it_stands_in_line_it_is_written_anew_in_our_words(world, merchant, model):
    world.payment_fails()
    draft_ahead(world.now, ask=model)

    def turn_down(*_):
        Draft.objects.update(state="discarded")

    world.mail.in_line = turn_down
    world.day(1)

    assert (first().state, first().draft, first().subject == OF_A_MODEL) == ("sent", None, False)


def test_a_case_that_began_before_keeps_the_texts_it_began_with(world, model):
    world.payment_fails()
    keep(world.connection.project, replace(GIVEN, at_send=True), BY, world.case.opened_at + timedelta(seconds=1))
    draft_ahead(world.now, ask=model)

    world.day(1)

    assert (first().draft, Draft.objects.filter(template="failed").exists()) == (None, True)


def test_a_text_of_the_merchants_own_comes_first_and_is_not_drafted(world, merchant, model):
    revise(merchant, FAILED, Wish(MINE, BY), world.now - timedelta(hours=1))
    world.payment_fails()
    draft_ahead(world.now, ask=model)

    world.day(1)

    assert (first().text_version, first().draft) == (1, None)
    assert not Draft.objects.filter(template="failed").exists()


def test_a_text_in_a_trial_comes_first_in_both_halves(world, merchant, model):
    begin(merchant, FAILED, Plan(MINE, BY), world.now - timedelta(hours=1))
    world.payment_fails()
    draft_ahead(world.now, ask=model)

    world.day(1)

    assert (first().trial is None, first().draft) == (False, None)
    assert not Draft.objects.filter(template="failed").exists()


def test_a_draft_of_another_model_is_not_said(world, merchant, model):
    world.payment_fails()
    draft_ahead(world.now, ask=model)

    keep(merchant, replace(as_given(account_of(merchant)), model="large-2"), BY, world.now)
    world.day(1)

    assert first().draft is None


def test_no_value_of_a_customer_leaves_the_house(world, merchant, model):
    world.payment_fails()
    draft_ahead(world.now, ask=model)

    case, told = world.case, "".join(each.instructions + each.request for each in model.heard)
    private = (case.customer_name, case.customer_email, case.customer_id, case.invoice_number, case.invoice_id, "99.00")
    assert [each for each in private if each and each in told] == []


def test_mallorys_drafts_are_said_to_nobody_elses_customers(world, merchant, mallory, model):
    keep(mallory.project, replace(GIVEN, at_send=True), BY, world.now - timedelta(hours=1))
    world.payment_fails()
    draft_ahead(world.now, ask=model)
    Draft.objects.update(project=mallory.project, organization=mallory.project.organization)

    world.day(1)

    assert first().draft is None
