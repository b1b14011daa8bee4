"""A text as it stands in the form: which one it is, its lines and blocks, and what each button does to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self
from urllib.parse import urlencode

from django.http import Http404, QueryDict

from tideover.core.catalogue import channel_label, template_label
from tideover.dashboard.words import language_label
from tideover.messages.models import TextVersion
from tideover.messages.own.checks import Finding, found, stopping
from tideover.messages.own.content import (
    KINDS,
    LINES,
    MOST_BLOCKS,
    WORDED,
    BadContent,
    Block,
    Content,
    Kind,
    begins,
    checked,
    understood,
    written,
)
from tideover.messages.own.moving import NoSuchText, spoken, which_named
from tideover.messages.own.rows import Which, content_of, version_of
from tideover.tenants.models import Project

LABELS: Final[Mapping[Kind, tuple[str, str, str]]] = {  # name, icon, what it shows
    Kind.TEXT: ("Text", "file-text", "Your words; an empty line begins another paragraph"),
    Kind.BUTTON: ("Button", "mouse-pointer-click", "Leads to the payment page"),
    Kind.AMOUNT: ("Amount box", "credit-card", "What is owed, in large, and for what"),
    Kind.FACTS: ("Facts", "list-checks", "All that is known of the payment, a line each"),
    Kind.INVOICES: ("Invoice list", "list-ordered", "The invoice, or each one with their total"),
    Kind.CARD: ("Card line", "credit-card", "The card, when it failed and why"),
    Kind.DIVIDER: ("Divider", "minus", "A line across"),
    Kind.IMAGE: ("Image", "image", "Your logo, from Settings, Brand"),
}
LINE_LABELS: Final = {"subject": "Subject", "preheader": "Preheader", "heading": "Heading"}
OTHER_PLACES: Final = frozenset({"", "blocks"})


def asked_for(query: QueryDict) -> Which:
    """The text that an address is about. Raises Http404 for none that there is."""
    try:
        return which_named(query.get("kind", "failed"), query.get("channel", "email"), query.get("language", "en"))
    except NoSuchText as none:
        raise Http404(str(none)) from None


def opened(project: Project, which: Which, asked: str, live: TextVersion | None) -> TextVersion | None:
    """The version of this number, or what is in use; None stands for ours. Raises Http404 where there is none."""
    if asked == "ours":
        return None
    if not asked:
        return live
    found = version_of(project, which, int(asked)) if is_number(asked) else None
    if found is None:
        raise Http404("There is no such version.")
    return found


def is_number(asked: str) -> bool:
    """Whether it may be the number of a version."""
    return asked.isascii() and asked.isdecimal() and len(asked) < 6


@dataclass(frozen=True, slots=True)
class Place:
    """Which text a page is about, in words and as its address says it."""

    which: Which

    @property
    def query(self) -> str:
        which = self.which
        return urlencode({"kind": which.template, "channel": which.channel, "language": which.language})

    @property
    def kind(self) -> str:
        return template_label(self.which.template)

    @property
    def channel(self) -> str:
        return channel_label(self.which.channel)

    @property
    def language(self) -> str:
        return language_label(self.which.language)


@dataclass(frozen=True, slots=True)
class Row:
    """A block in the form. number: from 1; wrong: what is said about it."""

    number: int
    block: Block
    wrong: Sequence[Finding]

    @property
    def label(self) -> str:
        return LABELS[self.block.kind][0]

    @property
    def icon(self) -> str:
        return LABELS[self.block.kind][1]

    @property
    def says(self) -> str:
        return LABELS[self.block.kind][2]

    @property
    def is_worded(self) -> bool:
        return self.block.kind in WORDED

    @property
    def height(self) -> int:
        return min(max(len(self.block.words) // 50 + self.block.words.count("\n") + 1, 2), 14)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the head in the form."""

    name: str
    label: str
    words: str
    wrong: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the form, whether it is a text or not. base: the version it was made from; 0: ours.

    source: the whole text as one, where it is edited so; is_read: whether that could be understood. drafted: by which
    draft of a language model it was begun; empty: by none.
    """

    which: Which
    content: Content
    base: int = 0
    note: str = ""
    findings: tuple[Finding, ...] = ()
    source: str | None = None
    is_read: bool = True
    drafted: str = ""

    @classmethod
    def of_version(cls, which: Which, row: TextVersion | None, live: TextVersion | None) -> Self:
        """A version, or ours, to be looked at and edited."""
        return cls(which, content_of(which, row), live.number if live else 0)

    @classmethod
    def sent(cls, which: Which, data: QueryDict) -> Self:
        """As it was typed, in blocks or as its source; a kind that is none is left out."""
        base = data.get("base", "")
        number = int(base) if base.isascii() and base.isdecimal() and len(base) < 7 else 0
        blank = cls(which, Content(()), number, data.get("note", ""), drafted=data.get("drafted", "")[:40])
        if "source" in data:
            return blank.of_source(data.get("source", "").replace("\r\n", "\n"))
        lines = {name: data.get(name, "") for name in LINES[which.channel]}
        pairs = zip(data.getlist("block"), data.getlist("words"), strict=False)
        blocks = tuple(Block(Kind(kind), words) for kind, words in pairs if kind in KINDS[which.channel])
        return replace(blank, content=Content(blocks[: MOST_BLOCKS + 1], **lines))

    def of_source(self, text: str) -> Self:
        """The same with what a source says."""
        try:
            return replace(self, content=understood(text, self.which.channel), source=text)
        except BadContent as wrong:
            return replace(self, source=text, is_read=False, findings=(Finding(wrong.where, wrong.why),))

    def after(self, do: str) -> Draft:
        """With what a button does: source, blocks, add-KIND, up-2, down-2 or remove-2."""
        if do == "source":
            return replace(self, source=written(self.content, self.which.channel).replace("\r\n", "\n"))
        if do == "blocks":
            return replace(self, source=None) if self.is_read else self
        verb, _, about = do.partition("-")
        blocks = list(self.content.blocks)
        if verb == "add" and about in KINDS[self.which.channel]:
            blocks.append(Block(Kind(about)))
        at = int(about) - 1 if about.isascii() and about.isdecimal() and len(about) < 3 else -1
        to = {"up": at - 1, "down": at + 1}.get(verb, at)
        if 0 <= at < len(blocks) and 0 <= to < len(blocks) and verb in {"up", "down", "remove"}:
            moved = blocks.pop(at)
            if verb != "remove":
                blocks.insert(to, moved)
        return replace(self, content=replace(self.content, blocks=tuple(blocks)))

    def looked_at(self) -> Draft:
        """With all that there is to say about it."""
        which = self.which
        if not self.is_read:
            return self
        try:
            content = checked(self.content, which.channel)
        except BadContent as wrong:
            return replace(self, findings=(Finding(wrong.where, wrong.why),))
        findings = found(content, spoken(which), which.channel, which.template)
        return replace(self, content=content, findings=tuple(findings))

    @property
    def problems(self) -> Sequence[Mapping[str, str]]:
        """What stops it, as a page lists problems: with the field each is about."""
        return [
            {"target": self._target(each.where), "label": self._label(each.where), "text": each.says}
            for each in stopping(self.findings)
        ]

    @property
    def by_line(self) -> Sequence[Finding]:
        """All findings, each with the line of the source that it is about."""
        return [replace(each, says=f"{self._label(each.where)}: {each.says}") for each in self.findings]

    @property
    def wrong_lines(self) -> Sequence[int]:
        """The lines of the source at which something begins that stops it."""
        return sorted({line for each in stopping(self.findings) if (line := self._line(each.where))})

    @property
    def source_height(self) -> int:
        """Rows enough for all of it on a desktop."""
        lines = (self.source or "").splitlines()
        return min(max(sum(len(line) // 80 + 1 for line in lines) + 2, 12), 40)

    def _target(self, where: str) -> str:
        if self.source is not None:
            return "id_source"
        return "" if where in OTHER_PLACES else f"id_{where.replace(' ', '_')}"

    def _line(self, where: str) -> int | None:
        """The line of the source that a finding is about; None where there is no source, or none that it is about."""
        kind, _, number = where.partition(" ")
        return int(number) if kind == "line" else begins(self.source or "").get(where)

    def _label(self, where: str) -> str:
        line = self._line(where)
        return f"Line {line}" if line else LINE_LABELS.get(where, where.capitalize())

    @property
    def hints(self) -> int:
        return len(self.findings) - len(stopping(self.findings))

    @property
    def lines(self) -> Sequence[Line]:
        return [
            Line(name, LINE_LABELS[name], self.content.line(name), self._about(name))
            for name in LINES[self.which.channel]
        ]

    @property
    def rows(self) -> Sequence[Row]:
        blocks = enumerate(self.content.blocks, start=1)
        return [Row(number, block, self._about(f"block {number}")) for number, block in blocks]

    @property
    def kinds(self) -> Sequence[tuple[str, str, str]]:
        """Those that can be added: as the button says it."""
        there = KINDS[self.which.channel]
        return [(kind.value, *LABELS[kind][:2]) for kind in there] if len(there) > 1 else []

    @property
    def form_id(self) -> str:
        """By which the list of problems calls itself."""
        return "text"

    def _about(self, where: str) -> Sequence[Finding]:
        return [each for each in self.findings if each.where == where]
