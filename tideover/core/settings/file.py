"""The settings as one file that can live in a merchant's repository: TOML or JSON, the same both ways."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from tideover.core.settings.table import SETTINGS, UnknownSetting, setting
from tideover.core.settings.values import Value

HEAD = "# Settings of Tideover. What each of them does: docs/guide/settings.md"


class Format(StrEnum):
    """How the file is written."""

    TOML = "toml"
    JSON = "json"


class BadFile(ValueError):  # noqa: N818 - what it is
    """The file cannot be read. Its words say where it goes wrong."""


def written(values: Mapping[str, Value], form: Format) -> str:
    """The file, in the order of the table: the same settings are the same text."""
    found = groups(values)
    if form == Format.JSON:
        return json.dumps(found, ensure_ascii=False, indent=2) + "\n"
    return "\n".join([HEAD, *(line for name, group in found.items() for line in _section(name, group))]) + "\n"


def groups(values: Mapping[str, Value]) -> dict[str, Any]:
    """The settings by their groups, in the order of the table."""
    found: dict[str, Any] = {}
    for key, each in SETTINGS.items():
        if key in values:
            found.setdefault(each.group, {})[each.name] = values[key]
    return found


def _section(name: str, group: Mapping[str, Value]) -> Iterator[str]:
    yield from ("", f"[{name}]")
    for each, value in group.items():
        # TOML writes texts and switches as JSON does, and a control character is in none of them.
        yield f"{each} = {json.dumps(value, ensure_ascii=False)}"


def read(text: str) -> dict[str, Any]:
    """What the file says, by the settings' keys. What it leaves out is left out. Raises BadFile or UnknownSetting."""
    return by_key(parsed(text))


def by_key(told: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in the groups, by the settings' keys. Raises UnknownSetting."""
    found: dict[str, Any] = {}
    for group, values in told.items():
        if not isinstance(values, dict):
            raise UnknownSetting(group)
        for name, value in values.items():
            found[setting(f"{group}.{name}").key] = value
    return found


def parsed(text: str) -> dict[str, Any]:
    """What stands in a TOML or JSON file. Raises BadFile."""
    as_json = text.lstrip().startswith("{")
    try:
        found = json.loads(text) if as_json else tomllib.loads(text)
    except ValueError as wrong:
        raise BadFile(f"This is no {'JSON' if as_json else 'TOML'}: {wrong}.") from None
    return dict(found)
