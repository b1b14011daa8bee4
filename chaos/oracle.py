"""Did what must hold hold? A pure function of both sides' books: no file, no question, no code of the product.

Each rule yields sentences. `I…` are the invariants' names. Instants are unix seconds, amounts minor units.
Not here yet because the product has no such room: fees (I16), payment plans (the other half of I5), SMS and
outbound webhooks (I40) — each is one more function in RULES when its room comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from chaos import oracle_audit, oracle_doors, oracle_events, oracle_mail, oracle_money, oracle_upgrade
from chaos.books import Books

Rule = Callable[[Books], Iterator[str]]

RULES: dict[str, Rule] = {
    "I1": oracle_money.one_attempt_per_planned_step,
    "I2": oracle_money.doubt_blocks,
    "I3": oracle_events.acknowledged_means_stored_once,
    "I4": oracle_money.paid_once,
    "I5": oracle_money.nothing_collected_beyond_what_was_due,
    "I6": oracle_events.same_end_on_both_sides,
    "I7": oracle_events.one_recovery,
    "I8": oracle_money.within_the_networks_limits,
    "I10": oracle_money.nothing_charged_after_the_end,
    "I12": oracle_events.nothing_held_by_the_dead,
    "I13": oracle_events.no_dead_letters,
    "I14": oracle_events.each_step_once,
    "I15": oracle_events.every_failure_is_heard_of,
    "I17": oracle_money.same_integers,
    "I18": oracle_mail.at_most_one_copy,
    "I19": oracle_mail.nothing_after_recovery,
    "I20": oracle_mail.nothing_after_an_opt_out,
    "I22": oracle_events.nothing_before_its_time,
    "I33": oracle_doors.no_bytes_are_an_error_of_ours,
    "I35": oracle_money.nothing_repeated_after_a_restore,
    "I36": oracle_upgrade.both_versions_fit_the_tables,
    "I38": oracle_money.an_observer_writes_nothing,
    "I39": oracle_audit.every_effect_is_in_the_log,
    "I41": oracle_doors.odd_ones_are_set_aside_alone,
    "I43": oracle_events.one_connection_an_account,
    "I47": oracle_mail.unknown_is_what_nobody_can_know,
    "I48": oracle_doors.who_is_out_is_out,
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
