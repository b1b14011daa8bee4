"""The oracle is told lies, one at a time: each is found by its rule, and the honest books break none."""

from __future__ import annotations

import copy
from collections.abc import Callable
from uuid import UUID

import pytest

from chaos.oracle import violations
from tests.chaos.books import (
    ACTION,
    CASE,
    NOON,
    Books,
    another,
    attempt,
    broken,
    honest,
    ledger,
    row,
)
from tideover.core.steps import NewLink, Receipt

LIES: dict[str, tuple[str, Callable[[Books], object]]] = {
    "the same charge twice at Stripe": ("I1", lambda b: ledger(b).append(attempt(charge="ch_3", outcome="failed"))),
    "a charge under a key of nobody": ("I1", lambda b: ledger(b)[1].update(idempotency_key="pr_random")),
    "a charge that says it never began": ("I1", lambda b: row(b, "actions").update(started_at=None)),
    "a charge that went out and was dropped": ("I1", lambda b: row(b, "actions").update(state="dropped")),
    "a debt that came back and was collected twice": ("I4", lambda b: (
        row(b, "actions").update(step="charge-returned-1"),
        another(b, "actions", id="d" * 32, step="charge-returned-1-again-2"),
        ledger(b).extend(attempt(charge=f"ch_{n}", amount=1, invoice=None, idempotency_key=f"pr_{UUID(key)}")
                         for n, key in ((3, ACTION), (4, "d" * 32))))),
    "more collected than came back": ("I5", lambda b: (
        row(b, "actions").update(step="charge-returned-1"),
        ledger(b).append(attempt(charge="ch_3", amount=990_000, invoice=None)))),
    "two charges at one time": ("I2", lambda b: (
        another(b, "actions", id="d" * 32, step="charge-2", started_at=NOON - 30, settled_at=NOON + 50),
        ledger(b).append(attempt(at=int(NOON) - 30, charge="ch_3", outcome="failed", idempotency_key=f"pr_{UUID('d' * 32)}")))),
    "an acknowledged event that is gone": ("I3", lambda b: b["tables"].update(events=[])),
    "an acknowledged event that only catch-up stored": ("I3", lambda b: row(b, "events").update(received_at=NOON + 9_000)),
    "an event stored twice": ("I3", lambda b: another(b, "events", id="e2")),
    "an invoice paid twice": ("I4", lambda b: ledger(b).append(attempt(charge="ch_4", by="customer", idempotency_key=None))),
    "more collected than was due": ("I5", lambda b: ledger(b)[1].update(amount=990_000)),
    "a paid invoice and a failing case": ("I6", lambda b: row(b, "cases").update(state="failing")),
    "a void invoice and a failing case": ("I6", lambda b: (
        b["worlds"][0]["invoices"][0].update(status="void"), row(b, "cases").update(state="failing"))),
    "a recovery of what was credited": ("I6", lambda b: b["worlds"][0]["invoices"][0].update(amount_came=0)),
    "a credited invoice and a failing case": ("I6", lambda b: (
        b["worlds"][0]["invoices"][0].update(amount_came=0), row(b, "cases").update(state="failing"))),
    "a payment learnt twice": ("I7", lambda b: another(b, "facts", id="f2", key="paid again")),
    "more paid than was due": ("I7", lambda b: another(b, "attempts", id="t2", charge_id="ch_3")),
    "two cases of one invoice": ("I7", lambda b: another(b, "cases", id="9" * 32)),
    "a card tried without end": ("I8", lambda b: ledger(b).extend(
        attempt(charge=f"ch_{n}", by="stripe", idempotency_key=None, outcome="failed") for n in range(20, 40))),
    "a charge after the payment": ("I10", lambda b: ledger(b).append(
        attempt(at=int(NOON) + 60, charge="ch_5", outcome="failed", idempotency_key=f"pr_{UUID('e' * 32)}"))),
    "news of a failure that was put aside": ("I15", lambda b: row(b, "events").update(
        type="invoice.payment_failed", state="irrelevant")),
    "something still held": ("I12", lambda b: row(b, "actions").update(state="claimed")),
    "an event that waits for ever": ("I12", lambda b: row(b, "events").update(state="stored")),
    "an event given up": ("I13", lambda b: row(b, "events").update(state="failed")),
    "an action given up": ("I13", lambda b: row(b, "actions").update(state="dead")),
    "a step done twice": ("I14", lambda b: another(b, "actions", id="d" * 32, started_at=NOON + 99, settled_at=NOON + 100)),
    "a failure nobody heard of": ("I15", lambda b: b["tables"].update(cases=[])),
    "a hundred yen taken for one": ("I17", lambda b: row(b, "attempts").update(amount=99)),
    "a recovery of another amount": ("I17", lambda b: row(b, "cases").update(amount_recovered=99)),
    "a refund that stays recovered": ("I17", lambda b: b["worlds"][0]["invoices"][0].update(amount_recovered=5900)),
    "the same mail twice": ("I18", lambda b: b["mails"].append(dict(b["mails"][0]))),
    "a mail that no row knows": ("I18", lambda b: b["mails"][0].update(message_id="x@acme.example")),
    "a mail whose row says it failed": ("I18", lambda b: row(b, "messages").update(state="failed")),
    "a sent mail that never arrived": ("I18", lambda b: b["mails"].pop(0)),
    "an account that two connections charge": ("I43", lambda b: another(b, "connections", id="3" * 32)),
    "a door that broke": ("I33", lambda b: b["refusals"][0].update(status=500)),
    "an odd event that took workers along": ("I41", lambda b: (
        b["odd"].append({"event": "evt_1"}), row(b, "events").update(state="failed", reason="5 workers died holding it"))),
    "a session that outlived its end": ("I48", lambda b: b["visits"][1].update(status=200)),
    "a mail that nobody sends although it never left": ("I47", lambda b: (
        b["mails"].clear(), row(b, "messages").update(state="failed", may_retry=True),
        b["tables"]["actions"][1].update(outcome="unknown"))),
    "a sent mail that is told as unknown": ("I47", lambda b: b["tables"]["actions"][1].update(outcome="unknown")),
    "a mail that left long after the last look": ("I19", lambda b: row(b, "messages").update(data_started_at=NOON - 3597)),
    "a mail without any look": ("I19", lambda b: b["looks"].clear()),
    "a mail after the payment": ("I19", lambda b: (
        row(b, "messages").update(data_started_at=NOON + 60), b["mails"][0]["began"].update(real=160.0))),
    "a mail after a payment that nobody had told us": ("I19", lambda b: (
        b["acks"].clear(), b["tables"].update(events=[]), row(b, "messages").update(data_started_at=NOON + 60))),
    "a mail after an opt-out": ("I20", lambda b: b["tables"]["suppressions"].append(
        {"id": "s", "organization_id": "o", "address_hash": "x", "reason": "unsubscribed", "at": NOON - 90_000})),
    "an opt-out that was told as kept": ("I20", lambda b: (
        b["opt_outs"].append({"to": "p@x", "status": 200}))),
    "a charge before its time": ("I22", lambda b: row(b, "actions").update(due_at=NOON + 90_000)),
    "a charge repeated after a restore": ("I35", lambda b: (
        b.update(restores=[{"backup_at": NOON - 900, "at": NOON + 900}]),
        ledger(b).append(attempt(at=int(NOON) + 90_000, charge="ch_6", outcome="failed")))),
    "a mail repeated after a restore": ("I35", lambda b: (
        b.update(restores=[{"backup_at": NOON - 7200, "at": NOON + 900}]),
        b["mails"].append({**b["mails"][0], "at": NOON + 90_000}))),
    "a version that makes rows without a new column": ("I36", lambda b: b["misfits"].append(
        {"log": "before", "said": "NOT NULL constraint failed: recovery_case.told_by"})),
    "a charge that the log does not know": ("I39", lambda b: b["tables"]["audit"].pop()),
    "a mail that the log does not know": ("I39", lambda b: b["tables"]["audit"][1].update(subject="something else")),
    "a log with a hole": ("I39", lambda b: b["tables"]["audit"].pop(0)),
    "a log that was rewritten": ("I39", lambda b: b["tables"]["audit"][1].update(hash="other")),
    "a write to an observed account": ("I38", lambda b: b["worlds"][1].update(writes=1)),
}  # fmt: skip


def test_honest_books_break_no_rule():
    assert violations(honest()) == []


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_found_by_its_rule(lie):
    rule, tell = LIES[lie]
    books = copy.deepcopy(honest())
    tell(books)
    assert rule in broken(books)


def test_what_happened_between_a_backup_and_its_restore_is_forgotten_by_our_side_and_no_lie():
    books = honest()
    books["restores"] = [{"backup_at": NOON - 7200, "at": NOON + 900}]
    books["tables"].update(messages=[], actions=[], attempts=[])
    assert violations(books) == []


def test_an_invoice_that_was_credited_is_paid_at_stripe_and_its_case_canceled():
    books = honest()
    books["worlds"][0]["invoices"][0].update(amount_due=0, amount_came=0, amount_recovered=0)
    ledger(books).pop()
    row(books, "cases").update(state="canceled", amount_recovered=0)
    books["tables"].update(attempts=[], facts=[{"id": "f", "case_id": CASE, "kind": "forgiven", "key": "forgiven"}])
    books["tables"]["actions"].pop(0)
    assert violations(books) == []


def test_a_part_may_be_tried_until_the_rest_is_credited_and_not_after_it():
    books = honest()
    books["worlds"][0]["invoices"][0].update(paid_at=int(NOON) + 900)
    ledger(books).append(attempt(charge="ch_3", idempotency_key="pr_late", outcome="failed", at=int(NOON) + 600))
    assert "I10" not in broken(books)
    books["worlds"][0]["invoices"][0].update(paid_at=int(NOON) + 300)
    assert "I10" in broken(books)


def test_a_verdict_that_was_lost_may_have_arrived_or_not():
    arrived, lost = honest(), honest()
    row(arrived, "messages").update(state="unknown")
    row(lost, "messages").update(state="unknown")
    lost["mails"].pop(0)
    assert violations(arrived) == violations(lost) == []


def test_a_receipt_tells_of_a_payment_and_comes_after_it():
    books = honest()
    row(books, "messages").update(data_started_at=NOON + 60, sent_at=NOON + 60)
    books["mails"][0].update(began={"real": 160.0}, ended={"real": 160.5, "at": NOON + 60})
    books["looks"].append({"real": 159.9, "at": NOON + 60, "invoice": "in_1"})
    assert "I19" in broken(books)
    books["tables"]["actions"][1].update(step=Receipt().key)
    assert violations(books) == []


def test_a_link_that_they_ask_for_goes_to_who_opted_out_and_to_no_address_that_bounced():
    books = honest()
    out = {"id": "s", "organization_id": "o", "address_hash": "x", "reason": "unsubscribed", "at": NOON - 90_000}
    books["tables"]["suppressions"].append(out)
    books["tables"]["actions"][1].update(step=NewLink(1).key)
    assert violations(books) == []
    out.update(reason="bounced")
    assert "I20" in broken(books)


def test_an_odd_event_is_set_aside_and_no_dead_letter():
    books = honest()
    books["odd"].append({"event": "evt_1"})
    row(books, "events").update(state="failed", reason="not understood: the event is a list")
    assert violations(books) == []


def test_a_session_that_a_backup_brought_back_is_no_lie():
    books = honest()
    books["restores"] = [{"backup_at": NOON - 7200, "at": NOON + 900}]
    books["visits"][1].update(status=200)
    books["tables"].update(messages=[], actions=[], attempts=[])
    assert violations(books) == []


def test_a_yes_that_came_after_its_worker_was_believed_dead_may_be_told_as_unknown():
    books = honest()
    books["tables"]["actions"][1].update(outcome="unknown")
    row(books, "messages").update(sent_at=NOON - 3000)
    assert violations(books) == []


def test_what_a_customer_asks_for_is_not_before_its_time_although_stripes_clock_is_behind():
    books = honest()
    row(books, "actions").update(due_at=NOON + 9_000, started_at=NOON + 9_000)
    assert "I22" not in broken(books)
