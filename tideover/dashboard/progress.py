"""How far a case has come along its steps, and what comes next: for many cases with one query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from tideover.core.case import Attention, attention
from tideover.core.steps import KINDS, Do, Reaches
from tideover.dashboard.stripe_pages import customer_page
from tideover.dashboard.words import GIVEN_UP, MARKS, UNKNOWN_MARK, Word, step_label
from tideover.recovery.models import Action, Case


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `steps` charges and messages are behind; `next` is the one that comes."""

    done: int
    steps: int
    next: Action | None
    given_up: bool

    @property
    def marks(self) -> Sequence[str]:
        """One mark per step: "on" for done, "now" for the next, "" for those after it."""
        ahead = self.steps - self.done
        return ["on"] * self.done + ["now"] * min(1, ahead) + [""] * max(0, ahead - 1)

    @property
    def next_label(self) -> str:
        """The name of the step that comes."""
        return step_label(self.next) if self.next else ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What would help, as a button. `act` "retry" leads to the question whether to, "link" sends the
    next message at once, "open" leads to the case, "stripe" to `url` there.
    """

    label: str
    act: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A case in a list, with its way so far and what a person should know about it."""

    case: Case
    progress: Progress
    mark: Word | None
    suggestion: Suggestion | None


def rows(cases: Sequence[Case]) -> Sequence[Row]:
    """The cases with their progress."""
    ways = progress_of(case.pk for case in cases)
    return [_row(case, ways.get(case.pk, Progress(0, 0, None, given_up=False))) for case in cases]


def row_of(case: Case, actions: Sequence[Action]) -> Row:
    """One of which every step was read already, by the time it is due."""
    return _row(case, _progress(actions))


def _row(case: Case, progress: Progress) -> Row:
    mark = _mark(case, progress) if case.state == Case.State.FAILING else None
    return Row(case, progress, mark, suggestion_for(case) if mark else None)


def _mark(case: Case, progress: Progress) -> Word | None:
    if case.attention:
        return MARKS[mark] if (mark := attention(case.attention)) else UNKNOWN_MARK
    return GIVEN_UP if progress.given_up else None


_REVIEW: Final = Suggestion("Review case", "open")
SUGGESTIONS: Final[Mapping[Attention, Suggestion]] = {
    Attention.NONE: _REVIEW,  # a step failed for good
    Attention.AUTHENTICATION: Suggestion("Send the 3-D Secure link", "link"),
    Attention.NO_ADDRESS: Suggestion("Fix the address", "stripe"),
    Attention.BOUNCED: Suggestion("Fix the address", "stripe"),
    Attention.UNKNOWN: _REVIEW,
    Attention.NEW_CARD: Suggestion("Retry now", "retry"),
    Attention.CAME_BACK: _REVIEW,
    Attention.REPLIED: Suggestion("Answer, then resume", "open"),
    Attention.REFUSED: _REVIEW,
}


def suggestion_for(case: Case) -> Suggestion:
    """The step that would help an open case which waits for a person."""
    helps = SUGGESTIONS[attention(case.attention) or Attention.NONE]
    if helps.act == "stripe":  # only there can an address be changed; an account of the simulator has no such page
        page = customer_page(case)
        return replace(helps, url=page) if page else _REVIEW
    return _REVIEW if helps.act == "retry" and not case.connection.may_write else helps


def progress_of(ids: Iterable[UUID]) -> Mapping[UUID, Progress]:
    """The progress of each case that has any step."""
    by_case: dict[UUID, list[Action]] = {}
    actions = Action.objects.filter(case_id__in=list(ids)).exclude(state=Action.State.DROPPED)
    for action in actions.defer("request", "instead").order_by("due_at", "pk"):
        by_case.setdefault(action.case_id, []).append(action)
    return {case_id: _progress(steps) for case_id, steps in by_case.items()}


def _progress(actions: Sequence[Action]) -> Progress:
    steps = [action for action in actions if KINDS[Do(action.do)].reaches != Reaches.NOBODY]
    done = sum(action.state == Action.State.DONE for action in steps)
    planned = [action for action in actions if action.state == Action.State.PLANNED]
    given_up = any(action.state == Action.State.DEAD for action in actions)
    return Progress(done, len(steps), planned[0] if planned else None, given_up)
