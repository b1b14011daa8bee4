"""The versions of a merchant's texts: which stands, the next one, what each changed. A case keeps its own."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from tideover.core.catalogue import Channel, Template
from tideover.messages.models import TextVersion
from tideover.messages.own.content import Content, from_json, to_json, written
from tideover.messages.own.saying import Own
from tideover.tenants import audit
from tideover.tenants.models import Organization, Project

CHANGED: Final = "text changed"  # how the audit log calls it
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
        super().__init__(f"Version {newest.number} was saved{by} meanwhile. Look at it, and save your changes again.")
        self.newest = newest


@dataclass(frozen=True, slots=True)
class Wish:
    """A text to become the next version; None where ours is to be said again. base: the version it was made from."""

    content: Content | None
    by: str
    note: str = ""
    base: int | None = None


def standing(project: Project, which: Which, at: datetime | None = None) -> Own | None:
    """The merchant's text that stands, or stood at that instant; None where it is ours."""
    of = _versions(project, which)
    row = (of.filter(at__lte=at) if at else of).first()
    return own_of(row) if row else None


def never(_project: Project, _which: Which, _at: datetime) -> None:
    """The same where the merchant has no texts, as `any_of` told."""


class Texts:
    """All texts of one project, for who tells of many messages: read at once, as the first is asked for."""

    def __init__(self, project: Project, *, there_are: bool = True) -> None:
        self._project, self._there_are = project, there_are

    def standing(self, project: Project, which: Which, at: datetime) -> Own | None:
        """As the function of this name does. `project` is the one that these are of."""
        assert project.pk == self._project.pk, "texts of another project"
        row = next((row for row in self._newest_first.get(which, ()) if row.at <= at), None)
        return own_of(row) if row else None

    @cached_property
    def _newest_first(self) -> Mapping[Which, Sequence[TextVersion]]:
        found = defaultdict[Which, list[TextVersion]](list)
        for row in _of_project(self._project).order_by("-number") if self._there_are else ():
            found[which_of(row)].append(row)
        return found


def any_of(project: Project | OuterRef) -> Exists:
    """Within another question: whether a project has a text of its own, or ever had."""
    return Exists(TextVersion.objects.filter(project=project))


def own_of(row: TextVersion) -> Own | None:
    """The text of a version; None where it gave the place back to ours."""
    return Own(row.number, from_json(row.content)) if row.content is not None else None


def newest(project: Project, which: Which) -> TextVersion | None:
    """The newest version; None where the merchant never wrote one."""
    return _versions(project, which).first()


def version_of(project: Project, which: Which, number: int) -> TextVersion | None:
    """The version of this number; None where there is none."""
    return _versions(project, which).filter(number=number).first()


def versions(project: Project, which: Which) -> Sequence[TextVersion]:
    """All of them, the newest first."""
    return list(_versions(project, which))


def all_standing(project: Project) -> dict[Which, TextVersion]:
    """The newest version of each text that the merchant ever changed."""
    return {which_of(row): row for row in _of_project(project).order_by("number")}


def which_of(row: TextVersion) -> Which:
    """The text that a row is a version of."""
    return Which(Template(row.template), Channel(row.channel), row.language)


def _of_project(project: Project) -> QuerySet[TextVersion]:
    return TextVersion.objects.filter(organization_id=project.organization_id, project=project)


def _versions(project: Project, which: Which) -> QuerySet[TextVersion]:
    mine = _of_project(project)
    return mine.filter(template=which.template, channel=which.channel, language=which.language).order_by("-number")


def revise(project: Project, which: Which, wish: Wish, now: datetime) -> TextVersion | None:
    """Make the next version; None where nothing differs. Raises Overtaken."""
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=project.organization_id)  # as the settings lock
        latest = newest(project, which)
        if latest and wish.base not in {None, latest.number}:
            raise Overtaken(latest)
        content = to_json(wish.content) if wish.content else None
        if content == (latest.content if latest else None):
            return None
        made = TextVersion.objects.create(
            organization_id=project.organization_id,
            project=project,
            template=which.template,
            channel=which.channel,
            language=which.language,
            number=(latest.number if latest else 0) + 1,
            content=content,
            note=wish.note,
            made_by=wish.by,
            at=now,
        )
        audit.write(project.organization_id, _deed(project, which, latest, made), now)
        return made


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
