"""The versions of a merchant's texts: which stands, the next one, what each changed. A case keeps its own."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from tideover.core.catalogue import Channel, Template
from tideover.messages.languages import spoken_in
from tideover.messages.models import TextTrial, TextVersion
from tideover.messages.own.content import Content, from_json, to_json, written
from tideover.messages.own.ours import ours
from tideover.messages.own.saying import Own
from tideover.tenants import audit
from tideover.tenants.models import Organization, Project

CHANGED: Final = "text changed"  # how the audit log calls it
Row = TypeVar("Row", TextVersion, TextTrial)
_WORDS: Final = re.compile(r"\s+|{{.*?}}|{%.*?%}|\w+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Which:
    """One text: of a kind, by a channel, in a language (the name of its folder)."""

    template: Template
    channel: Channel
    language: str

    def __str__(self) -> str:
        return f"{self.template} {self.channel} {self.language}"


class Overtaken(ValueError):  # noqa: N818 - what happened
    """Somebody else has saved another version since this text was opened."""

    def __init__(self, newest: TextVersion) -> None:
        by = f" by {newest.made_by}" if newest.made_by else ""
        super().__init__(f"Version {newest.number} was saved{by} meanwhile. Look at it first, then do it again.")
        self.newest = newest


class UnderTrial(ValueError):  # noqa: N818 - what it is
    """The text is in a trial of two versions, so no third one takes its place."""

    def __init__(self) -> None:
        super().__init__("This text is in a trial of two versions. End the trial first, then save the next version.")


@dataclass(frozen=True, slots=True)
class Wish:
    """A text to become the next version; None where ours is to be said again. base: the version it was made from."""

    content: Content | None
    by: str
    note: str = ""
    base: int | None = None


def standing(project: Project, which: Which, at: datetime | None = None) -> Own | None:
    """The merchant's text that stands, or stood at that instant; None where it is ours."""
    of = versions_in_use(project, which)
    row = (of.filter(at__lte=at) if at else of).first()
    return own_of(row) if row else None


def any_of(project: Project | OuterRef) -> Exists:
    """Within another question: whether a project has a text of its own, or ever had."""
    return Exists(TextVersion.objects.filter(project=project))


def own_of(row: TextVersion) -> Own | None:
    """The text of a version; None where it gave the place back to ours."""
    return Own(row.number, from_json(row.content)) if row.content is not None else None


def content_of(which: Which, row: TextVersion | None) -> Content:
    """What a version says; of none, or one that gave the place back, what ours does."""
    own = own_of(row) if row else None
    return own.content if own else ours(spoken_in(which.language), which.channel, which.template)


def newest(project: Project, which: Which) -> TextVersion | None:
    """The newest version in use; None where the merchant never wrote one."""
    return versions_in_use(project, which).first()


def version_of(project: Project, which: Which, number: int) -> TextVersion | None:
    """The version of this number; None where there is none."""
    return every_version(project, which).filter(number=number).first()


def versions(project: Project, which: Which) -> Sequence[TextVersion]:
    """All of them, the newest first."""
    return list(every_version(project, which))


@dataclass(frozen=True, slots=True)
class Shelf:
    """All texts that the merchant ever changed: of each the newest version in use, and the last number that was given.

    in_trial: those that are in a trial now.
    """

    standing: Mapping[Which, TextVersion]
    numbers: Mapping[Which, int]
    in_trial: Collection[Which]


def shelf_of(project: Project) -> Shelf:
    """Read at once. Of two texts in a trial one at least is the merchant's."""
    same = {name: OuterRef(name) for name in ("project", "template", "channel", "language")}
    in_trial = Exists(TextTrial.objects.filter(**same, ended_at=None))
    rows = list(of_project(project).annotate(in_trial=in_trial).order_by("number"))
    return Shelf(
        {which_of(row): row for row in rows if not row.for_trial},
        {which_of(row): row.number for row in rows},
        {which_of(row) for row in rows if vars(row)["in_trial"]},
    )


def all_standing(project: Project) -> dict[Which, TextVersion]:
    """The newest version in use of each text that the merchant ever changed."""
    return {which_of(row): row for row in of_project(project).filter(for_trial=False).order_by("number")}


def which_of(row: TextVersion | TextTrial) -> Which:
    """The text that a row is a version of, or a trial."""
    return Which(Template(row.template), Channel(row.channel), row.language)


def of_text(rows: QuerySet[Row], project: Project, which: Which) -> QuerySet[Row]:
    """Those rows that are of one text of the project."""
    mine = rows.filter(organization_id=project.organization_id, project=project)
    return mine.filter(template=which.template, channel=which.channel, language=which.language)


def of_project(project: Project) -> QuerySet[TextVersion]:
    """Every version of every text of the project."""
    return TextVersion.objects.filter(organization_id=project.organization_id, project=project)


def every_version(project: Project, which: Which) -> QuerySet[TextVersion]:
    """Of one text, the newest first."""
    return of_text(TextVersion.objects.all(), project, which).order_by("-number")


def versions_in_use(project: Project, which: Which) -> QuerySet[TextVersion]:
    """The same without those that were made for a trial alone."""
    return every_version(project, which).filter(for_trial=False)


def revise(project: Project, which: Which, wish: Wish, now: datetime) -> TextVersion | None:
    """Make the next version; None where nothing differs. Raises Overtaken, and UnderTrial while the text is in one."""
    with transaction.atomic():
        lock(project)
        latest = newest(project, which)
        if latest and wish.base not in {None, latest.number}:
            raise Overtaken(latest)
        if (to_json(wish.content) if wish.content else None) == (latest.content if latest else None):
            return None
        if of_text(TextTrial.objects.all(), project, which).filter(ended_at=None).exists():
            raise UnderTrial
        made = add(project, which, wish, now)
        audit.write(project.organization_id, _deed(project, which, latest, made), now)
        return made


def lock(project: Project) -> None:
    """Versions and trials are made one after the other, as settings are."""
    Organization.objects.select_for_update(no_key=True).get(pk=project.organization_id)


def next_number(project: Project, which: Which) -> int:
    """What the next version is called."""
    last = every_version(project, which).first()
    return (last.number if last else 0) + 1


def add(project: Project, which: Which, wish: Wish, now: datetime, *, for_trial: bool = False) -> TextVersion:
    """One more version, under the lock."""
    return TextVersion.objects.create(
        organization_id=project.organization_id,
        project=project,
        template=which.template,
        channel=which.channel,
        language=which.language,
        number=next_number(project, which),
        content=to_json(wish.content) if wish.content else None,
        for_trial=for_trial,
        note=wish.note,
        made_by=wish.by,
        at=now,
    )


def _deed(project: Project, which: Which, latest: TextVersion | None, made: TextVersion) -> audit.Deed:
    before = {"version": latest.number if latest else 0}
    after = {"version": made.number, "text": str(which), "ours": made.content is None, "note": made.note}
    return audit.Deed(made.made_by, CHANGED, project.slug, before, after)


# ── what differs ──


@dataclass(frozen=True, slots=True)
class Part:
    """Words that two texts share, or that one of them has: `same`, `gone` or `new`."""

    how: str
    words: str


def differences(before: Content, after: Content, channel: Channel) -> list[list[Part]]:
    """Line by line, what was taken out and what came in, in words; lines that are the same are left out."""
    old, new = (written(each, channel).splitlines() for each in (before, after))
    found = list[list[Part]]()
    for how, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if how == "replace" and b - a == d - c:
            found += [list(_in_words(*pair)) for pair in zip(old[a:b], new[c:d], strict=True)]
        elif how != "equal":
            found += [[Part("gone", line)] for line in old[a:b] if line]
            found += [[Part("new", line)] for line in new[c:d] if line]
    return found


def _in_words(before: str, after: str) -> Iterator[Part]:
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    for how, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if how == "equal":
            yield Part("same", "".join(old[a:b]))
            continue
        if b > a:
            yield Part("gone", "".join(old[a:b]))
        if d > c:
            yield Part("new", "".join(new[c:d]))
