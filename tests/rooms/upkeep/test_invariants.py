"""The watch in production: each rule is silent on a healthy house, and finds the very case where it is broken."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
from django.db import connection, connections

from tests import factories as make
from tests.factories import NOW
from tests.people import Person
from tideover.recovery.models import Case
from tideover.recovery.rulesets import rules_of
from tideover.tenants.settings import turn_recovery
from tideover.upkeep.invariants import RULES, look, one_snapshot
from tideover.upkeep.rounds import watch
from tideover.upkeep.watched import seen

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def paid_twice(case: Case) -> None:
    for _ in range(2):
        make.make_attempt(case, by="us", outcome="paid")


def more_than_owed(case: Case) -> None:
    part = make.make_action(case, step="charge-plan-1-part-1", state="done")
    make.make_attempt(case, by="us", outcome="paid", action=part, amount=case.amount_due)
    make.make_attempt(case, by="us", outcome="paid", amount=1)


def more_than_came_back(case: Case) -> None:
    """A debit that came back was paid twice."""
    for kind, at, detail in (
        ("paid", NOW - HOUR, {}),
        ("came_back", NOW, {"dispute": "dp_1", "charge": "py_1", "amount": 9900}),
        ("received", NOW, {"charge": "ch_1", "amount": 9900}),
        ("received", NOW, {"charge": "ch_2", "amount": 9900}),
        ("paid_after_all", NOW + HOUR, {}),
    ):
        make.make_fact(case, kind, at=at, learnt_at=NOW, detail=detail)
    Case.objects.filter(pk=case.pk).update(state="recovered", via="card_page", ended_at=NOW + HOUR)


def parts_that_are_not_the_debt(case: Case) -> None:
    make.make_plan(case).parts.filter(number=2).update(amount=1)


def two_charges(case: Case) -> None:
    for _ in range(2):
        make.make_action(case, state="claimed", started_at=NOW, lease_until=NOW)


def written_after_payment(case: Case) -> None:
    make.make_fact(case, "paid", learnt_at=NOW - HOUR, at=NOW - HOUR)
    Case.objects.filter(pk=case.pk).update(state="recovered", via="customer", ended_at=NOW)
    make.make_message(case, at=NOW)


def dead_letter(case: Case) -> None:
    make.make_action(case, state="dead")


def dead_event(case: Case) -> None:
    make.make_stripe_event(case.connection, state="failed")


def old_lease(case: Case) -> None:
    make.make_action(case, state="claimed", lease_until=NOW - HOUR)


def another_state(case: Case) -> None:
    make.make_fact(case, "voided", at=NOW, learnt_at=NOW)


def uncounted(case: Case) -> None:
    Case.objects.filter(pk=case.pk).update(amount_due=1, version=7, read_at=NOW - HOUR)


def unread(case: Case) -> None:
    make.make_stripe_event(case.connection, state="stored", received_at=NOW - HOUR)


def charged_while_off(case: Case) -> None:
    turn_recovery(case.project, on=False, by="operator", now=NOW - HOUR)
    make.make_action(case, state="done", outcome="paid", started_at=NOW, settled_at=NOW)


def held_for_nothing(case: Case) -> None:
    beside_stripe = make.make_ruleset(case.project, "relay")
    Case.objects.filter(pk=case.pk).update(held=True, ruleset=beside_stripe)


def held_though_stopped(case: Case) -> None:
    assert rules_of(case.ruleset).takes_over
    make.make_fact(case, "stopped", learnt_at=NOW)
    Case.objects.filter(pk=case.pk).update(held=True, state="canceled", ended_at=NOW)


def unreadable_fact(case: Case) -> None:
    make.make_fact(case, "of_tomorrow", learnt_at=NOW)


def unreadable_rules(case: Case) -> None:
    of_tomorrow = make.make_ruleset(case.project, rules={"of": "tomorrow"})
    Case.objects.filter(pk=case.pk).update(held=True, ruleset=of_tomorrow)


def charged_in_quarantine(case: Case) -> None:
    type(case.connection).objects.filter(pk=case.connection_id).update(quarantined_at=NOW - HOUR)
    make.make_action(case, state="done", outcome="paid", started_at=NOW, settled_at=NOW)


BREAKS: Mapping[Callable[[Case], None], str] = {
    paid_twice: "paid_once",
    more_than_owed: "never_more_than_owed",
    more_than_came_back: "never_more_than_came_back",
    parts_that_are_not_the_debt: "parts_are_the_debt",
    two_charges: "one_charge",
    written_after_payment: "silent_after_payment",
    dead_letter: "no_dead_letters",
    dead_event: "no_dead_letters",
    old_lease: "no_old_leases",
    another_state: "state_is_the_fold",
    uncounted: "figures_are_the_cases",
    unread: "news_is_read",
    charged_in_quarantine: "quarantine_holds",
    held_for_nothing: "held_is_given_back",
    held_though_stopped: "held_is_given_back",
    unreadable_fact: "state_is_the_fold",
    unreadable_rules: "held_is_given_back",
    charged_while_off: "off_holds",
}


@pytest.fixture
def case(alice: Person) -> Case:
    case = make.make_case(make.make_connection(alice.project))
    make.make_fact(case, learnt_at=NOW)
    make.make_message(case, at=NOW)
    make.make_attempt(case, by="us", outcome="paid")
    make.make_action(case, state="claimed", started_at=NOW, lease_until=NOW + HOUR)
    make.make_stripe_event(case.connection, state="stored", received_at=NOW)
    return case


def broken(**whose: object) -> list[str]:
    return [found.name for found in look(NOW, **whose) if not found.fine]  # type: ignore[arg-type]


def test_a_healthy_house_breaks_no_rule(case):
    assert broken() == []


def test_every_rule_has_a_way_to_break_it_here():
    assert set(BREAKS.values()) == set(RULES)


@pytest.mark.parametrize("breaks", BREAKS, ids=lambda breaks: breaks.__name__)
def test_a_broken_rule_is_found_and_named(case, breaks):
    breaks(case)
    assert BREAKS[breaks] in broken()


def test_what_is_held_of_a_customer_who_is_erased_is_nobodys_to_give_back(case):
    held_for_nothing(case)
    Case.objects.filter(pk=case.pk).update(erased_at=NOW)
    assert "held_is_given_back" not in broken()


@pytest.mark.parametrize("breaks", BREAKS, ids=lambda breaks: breaks.__name__)
def test_the_status_page_shows_it_to_alice_and_bob_and_not_to_mallory(case, alice, bob, mallory, breaks):
    breaks(case)
    assert BREAKS[breaks] in broken(organization_id=alice.organization.pk)
    assert broken(organization_id=mallory.organization.pk) == []
    watch(NOW)
    for person in (alice, bob):
        assert "Broken</span>" in person.browser().get("/status/").content.decode()
    page = mallory.browser().get("/status/").content.decode()
    assert "Broken</span>" not in page
    assert case.public_id not in page


@pytest.mark.parametrize("odd", [unreadable_fact, unreadable_rules], ids=lambda odd: odd.__name__)
def test_what_cannot_be_read_keeps_nobody_else_from_being_looked_at(case, mallory, odd):
    odd(case)
    hers = make.make_case(make.make_connection(mallory.project))
    another_state(hers)
    held_for_nothing(hers)
    watch(NOW)
    assert {found.name for found in seen(mallory.organization, NOW).rules if not found.fine} == {
        "state_is_the_fold",
        "held_is_given_back",
    }


def test_what_a_payment_plan_that_stands_holds_is_held_rightly(case):
    held_for_nothing(case)
    plan = make.make_plan(case)
    assert "held_is_given_back" not in broken()
    type(plan).objects.update(state="broken", ended_at=NOW)
    assert "held_is_given_back" in broken()


def test_what_our_rules_take_over_and_what_was_erased_is_held_rightly(case):
    assert rules_of(case.ruleset).takes_over
    Case.objects.filter(pk=case.pk).update(held=True)
    assert broken() == []
    held_for_nothing(case)
    Case.objects.filter(pk=case.pk).update(erased_at=NOW)
    assert broken() == []


def test_the_status_page_tells_of_a_quarantine(case, alice):
    type(case.connection).objects.update(quarantined_at=NOW)
    page = alice.browser().get("/status/").content.decode()
    assert "In quarantine" in page
    assert "Nothing is charged or sent" in page


@pytest.mark.django_db(transaction=True)
def test_all_rules_are_held_against_one_instant_of_the_database():
    """Else a case that is being taught meanwhile is in a state that its facts, read a moment later, do not say."""
    make.make_case()
    with one_snapshot():
        assert Case.objects.count() == 1
        in_another_thread(make.make_case)
        assert Case.objects.count() == 1
    assert Case.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_what_happens_while_the_rules_are_looked_through_is_seen_the_next_time():
    case, begun = make.make_case(), list[bool]()

    def breaks_a_rule_after_the_first_question(execute, sql, *args):
        answer = execute(sql, *args)
        if sql.startswith("SELECT") and not begun:
            begun.append(True)
            in_another_thread(lambda: dead_letter(case))
        return answer

    with connection.execute_wrapper(breaks_a_rule_after_the_first_question):
        meanwhile = look(NOW)
    assert begun
    assert [found.name for found in meanwhile if not found.fine] == []
    assert [found.count for found in look(NOW) if not found.fine] == [1]


def in_another_thread(work: Callable[[], object]) -> None:
    def alone() -> None:
        work()
        connections.close_all()

    thread = threading.Thread(target=alone)
    thread.start()
    thread.join()
