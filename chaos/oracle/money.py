"""The rules about money: the simulators' ledgers against our actions and attempts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from chaos.oracle.agreed import part_of
from chaos.oracle.books import Books, Row

DAY = 86_400
MOST_PER_CARD = 15  # Visa's limit for one card in thirty days; ours is lower and refuses before
MEANWHILE = 2.0  # seconds: the two clocks are read one after the other


def one_attempt_per_planned_step(books: Books) -> Iterator[str]:
    """A charge action has at most one try at Stripe, under its own key, and every try of ours has its action."""
    for key, lines in books.ours_by_key.items():
        if len(lines) > 1:
            yield f"{key} was tried {len(lines)} times at Stripe, on {lines[0]['invoice']}: {_when(key, lines, books)}"
        if books.forgotten(lines[0]["at"]):
            continue  # it was tried once, and our side of it is gone
        if key not in books.charges and not key.startswith("link_"):
            yield f"{lines[0]['invoice']} was tried under {key}, which no action has"
        elif key in books.charges and books.charges[key]["started_at"] is None:
            yield f"{key} was tried at Stripe, and the action says that it never began"
        if key in books.charges and books.charges[key]["state"] == "dropped":
            yield f"{key} was tried at Stripe, and the action was dropped as if it had not been"
    started = Counter(
        books.cases[action["case_id"]]["invoice_id"]
        for action in books.charges.values()
        if action["started_at"] and action["case_id"] in books.cases
    )
    known = [line for lines in books.ours_by_key.values() for line in lines if not books.forgotten(line["at"])]
    tried = Counter(line["invoice"] for line in known)
    for invoice, count in tried.items():
        if count > started[invoice]:
            yield f"{invoice}: {count} tries of ours at Stripe, {started[invoice]} charges begun"


def _when(key: str, lines: Sequence[Row], books: Books) -> str:
    """When it was tried by Stripe's clock and begun by ours: whether the key was too old, and by whose clock."""
    action = books.charges.get(key, {})
    began, settled = action.get("started_at"), action.get("settled_at")
    return f"at {[line['at'] for line in lines]}; begun at {began}, settled at {settled}"


def doubt_blocks(books: Books) -> Iterator[str]:
    """While a try of ours on an invoice is out or in doubt, no other one of it reaches Stripe."""
    by_invoice = defaultdict(list)
    for key, lines in books.ours_by_key.items():
        if key in books.charges and not books.forgotten(lines[0]["at"]):
            by_invoice[lines[0]["invoice"]].append((lines[0]["at"], books.charges[key]))
    for invoice, tries in by_invoice.items():
        tries.sort(key=lambda one: one[0])
        for (_, one), (at, other) in pairwise(tries):
            if one["settled_at"] is None or one["settled_at"] > at + MEANWHILE:
                yield f"{invoice}: {other['step']} went out while {one['step']} was still in doubt"


BESIDE = "charge-returned-"  # the steps about what a bank sent back, whose payments stand beside their invoices


def _collected_beside(books: Books) -> Iterator[tuple[Row, str, int]]:
    """What came of debts that had come back: the case, which debt, and how much."""
    for line in books.ledger:
        action = books.charges.get(line["idempotency_key"] or "", {})
        step = str(action.get("step", ""))
        if line["outcome"] == "succeeded" and step.startswith(BESIDE):
            yield books.cases[action["case_id"]], step.partition("-again-")[0], line["amount"]


def paid_once(books: Books) -> Iterator[str]:
    """An invoice is paid at most once, and so is each part of a plan, and each debt that came back."""
    came = [line for line in books.ledger if line["outcome"] == "succeeded" and line["invoice"]]
    paid = Counter(f"{line['invoice']} {part_of(line)}".rstrip() for line in came)
    paid.update(f"{case['invoice_id']} {debt}" for case, debt, _ in _collected_beside(books))
    yield from (f"{what} was paid {count} times" for what, count in paid.items() if count > 1)


def nothing_collected_beyond_what_was_due(books: Books) -> Iterator[str]:
    """The sum of what came for an invoice is not more than was asked for as it was tried for the first time."""
    collected: Counter[str] = Counter()
    debts: dict[str, int] = {}
    for line in books.ledger:
        if line["invoice"]:
            debts.setdefault(line["invoice"], line["amount"])
            collected[line["invoice"]] += line["amount"] if line["outcome"] == "succeeded" else 0
    yield from (
        f"{invoice}: {collected[invoice]} collected of {debt} due"
        for invoice, debt in debts.items()
        if collected[invoice] > debt
    )
    for case, step, amount in _collected_beside(books):
        if amount > case["amount_due"]:
            yield f"{case['invoice_id']}: {amount} collected by {step} of {case['amount_due']} due"


def within_the_networks_limits(books: Books) -> Iterator[str]:
    """No card is tried more than fifteen times in thirty days for one invoice, by anybody."""
    tries = defaultdict(list)
    for line in books.tries:
        if line["invoice"] and line["card_fingerprint"]:
            tries[line["invoice"], line["card_fingerprint"]].append(line["at"])
    for (invoice, _), times in tries.items():
        most = max(sum(start <= at < start + 30 * DAY for at in times) for start in times)
        if most > MOST_PER_CARD:
            yield f"{invoice}: one card was tried {most} times in thirty days"


def nothing_charged_after_the_end(books: Books) -> Iterator[str]:
    """Once Stripe's book says that an invoice was paid, no further try of ours reaches a bank."""
    for key, lines in books.ours_by_key.items():
        for line in lines:
            if line["at"] > books.paid_at.get(line["invoice"], line["at"]):
                yield f"{line['invoice']} was tried under {key} after it had been paid"


def same_integers(books: Books) -> Iterator[str]:
    """Amounts and currencies are Stripe's own, to the minor unit, in each row and in each sum; what went back too."""
    theirs = {line["charge"]: line for line in books.ledger if line["charge"]}
    for attempt in books.tables["attempts"]:
        line = theirs.get(attempt["charge_id"])
        if line and (line["amount"], line["currency"]) != (attempt["amount"], attempt["currency"]):
            yield f"{attempt['charge_id']}: {line['amount']} {line['currency']} there, {attempt['amount']} here"
    for world in books.worlds:
        for invoice in world["invoices"]:
            case = books.case_of_invoice.get((world["connection"], invoice["id"]))
            if case is None or case["state"] == "failing":
                continue
            theirs_of_it, ours = invoice["amount_recovered"], case["amount_recovered"]
            if (theirs_of_it, invoice["currency"]) != (ours, case["currency"]):
                yield f"{invoice['id']}: {theirs_of_it} came and stayed there, {ours} recovered here"


def an_observer_writes_nothing(books: Books) -> Iterator[str]:
    """Where we may only look, no write of ours arrived."""
    for world in books.worlds:
        if world["mode"] == "observe" and world["writes"]:
            yield f"{world['name']}: {world['writes']} writes to an account that is only observed"
