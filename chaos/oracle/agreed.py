"""The rules about what was agreed and what is done for good: parts of plans, invoices held, ends of cases.

What a payer agreed to was written down as they sent the form, what was asked of Stripe on its way there, and what came
by the simulators' ledgers. A part's payment says at Stripe which part of which plan it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final
from uuid import UUID

from chaos.oracle.books import Books, Row

MARK: Final = "tideover_part"  # of a payment's metadata: the plan's id, a colon, the part's number
HELD: Final = "tideover_held"  # of an invoice's: that Stripe does not collect it is our doing
TENS: Final = frozenset({"kwd"})  # Stripe takes only whole tens of it


def part_of(line: Row) -> str:
    """Which part of which plan a try was for; empty for any other."""
    return str((line.get("metadata") or {}).get(MARK, ""))


def split(owed: int, count: int, currency: str) -> list[int]:
    """So many parts as equal as can be; what is left over is in the first."""
    whole = 10 if currency in TENS else 1
    each = owed // count // whole * whole
    return [owed - each * (count - 1), *[each] * (count - 1)]


# ── parts ──


def parts_as_agreed(books: Books) -> Iterator[str]:
    """A part comes once, to the minor unit as the payer agreed, and less only where no more was left; so say we too."""
    came: dict[str, list[Row]] = defaultdict(list)
    for line in books.ledger:
        if part_of(line) and line["outcome"] == "succeeded":
            came[part_of(line)].append(line)
    for part, lines in came.items():
        if len(lines) > 1:
            yield f"{lines[0]['invoice']}: part {part} came {len(lines)} times"
        yield from _not_agreed(books, part, lines[0])
    yield from _told_otherwise(books, came)


def _not_agreed(books: Books, part: str, line: Row) -> Iterator[str]:
    number, amount = int(part.rpartition(":")[2]), line["amount"]
    plans = [split(owed, count, line["currency"]) for owed, count in books.agreed[line["customer"]]]
    wanted = {amounts[number - 1] for amounts in plans if number <= len(amounts)}
    was_all = line["at"] == books.paid_at.get(line["invoice"])
    if amount not in wanted and not (was_all and amount < max(wanted, default=0)):
        yield f"{line['invoice']}: {amount} {line['currency']} came as part {number}, agreed was {sorted(wanted)}"


def _told_otherwise(books: Books, came: dict[str, list[Row]]) -> Iterator[str]:
    """Our rows of plans against what came: each debt split whole, each part told as paid if it was."""
    plans = {plan["id"]: plan for plan in books.tables["plans"]}
    parts: dict[str, Row] = {f"{part['plan_id']}:{part['number']}": part for part in books.tables["parts"]}
    sums: dict[str, int] = defaultdict(int)
    for part in parts.values():
        sums[part["plan_id"]] += part["amount"]
    yield from (f"plan {key}: {sums[key]} of {row['total']}" for key, row in plans.items() if sums[key] != row["total"])
    known = {_as_here(part): lines[0] for part, lines in came.items()}
    for name, line in known.items():
        if name not in parts and not books.forgotten(line["at"]):
            yield f"{line['invoice']}: part {name} came, of a plan that nobody knows"
        elif name in parts and parts[name]["paid"] != line["amount"]:
            yield f"{line['invoice']}: {line['amount']} came as part {name}, told is {parts[name]['paid']}"
    yield from (
        f"part {name} is told as paid and never came" for name in parts if parts[name]["paid"] and name not in known
    )


def _as_here(part: str) -> str:
    plan, _, number = part.partition(":")
    return f"{UUID(plan).hex}:{number}"


# ── what is held ──


def held_and_given_back(books: Books) -> Iterator[str]:
    """What we hold is given back no oftener than it was taken, and is held for a reason in the end."""
    asked: dict[tuple[str, str], set[str]] = defaultdict(set)
    for write in books.writes:
        asked[_thing(write), write["what"]].add(write["key"])
    for invoice, what in list(asked):
        given, taken = len(asked[invoice, "give_back"]), len(asked[invoice, "hold"])
        if what == "give_back" and given > taken:
            yield f"{invoice} was taken {taken} times and given back {given} times"
    for world in books.worlds:
        for invoice in world["invoices"]:
            if invoice["status"] == "open" and invoice["metadata"].get(HELD):
                yield from _held_for_nothing(books, world["connection"], invoice)


def _held_for_nothing(books: Books, connection: str, invoice: Row) -> Iterator[str]:
    case = books.case_of_invoice.get((connection, invoice["id"]))
    plans = {plan["case_id"] for plan in books.tables["plans"] if plan["state"] == "stands"}
    agreed = case is not None and case["state"] == "failing" and (case["promised_on"] or case["id"] in plans)
    ours = case is not None and books.end_of(case) and case["state"] != "canceled"
    if not (agreed or ours):
        yield f"{invoice['id']} is held, and its case ({case['state'] if case else 'none'}) has no reason any more"


def _thing(write: Row) -> str:
    """The id of what a write was about."""
    return str(write["path"]).split("/")[3]


# ── what is done at the end ──

FOR_GOOD: Final = frozenset({"cancel", "pause", "uncollectible"})


def ends_as_ruled(books: Books) -> Iterator[str]:
    """What is done at Stripe at the end of a case is asked for under one key, as its rules say, after a look."""
    keys: dict[str, set[str]] = defaultdict(set)
    for write in books.writes:
        if write["what"] in FOR_GOOD:
            action = books.actions.get(_action_of(write["key"]))
            keys[action["case_id"] if action else ""].add(write["key"])
            yield from _not_as_ruled(books, write, action)
    yield from (f"case {case} was ended under {len(of)} keys" for case, of in keys.items() if case and len(of) > 1)
    asked = {write["key"] for write in books.writes}
    for action in books.tables["actions"]:
        word, _, end = action["outcome"].partition(":")
        if action["do"] == "close" and word == "closed" and end and f"pr_{UUID(action['id'])}_{end}" not in asked:
            yield f"case {action['case_id']} ended with {end}, and Stripe was never asked"


def _not_as_ruled(books: Books, write: Row, action: Row | None) -> Iterator[str]:
    if action is None:
        if not books.forgotten(write["at"]):
            yield f"{_thing(write)}: {write['what']} was asked for by no action"
        return
    case = books.cases[action["case_id"]]
    if books.end_of(case) != write["what"]:
        yield f"{case['invoice_id']}: {write['what']} at the end, its rules say {books.end_of(case) or 'nothing'}"
    looks = [look["at"] for look in books.looks_at[case["invoice_id"]] if look["real"] <= write["real"]]
    if not looks or looks[-1] > books.paid_at.get(case["invoice_id"], looks[-1]):
        yield f"{case['invoice_id']}: {write['what']} at the end, although it was seen as paid"


def _action_of(key: str) -> str:
    try:
        return UUID(key.removeprefix("pr_").partition("_")[0]).hex
    except ValueError:
        return ""
