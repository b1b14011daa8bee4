"""Rules as a file that can live in a merchant's repository: TOML or JSON, the same both ways."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tideover.core.rules import Rules, from_json, to_json
from tideover.core.settings.file import Format, parsed

HEAD: Final = "# Rules of Tideover. What each of them means: docs/guide/rules.md"


def written(rules: Rules, form: Format) -> str:
    """The file: the same rules are the same text."""
    told = choices(rules)
    if form == Format.JSON:
        return json.dumps(told, ensure_ascii=False, indent=2) + "\n"
    return "\n".join([HEAD, "", *toml(told)]) + "\n"


def choices(rules: Rules) -> dict[str, Any]:
    """What was chosen. The numbers by which messages are known, and that some say whom they are for, are left out."""
    told = {**to_json(rules), "chase_overdue": rules.chase_overdue}  # also where it is off: a file shows what there is
    told.pop("particular", None)
    for step in told["messages"]:
        step.pop("number", None)
    return told


def toml(told: Mapping[str, Any], below: str = "") -> Iterator[str]:
    """Plain values first: what follows a heading belongs to it. below: what each heading begins with."""
    plain = {name: value for name, value in told.items() if not isinstance(value, dict) and name != "messages"}
    if not told["messages"]:
        plain["messages"] = []
    yield from (f"{name} = {json.dumps(value)}" for name, value in plain.items() if value is not None)
    for name, group in told.items():
        if isinstance(group, dict) and group:
            yield from ("", f"[{below}{name}]")
            yield from (f"{each} = {_inline(value)}" for each, value in group.items())
    for step in told["messages"]:
        yield from ("", f"[[{below}messages]]")
        yield from (f"{name} = {_inline(value)}" for name, value in step.items())


def _inline(value: object) -> str:
    if not isinstance(value, dict):
        return json.dumps(value)
    return f"{{ {', '.join(f'{name} = {_inline(each)}' for name, each in value.items())} }}"


def read(text: str) -> Rules:
    """The rules in the file. What is left out has its default. Raises BadFile or BadRules."""
    return from_json(parsed(text))
