"""A whole file made a project's own: settings, and rules and texts as their next versions; all of it or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tideover.core.editing.differences import Difference
from tideover.core.editing.differences import differences as between
from tideover.core.editing.whole_file import Chosen
from tideover.messages.own.moving import BadTexts, changed, read
from tideover.messages.own.rows import UnderTrial, Which
from tideover.messages.own.rows import Wish as TextWish
from tideover.messages.own.rows import revise as revise_text
from tideover.recovery.models import Ruleset
from tideover.recovery.rulesets import Wish, newest, revise, rules_of
from tideover.tenants.models import Project
from tideover.tenants.settings import Change, change, differences


@dataclass(frozen=True, slots=True)
class Changes:
    """What a file changes."""

    settings: Sequence[Change]
    rules: Sequence[Difference]
    texts: Sequence[Which] = ()

    def __bool__(self) -> bool:
        return bool(self.settings or self.rules or self.texts)


def would_change(project: Project, wanted: Chosen) -> Changes:
    """What the file would change. Raises BadValue, UnknownSetting or BadTexts."""
    rules = between(rules_of(newest(project)), wanted.rules) if wanted.rules else ()
    return Changes(differences(project, wanted.settings), rules, changed(project, read(wanted.texts)))


def take(project: Project, wanted: Chosen, by: str, now: datetime) -> Ruleset | None:
    """Make it so, and give the version that its rules became, if they are others. Raises BadValue or BadTexts."""
    texts = read(wanted.texts)
    with transaction.atomic():
        change(project, wanted.settings, by, now)
        for which, content in texts.items():
            try:
                revise_text(project, which, TextWish(content, by, note="from a file"), now)
            except UnderTrial as running:
                raise BadTexts(f"texts.{which.language}.{which.channel}.{which.template}: {running}") from None
        return revise(project, Wish(wanted.rules, by, exact=True), now) if wanted.rules else None
