"""Which texts a project's messages want: of those that are planned for the next day, and of those that left lately.

A text that was wanted lately is wanted again: a message that is due at once, as the first of a failure is, is never
seen ahead of itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Min, Q

from tideover.core.catalogue import Channel, Template, Tone
from tideover.core.steps import MESSAGES, TO_OTHERS, read
from tideover.messages.drafts.brief import Wanted, wanted_for
from tideover.messages.drafts.rows import Draft
from tideover.messages.drafts.speaking import SPEAKS, Drafts, Sources, may_speak, spoken_for
from tideover.messages.own.choosing import Beginning, chosen
from tideover.messages.own.rows import Which, shelf_of
from tideover.recovery.known import Known
from tideover.recovery.models import Action, Ruleset
from tideover.recovery.places import language_for, language_of
from tideover.recovery.rulesets import rules_of
from tideover.tenants.models import Project

WORDS_OF: Final[Mapping[str, str]] = {
    Draft.State.PROPOSED: "a draft",
    Draft.State.USED: "a draft",
    Draft.State.REFUSED: "ours, as the draft was refused",
    Draft.State.DISCARDED: "ours, as the draft was turned down",
}
A_DAY: Final = timedelta(days=1)


@dataclass(slots=True)
class Coming:
    """How often a text is wanted. next_at: by the first message that is planned; None where none is within a day."""

    wanted: Wanted
    planned: int = 0
    next_at: datetime | None = None


def coming(project: Project, now: datetime) -> list[Coming]:
    """What is wanted first comes first; then what was wanted lately."""
    found = dict[Wanted, Coming]()
    psychology = {row.pk: rules_of(row).psychology for row in Ruleset.objects.filter(project=project)}
    for row in _alike(project, now):
        wanted = _wanted(project, row, psychology=psychology[row["case__ruleset"]])
        each = found.setdefault(wanted, Coming(wanted))
        each.planned += row["planned"]
        each.next_at = min(filter(None, (each.next_at, row["next_at"])), default=None)
    wanted_ones = [each for each in found.values() if may_speak(each.wanted.which.template)]
    return sorted(wanted_ones, key=lambda each: (each.next_at is None, each.next_at or now, str(each.wanted)))


@dataclass(frozen=True, slots=True)
class Standing:
    """What the messages that want a text say. draft: the one that was made of it, whatever was thought of it."""

    coming: Coming
    draft: Draft | None
    is_taken: bool  # by a text of the merchant's, or a trial

    @property
    def is_drafted(self) -> bool:
        """Whether they say the draft."""
        return not self.is_taken and self.draft is not None and self.draft.state in SPEAKS

    @property
    def says(self) -> str:
        if self.is_taken:
            return "your text, or a trial of it"
        if self.draft is None:
            return "ours, until it is drafted"
        return f"{WORDS_OF[self.draft.state]} ({self.draft.public_id})"


def standings(project: Project, now: datetime) -> list[Standing]:
    """Each text that is wanted, with what stands in its place. Drafts are there only where they speak unread."""
    newest, taken = Drafts(project).newest, taken_by_people(project)
    return [Standing(each, newest.get(each.wanted), each.wanted.which in taken) for each in coming(project, now)]


def taken_by_people(project: Project) -> Collection[Which]:
    """The texts that no draft takes the place of: the merchant's own, and those in a trial."""
    shelf = shelf_of(project)
    return {which for which, row in shelf.standing.items() if row.content is not None} | set(shelf.in_trial)


def draft_for(known: Known, action: Action) -> UUID | None:
    """The draft that a planned message of a case would be written in now; None where it is another text."""
    case, reader = known.case, known.readers.to(action)
    language = language_for(reader.language, case.project) if reader and reader.language else language_of(case)
    which = Which(Template(action.template), Channel(action.channel), language.code)
    psychology = rules_of(case.ruleset).psychology
    wanted = wanted_for(which, Tone(action.tone), action.step, case.family, psychology=psychology)
    own = Sources(chosen, spoken_for).chosen(case.project, wanted, Beginning(case.opened_at, case.whom)).own
    return own.draft if own else None


def _alike(project: Project, now: datetime) -> Iterable[Mapping[str, Any]]:
    """Messages to customers, by all that their text is wanted for: however many there are, these are few."""
    planned, left = Q(state=Action.State.PLANNED, due_at__lte=now + A_DAY), Q(settled_at__gte=now - A_DAY)
    mine = Action.objects.filter(organization_id=project.organization_id, case__project=project, clock=None)
    rows = mine.filter(planned | left, do__in=MESSAGES).values(
        "step", "template", "tone", "channel", "case__locale", "case__family", "case__ruleset"
    )
    alike = rows.annotate(planned=Count("pk", filter=planned), next_at=Min("due_at", filter=planned)).order_by()
    return (row for row in alike if not isinstance(read(row["step"]), TO_OTHERS))


def _wanted(project: Project, row: Mapping[str, Any], *, psychology: bool) -> Wanted:
    language = language_for(row["case__locale"], project).code
    which = Which(Template(row["template"]), Channel(row["channel"]), language)
    return wanted_for(which, Tone(row["tone"]), row["step"], row["case__family"], psychology=psychology)
