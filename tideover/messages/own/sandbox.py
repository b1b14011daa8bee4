"""Where a merchant's words are filled in: fields, choices by what is known, and nothing that loops or loads."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from liquid import BoundTemplate, Environment, StrictUndefined
from liquid.exceptions import LiquidError

from tideover.messages.languages import BadText, Language, environment

TAGS: Final = ("case", "if", "unless")
BUILT_IN: Final = (
    "content",
    "illegal",
    "output",
)  # what Liquid itself is made of: words, `{{ … }}` and what is neither
FILTERS: Final = ("capitalize", "default", "downcase", "plural", "upcase")
DEEPEST: Final = 6  # conditions within conditions
MOST_LETTERS: Final = 20_000
_SPACES: Final = re.compile("[ \t\n]+")


class Sandbox(Environment):
    """Liquid with limits: what a text may take up of a machine."""

    block_nesting_limit = DEEPEST
    context_depth_limit = DEEPEST
    loop_iteration_limit = 1
    output_stream_limit = MOST_LETTERS
    local_namespace_limit = 1000


@lru_cache(maxsize=64)
def sandbox(language: Language) -> Sandbox:
    """That of a language, with its plural forms, and its islands where it is read from the right."""
    ours, made = environment(language.folder), Sandbox(undefined=StrictUndefined)
    made.tags = {name: ours.tags[name] for name in (*TAGS, *BUILT_IN)}
    made.filters = {name: ours.filters[name] for name in FILTERS}
    return made


def parsed(words: str, language: Language) -> BoundTemplate:
    """Words with fields, understood. Raises BadText with a reason that a merchant understands."""
    try:
        found = _parsed(words, language)
    except LiquidError as broken:
        raise BadText(_in_words(broken)) from None
    except RecursionError:
        raise BadText("Conditions are nested too deep.") from None
    for name in sorted(_filters(found) - set(FILTERS)):
        raise BadText(f"There is no filter {name!r}. There are {', '.join(FILTERS)}.")
    return found


@lru_cache(maxsize=512)
def _parsed(words: str, language: Language) -> BoundTemplate:
    return sandbox(language).from_string(words)


def fields_of(template: BoundTemplate) -> frozenset[str]:
    """The fields it names, as they are written: `name.size` is no field that anything has."""
    return frozenset(str(each) for uses in template.analyze().variables.values() for each in uses)


def _filters(template: BoundTemplate) -> set[str]:
    return set(template.analyze().filters)


def unknown(names: Iterable[str], known: Iterable[str]) -> list[str]:
    """Why these are no fields, each with the nearest one that is."""
    there = sorted(known)
    found = []
    for name in sorted(set(names) - set(there)):
        near = difflib.get_close_matches(name, there, n=1)
        found.append(f"There is no field {name!r}.{f' Is it {near[0]!r}?' if near else ''}")
    return found


def filled(words: str, language: Language, merge: Mapping[str, Any]) -> str:
    """The words with the facts in them. Raises BadText."""
    try:
        return str(parsed(words, language).render(**merge))
    except LiquidError as broken:
        raise BadText(_in_words(broken)) from None
    except RecursionError:
        raise BadText("Conditions are nested too deep.") from None


def flat(words: str) -> str:
    """On one line."""
    return _SPACES.sub(" ", words).strip()


def _in_words(broken: LiquidError) -> str:
    said = str(broken.args[0]) if broken.args else "This cannot be understood."
    tag = re.search(r"unexpected tag '?(\w+)'?|unknown tag '?(\w+)'?", said)
    if tag:
        return f"There is no {{% {tag[1] or tag[2]} %}}. There are {', '.join(TAGS)}."
    line = f" (line {_line(broken)})" if broken.token is not None else ""
    return f"This cannot be filled in: {said}{line}."


def _line(broken: LiquidError) -> int:
    token = broken.token
    return token.source.count("\n", 0, max(token.start_index, 0)) + 1 if token is not None else 1
