"""What drafts came to: how many were made, refused and turned down, what they cost, how many messages said them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, F, Q, Sum

from tideover.messages.drafts.asking import A_DAY, drafts
from tideover.messages.drafts.rows import Draft
from tideover.messages.models import Message
from tideover.tenants.models import Project

WITHIN: Final = timedelta(days=30)
STATE: Final = Draft.State
TOKENS: Final = F("tokens_in") + F("tokens_out")


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the last thirty days; tokens_today: of the last 24 hours. in_texts: in the merchant's texts or in ours."""

    drafted: int
    refused: int
    turned_down: int
    tokens: int
    tokens_today: int
    in_drafts: int
    in_texts: int


def figures(project: Project, now: datetime) -> Figures:
    """Counted at this moment."""
    told = drafts(project).filter(made_at__gt=now - WITHIN).order_by()
    made = told.aggregate(
        drafted=Count("pk"),
        refused=Count("pk", filter=Q(state=STATE.REFUSED)),
        turned_down=Count("pk", filter=Q(state=STATE.DISCARDED)),
        tokens=Sum(TOKENS, default=0),
        tokens_today=Sum(TOKENS, filter=Q(made_at__gt=now - A_DAY), default=0),
    )
    mine = Message.objects.filter(organization_id=project.organization_id, project=project, sent_at__gt=now - WITHIN)
    sent = mine.aggregate(all=Count("pk"), in_drafts=Count("draft"))
    return Figures(
        **made,
        in_drafts=sent["in_drafts"],
        in_texts=sent["all"] - sent["in_drafts"],
    )
