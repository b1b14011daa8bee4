"""A case to plan for on a Tuesday in July, and the two kinds of step one by one."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from tests.core.telling import failed, local
from tideover.core.declines import Family
from tideover.core.planner import Do, Situation, plan
from tideover.core.rules import PRESETS

RECOVER, TUNED, WINDBACK, REVGUARD = (PRESETS[name] for name in ("recover", "tuned", "windback", "revguard"))
PAYMENTRESCUE = PRESETS["paymentrescue"]
UTC_ZONE = ZoneInfo("UTC")
NEW_YORK = ZoneInfo("America/New_York")
OPENED = local("2026-07-07 10:00", UTC_ZONE)  # a Tuesday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def charges(case, rules, now=OPENED, advice=None):
    return [step for step in plan(case, rules, advice, now) if step.do == Do.CHARGE]


def messages(case, rules, now=OPENED):
    return [step for step in plan(case, rules, None, now) if step.do == Do.MESSAGE]


def refused(**changes: object) -> Situation:
    return failed(OPENED, UTC_ZONE, Family.REFUSED, **changes)
