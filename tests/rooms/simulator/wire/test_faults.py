"""Trouble on demand: which requests it strikes, in which order, and what is left behind."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rooms.simulator.door import Door, Refusal, refusal
from tests.rooms.simulator.furnished import Account
from tideover.simulator.account.issuer import Ask, Verdict
from tideover.simulator.wire.faults import Fault, Faults, RateLimit

BROKEN = Refusal(500, "api_error")


def plan(door: Door, kind: str, **given: Any) -> int:
    answer = door.pull("fault", {"kind": kind, **given})
    assert answer.status_code == 200
    return int(answer.json()["planned"])


def customers(door: Door) -> int:
    return len(door.ask("GET", "/v1/customers").json()["data"])


def test_a_request_that_fails_before_its_work_has_done_nothing(door: Door):
    plan(door, "error_before")
    assert door.refused("POST", "/v1/customers") == BROKEN
    assert customers(door) == 0


def test_a_request_that_fails_after_its_work_has_done_it(door: Door):
    plan(door, "error_after")
    assert door.refused("POST", "/v1/customers") == BROKEN
    assert customers(door) == 1


def test_a_slow_request_is_answered_as_any_other(door: Door):
    plan(door, "slow", seconds=0)
    assert door.ask("POST", "/v1/customers").status_code == 200
    assert customers(door) == 1


def test_trouble_strikes_as_often_as_it_was_asked_for_and_in_that_order(door: Door):
    assert plan(door, "error_before", n=2) == 1
    assert plan(door, "error_after") == 2
    statuses = [door.ask("POST", "/v1/customers").status_code for _ in range(4)]
    assert statuses == [500, 500, 500, 200]
    assert customers(door) == 2


def test_trouble_asked_for_no_times_strikes_nobody(door: Door):
    assert plan(door, "error_before", n=0) == 0
    assert door.ask("POST", "/v1/customers").status_code == 200


def test_reading_is_not_troubled_and_uses_no_trouble_up(door: Door):
    plan(door, "error_before")
    assert door.ask("GET", "/v1/customers").status_code == 200
    assert door.refused("POST", "/v1/customers") == BROKEN


@pytest.mark.parametrize("form", [{"nonsense": "1"}, {"balance": "x"}])
def test_a_request_that_is_not_valid_uses_no_trouble_up(door: Door, form: dict[str, str]):
    plan(door, "error_before")
    assert door.refused("POST", "/v1/customers", form).status == 400
    assert door.refused("POST", "/v1/customers") == BROKEN


@pytest.mark.parametrize("kind", ["error_before", "error_after"])
def test_a_failure_is_the_answer_of_its_key_for_good(door: Door, kind: str):
    plan(door, kind)
    answers = [door.ask("POST", "/v1/customers", idempotency_key="k") for _ in range(2)]
    assert [refusal(answer) for answer in answers] == [BROKEN] * 2
    assert [answer.headers.get("idempotent-replayed") for answer in answers] == [None, "true"]
    assert [answer.headers["stripe-should-retry"] for answer in answers] == ["false"] * 2
    assert customers(door) == (kind == "error_after")


def test_a_payment_that_happened_behind_a_failure_is_in_the_ledger_and_on_the_invoice(door: Door):
    invoice = Account(door).open()
    plan(door, "error_after")
    assert door.refused("POST", f"/v1/invoices/{invoice}/pay") == BROKEN
    assert door.ask("GET", f"/v1/invoices/{invoice}").json()["status"] == "paid"
    assert [row["outcome"] for row in door.look("ledger").json()["attempts"]] == ["succeeded"]


class BrokenBank:
    """A bank with a fault in it: nothing that a client could send would bring it out."""

    def authorize(self, _ask: Ask) -> Verdict:
        raise ZeroDivisionError


def test_a_fault_of_the_simulators_own_is_a_failure_like_stripes_and_leaves_no_key_in_use(door: Door):
    invoice = Account(door).open()
    door.sim.issuer = BrokenBank()
    answers = [door.ask("POST", f"/v1/invoices/{invoice}/pay", idempotency_key="k") for _ in range(2)]
    assert [refusal(answer) for answer in answers] == [BROKEN] * 2


def test_faults_are_taken_one_by_one():
    faults = Faults()
    assert faults.take() is None
    faults.planned.extend([Fault("error_before", 2), Fault("slow", 1, 5.0)])
    taken = [faults.take() for _ in range(4)]
    assert [fault and fault.kind for fault in taken] == ["error_before", "error_before", "slow", None]


@pytest.mark.parametrize(
    ("limit", "asked", "refused"), [(None, [1] * 9, []), (0, [1, 1], [0, 1]), (2, [1, 1, 1, 2, 2, 2], [2, 5])]
)
def test_the_limit_counts_within_one_second(limit: int | None, asked: list[int], refused: list[int]):
    counted = RateLimit()
    assert [place for place, second in enumerate(asked) if counted.exceeded(second, limit)] == refused


def test_a_limited_request_says_so_and_is_not_to_be_repeated_by_the_library(door: Door):
    door.pull("rate_limit", {"limit": 0})
    answer = door.ask("GET", "/v1/customers")
    assert refusal(answer) == Refusal(429, "invalid_request_error", "rate_limit")
    assert answer.headers["stripe-should-retry"] == "false"
