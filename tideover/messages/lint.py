"""Try every text of every language and name what is wrong: `python -m tideover.messages.lint` (exit status 1).

A language is a folder. It has what English has and what the catalogue lists, and nothing else: copy `en`, translate it,
and what is printed here is what is left to do. Another folder of languages may be named as the argument.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any, Final

from liquid.exceptions import LiquidError

from tideover.core.catalogue import TEMPLATES, Channel, Consequence, Template, Tone
from tideover.core.declines import OF_CHARGES, Reason
from tideover.core.methods import Means
from tideover.core.ways.doors import Door
from tideover.core.words.characters import width
from tideover.core.words.sms import count, plain
from tideover.messages.examples import SPARSELY, like, merges
from tideover.messages.languages import (
    FALLBACK,
    BadText,
    Language,
    Text,
    environment,
    filled_lines,
    is_language,
    languages,
    named,
)
from tideover.messages.likeness import Likeness
from tideover.messages.manners import EVERYWHERE, IN

OURS: Final = Path(__file__).resolve().parent / "texts"
DESIGNS: Final = OURS.parent / "channels" / "email" / "designs.py"
# What is read by a word of the catalogue, as in "reason.no_funds": the file, the beginning and the words.
BY_WORD: Final[tuple[tuple[str, str, Iterable[str]], ...]] = (
    ("words", "reason", Reason),
    ("words", "helps", OF_CHARGES),
    ("words", "method", [means for means in Means if means != Means.NONE]),
    ("words", "consequence", [stated for stated in Consequence if stated != Consequence.NONE]),
    ("page", "door", Door),
    ("page", "door_says", Door),
)
LONGEST_SUBJECT: Final = 59  # letters, of which a Chinese one takes the room of two
MAIL_LINES: Final = frozenset({"subject", "preheader", "heading", "button"})
FEWEST_PARAGRAPHS: Final = 3
TAG: Final = re.compile(r"{%-?\s*(\w+)\s*(.*?)\s*-?%}|{{.*?}}")
# A noun that needs its article or its case is chosen by what it stands for, also where English just names it.
NOUN: Final = frozenset({"method"})
OF_A_NOUN: Final = frozenset({"means"})
PIECE: Final = re.compile(r"{%-?\s*include\s+'(\w+)'")


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """Something wrong with a text, where it stands."""

    file: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


@dataclass(frozen=True, slots=True)
class Line:
    """A named line of a file: where it stands, and which fields it names; None where that cannot be read."""

    number: int
    fields: frozenset[str] | None


def faults(texts: Path = OURS) -> list[Fault]:
    """All that is wrong with the languages in `texts`."""
    found: set[Fault] = set()
    for language in sorted(languages(texts)):
        folder = texts / language
        if not is_language(folder):
            found.add(Fault(_shown(folder), 1, "no language has this name: write it as in de, pt-BR or zh-Hans"))
            continue
        wrong = {*_files(folder), *_lines(folder), *_sources(folder)}
        found |= wrong
        if not wrong:  # what is missing in the words is missing in every mail, and said already
            found.update(_renderings(folder))
    return sorted(found)


def _english(folder: Path) -> Path:
    """What a language is held against: the English beside it, or ours."""
    beside = folder.parent / FALLBACK
    return beside if beside.is_dir() else OURS / FALLBACK


# ── the files ──


def _files(folder: Path) -> Iterator[Fault]:
    """Files that are missing, and files that nothing reads."""
    wanted = {path.name for path in _english(folder).glob("*.liquid")}
    wanted |= {f"{channel}/{template}.liquid" for channel in Channel for template in Template}
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    for name in wanted - there:
        yield Fault(_shown(folder / name), 1, "the text is missing")
    for name in there - wanted - _pieces(folder):
        yield Fault(_shown(folder / name), 1, "left over: nothing reads it")


def _pieces(folder: Path) -> set[str]:
    """What the texts of a channel include."""
    sources = {path: path.read_text("utf-8") for channel in Channel for path in (folder / channel).glob("*.liquid")}
    return {f"{path.parent.name}/{piece}.liquid" for path, text in sources.items() for piece in PIECE.findall(text)}


# ── files of named lines ──


def _lines(folder: Path) -> Iterator[Fault]:
    for path in sorted(folder.glob("*.liquid")):
        lines: dict[str, Line] = {}
        yield from _read(path, lines)
        english: dict[str, Line] = {}
        reference = _english(folder) / path.name
        if reference.is_file():
            list(_read(reference, english))
            yield from _held_against(path, lines, english)


def _read(path: Path, lines: dict[str, Line]) -> Iterator[Fault]:
    """Fill `lines` with what the file says, and name what cannot be read."""
    for number, line in filled_lines(path.read_text("utf-8")):
        try:
            name, said = named(line)
        except BadText as broken:
            yield Fault(_shown(path), number, str(broken))
            continue
        if name in lines:
            yield Fault(_shown(path), number, f"{name!r} is said twice")
        lines[name] = Line(number, None)
        try:
            found = environment(path.parent).from_string(said).analyze()
        except LiquidError as broken:
            yield Fault(_shown(path), number, str(broken.args[0]))
            continue
        lines[name] = Line(number, frozenset(found.globals))
        for unknown in sorted(found.filters.keys() - environment(path.parent).filters.keys()):
            yield Fault(_shown(path), number, f"there is no filter {unknown!r}")


def _held_against(path: Path, lines: Mapping[str, Line], english: Mapping[str, Line]) -> Iterator[Fault]:
    """English says which lines a file has and which fields they name; the catalogue, where a word of it is the key."""
    groups = {prefix: words for file, prefix, words in BY_WORD if file == path.stem}
    wanted = {name for name in english if name.partition(".")[0] not in groups}
    wanted |= {f"{prefix}.{word}" for prefix, words in groups.items() for word in words}
    for name in wanted - lines.keys():
        yield Fault(_shown(path), 1, f"{name!r} is missing")
    for name, line in lines.items():
        if name not in wanted:
            yield Fault(_shown(path), line.number, f"{name!r} is left over: nothing reads it")
        elif name in english:
            yield from _fields(path, name, line, english[name])


def _fields(path: Path, name: str, line: Line, english: Line) -> Iterator[Fault]:
    if line.fields is None or english.fields is None:
        return  # said already
    noun = NOUN & english.fields
    for field in sorted(line.fields - english.fields - (OF_A_NOUN if noun else set())):
        yield Fault(_shown(path), line.number, f"{name!r} names {{{{ {field} }}}}, which it is not given")
    for field in sorted(english.fields - line.fields - (noun if line.fields & OF_A_NOUN else set())):
        yield Fault(_shown(path), line.number, f"{name!r} does not say {{{{ {field} }}}}")


# ── what stands in the source ──


def _sources(folder: Path) -> Iterator[Fault]:
    for path in sorted(folder.rglob("*.liquid")):
        yield from _banned(path, (*EVERYWHERE, *IN.get(folder.name, ())))
        yield from _tones(path)


def _banned(path: Path, banned: Iterable[tuple[re.Pattern[str], str]]) -> Iterator[Fault]:
    for number, line in filled_lines(path.read_text("utf-8")):
        said = TAG.sub("", line)
        for words, why in banned:
            if words.search(said):
                yield Fault(_shown(path), number, why)


def _tones(path: Path) -> Iterator[Fault]:
    """A choice by tone names them all: with an `else`, a tone that came later would be spoken in another's words."""
    inside: list[tuple[str, int, set[str]]] = []
    text = path.read_text("utf-8")
    for found in TAG.finditer(text):
        tag, said = found[1], found[2]
        by_tone = inside and inside[-1][0] == "tone"
        if tag in {"case", "if", "unless", "for"}:
            inside.append((said, text.count("\n", 0, found.start()) + 1, set()))
        elif tag == "when" and by_tone:
            inside[-1][2].update(re.findall(r"'(\w+)'", said))
        elif tag == "else" and by_tone:
            yield Fault(_shown(path), inside[-1][1], "a choice by tone has no else: each tone is named")
        elif tag and tag.startswith("end") and inside:
            yield from _tones_missing(path, *inside.pop())


def _tones_missing(path: Path, of: str, number: int, named_here: set[str]) -> Iterator[Fault]:
    if of == "tone":
        for silent in sorted(set(Tone) - named_here):
            yield Fault(_shown(path), number, f"no words for the tone {silent.value!r}")
        for unknown in sorted(named_here - set(Tone)):
            yield Fault(_shown(path), number, f"there is no tone {unknown!r}")


# ── every situation ──


def _renderings(folder: Path) -> Iterator[Fault]:
    language = Language(folder, folder.name.replace("-", "_"))
    for channel, template in product(Channel, Template):
        yield from _when_rendered(language, channel, template)


def _when_rendered(language: Language, channel: Channel, template: Template) -> Iterator[Fault]:
    path, likeness = language.folder / channel / f"{template}.liquid", Likeness()
    beside = _english(language.folder)
    # English meets all situations, the others a part in which any three things that can be so are so together.
    met = merges(language, channel, like(template), 1 if language.code == FALLBACK else SPARSELY)
    for number, merge in _different(path, met):
        try:
            text = language.text(channel, template, merge)
            wrong = [*FORMS[channel](text), *_way_to_cancel(channel, template, merge, text)]
            if not wrong and language.code != FALLBACK:
                english = _in_english(beside, channel, template, number)
                wrong = [*likeness.differences(merge, english, text)]
            yield from (Fault(_shown(path), 1, what) for what in wrong)
        except LiquidError as broken:
            yield _located(path, broken)
        except BadText as broken:
            yield Fault(_shown(path), 1, str(broken))


@lru_cache(maxsize=20_000)
def _in_english(folder: Path, channel: Channel, template: Template, number: int) -> Text:
    """What English says in a situation that the other languages are tried in."""
    english = Language(folder, FALLBACK)
    return english.text(channel, template, merges(english, channel, like(template), 1)[number * SPARSELY])


def _different(path: Path, met: Sequence[Mapping[str, Any]]) -> Iterable[tuple[int, Mapping[str, Any]]]:
    """Of those in which all is the same that a text asks for, here or in English, one; with its number."""
    try:
        asked = sorted(_asked(path.parent.parent, path) | _asked(_english(path.parent.parent), path))
    except LiquidError:  # rendering it names the fault
        return enumerate(met)
    return {tuple(merge.get(field) for field in asked): (number, merge) for number, merge in enumerate(met)}.values()


def _asked(folder: Path, path: Path) -> set[str]:
    return set(environment(folder, path.parent.name).get_template(path.stem).analyze().globals)


def _as_mail(text: Text) -> Iterator[str]:
    """What a mail has too little or too much of."""
    if text.lines.keys() != MAIL_LINES:
        yield f"needs exactly the lines {', '.join(sorted(MAIL_LINES))}"
    elif width(text.lines["subject"]) > LONGEST_SUBJECT:
        yield f"subject longer than {LONGEST_SUBJECT}: {text.lines['subject']!r}"
    if len(text.paragraphs) < FEWEST_PARAGRAPHS:
        yield f"fewer than {FEWEST_PARAGRAPHS} paragraphs in some situation"


def _way_to_cancel(channel: Channel, template: Template, merge: Mapping[str, Any], text: Text) -> Iterator[str]:
    """What a text lacks that tells of a payment which can still be canceled."""
    said = " ".join((*text.lines.values(), *text.paragraphs))
    way = merge["page"] if channel == Channel.SMS else merge["how_to_cancel"]
    if TEMPLATES[template].tells_how_to_cancel and way and way not in said:
        yield "does not say in each situation how to cancel"


def _as_sms(text: Text) -> Iterator[str]:
    """What a text message has too little or too much of."""
    if text.lines.keys() != {"text"} or text.paragraphs:
        yield "needs the line text, and nothing else"
    elif (long := count(plain(text.lines["text"]))).parts > 1:
        yield f"takes {long.parts} parts in {long.alphabet}, {long.used} letters: {text.lines['text']!r}"


FORMS: Final[Mapping[Channel, Callable[[Text], Iterator[str]]]] = {Channel.EMAIL: _as_mail, Channel.SMS: _as_sms}


def _located(path: Path, broken: LiquidError) -> Fault:
    """Where in which file: liquid knows the source it was reading, also that of a shared piece, but not its name."""
    what = str(broken.args[0]) if broken.args else type(broken).__name__
    token = broken.token
    if token is None:
        return Fault(_shown(path), 1, what)
    pieces = (piece for piece in path.parent.glob("*.liquid") if piece.read_text("utf-8") == token.source)
    line = token.source.count("\n", 0, max(token.start_index, 0)) + 1
    return Fault(_shown(next(pieces, path)), line, what)


def _shown(path: Path) -> str:
    root = OURS.parents[2]
    return str(path.relative_to(root) if path.is_relative_to(root) else path)


def _drawn() -> Iterator[Fault]:
    """What is wrong with mails as they are drawn. Drawing them asks for Django, which looking at words does not."""
    import django  # noqa: PLC0415

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tideover.settings")
    django.setup()
    from tideover.messages.channels.email.drawn import wrong_anywhere  # noqa: PLC0415

    return (Fault(_shown(DESIGNS), 1, what) for what in wrong_anywhere())


def main(arguments: list[str]) -> int:
    """Print every fault as file:line: what; 0 where there is none."""
    texts = Path(arguments[0]).resolve() if arguments else OURS
    found = faults(texts)
    if texts == OURS and not found:
        found = sorted(set(_drawn()))
    for fault in found:
        sys.stdout.write(f"{fault}\n")
    if not found:
        told = f"{len(Template)} messages by {len(Channel)} channel(s) in {len(languages(texts))} language(s)"
        sys.stdout.write(f"{told} hold in every situation, and as they are drawn in every design\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
