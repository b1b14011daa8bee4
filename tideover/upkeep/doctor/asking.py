"""What is asked of others: each question in a thread of its own and with an end, so that a slow one holds up no other.

The threads touch no database: what they need was read before.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, Protocol
from uuid import UUID

import structlog

from tideover.config import config, public_address
from tideover.flow.stripe import stripe_for
from tideover.flow.tokens import key_of
from tideover.gateways.answers import AccountRead, EndpointRead, NotHere, NotNow, Unknown
from tideover.gateways.kinds import Kind
from tideover.gateways.mailers.account import Account, Provider
from tideover.gateways.mailers.published import POLICY, PUBLISHED, Place, Published, by_the_house
from tideover.gateways.probe import Finding, probe
from tideover.gateways.sender_domain import Dns, Names, dmarc_names, domain_of
from tideover.gateways.shape import Json
from tideover.gateways.web import status_of
from tideover.inbox.translate import ENDPOINT_EVENTS
from tideover.messages.accounts import MailAccount
from tideover.messages.channels.email.account import as_gateway
from tideover.messages.channels.email.server import hasty_post, hasty_smtp
from tideover.tenants.models import Connection, Project
from tideover.tenants.secrets import Unreadable
from tideover.upkeep import disk
from tideover.upkeep.doctor.patient import Patient

log = structlog.get_logger("doctor")
SECONDS: Final = 20.0  # for all questions together, as they are asked side by side
MAIL_SECONDS: Final = 8.0
LOOKS_BACK: Final = timedelta(days=1)
MOST_PAGES: Final = 10  # of events, a hundred each
FORESEEN: Final = (NotNow, NotHere, Unknown, Unreadable)


class Unanswered(Exception):  # noqa: N818 - what it is
    """A question that has no answer; `str()` says why."""


class StripeAccount(Protocol):
    """What is asked of Stripe for one account; `gateways.stripe.Stripe` answers it."""

    def account(self) -> AccountRead: ...
    def feel(self) -> None: ...
    def webhook_endpoints(self) -> list[EndpointRead]: ...
    def list_events(self, since: datetime, types: Sequence[str]) -> Iterator[list[Json]]: ...


class Subject(Protocol):
    """Whatever is asked about has an id."""

    pk: UUID


def _probed(connection: Connection) -> list[Finding]:
    return probe(
        key_of(connection),
        api_base=connection.api_base,
        act=connection.may_write,
        endpoint=connection.own_endpoint,
        kind=Kind(connection.kind),
    )


@dataclass(frozen=True, slots=True)
class Outside:
    """Everybody who is asked. A test brings its own."""

    stripe_for: Callable[[Connection], StripeAccount] = stripe_for
    probe: Callable[[Connection], list[Finding]] = _probed
    names: Names = field(default_factory=Dns)
    status_of: Callable[[str], int] = status_of
    mail_server: Callable[[], str] = lambda: hasty_smtp(config(), MAIL_SECONDS).trouble()
    mail_account: Callable[[Account], str] = lambda account: hasty_post(config(), MAIL_SECONDS).look(account)
    disk: Callable[[], str] = disk.trouble
    seconds: float = SECONDS


@dataclass(frozen=True, slots=True)
class Seen:
    """The texts under a name."""

    name: str
    texts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Records:
    """What a sender's domain should publish and does. seen: by the kind of record, those that can be looked at."""

    published: Published
    seen: Mapping[str, Seen]


@dataclass(frozen=True, slots=True)
class Answers:
    """What came back, by question and whom it was about: the answer, or what was raised instead of one."""

    found: Mapping[tuple[str, UUID], Any]

    def of(self, question: str, about: Subject) -> Any:  # noqa: ANN401 - each question has its own kind of answer
        """The answer. Raises what asking raised, or Unanswered."""
        answer = self.found.get((question, about.pk), Unanswered("it did not answer in time"))
        if isinstance(answer, Exception):
            raise answer
        return answer


Ask = Callable[[], Any]


def questions(patient: Patient, outside: Outside) -> dict[tuple[str, UUID], Ask]:
    """Everything that is asked, by question and whom it is about."""
    asked: dict[tuple[str, UUID], Ask] = {
        ("address", patient.organization.pk): lambda: outside.status_of(f"{public_address()}/healthz"),
        ("mail server", patient.organization.pk): outside.mail_server,
        ("disk", patient.organization.pk): outside.disk,
    }
    for connection in patient.connections:
        asked |= _of_account(connection, patient, outside)
    for project in patient.projects:
        if mine := patient.mail.get(project.pk):
            asked[("mail account", project.pk)] = _of_mail_account(mine, outside)
        asked[("domain", project.pk)] = _of_domain(project, patient, outside.names)
    return asked


def _of_account(connection: Connection, patient: Patient, outside: Outside) -> dict[tuple[str, UUID], Ask]:
    def events() -> list[Json]:
        pages = outside.stripe_for(connection).list_events(patient.now - LOOKS_BACK, ENDPOINT_EVENTS)
        return [event for _, page in zip(range(MOST_PAGES), pages, strict=False) for event in page]

    def endpoints() -> list[EndpointRead]:
        return outside.stripe_for(connection).webhook_endpoints()

    def account() -> AccountRead:
        stripe = outside.stripe_for(connection)
        if connection.can.reads_account:
            return stripe.account()
        stripe.feel()
        return AccountRead(connection.account_id, connection.account_name, connection.livemode, "", "", "")

    asks: dict[str, Ask] = {
        "account": account,
        "permissions": lambda: outside.probe(connection),
        "events": events,
        "endpoints": endpoints,
    }
    closed = _closed(connection)
    return {(question, connection.pk): closed or ask for question, ask in asks.items()}


def _closed(connection: Connection) -> Ask | None:
    """A key that rolls is looked after before the threads begin. Where there is none, all questions say so."""
    if connection.kind != Kind.APP:
        return None
    try:
        key_of(connection)
    except FORESEEN as refused:
        return partial(_raise, refused)
    return None


def _raise(refused: Exception) -> None:
    raise refused


def sender_of(project: Project) -> str:
    """The address that a project's messages come from."""
    return project.sender_email or config().mail_from


def _of_mail_account(mine: MailAccount, outside: Outside) -> Ask:
    return lambda: outside.mail_account(as_gateway(mine))


def published(patient: Patient, project: Project) -> Published:
    """What is to be published for whom a project sends by."""
    mine = patient.mail.get(project.pk)
    return PUBLISHED[Provider(mine.provider)] if mine else by_the_house(config().dkim_selector)


def _of_domain(project: Project, patient: Patient, names: Names) -> Ask:
    domain, wanted, mine = domain_of(sender_of(project)), published(patient, project), patient.mail.get(project.pk)
    options = mine.options if mine else {}

    def seen(needed: Place) -> Seen:
        return _first(dmarc_names(domain) if needed is POLICY else needed.names(domain, options), names)

    def records() -> Records | None:
        if not domain:
            return None
        places = {kind: needed for kind, needed in wanted.records.items() if isinstance(needed, Place)}
        return Records(wanted, {kind: seen(place) for kind, place in places.items()})

    return records


def _first(candidates: Sequence[str], names: Names) -> Seen:
    """The first name under which anything stands; where nothing does, the first of them."""
    found = (Seen(name, names.texts(name)) for name in candidates)
    return next((seen for seen in found if seen.texts), Seen(candidates[0], []))


def ask_all(asked: Mapping[tuple[str, UUID], Ask], seconds: float) -> Answers:
    """Ask everything side by side, and take what is answered within `seconds`."""
    found: dict[tuple[str, UUID], Any] = {}
    threads = [threading.Thread(target=_ask, args=(key, ask, found), daemon=True) for key, ask in asked.items()]
    for thread in threads:
        thread.start()
    until = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(until - time.monotonic(), 0))
    return Answers(dict(found))


def _ask(key: tuple[str, UUID], ask: Ask, found: dict[tuple[str, UUID], Any]) -> None:
    try:
        found[key] = ask()
    except FORESEEN as silent:
        found[key] = silent
    except Exception as broken:  # the edge of a thread: one question that breaks is told as one without an answer
        log.exception("doctor.broke", question=key[0])
        found[key] = Unanswered(f"asking broke: {type(broken).__name__}")
