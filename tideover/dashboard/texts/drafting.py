"""A text drafted by the project's language model, put into the form: nothing is saved, and a person looks first."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from django.http import QueryDict

from tideover import clock
from tideover.core.catalogue import Tone
from tideover.dashboard.frame.flash import Flash
from tideover.dashboard.texts.drafts import Draft
from tideover.gateways.answers import NotHere, NotNow
from tideover.messages.drafts.asking import NotSet, draft_named, note_of, propose, settle
from tideover.messages.drafts.brief import Wanted
from tideover.messages.drafts.rows import Draft as Answer
from tideover.tenants.access import MemberRequest
from tideover.tenants.models import Project
from tideover.tenants.secrets import Unreadable

NONE: Final = "No language model is set, so nothing was drafted. An owner or an admin sets one under Texts, Drafts."
GOES_ON: Final = "The text that stands goes on to be sent."


def drafted(request: MemberRequest, form: Draft) -> tuple[Draft, Flash]:
    """The form with what the model says, in the tone that the preview is in; or as it was, and why."""
    answer, said = proposed(request, _wanted(form, request.POST))
    if answer is None:
        return form, said
    return replace(
        form, content=answer.text, note=note_of(answer), drafted=answer.public_id, source=None, is_read=True
    ), said


def proposed(request: MemberRequest, wanted: Wanted) -> tuple[Answer | None, Flash]:
    """What the model says, if it may be said, and how that is told."""
    try:
        answer = propose(request.project, wanted, request.member.user.email, clock.now())
    except NotSet:
        return None, Flash(NONE, bad=True)
    except (NotNow, NotHere, Unreadable) as silent:
        return None, Flash(f"Nothing was drafted: {str(silent).rstrip('.')}. {GOES_ON}", bad=True)
    if answer.state == Answer.State.REFUSED:
        return None, Flash(_refused(answer), bad=True)
    cost = f"{answer.tokens_in} tokens told, {answer.tokens_out} answered"
    return answer, Flash(f"Drafted by {answer.model}, and not saved: read it first. {cost}.")


def _wanted(form: Draft, said: QueryDict) -> Wanted:
    tone = said.get("tone", "")
    return Wanted(form.which, Tone(tone) if tone in set(Tone) else Tone.FRIENDLY, said.get("psychology", "") == "on")


def _refused(answer: Answer) -> str:
    why = " ".join(dict.fromkeys(each["says"] for each in answer.objections[:3]))
    return f"{answer.model} was asked {answer.times} times, and each answer was refused: {why} {GOES_ON}"


def became_a_version(project: Project, form: Draft) -> None:
    """A draft that was saved was used, whatever was changed in it."""
    if answer := draft_named(project, form.drafted):
        settle(answer, Answer.State.USED)
