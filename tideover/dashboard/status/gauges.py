"""What waits and since when, and how each Stripe account stands, each with a word for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tideover.dashboard.templatetags.house import short_span
from tideover.dashboard.words import Word
from tideover.flow import refusals
from tideover.flow.circuit_breaker import OPENS_AFTER
from tideover.gateways.mailers.account import Provider
from tideover.gateways.mailers.table import SERVICES
from tideover.messages.accounts import MailAccount
from tideover.tenants.at_once import Line, Question, line
from tideover.tenants.models import Connection, Organization
from tideover.upkeep import skew
from tideover.upkeep.invariants import Found
from tideover.upkeep.mail import Mail, mail
from tideover.upkeep.standing import Standing, standing
from tideover.upkeep.watched import Seen

FINE, LATE, WRONG = Word("Fine", "good"), Word("Late", "warn"), Word("Look here", "bad")
HOLDS, BROKEN = Word("Holds", "good"), Word("Broken", "bad")
SOON = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Gauge:
    """One figure of how things stand, with a word for it."""

    title: str
    value: str
    word: Word
    hint: str


def gauges(organization: Organization, now: datetime) -> list[Gauge]:
    """What waits in an organization, and whether our clock is right."""
    told = skew.clocks(now)
    return [
        *_gauges(standing(now, organization.pk)),
        *_mail(mail(now, organization.pk)),
        _clock(told.of_stripe),
        *_idle(told.idle),
    ]


def accounts(organization: Organization, now: datetime) -> list[Gauge]:
    """Each account that is or was connected."""
    connections = Connection.objects.filter(organization=organization).select_related("lane")
    return [_account(connection, now) for connection in connections.order_by("created_at", "id")]


def verdict(rule: Found, seen: Seen, now: datetime) -> Word:
    """Whether a rule holds. What was looked at long ago is not said to hold now."""
    if not rule.fine:
        return BROKEN
    if seen.at is None:
        return Word("Not looked yet")
    return Word(f"Held {short_span(now - seen.at)} ago", "warn") if seen.is_old(now) else HOLDS


def _gauges(at: Standing) -> Iterator[Gauge]:
    yield _waiting("Oldest action that is due", at.oldest_due, "Charges and messages are taken up when they are due.")
    yield _waiting("Oldest event not yet read", at.oldest_news, "What Stripe told us and no case knows yet.")
    doubts = f"{at.unknowns}, for {short_span(at.oldest_unknown)}" if at.unknowns else "None"
    word = WRONG if at.oldest_unknown > SOON else (LATE if at.unknowns else FINE)
    yield Gauge(
        "Outcomes nobody knows yet", doubts, word, "Answers that got lost. Stripe is asked; nothing is repeated."
    )
    word = WRONG if at.dead_letters else FINE
    yield Gauge("Failed five times", str(at.dead_letters or "None"), word, "Tried no more: these wait for a person.")


def _mail(post: Mail) -> Iterator[Gauge]:
    value = f"{post.waiting} waiting" if post.waiting else "Takes messages"
    word = WRONG if post.trouble else (LATE if post.waiting else FINE)
    yield Gauge("Mail server", value, word, post.trouble or "Messages leave when their time has come.")
    word = WRONG if post.lost else FINE
    yield Gauge("Messages lost this week", str(post.lost or "None"), word, "Refused for good, or without a verdict.")


OWN_MAIL: Final = "own mail"
UNASKED: Final = "It took what was handed to it, or was handed nothing. Doctor asks it whether its key still works."


def own_mail_asked(organization: Organization) -> Question:
    """For `lines`: the accounts of the merchant's own by which mails go."""
    mine = MailAccount.objects.filter(organization=organization)
    return line(OWN_MAIL, mine, "pk", "set_at", "provider", "project__name", "failures")


def own_mail(told: Iterable[Line]) -> list[Gauge]:
    """Of lines: whether each takes mails."""
    found = sorted((each.second, each) for each in told if each.of == OWN_MAIL)
    return [_account_for_mail(each.first, project, int(each.third)) for project, each in found]


def _account_for_mail(provider: str, project: str, failures: int) -> Gauge:
    rests = failures >= OPENS_AFTER["lane"]
    value = f"Nothing taken in a row: {failures}" if failures else "Nothing refused"
    hint = "Mails wait for it, and it is asked again within ten minutes." if rests else UNASKED
    word = WRONG if rests else (LATE if failures else FINE)
    return Gauge(f"{SERVICES[Provider(provider)].label}, for {project}", value, word, hint)


def _clock(ahead: timedelta | None) -> Gauge:
    hint = "Told by the Date of Stripe's answers. With a wrong clock everything is done too early or too late."
    if ahead is None:
        return Gauge("Our clock and Stripe's", "Not compared in the last hour", Word("Unknown"), hint)
    word = WRONG if abs(ahead) >= skew.TOO_MUCH else FINE
    return Gauge("Our clock and Stripe's", skew.in_words(ahead).capitalize(), word, hint)


def _idle(ahead: timedelta | None) -> Iterator[Gauge]:
    if ahead is not None:
        hint = "A worker does nothing while its clock is off the database's: let NTP set the clock of its machine."
        yield Gauge("A worker's clock and the database's", skew.in_words(ahead).capitalize(), WRONG, hint)


def _waiting(title: str, age: timedelta, hint: str) -> Gauge:
    return Gauge(title, short_span(age) if age else "None", LATE if age > SOON else FINE, hint)


def _account(connection: Connection, now: datetime) -> Gauge:
    """A connected account: how long ago its events were listed, or why nothing happens with it."""
    title = connection.account_name or connection.account_id
    if connection.state != Connection.State.ACTIVE:
        return Gauge(title, "Disconnected", Word("Disconnected"), "Nothing is read, charged or sent.")
    if connection.quarantined_at is not None:
        hint = (
            "The data was restored from a backup. Nothing is charged or sent until each open case was read at Stripe."
        )
        return Gauge(title, "In quarantine", Word("Quarantine", "warn"), hint)
    refused = refusals.known_of(connection)
    if refused:
        hint = f"What is due waits until the key is mended or replaced. Stripe says: {refused.why}"
        return Gauge(title, f"Stripe refuses our calls, for {short_span(now - refused.since)}", WRONG, hint)
    seen_to = connection.events_seen_to
    if seen_to is None:
        return Gauge(title, "Not yet", LATE, "Stripe's list of events is read for the first time within minutes.")
    hint = "What no webhook told is found in Stripe's list of events."
    return Gauge(title, f"{short_span(now - seen_to)} ago", LATE if now - seen_to > SOON else FINE, hint)
