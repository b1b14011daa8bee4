"""Drafts that speak unread, where a merchant chose that: which one a message is written in, and whether it still may.

A model is never asked here. A merchant's own text comes first, and so does a trial; where no draft stands, ours does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from uuid import UUID

from django.db.models import Exists, F, OuterRef, QuerySet

from tideover.core.catalogue import TEMPLATES, Template, Tone
from tideover.core.declines import Heals
from tideover.messages.drafts.brief import Wanted
from tideover.messages.drafts.rows import Draft, DraftAccount
from tideover.messages.own.choosing import Beginning, never
from tideover.messages.own.rows import Which
from tideover.messages.own.saying import OURS, Chosen, Own
from tideover.tenants.models import Project

SPEAKS: Final = frozenset({Draft.State.PROPOSED, Draft.State.USED})
TextOf = Callable[[Project, Which, Beginning], Chosen]
DraftOf = Callable[[Project, Wanted, Beginning], Own | None]


def may_speak(template: Template) -> bool:
    """Whether drafts of this kind go out unread: not ahead of a payment, where the law may ask for what is said."""
    return not TEMPLATES[template].ahead


def any_speaks(project: Project | OuterRef) -> Exists:
    """Within another question: whether a project's drafts speak unread."""
    return Exists(DraftAccount.objects.filter(project=project, at_send_since__isnull=False))


def newest_first(project: Project) -> QuerySet[Draft]:
    """The drafts of the model that is set, where drafts speak: of a text the first decides."""
    mine = Draft.objects.filter(
        organization_id=project.organization_id,
        project=project,
        project__draft_account__at_send_since__isnull=False,
        model=F("project__draft_account__model"),
    )
    since = F("project__draft_account__at_send_since")
    return mine.exclude(state=Draft.State.ASKED).annotate(since=since).order_by("-made_at", "-id")


def wanted_of(draft: Draft) -> Wanted:
    """What it was asked for."""
    heals = Heals(draft.heals) if draft.heals else None
    return Wanted(draft.which, Tone(draft.tone), draft.psychology, draft.step, heals)


def spoken_for(project: Project, wanted: Wanted, began: Beginning) -> Own | None:
    """The draft for a message of a case; None where it is ours to speak. A case that began before is left its texts."""
    if not may_speak(wanted.which.template):
        return None
    of_text = newest_first(project).filter(
        template=wanted.which.template,
        channel=wanted.which.channel,
        language=wanted.which.language,
        tone=wanted.tone,
        psychology=wanted.psychology,
        step=wanted.step,
        heals=wanted.heals or "",
    )
    return _own(of_text.first(), began)


def nobody(_project: Project, _wanted: Wanted, _began: Beginning) -> Own | None:
    """The same where no draft speaks, as `any_speaks` told."""
    return None


class Drafts:
    """All drafts of one project that speak, for who tells of many messages: read at once, as the first is asked for."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def spoken_for(self, project: Project, wanted: Wanted, began: Beginning) -> Own | None:
        """As the function of this name does. `project` is the one that these are of."""
        assert project.pk == self._project.pk, "drafts of another project"
        return _own(self.newest.get(wanted), began) if may_speak(wanted.which.template) else None

    @cached_property
    def newest(self) -> dict[Wanted, Draft]:
        """Of each text the one that decides, whatever was thought of it."""
        return {wanted_of(draft): draft for draft in newest_first(self._project).reverse()}


def _own(draft: Draft | None, began: Beginning) -> Own | None:
    if draft is None or draft.state not in SPEAKS or vars(draft)["since"] > began.at:
        return None
    return Own(OURS, draft.text, draft.pk)


def still_speaks(draft: UUID) -> bool:
    """Whether a message that was written in it may leave: nobody has turned it down meanwhile, or all of them."""
    account = Exists(DraftAccount.objects.filter(project=OuterRef("project"), at_send_since__isnull=False))
    return Draft.objects.filter(account, pk=draft, state__in=SPEAKS).exists()


@dataclass(frozen=True, slots=True)
class Sources:
    """What a message may be written from, in this order: the merchant's text or a trial, a draft, ours."""

    text_of: TextOf = never
    draft_of: DraftOf = nobody

    def chosen(self, project: Project, wanted: Wanted, began: Beginning) -> Chosen:
        """The text for a message of a case."""
        text = self.text_of(project, wanted.which, began)
        return text if text.own or text.trial else Chosen(self.draft_of(project, wanted, began))
