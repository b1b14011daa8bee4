"""The rules about events, cases and the queue: what Stripe told and what stands there, against our rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from chaos.oracle.books import Books, Row

BACKWARDS = 3_600.0  # the clock is set back an hour in a run; a step is early only beyond that
UNPAID = {"canceled", "churned", "abandoned"}


def acknowledged_means_stored_once(books: Books) -> Iterator[str]:
    """Every event to which the webhook said yes is in the table, exactly once."""
    hooks = {connection["hook_token"]: connection["id"] for connection in books.tables["connections"]}
    received = {(event["connection_id"], event["event_id"]): event["received_at"] for event in books.tables["events"]}
    stored = Counter((event["connection_id"], event["event_id"]) for event in books.tables["events"])
    for hook, event_id in {(ack["hook"], ack["event"]) for ack in books.acks}:
        count = stored[hooks.get(hook, ""), event_id]
        if count != 1:
            yield f"{event_id} was acknowledged and is stored {count} times"
    yield from (f"{event} is stored {count} times" for (_, event), count in stored.items() if count > 1)
    for ack in books.acks:  # what catch-up found later had not been stored when the webhook said yes
        at = received.get((hooks.get(ack["hook"], ""), ack["event"]))
        if at is not None and at > ack["at"] + BACKWARDS + 60 and not books.forgotten(ack["at"]):
            yield f"{ack['event']} was acknowledged, and stored only {at - ack['at']:.0f} s later"


def _put_aside(books: Books) -> Iterator[str]:
    """Events that told of a failed payment and were none of our business, although the invoice has a case."""
    for event in books.tables["events"]:
        case = books.case_of_invoice.get((event["connection_id"], event["object_id"]))
        if event["type"] == "invoice.payment_failed" and event["state"] == "irrelevant" and case is not None:
            yield f"{event['event_id']} told that {event['object_id']} had failed, and was put aside"


def _pairs(books: Books) -> Iterator[tuple[Row, Row | None]]:
    """Each invoice that ever failed there, and its case here."""
    for world in books.worlds:
        for invoice in world["invoices"]:
            yield invoice, books.case_of_invoice.get((world["connection"], invoice["id"]))


def _ends(invoice: Row) -> set[str]:
    """How a case of this invoice may stand. Stripe says "paid" also where all was credited: no money came of that."""
    if invoice["status"] == "paid" and invoice["amount_came"]:
        return {"recovered"}
    return UNPAID | {"failing"} if invoice["status"] == "open" else UNPAID


def one_connection_an_account(books: Books) -> Iterator[str]:
    """No account is charged and written for by two connections."""
    active = Counter(
        (connection["account_id"], connection["livemode"])
        for connection in books.tables["connections"]
        if connection["state"] == "active"
    )
    yield from (f"{account} is connected {count} times" for (account, _), count in active.items() if count > 1)


def same_end_on_both_sides(books: Books) -> Iterator[str]:
    """After all is quiet a case says of its invoice what Stripe says."""
    for invoice, case in _pairs(books):
        if case is not None and case["state"] not in _ends(invoice):
            came = f"{invoice['amount_came']} of it came"
            yield f"{invoice['id']} is {invoice['status']} at Stripe ({came}) and its case {case['state']}"


def every_failure_is_heard_of(books: Books) -> Iterator[str]:
    """Nothing that failed at Stripe was missed, whatever was lost on the way, and no news of it was put aside."""
    yield from _put_aside(books)
    yield from (f"{invoice['id']} failed at Stripe and has no case" for invoice, case in _pairs(books) if case is None)


def one_recovery(books: Books) -> Iterator[str]:
    """A recovered case was recovered once: one case for an invoice, one payment learnt, no more paid than was due."""
    cases = Counter((case["connection_id"], case["invoice_id"]) for case in books.cases.values())
    yield from (f"{invoice} has {count} cases" for (_, invoice), count in cases.items() if count > 1)
    learnt = Counter(fact["case_id"] for fact in books.tables["facts"] if fact["kind"] == "paid")
    paid: Counter[str] = Counter()
    for attempt in books.tables["attempts"]:
        paid[attempt["case_id"]] += attempt["amount"] if attempt["outcome"] == "paid" else 0
    for case in books.cases.values():
        if case["state"] == "recovered" and learnt[case["id"]] != 1:
            yield f"{case['invoice_id']}: its payment was learnt {learnt[case['id']]} times"
        if paid[case["id"]] > case["amount_due"]:
            yield f"{case['invoice_id']}: {paid[case['id']]} of {case['amount_due']} due are told as paid"


def nothing_held_by_the_dead(books: Books) -> Iterator[str]:
    """When all is quiet nothing is claimed, no notice is leaving, and no event waits to be understood."""
    for action in books.tables["actions"]:
        if action["state"] == "claimed":
            yield f"{action['step']} of case {action['case_id']} is still claimed"
    for notice in books.tables["notices"]:
        if notice["state"] == "leaving":
            yield f"notice {notice['id']} is still leaving"
    for event in books.tables["events"]:
        if event["state"] == "stored":
            yield f"{event['event_id']} ({event['type']}) still waits to be understood: {event['reason']}"


def no_dead_letters(books: Books) -> Iterator[str]:
    """Nothing was given up: every fault of a run is one that passes."""
    for event in books.tables["events"]:
        if event["state"] in {"failed", "refused"} and event["event_id"] not in books.odd:
            yield f"{event['event_id']} ({event['type']}) ended {event['state']}: {event['reason']}"
    for action in books.tables["actions"]:
        if action["state"] == "dead":
            yield f"{action['step']} of case {action['case_id']} was given up: {action['reason']}"


def each_step_once(books: Books) -> Iterator[str]:
    """A step of a plan is done at most once."""
    done = Counter(
        (action["case_id"], action["step"]) for action in books.tables["actions"] if action["state"] == "done"
    )
    yield from (f"case {case}: {step} was done {count} times" for (case, step), count in done.items() if count > 1)


def nothing_before_its_time(books: Books) -> Iterator[str]:
    """No planned charge reaches Stripe before it is due, whatever the clock does.

    What a customer asks for on our page was due the moment it began, and Stripe's clock may be on its way there.
    """
    done = [
        (action, books.ours_by_key[key][0]["at"]) for key, action in books.charges.items() if key in books.ours_by_key
    ]
    for action, at in done:
        planned = not action["asked_by"] and action["started_at"] != action["due_at"]
        if planned and not books.forgotten(at) and at < action["due_at"] - BACKWARDS - 1:
            yield f"{action['step']} of case {action['case_id']} was done before it was due"
