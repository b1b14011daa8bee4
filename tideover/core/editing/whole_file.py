"""All that a merchant has chosen as one file: the settings, and the rules among them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tideover.core.editing import rules_file
from tideover.core.rules import BadRules, Problem, Rules, from_json
from tideover.core.settings import file
from tideover.core.settings.file import Format
from tideover.core.settings.values import Value

RULES: Final = "rules"  # the heading they stand below


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a file says: settings by their keys, and rules where it has any."""

    settings: Mapping[str, Any]
    rules: Rules | None


def written(settings: Mapping[str, Value], rules: Rules, form: Format) -> str:
    """The file: the same choices are the same text."""
    told = rules_file.choices(rules)
    if form == Format.JSON:
        return json.dumps({**file.groups(settings), RULES: told}, ensure_ascii=False, indent=2) + "\n"
    return file.written(settings, form) + "\n".join(["", f"[{RULES}]", *rules_file.toml(told, f"{RULES}.")]) + "\n"


def read(text: str) -> Chosen:
    """What the file says; what it leaves out is left out. Raises BadFile, UnknownSetting or BadRules."""
    told = file.parsed(text)
    rules = told.pop(RULES, None)
    if rules is not None and not isinstance(rules, dict):
        raise BadRules((Problem(RULES, "The rules stand below a heading of their own."),))
    return Chosen(file.by_key(told), None if rules is None else from_json(rules))
