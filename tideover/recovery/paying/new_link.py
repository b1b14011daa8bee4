"""The payer asks for a new link, on the page of one that opens nothing any more.

It goes to where the case was written to before, and never to an address that the visitor names.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tideover.core.case import State
from tideover.core.facts import Learnt, fact
from tideover.core.ways.new_link import may_ask
from tideover.recovery.intake import Lesson, teach
from tideover.recovery.known import known_of, lock
from tideover.recovery.models import Link
from tideover.recovery.test_clocks.rows import now_by


def ask(link: Link, now: datetime) -> None:
    """Note it: the plan has the message from then on, and a worker sends it. Not more often than a few times a day."""
    with transaction.atomic():
        case = lock(link.case)
        now = now_by(case.clock, now)
        [known] = known_of([case], now)
        before = [learnt.at for learnt in known.facts if learnt.kind == Learnt.LINK_ASKED]
        if case.state == State.RECOVERED or case.erased_at or not may_ask(before, now):
            return
        asked = fact(Learnt.LINK_ASKED, now, str(len(before) + 1), link=str(link.pk))
        teach([Lesson(known, [asked])], now)
