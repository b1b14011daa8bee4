"""The rules about messages: what the mail server really accepted, against our message rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from chaos.oracle.books import Books, Row

STOP_WITHIN = 10.0  # seconds by the product's clock between a payment's acknowledgment and the last message's mark
LOOKED_WITHIN = 30.0  # seconds between the last look at the invoice and the message's mark
LOOKED_LATELY = (
    1.5  # seconds by the product's clock between the last look and the mark; hurried, it looks again after one
)
VERDICT_LASTS = 3.0  # seconds that the product, hurried, waits for a server's yes
KEPT = 200
RECEIPT = "message-receipt"  # the step of the one message that a payment brings about
ON_REQUEST = "message-link-"  # how the steps of the one message begin for which the payer asks
OPTED_OUT = "unsubscribed"
ADMITS = {"sent", "unknown"}
LEASE = 120.0  # seconds from the round in which a notice is taken up; a later round settles what its worker left behind
EXACTLY = 0.01
AT_ONCE = 2.0  # real seconds a message may have been on its way already


def at_most_one_copy(books: Books) -> Iterator[str]:
    """Nobody gets a message twice, and every copy has a row that admits to it."""
    gone = {books.action_of(mail) for mail in books.mails if books.forgotten(mail["at"]) or books.left_with(mail)}
    for about, count in books.arrived.items():
        row = books.letters.get(about)
        if count > 1:
            yield f"the mail of {about} arrived {count} times"
        if about in gone:
            continue  # the row that admitted to it is
        if row is None:
            yield f"a mail of {about or '(nobody)'} arrived, and no row knows it"
        elif row["state"] not in ADMITS:
            yield f"the mail of {about} arrived, and its row says {row['state']}"
    for about, row in books.letters.items():
        if row["state"] == "sent" and not books.arrived[about]:
            yield f"the mail of {about} is told as sent and never arrived"
    yield from _alerts_without_a_mail(books)
    steps: Counter[tuple[str, str]] = Counter()
    for action, count in books.arrived.items():
        if action in books.actions:
            steps[books.actions[action]["case_id"], books.actions[action]["step"]] += count
    yield from (f"case {case}: {step} arrived {count} times" for (case, step), count in steps.items() if count > 1)


def _alerts_without_a_mail(books: Books) -> Iterator[str]:
    """What is written ahead of a payment has a row beside that of its mail."""
    for alert in books.tables["alerts"]:
        mail = books.letters.get(alert["id"])
        if alert["state"] == "sent" and (mail is None or mail["state"] != "sent"):
            yield f"alert {alert['id']} is told as sent, and its mail is not"


def unknown_is_what_nobody_can_know(books: Books) -> Iterator[str]:
    """What certainly has not left is sent later, and no message is in doubt while who sent it still has its answer."""
    yield from _notices_that_never_left(books)
    for row in books.tables["messages"]:
        action = books.actions.get(row["action_id"])
        if action is None or action["state"] != "done" or action["outcome"] not in {"unknown", "failed"}:
            continue
        if row["state"] == "claimed" or (row["state"] == "failed" and row["may_retry"]):
            yield f"the message of action {row['action_id']} never left, and its action is done: {action['outcome']}"
        if (
            action["outcome"] == "unknown"
            and row["state"] == "sent"
            and 0 <= row["sent_at"] - row["data_started_at"] < VERDICT_LASTS
        ):
            yield f"the message of action {row['action_id']} was told as sent in time, and its action says unknown"


def _notices_that_never_left(books: Books) -> Iterator[str]:
    """A worker that lived on says of no notice that it may have left, unless the last dot had."""
    handed = set(map(books.action_of, books.handed))
    for notice in books.tables["notices"]:
        if notice["state"] != "unknown" or notice["id"] in handed or books.forgotten(notice["settled_at"]):
            continue
        if notice["lease_until"] and abs(notice["lease_until"] - notice["settled_at"] - LEASE) < EXACTLY:
            yield f"notice {notice['id']} never left, and is told as unknown"


def nothing_after_recovery(books: Books) -> Iterator[str]:
    """No message begins more than ten seconds after we said yes to the news of the payment.

    And none begins more than half a minute after the payment itself, told or not: each is sent after a last look, and
    leaves soon after it. A receipt tells of the payment itself.
    """
    yield from _unlooked(books)
    dunning = [row for row in books.tables["messages"] if _step(books, row) != RECEIPT]
    begun = {books.action_of(mail): mail["began"] for mail in books.mails}
    for message in dunning:
        case = books.cases.get(message["about"])
        paid_at, began = books.paid_at.get(case["invoice_id"]) if case else None, message["data_started_at"]
        if paid_at is not None and began is not None and began > paid_at + LOOKED_WITHIN:
            yield f"a message about {case['invoice_id'] if case else ''} left {began - paid_at:.0f} s after its payment"
    for message in dunning:
        case, mail = books.cases.get(message["about"]), begun.get(message["action_id"])
        paid = books.paid_acks.get(case["invoice_id"]) if case else None
        if paid is None or mail is None or message["data_started_at"] is None:
            continue
        late, later = message["data_started_at"] - paid["at"], mail["real"] - paid["real"]
        if late > STOP_WITHIN and later > AT_ONCE:
            yield f"a message about {paid['object']} left {late:.0f} s after its payment was acknowledged"


def _step(books: Books, message: Row) -> str:
    action = books.actions.get(message["action_id"])
    return str(action["step"]) if action else ""


def _unlooked(books: Books) -> Iterator[str]:
    """Messages that left long after the last look at their invoice, however long the mail server took."""
    rows = {message["action_id"]: message for message in books.tables["messages"]}
    for mail in books.mails:
        row = rows.get(books.action_of(mail))
        case = books.cases.get(row["about"]) if row else None
        if row is None or case is None or row["data_started_at"] is None or books.forgotten(mail["at"]):
            continue
        looked = [look["at"] for look in books.looks_at[case["invoice_id"]] if look["real"] <= mail["ended"]["real"]]
        late = row["data_started_at"] - (looked[-1] if looked else 0)
        if late > LOOKED_LATELY:
            yield f"a message about {case['invoice_id']} left {late:.1f} s after the last look at it"


def nothing_after_an_opt_out(books: Books) -> Iterator[str]:
    """No message begins after its address was suppressed, and who was told to be unsubscribed is suppressed.

    A link that the payer asks for themselves is no reminder.
    """
    yield from _forgotten_opt_outs(books)
    suppressed = {row["address_hash"]: row for row in books.tables["suppressions"]}
    for message in books.tables["messages"]:
        row, began = suppressed.get(message["to_hash"]), message["data_started_at"]
        if (
            row is None
            or began is None
            or (row["reason"] == OPTED_OUT and _step(books, message).startswith(ON_REQUEST))
        ):
            continue
        if began > row["at"] + 3_601:  # an hour: the clock is set back in a run
            yield f"message {message['id']} began after its address had opted out"


def _forgotten_opt_outs(books: Books) -> Iterator[str]:
    """A full disk, a restore: whatever came, the yes to a customer's last word holds."""
    hashes = {message["to_address"]: message["to_hash"] for message in books.tables["messages"]}
    kept = {row["address_hash"] for row in books.tables["suppressions"]}
    for asked in books.opt_outs:
        if asked["status"] == KEPT and hashes.get(asked["to"], "") not in {"", *kept}:
            yield f"{asked['to']} was told to get no more mail, and nothing here knows of it"
