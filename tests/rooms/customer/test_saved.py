"""What the payer has saved: shown in Stripe's form, chosen as often as its network allows, each choice one charge."""

from __future__ import annotations

from dataclasses import replace

import pytest
import stripe as library

from tests.factories import NOW, make_action, make_case, make_connection
from tests.rooms.customer.test_card_page import url_of
from tests.rooms.customer.till import NO_FUNDS, PAID, Till, open_link
from tideover.core.ways.doors import BREATH
from tideover.gateways.answers import Busy, NotPossible, Unknown
from tideover.inbox.translate import MethodNews
from tideover.recovery import cards
from tideover.recovery.hearing import hear
from tideover.recovery.models import Action, Case
from tideover.recovery.paying.till import State
from tideover.recovery.telling.said import Sentence
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import running

pytestmark = pytest.mark.django_db
LATER = NOW + BREATH


def chosen(case, till, name, time, now=NOW):
    return cards.finish(open_link(case), till.card_chosen(name, time), till, now)


def charges(case):
    return Action.objects.filter(case=case, do="charge", started_at__isnull=False).order_by("id")


# ── chosen ──


def test_a_saved_card_that_was_refused_may_be_chosen_again_and_each_choice_is_one_charge():
    case = make_case()
    till = Till(case, NO_FUNDS, NO_FUNDS, NO_FUNDS, PAID)
    for time in range(3):
        now = NOW + BREATH * time
        assert chosen(case, till, "saved", time, now).state == State.DECLINED
        assert chosen(case, till, "saved", time, now).said.sentence == Sentence.DECLINED  # told, and not tried
    assert chosen(case, till, "saved", 3, NOW + BREATH * 3).state == State.PAID
    assert [payment.payment_method for payment in till.payments] == ["pm_saved"] * 4
    assert len({payment.key for payment in till.payments}) == 4
    assert [action.request["asked"] for action in charges(case)] == [f"seti_saved_{time}" for time in range(4)]


def test_the_method_that_was_chosen_last_is_the_default_whatever_was_chosen_between():
    case = make_case()
    till = Till(case, NO_FUNDS, NO_FUNDS, PAID)
    chosen(case, till, "saved", 1)
    chosen(case, till, "other", 1)
    assert chosen(case, till, "saved", 2, LATER).state == State.PAID
    assert till.defaults == ["pm_saved", "pm_other", "pm_saved"]


def test_it_is_not_charged_again_right_after_its_refusal():
    case = make_case()
    till = Till(case, NO_FUNDS, PAID)
    chosen(case, till, "saved", 1)
    answer = chosen(case, till, "saved", 2)
    assert (answer.state, answer.said.sentence, answer.said.earliest_at) == (State.DECLINED, Sentence.FORBIDDEN, LATER)
    assert len(till.payments) == 1


def test_a_choice_that_is_asked_for_twice_at_once_is_charged_once_also_where_nothing_counts_its_tries():
    case = make_case()
    till = Till(case, NO_FUNDS, PAID)
    intent = till.card_chosen("saved")
    till.intents[intent] = replace(till.intents[intent], card=None)

    def first_of_two():
        till.while_setting = lambda: None
        cards.finish(open_link(case), intent, till, NOW)

    till.while_setting = first_of_two
    assert cards.finish(open_link(case), intent, till, NOW).said.sentence == Sentence.ANOTHER_TRY
    assert len(till.payments) == 1
    assert cards.finish(open_link(case), intent, till, NOW).said.sentence == Sentence.DECLINED


def test_what_was_put_off_is_the_next_choice_and_each_later_one_is_a_charge_of_its_own():
    case = make_case()
    till = Till(case, NO_FUNDS, Busy("rate limit"), NO_FUNDS, PAID)
    chosen(case, till, "saved", 1)
    assert chosen(case, till, "saved", 2, LATER).said.sentence == Sentence.LATER
    assert chosen(case, till, "saved", 3, LATER + BREATH).state == State.DECLINED
    assert not case.actions.filter(state="planned", step__startswith="charge-on-").exists()
    assert chosen(case, till, "saved", 4, LATER + 2 * BREATH).state == State.PAID
    assert [action.request["asked"] for action in charges(case)] == ["seti_saved_1", "seti_saved_3", "seti_saved_4"]


def test_right_after_a_workers_try_of_it_that_is_told_and_later_it_may_be_chosen():
    case = make_case()
    request = {"payment_method": "pm_saved", "off_session": True}
    make_action(
        case, step="charge-on-saved", state="done", outcome="declined:insufficient_funds", request=request,
        started_at=NOW, settled_at=NOW,
    )  # fmt: skip
    till = Till(case, PAID)
    assert chosen(case, till, "saved", 1).state == State.DECLINED
    assert till.payments == []
    assert chosen(case, till, "saved", 1, LATER).state == State.PAID


def test_choosing_the_card_on_file_tells_of_no_new_one():
    case = make_case(payment_method_id="pm_old")
    till = Till(case, NO_FUNDS, PAID)
    chosen(case, till, "old", 1)
    assert not case.facts.filter(kind="card_replaced").exists()
    chosen(case, till, "saved", 1)
    assert case.facts.get(kind="card_replaced").detail["payment_method"] == "pm_saved"


def test_nor_does_it_of_another_invoice_that_was_not_chosen():
    case = make_case(customer_id="cus_two", payment_method_id="pm_old")
    other = make_case(case.connection, customer_id="cus_two", payment_method_id="pm_old")
    till = Till(case, PAID)
    agreed = {case.public_id: case.owed.minor}
    assert cards.finish(open_link(case), till.card_chosen("old"), till, NOW, agreed).state == State.PAID
    assert not other.facts.filter(kind="card_replaced").exists()


def test_what_was_chosen_is_charged_again_once_its_network_has_renewed_it():
    case = make_case()
    till = Till(case, NO_FUNDS)
    chosen(case, till, "saved", 1)
    soon = Action.objects.filter(case=case, do="charge", state="planned", due_at__lte=LATER)
    for renewed in (False, True):
        assert not soon.exists()
        hear(case.connection, MethodNews(case.customer_id, "pm_saved", LATER, renewed, f"evt_{renewed}"), LATER)
    assert soon.get().step.startswith("charge-on-")


# ── shown ──


def test_the_form_is_let_show_what_the_payer_has_saved():
    case = make_case()
    assert cards.show_saved(open_link(case), Till(case)) == f"cuss_secret_{case.customer_id}"


@pytest.mark.parametrize("failed", [Unknown("no answer"), Busy("rate limit"), NotPossible("no such customer")])
def test_whatever_fails_the_form_is_shown_without(failed):
    class Failing(Till):
        def show_saved(self, customer_id: str, *, key: str) -> str:
            raise failed

    case = make_case()
    assert cards.show_saved(open_link(case), Failing(case)) == ""


@pytest.mark.parametrize("hinder", ["", "observe mode", "it is paid", "a debit is under way"])
def test_where_nothing_can_be_paid_stripe_is_not_asked(client, hinder):
    sim = new_simulator(seed=3, start=1_790_000_000)
    with running(sim) as world:
        v1 = library.StripeClient(sim.keys.secret, base_addresses={"api": world.base_url}).v1
        there = {"api_base": world.base_url, "api_key": sim.keys.secret, "publishable_key": sim.keys.publishable}
        account = make_connection(**there, mode="observe" if hinder == "observe mode" else "act")
        case = make_case(account, customer_id=v1.customers.create({"name": "Jane Payer"}).id)
        ended = {"state": "recovered", "ended_at": NOW} if hinder == "it is paid" else {}
        Case.objects.update(processing=hinder == "a debit is under way", **ended)
        before = world.look("requests")
        answer = client.post(url_of(case) + "/saved", headers={"accept": "application/json"})
        assert answer.json()["customer_session"].startswith("cuss_secret_") is not bool(hinder)
        assert (world.look("requests") == before) is bool(hinder)
