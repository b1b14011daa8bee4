"""The payer says on their page whether another method of theirs may be charged: in which words, when, by which link."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tideover.core.facts import Learnt, fact
from tideover.recovery.intake import learn
from tideover.recovery.known import lock
from tideover.recovery.models import Case, Link
from tideover.recovery.ways.consents import agreed_at


def may_agree(case: Case) -> bool:
    """Whether the question has a meaning: the merchant charges backup methods, and needs each customer's consent."""
    project = case.project
    return bool(case.customer_id) and project.backup_methods and not project.backup_by_contract


def agree(link: Link, words: str, now: datetime) -> None:
    """Keep their consent, in the words that they have read. Saying it twice is saying it once."""
    if may_agree(link.case) and agreed_at(link.case) is None:
        _say(link, Learnt.BACKUP_ALLOWED, now, words=words)


def withdraw(link: Link, now: datetime) -> None:
    """From now on none is charged any more, also where the merchant has turned the question off since."""
    if agreed_at(link.case) is not None:
        _say(link, Learnt.BACKUP_WITHDRAWN, now)


def _say(link: Link, kind: Learnt, now: datetime, **detail: str) -> None:
    said = fact(kind, now, f"{link.pk}:{now.isoformat()}", link=str(link.pk), **detail)
    with transaction.atomic():
        learn(lock(link.case), [said], now)
    for case in _open(link.case):  # it holds for every open invoice of theirs
        with transaction.atomic():
            learn(lock(case), [], now)


def _open(case: Case) -> list[Case]:
    same = Case.objects.filter(connection_id=case.connection_id, customer_id=case.customer_id)
    return list(same.filter(state=Case.State.FAILING).order_by("id"))
