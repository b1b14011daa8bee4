"""Taking over: Stripe goes on with a failed invoice no more from the first moment on, and has it back where it is not ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from tests.factories import make_case, make_ruleset
from tests.fakes import NOW, effects
from tests.rooms.recovery.conftest import World
from tests.rooms.recovery.ways.conftest import done, what
from tideover.core.choices import Coexistence
from tideover.gateways.answers import NotPossible, Unknown, Unreachable
from tideover.recovery import commands, intake
from tideover.recovery.editing.moving import move
from tideover.recovery.models import Action, Case
from tideover.recovery.reconcile import reconcile
from tideover.recovery.ways import promises
from tideover.recovery.ways.giving_back import give_back_all, why_not_observe
from tideover.recovery.ways.promises import Whose
from tideover.tenants.models import Connection, Project
from tideover.upkeep.leaving import invoices_held
from tideover.upkeep.privacy.erase import erase, go_on
from tideover.worker.loop import run_until_quiet


def now(world: World) -> World:
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    return world


def give_back(world: World) -> int:
    return give_back_all(lambda _connection: world.stripe, world.now)  # type: ignore[arg-type,return-value]


# ── taken ──


@pytest.mark.parametrize("code", ["insufficient_funds", "lost_card", "authentication_required"])
def test_an_invoice_is_taken_at_once_whether_or_not_anything_is_going_to_be_charged(living, code):
    world = living()
    world.payment_fails(code, auto_advance=True)
    now(world)
    assert what(world) == ["auto_advance:False"]
    assert (done(world, "hold"), world.case.held, world.case.collects) == (["held"], True, False)
    assert world.stripe.writes[0][1].endswith("_hold")


def test_what_stripe_does_not_go_on_with_is_not_taken(living):
    world = living()
    world.payment_fails(auto_advance=False)
    now(world)
    assert (what(world), world.case.held) == ([], False)


def test_beside_stripe_nothing_is_taken(living):
    world = living(coexistence=Coexistence.COEXIST)
    world.payment_fails(auto_advance=True)
    world.day(20)
    assert (what(world), world.case.held) == ([], False)


def test_in_observe_mode_nothing_is_taken(living):
    world = living()
    Connection.objects.update(mode="observe")
    world.connection.refresh_from_db()
    world.stripe.may_write = False
    world.payment_fails(auto_advance=True)
    world.day(20)
    assert world.stripe.writes == []


def test_a_take_whose_answer_was_lost_is_settled_by_the_invoice_and_said_once(living):
    world = living()
    real = world.stripe.set_auto_advance

    def lost(invoice_id: str, **kwargs: object) -> None:
        world.stripe.set_auto_advance = real
        real(invoice_id, **kwargs)
        raise Unknown("connection reset")

    world.stripe.set_auto_advance = lost
    world.payment_fails(auto_advance=True)
    now(world)
    assert Action.objects.get(do="hold").state == "claimed"
    world.now += timedelta(minutes=2)
    reconcile(effects(world.stripe, world.mail), world.now)
    now(world)
    assert (what(world), done(world, "hold")) == (["auto_advance:False"], ["held"])


def test_a_take_that_never_came_there_is_made_again(living):
    world = living()
    real = world.stripe.set_auto_advance

    def never_sent(_invoice_id: str, **_kwargs: object) -> None:
        world.stripe.set_auto_advance = real
        raise Unknown("connection reset")

    world.stripe.set_auto_advance = never_sent
    world.payment_fails(auto_advance=True)
    now(world)
    world.now += timedelta(minutes=2)
    reconcile(effects(world.stripe, world.mail), world.now)
    now(world)
    assert (what(world), done(world, "hold")) == (["auto_advance:False"], ["held"])


def test_who_turns_it_on_again_at_stripe_is_not_fought_until_we_charge(living):
    world = living()
    world.payment_fails(auto_advance=True)
    now(world)
    world.change(auto_advance=True)
    intake.refresh(world.case, world.stripe.invoice, world.now)
    now(world)
    assert what(world) == ["auto_advance:False"]
    world.day(0.2)
    assert world.stripe.payments
    assert what(world) == ["auto_advance:False", "auto_advance:False"]


# ── given back ──


def off(world: World) -> None:
    Project.objects.update(recovery_enabled=False, recovery_turned_at=world.now)
    world.connection = Connection.objects.get()


def beside(world: World) -> None:
    move(make_ruleset(world.connection.project, "relay"), world.now)


def stopped(world: World) -> None:
    commands.stop(world.case, by="ada@alpine.example", now=world.now)


def erased(world: World) -> None:
    erase(world.connection.organization, "cus_1", "ada@alpine.example", world.now)


def taken(living) -> World:
    """Held, with nothing due at this moment."""
    world = living()
    world.payment_fails(auto_advance=True)
    world.day(0.01)
    assert world.case.held
    return world


@pytest.mark.parametrize("turn", [off, beside, stopped, erased])
def test_it_is_given_back_once_where_it_is_not_ours_any_more(living, turn):
    world = taken(living)
    assert give_back(world) == 0
    turn(world)
    for _ in range(2):
        now(world)
        give_back(world)
        go_on(world.now)
    assert what(world) == ["auto_advance:False", "auto_advance:True"]
    assert world.stripe.writes[-1][1].endswith("_back")
    assert (world.stripe.invoice.auto_advance, world.case.held) == (True, False)


def test_who_is_erased_while_their_promise_stands_has_their_invoice_given_back_too(living):
    world = living(coexistence=Coexistence.COEXIST)
    world.payment_fails(auto_advance=True)
    promises.promise(world.case, world.now.date() + timedelta(days=5), Whose(by="ada@alpine.example"), world.now)
    now(world)
    assert world.case.held
    erased(world)
    assert (world.case.erased_at, world.case.promised_on) == (None, None)
    now(world)
    go_on(world.now)
    assert what(world) == ["auto_advance:False", "auto_advance:True"]
    assert (world.stripe.invoice.auto_advance, world.case.erased_at) == (True, world.now)


def test_a_customer_is_erased_once_stripe_has_their_invoice_back(living):
    world = taken(living)
    erased(world)
    assert world.case.erased_at is None
    now(world)
    go_on(world.now)
    assert world.case.erased_at == world.now


def test_a_customer_is_erased_after_a_day_though_stripe_takes_nothing_back(living):
    world = taken(living)
    world.stripe.silent = True
    erased(world)
    world.now += timedelta(days=1, minutes=1)
    go_on(world.now)
    assert world.case.erased_at == world.now


def test_what_we_gave_up_stays_as_the_rules_have_left_it(living):
    world = taken(living)
    world.day(20)
    assert world.case.state == "abandoned"
    now(world)
    assert (what(world)[-1], world.case.held) == ("auto_advance:False", True)


def test_what_stripe_does_not_answer_is_given_back_in_a_later_round_under_the_same_key(living):
    world = taken(living)
    off(world)
    real, keys = world.stripe.set_auto_advance, []

    def lost(invoice_id: str, **kwargs: object) -> None:
        keys.append(kwargs["key"])
        world.stripe.set_auto_advance = real
        raise Unknown("connection reset")

    world.stripe.set_auto_advance = lost
    assert give_back(world) == 0
    assert give_back(world) == 1
    assert world.stripe.writes[-1] == ("auto_advance:True", keys[0])


def another(world: World) -> Case:
    """An invoice that is held, too, and comes before the first."""
    here = {"invoice_id": "in_0", "customer_id": "cus_2", "ruleset": world.case.ruleset}
    return make_case(world.connection, pk=UUID(int=1), held=True, **here)


def test_what_stripe_is_silent_about_keeps_no_other_from_being_given_back(living):
    world = taken(living)
    odd = another(world)
    off(world)
    real = world.stripe.invoice_status

    def silent(invoice_id: str) -> str:
        if invoice_id == odd.invoice_id:
            raise Unreachable("no route")
        return real(invoice_id)

    world.stripe.invoice_status = silent
    assert give_back(world) == 1
    assert list(Case.objects.filter(held=True)) == [odd]


def test_what_was_lost_on_the_way_keeps_no_other_from_being_given_back(living):
    world = taken(living)
    odd = another(world)
    off(world)
    real = world.stripe.set_auto_advance

    def lost(invoice_id: str, **kwargs: object) -> None:
        if invoice_id == odd.invoice_id:
            raise Unknown("connection reset")
        real(invoice_id, **kwargs)

    world.stripe.set_auto_advance = lost
    assert give_back(world) == 1
    assert list(Case.objects.filter(held=True)) == [odd]


def test_what_stripe_will_not_take_back_is_asked_for_again_with_the_next_reading_alone(living):
    world = taken(living)
    off(world)
    asked = []

    def refuses(_invoice_id: str, **kwargs: object) -> None:
        asked.append(kwargs["key"])
        raise NotPossible("not this one")

    world.stripe.set_auto_advance = refuses
    assert [give_back(world), give_back(world), len(asked)] == [0, 0, 1]
    assert invoices_held(world.connection) == ["in_1"]  # who disconnects is told of it
    intake.refresh(world.case, world.stripe.invoice, world.now)
    assert [give_back(world), len(asked)] == [0, 2]


@pytest.mark.parametrize("changes", [{"state": "churned"}, {"state": "recovered"}, {"erased_at": NOW}], ids=str)
def test_what_no_round_gives_back_keeps_no_account_in_act_mode(living, changes):
    world = taken(living)
    assert why_not_observe(world.connection)
    Case.objects.update(**changes)
    assert why_not_observe(world.connection) == ""


def test_a_closed_invoice_is_held_no_more_whatever_mark_it_has(living):
    world = taken(living)
    intake.refresh(world.case, replace(world.stripe.invoice, status="void", status_at=world.now), world.now)
    assert not world.case.held


def test_what_was_paid_meanwhile_is_nobodys_to_collect(living):
    world = taken(living)
    off(world)
    world.change(status="paid")
    assert give_back(world) == 1
    assert what(world) == ["auto_advance:False"]


def test_once_recovery_is_on_again_it_is_taken_again_under_a_key_of_its_own(living):
    world = taken(living)
    off(world)
    give_back(world)
    world.now += timedelta(hours=1)
    Project.objects.update(recovery_enabled=True, recovery_turned_at=world.now)
    world.connection = Connection.objects.get()
    intake.refresh(world.case, world.stripe.invoice, world.now)
    now(world)
    assert what(world) == ["auto_advance:False", "auto_advance:True", "auto_advance:False"]
    assert len({key for each, key in world.stripe.writes if each != "pay"}) == 3


def test_nothing_is_given_back_in_observe_mode(living):
    world = taken(living)
    off(world)
    Connection.objects.update(mode="observe")
    assert give_back(world) == 0
