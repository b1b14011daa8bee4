"""Did what must hold hold? A pure function of both sides' books: no file, no question, no code of the product.

Each rule yields sentences. `I…` are the invariants' names. Instants are unix seconds, amounts minor units.
Not here yet because the product has no such room: fees (I16), SMS and
outbound webhooks (I40) — each is one more function in RULES when its room comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from chaos.oracle import agreed, audit, doors, events, mail, money, restored, upgrade
from chaos.oracle.books import Books

Rule = Callable[[Books], Iterator[str]]

RULES: dict[str, Rule] = {
    "I1": money.one_attempt_per_planned_step,
    "I2": money.doubt_blocks,
    "I3": events.acknowledged_means_stored_once,
    "I4": money.paid_once,
    "I5": money.nothing_collected_beyond_what_was_due,
    "I6": events.same_end_on_both_sides,
    "I7": events.one_recovery,
    "I8": money.within_the_networks_limits,
    "I10": money.nothing_charged_after_the_end,
    "I12": events.nothing_held_by_the_dead,
    "I13": events.no_dead_letters,
    "I14": events.each_step_once,
    "I15": events.every_failure_is_heard_of,
    "I17": money.same_integers,
    "I18": mail.at_most_one_copy,
    "I19": mail.nothing_after_recovery,
    "I20": mail.nothing_after_an_opt_out,
    "I22": events.nothing_before_its_time,
    "I33": doors.no_bytes_are_an_error_of_ours,
    "I35": restored.nothing_repeated,
    "I36": upgrade.both_versions_fit_the_tables,
    "I38": money.an_observer_writes_nothing,
    "I39": audit.every_effect_is_in_the_log,
    "I41": doors.odd_ones_are_set_aside_alone,
    "I43": events.one_connection_an_account,
    "I47": mail.unknown_is_what_nobody_can_know,
    "I48": doors.who_is_out_is_out,
    "I49": agreed.parts_as_agreed,
    "I50": agreed.ends_as_ruled,
    "I51": agreed.held_and_given_back,
}


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken rule, in words."""

    rule: str
    words: str


def violations(artefacts: dict[str, Any]) -> list[Violation]:
    """Everything that must not be; empty when all is well."""
    books = Books(artefacts)
    return [Violation(name, words) for name, rule in RULES.items() for words in rule(books)]
