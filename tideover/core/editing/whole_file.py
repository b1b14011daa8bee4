"""All that a merchant has chosen as one file: the settings, the rules among them, and the texts of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tideover.core.editing import rules_file
from tideover.core.rules import BadRules, Problem, Rules, from_json
from tideover.core.settings import file
from tideover.core.settings.file import BadFile, Format
from tideover.core.settings.values import Value

RULES: Final = "rules"  # the heading they stand below
TEXTS: Final = "texts"
Texts = Mapping[str, Mapping[str, Mapping[str, str]]]  # by language, channel and kind: what stands in a file of one


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a file says: settings by their keys, rules where it has any, and texts; an empty one stands for ours."""

    settings: Mapping[str, Any]
    rules: Rules | None
    texts: Texts = field(default_factory=dict)


def written(settings: Mapping[str, Value], rules: Rules, texts: Texts, form: Format) -> str:
    """The file: the same choices are the same text."""
    told = rules_file.choices(rules)
    if form == Format.JSON:
        whole = {**file.groups(settings), RULES: told, **({TEXTS: texts} if texts else {})}
        return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"
    lines = ["", f"[{RULES}]", *rules_file.toml(told, f"{RULES}."), *_texts(texts)]
    return file.written(settings, form) + "\n".join(lines) + "\n"


def _texts(texts: Texts) -> Iterator[str]:
    """As TOML writes texts of several lines; one that has its marks in it stands on one line."""
    for language, channels in texts.items():
        for channel, kinds in channels.items():
            yield from ("", f"[{TEXTS}.{language}.{channel}]")
            for kind, text in kinds.items():
                on_one_line = json.dumps(text, ensure_ascii=False)
                yield f"{kind} = {on_one_line}" if "'''" in text else f"{kind} = '''\n{text}'''"


def read(text: str) -> Chosen:
    """What the file says; what it leaves out is left out. Raises BadFile, UnknownSetting or BadRules."""
    told = file.parsed(text)
    rules, texts = told.pop(RULES, None), told.pop(TEXTS, {})
    if rules is not None and not isinstance(rules, dict):
        raise BadRules((Problem(RULES, "The rules stand below a heading of their own."),))
    if not _are_texts(texts):
        raise BadFile(f"Texts stand below headings such as [{TEXTS}.en.email], each as the text of its kind.")
    return Chosen(file.by_key(told), None if rules is None else from_json(rules), texts)


def _are_texts(told: object, deep: int = 3) -> bool:
    """Whether it is texts by language, channel and kind."""
    if deep == 0:
        return isinstance(told, str)
    return isinstance(told, dict) and all(_are_texts(each, deep - 1) for each in told.values())
