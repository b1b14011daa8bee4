"""Texts that drafts may speak for are drafted ahead of the messages that want them: sending never waits for a model."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog
from django.db.models import QuerySet

from tideover import clock
from tideover.flow.alone import alone
from tideover.gateways.answers import NotHere, NotNow
from tideover.gateways.drafting.drafter import ask as ask_a_model
from tideover.messages.drafts.asking import Ask, BeingAsked, NotSet, propose, spent
from tideover.messages.drafts.brief import Wanted
from tideover.messages.drafts.rows import DraftAccount
from tideover.recovery.telling.coming import standings
from tideover.tenants.ending import lasting
from tideover.tenants.secrets import Unreadable

log = structlog.get_logger("upkeep")
NOBODY: Final = ""  # who asked for it


def _goes_on() -> bool:
    return False


def any_speaks() -> bool:
    """Whether a model is to be asked for anybody."""
    return _speaking().exists()


def draft_ahead(now: datetime, ended: Callable[[], bool] = _goes_on, ask: Ask = ask_a_model) -> int:
    """Ask for what is wanted and was not asked for yet, of everybody; returns for how many texts a model was asked."""
    asked = 0
    for account in _speaking().select_related("project"):
        with alone("drafting.broke", project=str(account.project_id)):
            asked += _of_one(account, now, ended, ask)
    return asked


def _speaking() -> QuerySet[DraftAccount]:
    return DraftAccount.objects.filter(at_send_since__isnull=False, organization__in=lasting()).order_by("pk")


def _of_one(account: DraftAccount, now: datetime, ended: Callable[[], bool], ask: Ask) -> int:
    """Until the budget is used up, or the model does not answer: it is asked again in a later round."""
    asked = 0
    for wanted in _missing(account, now):
        if ended() or not _speaking().filter(pk=account.pk).exists():  # it may be turned off meanwhile
            break
        if (tokens := spent(account.project, now)) >= account.tokens_a_day:
            log.warning("drafting.budget_spent", project=str(account.project_id), tokens=tokens)
            break
        try:
            draft = propose(account.project, wanted, NOBODY, at := clock.now(), ask)
        except BeingAsked:
            continue
        except (NotNow, NotHere, NotSet, Unreadable):
            break
        asked += draft.made_at == at  # an older one is the answer to the very same question
    return asked


def _missing(account: DraftAccount, now: datetime) -> list[Wanted]:
    """What nobody has asked this model for since it was set, and no text of the merchant's takes the place of."""
    return [
        each.coming.wanted
        for each in standings(account.project, now)
        if not each.is_taken and (each.draft is None or each.draft.made_at < account.set_at)
    ]
