"""Honest books of a run, small enough to be read, for the oracle to be lied to about."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from chaos.oracle import violations

ACTION, CASE, CONNECTION, WATCHED = "a" * 32, "c" * 32, "1" * 32, "2" * 32
MESSAGE_ACTION, RULES_ID = "b" * 32, "5" * 32
NOTICE = "6" * 32
KEY = f"pr_{UUID(ACTION)}"
NOON = 1_786_360_000.0
Books = dict[str, Any]


def attempt(**changed: Any) -> Books:
    return {
        "at": int(NOON), "customer": "cus_1", "invoice": "in_1", "payment_intent": "pi_1", "charge": "ch_2",
        "amount": 9900, "currency": "usd", "by": "api", "idempotency_key": KEY, "outcome": "succeeded",
        "code": None, "decline_code": None, "card_fingerprint": "f", "settles": None, "metadata": {}, **changed,
    }  # fmt: skip


def action(**changed: Any) -> Books:
    return {
        "id": ACTION, "case_id": CASE, "connection_id": CONNECTION, "step": "charge-1", "do": "charge",
        "due_at": NOON - 60, "state": "done", "outcome": "paid", "reason": "", "tries": 1, "asked_by": "",
        "started_at": NOON, "settled_at": NOON + 1, "lease_until": None, **changed,
    }  # fmt: skip


def notice() -> Books:
    return {
        "id": NOTICE, "member_id": "m", "kind": "recovered", "about": "proj_1/2026-08-10T00:00", "state": "sent",
        "lease_until": NOON - 3480, "settled_at": NOON - 3600,
    }  # fmt: skip


def honest() -> Books:
    """A renewal that failed, one mail, one charge that went through; and an account that is only observed."""
    failed = attempt(at=int(NOON) - 86_400, charge="ch_1", by="stripe", idempotency_key=None, outcome="failed")
    invoice = {"id": "in_1", "status": "paid", "currency": "usd",
               "amount_due": 9900, "amount_came": 9900, "amount_recovered": 9900,
               "auto_advance": True, "metadata": {}, "paid_at": int(NOON)}  # fmt: skip
    message = action(id=MESSAGE_ACTION, step="message-1", do="message", outcome="sent", started_at=None)
    ack = {"real": 100.0, "at": NOON + 2, "event": "evt_1", "type": "invoice.paid", "object": "in_1", "hook": "h"}
    mail = {"real": 50.0, "message_id": f"{UUID(MESSAGE_ACTION)}@acme.example", "to": "p@x", "at": NOON - 3600,
            "began": {"real": 50.0}, "ended": {"real": 50.5, "at": NOON - 3600}}  # fmt: skip
    return {
        "worlds": [
            {"name": "Acme", "connection": CONNECTION, "mode": "act", "writes": 3,
             "invoices": [invoice], "ledger": [failed, attempt()]},
            {"name": "Watched", "connection": WATCHED, "mode": "observe", "writes": 0, "invoices": [], "ledger": []},
        ],
        "acks": [ack],
        "mails": [mail, {**mail, "message_id": f"{UUID(NOTICE)}@localhost", "to": "stays@members.example"}],
        "handed": [{"message_id": f"{UUID(NOTICE)}@localhost"}],
        "refusals": [{"event": "evt_2", "status": 503}],
        "odd": [],
        "misfits": [],
        "opt_outs": [],
        "visits": [{"who": "removed", "asked": 10.0, "status": 200}, {"who": "removed", "asked": 30.0, "status": 302}],
        "outs": [{"who": "removed", "real": 20.0, "at": NOON}],
        "writes": [],
        "agreements": [],
        "rules": [{"connection": CONNECTION, "version": 1, "end": "", "at": NOON - 200_000}],
        "looks": [{"real": 49.9, "at": NOON - 3600, "invoice": "in_1"}],
        "tables": {
            "connections": [{"id": CONNECTION, "organization_id": "o", "account_id": "acct_1", "livemode": False,
                             "mode": "act", "state": "active", "hook_token": "h"}],
            "events": [{"id": "e", "connection_id": CONNECTION, "event_id": "evt_1", "type": "invoice.paid",
                        "object_id": "in_1", "state": "handled", "tries": 1, "reason": "", "received_at": NOON + 1}],
            "cases": [{"id": CASE, "connection_id": CONNECTION, "invoice_id": "in_1", "customer_id": "cus_1",
                       "state": "recovered", "currency": "usd", "amount_due": 9900, "amount_recovered": 9900,
                       "ruleset_id": RULES_ID, "promised_on": None}],
            "rulesets": [{"id": RULES_ID, "version": 1}],
            "plans": [],
            "parts": [],
            "facts": [{"id": "f", "case_id": CASE, "kind": "paid", "key": "paid"}],
            "actions": [action(), message],
            "attempts": [{"id": "t", "case_id": CASE, "connection_id": CONNECTION, "action_id": ACTION, "charge_id": "ch_2",
                          "at": NOON, "by": "us", "currency": "usd", "amount": 9900, "outcome": "paid"}],
            "messages": [{"id": "f" * 32, "about": CASE, "action_id": MESSAGE_ACTION, "to_address": "p@x", "to_hash": "x", "state": "sent",
                          "may_retry": False, "data_started_at": NOON - 3600, "sent_at": NOON - 3600}],
            "notices": [notice()],
            "alerts": [],
            "suppressions": [],
            "audit": [
                {"organization_id": "o", "number": 1, "subject": "org", "previous_hash": "", "hash": "h1"},
                {"organization_id": "o", "number": 2, "subject": f"message:{UUID('f' * 32)}", "previous_hash": "h1", "hash": "h2"},
                {"organization_id": "o", "number": 3, "subject": f"charge:{UUID(ACTION)}", "previous_hash": "h2", "hash": "h3"},
            ],
        },
    }  # fmt: skip


def ledger(books: Books) -> list[Books]:
    return books["worlds"][0]["ledger"]


def row(books: Books, table: str) -> Books:
    return books["tables"][table][0]


def another(books: Books, table: str, **changed: Any) -> None:
    books["tables"][table].append({**row(books, table), **changed})


def broken(books: Books) -> set[str]:
    """The rules that the oracle finds broken."""
    return {violation.rule for violation in violations(books)}
