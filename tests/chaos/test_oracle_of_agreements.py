"""The oracle is lied to about what was agreed with a payer, and about what is done at Stripe for good or for a while."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from chaos.oracle import RULES, violations
from tests.chaos.books import (
    CASE,
    NOON,
    Books,
    action,
    another,
    attempt,
    broken,
    honest,
    ledger,
    row,
)  # fmt: skip
from tests.chaos.test_oracle import LIES as OTHER_LIES

SECOND, CLOSE, HOLD, PLAN = "d" * 32, "7" * 32, "8" * 32, "6" * 32
OWED, FIRST, REST = 9901, 4951, 4950  # as two parts: the odd cent is in the first
A_DAY = 86_400
HELD = {"auto_advance": False, "metadata": {"tideover_held": "1"}}


def part(number: int, **changed: object) -> Books:
    """The try of a part, as the simulator's ledger has it."""
    return attempt(
        amount=FIRST if number == 1 else REST, metadata={"tideover_part": f"{UUID(PLAN)}:{number}"}, **changed
    )


def invoice(books: Books) -> Books:
    found: Books = books["worlds"][0]["invoices"][0]
    return found


def in_two_parts() -> Books:
    """A renewal that failed and is paid in two parts of a plan, a day apart; its mail was before that."""
    books = honest()
    invoice(books).update(amount_due=OWED, amount_came=OWED, amount_recovered=OWED)
    row(books, "cases").update(amount_due=OWED, amount_recovered=OWED)
    row(books, "actions").update(
        step="charge-plan-1-part-1", due_at=NOON - A_DAY, started_at=NOON - A_DAY, settled_at=NOON - A_DAY + 1
    )
    books["tables"]["actions"].append(action(id=SECOND, step="charge-plan-1-part-2"))
    failed = {**ledger(books)[0], "at": int(NOON) - 2 * A_DAY, "amount": OWED}
    second = part(2, charge="ch_3", idempotency_key=f"pr_{UUID(SECOND)}")
    ledger(books)[:] = [failed, part(1, at=int(NOON) - A_DAY), second]
    row(books, "attempts").update(at=NOON - A_DAY, amount=FIRST)
    another(books, "attempts", id="u", action_id=SECOND, charge_id="ch_3", at=NOON, amount=REST)
    another(books, "audit", number=4, subject=f"charge:{UUID(SECOND)}", previous_hash="h3", hash="h4")
    books["agreements"] = [
        {"door": "plan", "customer": "cus_1", "owed": str(OWED), "parts": "2", "at": NOON - A_DAY},
        {"door": "plan", "customer": "cus_1", "status": 302, "at": NOON - A_DAY},
    ]
    books["tables"]["plans"] = [
        {"id": PLAN, "case_id": CASE, "number": 1, "state": "kept", "currency": "usd", "total": OWED, "count": 2}
    ]
    books["tables"]["parts"] = [
        {"id": "p1", "plan_id": PLAN, "number": 1, "amount": FIRST, "paid": FIRST},
        {"id": "p2", "plan_id": PLAN, "number": 2, "amount": REST, "paid": REST},
    ]
    return books


def write(what: str, path: str, key: str) -> Books:
    """What the proxy saw on its way to Stripe."""
    return {"world": "Acme", "path": path, "key": key, "what": what, "real": 60.0, "at": NOON - 1800}


def end(**changed: object) -> Books:
    return {**write("cancel", "/v1/subscriptions/sub_1", f"pr_{UUID(CLOSE)}_cancel"), **changed}


def given_up() -> Books:
    """A renewal that failed under rules that take over: it was held, its charge declined, its subscription canceled."""
    books = honest()
    invoice(books).update(status="open", amount_came=0, amount_recovered=0, **HELD)
    row(books, "cases").update(state="abandoned", amount_recovered=0)
    books["acks"][0].update(type="invoice.payment_failed")
    row(books, "events").update(type="invoice.payment_failed")
    row(books, "facts").update(kind="exhausted", key="exhausted")
    row(books, "actions").update(outcome="declined:do_not_honor")
    row(books, "attempts").update(outcome="declined")
    ledger(books)[1].update(outcome="failed")
    books["rules"][0].update(end="cancel")
    books["looks"].append({"real": 59.9, "at": NOON - 1800, "invoice": "in_1"})
    books["writes"] = [write("hold", "/v1/invoices/in_1", f"pr_{UUID(HOLD)}_hold"), end()]
    books["tables"]["actions"] += [
        action(id=HOLD, step="hold-1", do="hold", outcome="held"),
        action(id=CLOSE, step="close", do="close", outcome="closed:cancel"),
    ]
    return books


def promised() -> Books:
    """The same while it goes on: the customer has promised a day, until which Stripe's own tries are held."""
    books = given_up()
    row(books, "cases").update(state="failing", promised_on="2026-08-12")
    books["rules"][0].update(end="")
    books["writes"].pop()
    books["tables"]["actions"].pop()
    return books


def given_back(key: str) -> Books:
    return write("give_back", "/v1/invoices/in_1", key)


LIES: dict[str, tuple[str, Callable[[], Books], Callable[[Books], object]]] = {
    "a part that came twice": ("I49", in_two_parts, lambda b: ledger(b).append(part(2, charge="ch_4"))),
    "a part of a cent more than was agreed": ("I49", in_two_parts, lambda b: ledger(b)[1].update(amount=FIRST + 1)),
    "a part of a cent less, while more was left": ("I49", in_two_parts, lambda b: ledger(b)[1].update(amount=FIRST - 1)),
    "a part of which no payer knows": ("I49", in_two_parts, lambda b: b["agreements"].clear()),
    "a part beyond those that were agreed": ("I49", in_two_parts, lambda b: b["agreements"][0].update(owed="4951", parts="1")),
    "a part of a plan that is gone": ("I49", in_two_parts, lambda b: b["tables"].update(plans=[], parts=[])),
    "a part that came and is told as open": ("I49", in_two_parts, lambda b: b["tables"]["parts"][1].update(paid=0)),
    "a part that is told as paid and never came": ("I49", in_two_parts, lambda b: ledger(b)[1].update(outcome="failed")),
    "a debt that its parts do not make up": ("I49", in_two_parts, lambda b: b["tables"]["parts"][0].update(amount=REST)),
    "parts that are more than the debt": ("I5", in_two_parts, lambda b: ledger(b)[2].update(amount=REST + 1)),
    "a debt paid in parts and once more as a whole": ("I5", in_two_parts, lambda b: ledger(b).append(
        attempt(charge="ch_4", by="customer", idempotency_key=None, amount=OWED))),
    "an invoice of which one part came twice": ("I4", in_two_parts, lambda b: ledger(b).append(part(1, charge="ch_4"))),
    "a pay page that broke": ("I33", in_two_parts, lambda b: b["agreements"][1].update(status=500)),
    "an end that the rules do not have": ("I50", given_up, lambda b: b["rules"][0].update(end="pause")),
    "an end where Stripe goes on by itself": ("I50", given_up, lambda b: b["rules"][0].update(end="")),
    "an end of nobody": ("I50", given_up, lambda b: b["writes"][1].update(key="random")),
    "an end under two keys": ("I50", given_up, lambda b: (
        another(b, "actions", id="e" * 32, step="close-2", do="close", outcome="skipped"),
        b["writes"].append(end(key=f"pr_{UUID('e' * 32)}_cancel")))),
    "an end without a look": ("I50", given_up, lambda b: b["looks"].clear()),
    "an end of what was seen as paid": ("I50", given_up, lambda b: (
        invoice(b).update(status="paid", paid_at=int(NOON) - 1900), ledger(b)[1].update(outcome="succeeded", at=NOON - 1900))),
    "an end that is told and was never asked for": ("I50", given_up, lambda b: b["writes"].pop()),
    "a hold that nobody gave back": ("I51", promised, lambda b: row(b, "cases").update(promised_on=None)),
    "a hold that outlived its case": ("I51", promised, lambda b: row(b, "cases").update(state="churned")),
    "a hold that was given back twice": ("I51", promised, lambda b: (
        b["writes"].extend(given_back(f"pr_{key}_back") for key in ("one", "another")))),
}  # fmt: skip


@pytest.mark.parametrize("books", [in_two_parts, given_up, promised])
def test_honest_books_break_no_rule(books):
    assert violations(books()) == []


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_found_by_its_rule(lie):
    rule, of, tell = LIES[lie]
    books = of()
    tell(books)
    assert rule in broken(books)


def test_every_rule_has_a_lie_that_it_alone_must_find():
    assert {rule for rule, *_ in (*OTHER_LIES.values(), *LIES.values())} == set(RULES)


def test_the_last_part_is_less_where_the_rest_was_credited():
    books = in_two_parts()
    ledger(books)[2].update(amount=REST - 100)
    books["tables"]["attempts"][1].update(amount=REST - 100)
    books["tables"]["parts"][1].update(paid=REST - 100)
    invoice(books).update(amount_came=OWED - 100, amount_recovered=OWED - 100)
    row(books, "cases").update(amount_recovered=OWED - 100)
    assert violations(books) == []


def test_of_a_plan_that_a_restore_forgot_its_parts_are_no_lie():
    books = in_two_parts()
    books["restores"] = [{"backup_at": NOON - 2 * A_DAY, "at": NOON + 900}]
    books["tables"].update(plans=[], parts=[], messages=[], actions=[], attempts=[])
    assert "I49" not in broken(books)


def test_an_end_that_a_restore_forgot_is_no_lie():
    books = given_up()
    books["restores"] = [{"backup_at": NOON - 7200, "at": NOON + 900}]
    books["tables"].update(messages=[], actions=[], attempts=[])
    assert "I50" not in broken(books)


def test_the_same_end_asked_for_again_under_its_key_is_one():
    books = given_up()
    books["writes"].append(end(real=70.0))
    assert violations(books) == []


def test_a_hold_is_given_back_and_taken_again():
    books = promised()
    books["writes"] += [given_back("one"), write("hold", "/v1/invoices/in_1", "two")]
    assert violations(books) == []
    books["writes"] += [given_back("three")]
    invoice(books).update(auto_advance=True, metadata={})
    assert violations(books) == []
