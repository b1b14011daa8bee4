"""Both sides' books of a run, with the look-ups that every rule needs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final
from uuid import UUID

Row = Mapping[str, Any]
CLOCKS = 2.0  # seconds between two readings of one instant
REMOVED: Final = "removed"  # the member who is, by name
# Where each mail has its row, and the column by whose id its Message-ID begins. What else is mailed has no row, as a
# person waits for it and sees what became of it.
LETTERS: Final[Mapping[str, str]] = {"messages": "action_id", "notices": "id"}


class Books:
    """The artefacts of one run: `worlds` (with ledger, invoices, writes), `tables`, and what the harness saw itself."""

    def __init__(self, artefacts: Mapping[str, Any]) -> None:
        self.worlds: list[Row] = list(artefacts["worlds"])
        self.acks: list[Row] = list(artefacts["acks"])
        self.mails: list[Row] = list(artefacts["mails"])
        self.handed: list[Row] = list(artefacts["handed"])
        self.looks: list[Row] = list(artefacts["looks"])
        self.refusals: list[Row] = list(artefacts["refusals"])
        self.visits: list[Row] = list(artefacts["visits"])
        self.misfits: list[Row] = list(artefacts.get("misfits", ()))
        self.opt_outs: list[Row] = list(artefacts.get("opt_outs", ()))
        self.writes: list[Row] = list(artefacts["writes"])
        self.agreements: list[Row] = list(artefacts["agreements"])
        self.rules: list[Row] = list(artefacts["rules"])
        self.odd = frozenset(line["event"] for line in artefacts["odd"])
        self.outs: dict[str, Row] = {line["who"]: line for line in artefacts["outs"]}
        self.restores: list[Row] = list(artefacts.get("restores", ()))
        self.tables: Mapping[str, list[Row]] = artefacts["tables"]

    def forgotten(self, at: float) -> bool:
        """Whether our rows of that instant (unix seconds) are gone: it lies between a backup and its restore."""
        return any(one["backup_at"] - CLOCKS <= at <= one["at"] + CLOCKS for one in self.restores)

    @staticmethod
    def action_of(mail: Row) -> str:
        """What a mail was written for, as its Message-ID begins with its id: an action, an alert or a notice.

        Empty for somebody else's mail.
        """
        try:
            return UUID(mail["message_id"].partition("@")[0]).hex
        except ValueError:
            return ""

    @cached_property
    def letters(self) -> dict[str, Row]:
        """The row of each mail that was or is to be sent, of every sort there is, by what the mail was written for."""
        return {row[key]: row for table, key in LETTERS.items() for row in self.tables[table]}

    @cached_property
    def arrived(self) -> Counter[str]:
        """How often the mail server took over what was written for each."""
        return Counter(map(self.action_of, self.mails))

    def left_with(self, mail: Row) -> bool:
        """Whether a mail went to a member whose rows left later, with their place."""
        out = self.outs.get(REMOVED)
        return bool(out and mail["to"].startswith(f"{REMOVED}@") and mail["began"]["real"] <= out["real"])

    @cached_property
    def charges(self) -> dict[str, Row]:
        """Our charge actions by the key under which they go to Stripe."""
        return {f"pr_{UUID(action['id'])}": action for action in self.tables["actions"] if action["do"] == "charge"}

    @cached_property
    def cases(self) -> dict[str, Row]:
        return {case["id"]: case for case in self.tables["cases"]}

    @cached_property
    def case_of_invoice(self) -> dict[tuple[str, str], Row]:
        """Cases by connection and invoice."""
        return {(case["connection_id"], case["invoice_id"]): case for case in self.tables["cases"]}

    @cached_property
    def actions(self) -> dict[str, Row]:
        return {action["id"]: action for action in self.tables["actions"]}

    @cached_property
    def ledger(self) -> list[Row]:
        """Every try to move money, by the simulators' own books."""
        return [line for world in self.worlds for line in world["ledger"]]

    @cached_property
    def tries(self) -> list[Row]:
        """The lines of the ledger that are a try of their own, and not the late end of a bank debit."""
        return [line for line in self.ledger if not line.get("settles")]

    @cached_property
    def ours_by_key(self) -> dict[str, list[Row]]:
        """The tries that came through the API under a key of our kind or under none, by their key."""
        found: dict[str, list[Row]] = defaultdict(list)
        for line in self.tries:
            if line["by"] == "api" and line["invoice"]:
                found[str(line["idempotency_key"])].append(line)
        return found

    @cached_property
    def looks_at(self) -> dict[str, list[Row]]:
        """Each time that the product asked Stripe about an invoice, in order."""
        found: dict[str, list[Row]] = defaultdict(list)
        for look in self.looks:
            found[look["invoice"]].append(look)
        return found

    @cached_property
    def paid_at(self) -> dict[str, float]:
        """When each invoice that is paid became so, by Stripe's book: by money of any way or by credit for the rest."""
        invoices = (invoice for world in self.worlds for invoice in world["invoices"])
        return {invoice["id"]: invoice["paid_at"] for invoice in invoices if invoice["status"] == "paid"}

    @cached_property
    def agreed(self) -> dict[str, set[tuple[int, int]]]:
        """The plans that each customer agreed to, as the pay page named them: how much is owed, in how many parts."""
        found: dict[str, set[tuple[int, int]]] = defaultdict(set)
        for line in self.agreements:
            if line["door"] == "plan" and "owed" in line:
                found[line["customer"]].add((int(line["owed"]), int(line["parts"])))
        return found

    def end_of(self, case: Row) -> str:
        """What the rules of a case do at Stripe at its end; empty where it is Stripe's own, or nobody wrote it down."""
        return self._ends.get((case["connection_id"], self._versions.get(case.get("ruleset_id", ""), 0)), "")

    @cached_property
    def _ends(self) -> dict[tuple[str, int], str]:
        kept = [line for line in self.rules if not self.forgotten(line["at"])]  # their numbers were given once more
        return {(line["connection"], line["version"]): line["end"] for line in kept}

    @cached_property
    def _versions(self) -> dict[str, int]:
        return {rules["id"]: rules["version"] for rules in self.tables["rulesets"]}

    @cached_property
    def paid_acks(self) -> dict[str, Row]:
        """The first acknowledgment that an invoice was paid, by invoice."""
        first: dict[str, Row] = {}
        for ack in self.acks:
            if ack["type"] == "invoice.paid":
                first.setdefault(ack["object"], ack)
        return first
