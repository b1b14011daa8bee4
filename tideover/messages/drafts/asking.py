"""A draft asked for: the same question is answered once; what may not be said is told back, twice at most."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import transaction
from django.db.models import QuerySet, Sum

from tideover.flow.circuit_breaker import is_open, record_failure_of, record_success_of
from tideover.flow.throttle import Throttle
from tideover.gateways.answers import NotNow
from tideover.gateways.drafting.drafter import Answered, Endpoint, Told
from tideover.gateways.drafting.drafter import ask as ask_a_model
from tideover.gateways.words import storable
from tideover.ids import private
from tideover.messages.drafts.account import account_of, endpoint_of
from tideover.messages.drafts.brief import Wanted, question, told
from tideover.messages.drafts.forbidden import Rule
from tideover.messages.drafts.inventions import Objection, invented
from tideover.messages.drafts.rows import Draft, DraftAccount
from tideover.messages.own.checks import found
from tideover.messages.own.content import BadContent, Block, Content, Kind, checked, to_json
from tideover.messages.own.moving import spoken
from tideover.messages.own.rows import Which, Wish, revise
from tideover.tenants import audit
from tideover.tenants.models import Project

log = structlog.get_logger("messages")
Ask = Callable[[Endpoint, Told], Answered]
TRIES: Final = 3  # the first, and two more that are told what was wrong
AN_HOUR: Final = Throttle("drafts", limit=60, seconds=3600)
OFTEN: Final = "Sixty texts were asked for within an hour. Wait a while."
RESTS: Final = "The model did not answer several times in a row, so it is left alone for some minutes."
OFF: Final = "No model is set, so nothing is drafted: the texts are yours and ours."
BEING_ASKED: Final = "The same text is being drafted at this moment. Look again in a minute."
A_DAY: Final = timedelta(days=1)
GIVEN_UP: Final = timedelta(minutes=10)  # after so long nobody waits for an answer any more: who asked has died
CHECKS: Final = "text"  # the rule of what every text of a merchant is held to


class NotSet(ValueError):  # noqa: N818 - what it is
    """The project has no model."""

    def __init__(self) -> None:
        super().__init__(OFF)


class Refused(ValueError):  # noqa: N818 - what it is
    """The draft may not be said to anybody."""


class BeingAsked(NotNow):
    """Somebody asks the same at this moment."""


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer as a text, as far as it is one, and all that speaks against it."""

    content: Content
    objections: Sequence[Objection]


@dataclass(frozen=True, slots=True)
class Model:
    """A project's model at this moment, behind what keeps it from being asked too often."""

    account: DraftAccount
    endpoint: Endpoint
    ask: Ask
    now: datetime

    def answer(self, words: Told) -> Answered:
        """Raises NotNow, and what `gateways.drafting.drafter.ask` raises."""
        mine = DraftAccount.objects.filter(pk=self.account.pk)
        if is_open(mine.values_list("open_until", flat=True).first(), self.now):
            raise NotNow(RESTS)
        if not AN_HOUR.allows(str(self.account.project_id), self.now):
            raise NotNow(OFTEN)
        try:
            answered = self.ask(self.endpoint, words)
        except NotNow as silent:
            record_failure_of(mine, self.now)
            log.warning("draft.not_answered", reason=str(silent))
            raise
        record_success_of(mine)
        return answered


def propose(project: Project, wanted: Wanted, by: str, now: datetime, ask: Ask = ask_a_model) -> Draft:
    """The draft of this text: the one that is kept, or a new one. Call outside transactions.

    Raises NotSet, Unreadable, BeingAsked, and what `gateways.drafting.drafter.ask` raises; then the text that stands
    goes on to be sent.
    """
    account = account_of(project)
    if account is None:
        raise NotSet
    endpoint = endpoint_of(account)
    asked = question(endpoint, told(wanted, account.words))
    kept = Draft.objects.filter(organization_id=project.organization_id, project=project, asked=asked)
    if not kept.exclude(state=Draft.State.ASKED).exists():
        begun = _begun(wanted, account, asked, by, now)
        try:
            _answered(begun, Model(account, endpoint, ask, now), wanted)
        except BaseException:  # whatever it is: nothing was answered, so the same may be asked again
            kept.filter(pk=begun.pk, state=Draft.State.ASKED).delete()
            raise
        _log(begun)
    return kept.get()


def _begun(wanted: Wanted, account: DraftAccount, asked: str, by: str, now: datetime) -> Draft:
    """The row, before anybody is asked: of two who ask the same at once one has it. Raises BeingAsked."""
    mine = {"organization_id": account.organization_id, "project_id": account.project_id, "asked": asked}
    Draft.objects.filter(**mine, state=Draft.State.ASKED, made_at__lt=now - GIVEN_UP).delete()
    row = Draft(
        **mine,
        template=wanted.which.template,
        channel=wanted.which.channel,
        language=wanted.which.language,
        tone=wanted.tone,
        psychology=wanted.psychology,
        step=wanted.step,
        heals=wanted.heals or "",
        model=account.model,
        state=Draft.State.ASKED,
        times=0,
        tokens_in=0,
        tokens_out=0,
        made_by=by,
        made_at=now,
    )
    Draft.objects.bulk_create([row], ignore_conflicts=True)
    if not Draft.objects.filter(pk=row.pk).exists():
        raise BeingAsked(BEING_ASKED)
    return row


def _answered(draft: Draft, model: Model, wanted: Wanted) -> None:
    """What is answered, until nothing speaks against it."""
    answers, judged = list[Answered](), Judged(Content(()), ())
    while len(answers) < TRIES and (not answers or judged.objections):
        answers.append(model.answer(told(wanted, model.account.words, judged.objections)))
        judged = judge(answers[-1], wanted.which)
    draft.content = to_json(judged.content)
    draft.state = Draft.State.REFUSED if judged.objections else Draft.State.PROPOSED
    draft.objections = [{"where": each.where, "rule": each.rule, "says": each.says} for each in judged.objections]
    draft.times = len(answers)
    draft.tokens_in = sum(each.tokens_in for each in answers)
    draft.tokens_out = sum(each.tokens_out for each in answers)
    draft.save()


def _log(draft: Draft) -> None:
    log.info(
        "draft.made",
        state=str(draft.state),
        text=str(draft.which),
        at_send=not draft.made_by,
        times=draft.times,
        tokens_in=draft.tokens_in,
        tokens_out=draft.tokens_out,
        rules=sorted({each["rule"] for each in draft.objections}),
    )


def judge(answered: Answered, which: Which) -> Judged:
    """Whether an answer may be said to anybody."""
    kinds = set(Kind)
    blocks = tuple(Block(Kind(kind), storable(words)) for kind, words in answered.blocks if kind in kinds)
    content = Content(blocks, *map(storable, (answered.subject, answered.preheader, answered.heading)))
    unknown = [
        Objection("blocks", Rule.BLOCKS, f"There is no block “{kind[:20]}”.")
        for kind, _ in answered.blocks
        if kind not in kinds
    ]
    try:
        content = checked(content, which.channel)
    except BadContent as wrong:
        return Judged(content, [*unknown, Objection(wrong.where, CHECKS, wrong.why)])
    language = spoken(which)
    made_up = invented(content, language, which.channel, which.template)
    others = found(content, language, which.channel, which.template)
    return Judged(content, [*unknown, *made_up, *(Objection(each.where, CHECKS, each.says) for each in others)])


# ── what becomes of it ──


def drafts(project: Project) -> QuerySet[Draft]:
    """All of them, the newest first."""
    return _of_project(project).order_by("-made_at", "-id")


def draft_named(project: Project, name: str) -> Draft | None:
    """The one that people call so: draft_…"""
    pk = private("draft", name)
    return _of_project(project).filter(pk=pk).first() if pk else None


def _of_project(project: Project) -> QuerySet[Draft]:
    mine = Draft.objects.filter(organization_id=project.organization_id, project=project)
    return mine.exclude(state=Draft.State.ASKED)


def spent(project: Project, now: datetime) -> int:
    """Tokens that were told and answered within 24 hours."""
    lately = _of_project(project).filter(made_at__gt=now - A_DAY)
    return sum(lately.aggregate(told=Sum("tokens_in", default=0), answered=Sum("tokens_out", default=0)).values())


def note_of(draft: Draft) -> str:
    """What a version says of where it comes from."""
    return f"drafted by {draft.model}"


def use(draft: Draft, by: str, now: datetime) -> int | None:
    """Make it the next version of its text; the number, or None where that says the same already.

    Raises Refused, and UnderTrial as `revise` does.
    """
    if draft.state == Draft.State.REFUSED:
        raise Refused
    with transaction.atomic():
        made = revise(draft.project, draft.which, Wish(draft.text, by, note_of(draft)), now)
        settle(draft, Draft.State.USED)
    return made.number if made else None


def turn_down(draft: Draft, by: str, now: datetime) -> None:
    """Never use it: where it spoke, ours does from this moment on."""
    with transaction.atomic():
        settle(draft, Draft.State.DISCARDED)
        after = {"draft": draft.public_id, "text": str(draft.which)}
        audit.write(draft.organization_id, audit.Deed(by, "draft turned down", draft.project.slug, {}, after), now)


def settle(draft: Draft, state: str) -> None:
    """Remember what became of it. One that was refused stays so."""
    mine = _of_project(draft.project).filter(pk=draft.pk)
    mine.exclude(state=Draft.State.REFUSED).update(state=state)
