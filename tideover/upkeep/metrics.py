"""The house in figures as Prometheus reads them: https://prometheus.io/docs/instrumenting/exposition_formats/"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

from tideover.upkeep import skew
from tideover.upkeep.invariants import Found, look
from tideover.upkeep.mail import mail
from tideover.upkeep.standing import standing


def exposition(now: datetime) -> str:
    """All figures of this installation, over all organizations; no name of anybody is in them."""
    return "\n".join(_lines(now)) + "\n"


def _lines(now: datetime) -> Iterator[str]:
    at = standing(now)
    yield from _gauge("oldest_due_action_seconds", "Age of the longest overdue action", at.oldest_due.total_seconds())
    yield from _gauge("oldest_event_seconds", "Age of the longest unread event", at.oldest_news.total_seconds())
    yield from _gauge("unknown_effects", "Charges and mails without an answer", at.unknowns)
    yield from _gauge("oldest_unknown_seconds", "Age of the oldest of them", at.oldest_unknown.total_seconds())
    yield from _gauge("dead_letters", "Actions and events that wait for a person", at.dead_letters)
    yield from _gauge("catch_up_lag_seconds", "Since Stripe's events were last listed", at.catch_up_lag.total_seconds())
    yield from _gauge("quarantined_connections", "Connections not yet checked after a restore", at.quarantined)
    post = mail(now)
    yield from _gauge("mail_failures_in_a_row", "Mails in a row that the mail server did not take", post.silent)
    yield from _gauge("mails_waiting", "Mails that were to leave and did not yet", post.waiting)
    yield from _gauge("lost_mails", "Mails of the last week refused for good or without a verdict", post.lost)
    yield from _gauge("refused_connections", "Connections whose calls Stripe refuses", at.refused)
    yield from _gauge("paused_channels", "Channels of merchants of which too much came back", at.paused)
    told = skew.clocks(now)
    if told.of_stripe is not None:  # no figure is the only honest one before the first answer
        yield from _gauge("clock_skew_seconds", "The worker's clock ahead of Stripe's", told.of_stripe.total_seconds())
    if told.idle is not None:
        yield from _gauge(
            "idle_worker_clock_skew_seconds", "An idle worker ahead of the database", told.idle.total_seconds()
        )
    yield "# HELP tideover_invariant_violations How often a rule that must always hold is broken"
    yield "# TYPE tideover_invariant_violations gauge"
    for found in _looked(now.replace(second=0, microsecond=0)):
        yield f'tideover_invariant_violations{{rule="{found.name}"}} {found.count}'


@lru_cache(maxsize=1)
def _looked(minute: datetime) -> list[Found]:
    """The rules cost more than the rest: however often somebody scrapes, they are looked at once a minute."""
    return look(minute)


def _gauge(name: str, says: str, value: float) -> Iterator[str]:
    yield f"# HELP tideover_{name} {says}"
    yield f"# TYPE tideover_{name} gauge"
    yield f"tideover_{name} {value:.15g}"
