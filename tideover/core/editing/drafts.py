"""Rules while they are edited: what is wrong is told choice by choice, and all the rest can be drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from tideover.core.rules import BadRules, Problem, Rules, from_json, to_json

# Choices that stand and fall together: where one cannot be followed, both are drawn as they are live.
_TOGETHER: Final[Mapping[str, Sequence[str]]] = {"consequence_day": ("consequence", "consequence_day")}


@dataclass(frozen=True, slots=True)
class Draft:
    """Rules that can be followed, and what is wrong with those that were wished for.

    Where nothing is, the rules are those; a choice with a problem stands there as it is live.
    """

    rules: Rules
    problems: tuple[Problem, ...]

    def is_wrong(self, field: str) -> bool:
        return any(problem.field == field for problem in self.problems)


def draft(wished: Mapping[str, Any], live: Rules, told: Sequence[Problem] = ()) -> Draft:
    """What came of a wish, in the JSON of rules. told: what was found wrong before it could be written as such."""
    wanted, kept = deepcopy(dict(wished)), to_json(live)
    problems = list(told)
    for problem in told:
        _put_back(problem.field, wanted, kept)
    for _ in range(len(kept)):  # each round puts back at least one choice
        try:
            return Draft(from_json(wanted), tuple(problems))
        except BadRules as wrong:
            fresh = [problem for problem in wrong.problems if problem.field not in {each.field for each in problems}]
            problems += fresh
            if not fresh and wanted.get("window_days") == kept["window_days"]:
                break
            if not fresh:  # days that are live do not fit into the window that is wished
                wanted["window_days"] = kept["window_days"]
            for problem in fresh:
                _put_back(problem.field, wanted, kept)
    return Draft(live, tuple(problems))


def _put_back(field: str, wanted: dict[str, Any], kept: Mapping[str, Any]) -> None:
    name, _, within = field.partition(".")
    for each in _TOGETHER.get(name, (name,)):
        if within and isinstance(wanted.get(each), dict) and within in kept.get(each, {}):
            wanted[each][within] = kept[each][within]
        elif within and isinstance(wanted.get(each), dict):
            wanted[each].pop(within, None)
        elif each in kept:
            wanted[each] = kept[each]
        else:
            wanted.pop(each, None)
