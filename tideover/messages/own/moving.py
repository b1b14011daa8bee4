"""A merchant's texts in the file of all settings: told, read from one, and held against those that stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from tideover.core.catalogue import Channel, Template
from tideover.core.editing.whole_file import Texts
from tideover.messages.languages import Language, all_languages, spoken_in
from tideover.messages.own.checks import found, stopping
from tideover.messages.own.content import BadContent, Content, written
from tideover.messages.own.content import read as read_file
from tideover.messages.own.rows import Which, all_standing, own_of
from tideover.tenants.models import Project

OURS: Final = ""  # in the place of a text: ours is to be said again


class BadTexts(ValueError):  # noqa: N818 - what they are
    """A text of a file cannot be taken. Its words say which, and what is wrong with it."""


class NoSuchText(ValueError):  # noqa: N818 - what it is
    """There is no such kind of message, channel or language. Its words say which there are."""


def which_named(kind: str, channel: str, language: str) -> Which:
    """The text of these names. Raises NoSuchText."""
    if kind not in set(Template):
        raise NoSuchText(f"There is no kind of message {kind!r}. There are {', '.join(Template)}.")
    if channel not in set(Channel):
        raise NoSuchText(f"There is no channel {channel!r}. There are {', '.join(Channel)}.")
    if language not in all_languages():
        raise NoSuchText(f"There are no texts in {language!r}. There are {', '.join(sorted(all_languages()))}.")
    return Which(Template(kind), Channel(channel), language)


def spoken(which: Which) -> Language:
    """The language that the text is in."""
    return spoken_in(which.language)


def told(project: Project) -> Texts:
    """Every text that stands, as its file, in one order."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for which, row in sorted(all_standing(project).items(), key=lambda pair: _order(pair[0])):
        if own := own_of(row):
            channels = found.setdefault(which.language, {})
            channels.setdefault(which.channel.value, {})[which.template.value] = written(own.content, which.channel)
    return found


def _order(which: Which) -> tuple[str, int, int]:
    return which.language, list(Channel).index(which.channel), list(Template).index(which.template)


def read(texts: Texts) -> Mapping[Which, Content | None]:
    """What a file says, each looked at as a page would; None for ours. Raises BadTexts."""
    return dict(_read(texts))


def _read(texts: Texts) -> Iterator[tuple[Which, Content | None]]:
    for language, channels in texts.items():
        for channel, kinds in channels.items():
            for kind, text in kinds.items():
                yield _one(kind, channel, language, text)


def _one(kind: str, channel: str, language: str, text: str) -> tuple[Which, Content | None]:
    try:
        which = which_named(kind, channel, language)
        content = read_file(text, which.channel) if text != OURS else None
    except (NoSuchText, BadContent) as wrong:
        raise BadTexts(f"texts.{language}.{channel}.{kind}: {wrong}") from None
    for problem in stopping(found(content, spoken(which), which.channel, which.template)) if content else ():
        raise BadTexts(f"texts.{language}.{channel}.{kind}: {problem.where}: {problem.says}")
    return which, content


def changed(project: Project, wanted: Mapping[Which, Content | None]) -> Sequence[Which]:
    """Those that would be others than they are."""
    now = {which: own_of(row) for which, row in all_standing(project).items()}
    standing = {which: own.content for which, own in now.items() if own}
    return [which for which, content in wanted.items() if standing.get(which) != content]
