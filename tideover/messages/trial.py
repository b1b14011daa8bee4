"""Mails to somebody of the merchant, to see that they arrive and how they look: a test, or what customers would get.

They go by the way all messages go, but without keeping who asked for them waiting.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Final

from tideover.config import config
from tideover.core.catalogue import Channel
from tideover.flow import circuit_breaker, proof
from tideover.gateways.answers import Unknown
from tideover.gateways.mailers.account import Mail, Provider
from tideover.gateways.mailers.post import Post, name_of
from tideover.gateways.transport import Accepted, Refused
from tideover.ids import new_id
from tideover.messages.channels import WAYS
from tideover.messages.channels.email.account import account_of, sent_by, took_a_test
from tideover.messages.channels.email.envelope import Sheet, for_server, from_project, sender_of
from tideover.messages.channels.email.server import hasty_post, server_name
from tideover.messages.channels.email.trial import trial_mail
from tideover.messages.channels.way import Composed
from tideover.messages.languages import Language
from tideover.tenants.models import Project
from tideover.tenants.secrets import Unreadable

EMAIL: Final = WAYS[Channel.EMAIL]
PATIENCE_SECONDS: Final = 6.0  # a person looks at the page meanwhile


class CalledOff(Exception):  # noqa: N818 - what became of the mail
    """Nobody waits any more, and it was said that the mail did not leave."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a test mail: whether the server took it, and a sentence that says so."""

    taken: bool
    says: str


def try_out(  # noqa: PLR0913 - who, in which words, and how long is waited
    project: Project, name: str, address: str, language: Language, now: datetime, *, patience: float = PATIENCE_SECONDS
) -> Trial:
    """Send one test mail to `address`. Call outside transactions."""
    if not EMAIL.deliverable(address):
        return _nobody(address)
    lost = _lost("test mail", project, address, trial_mail(project, name, address, language, now), patience)
    if lost:
        return Trial(taken=False, says=lost)
    # What failed is not counted: a merchant who tries things out must hold back no other merchant's messages.
    account = account_of(project)
    if account is None:
        circuit_breaker.record_success(EMAIL.provider)
        proof.took_a_test(EMAIL.provider, server_name(config()))
    else:
        took_a_test(account, now)
    return Trial(taken=True, says=f"{_by(project)} took a test mail for {address}. Is it there?")


def show_to(project: Project, name: str, address: str, composed: Sequence[Composed], now: datetime) -> Trial:
    """Send to `address` what was composed for others, until one is not taken. Call outside transactions."""
    if not EMAIL.deliverable(address):
        return _nobody(address)
    for each in composed:
        sheet = Sheet(new_id(), name, address, each.subject, each.html, each.text)
        lost = _lost("mail", project, address, from_project(project, sheet, now), PATIENCE_SECONDS)
        if lost:
            return Trial(taken=False, says=lost)
    took = f"{_by(project)} took {len(composed)} mail{'s' if len(composed) > 1 else ''}"
    return Trial(taken=True, says=f"{took} for {address}. No customer was written to.")


def _nobody(address: str) -> Trial:
    return Trial(taken=False, says=f"No mail left: nobody can be written to at {address!r}.")


def _lost(what: str, project: Project, address: str, mail: EmailMessage, patience: float) -> str:
    """Why the mail is not there, or perhaps not; empty where the server took it."""
    by = _by(project)
    try:
        letter = sender_of(project), for_server(address), Mail(mail, sent_by(project))
        answer = handed_over(hasty_post(config(), patience), letter, patience)
    except Unreadable:
        return f"No {what} left by {by}: what lets us in there cannot be read with the keys of this installation."
    except Unknown as lost:
        return f"{by} may have taken the {what}: {lost}."
    if not isinstance(answer, Refused):
        return ""
    if answer.unasked:
        return f"No {what} left by {by.removeprefix('The mail server ')}: {answer.reason}."
    return f"{by} refused the {what}: {answer.reason}"


def _by(project: Project) -> str:
    """Who is to take it, at the beginning of a sentence."""
    account = account_of(project)
    name = (
        name_of(Provider(account.provider), account.options) if account else f"the mail server {server_name(config())}"
    )
    return f"{name[0].upper()}{name[1:]}"


class Departure:
    """Whether the mail leaves or nobody waits any more: whichever comes first, for good."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left = self._off = False

    def leaving(self) -> None:
        """Raises CalledOff where it must not leave any more."""
        with self._lock:
            if self._off:
                raise CalledOff
            self._left = True

    def called_off(self) -> bool:
        """Whether the mail certainly stays."""
        with self._lock:
            self._off = not self._left
            return self._off


def handed_over(post: Post, letter: tuple[str, str, Mail], patience: float) -> Accepted | Refused:
    """The answer, or what is known once `patience` is over. Raises Unknown.

    In a thread of its own, as some waits have no limit to set: for the name server, and for an answer that drips in.
    """
    answer: Future[Accepted | Refused] = Future()
    departure = Departure()

    def talk() -> None:
        try:
            answer.set_result(post.send(*letter, departure.leaving))
        except Exception as broken:  # noqa: BLE001 - whatever it is, it belongs to who waits
            answer.set_exception(broken)
        finally:
            post.close()

    threading.Thread(target=talk, name="test mail", daemon=True).start()
    try:
        return answer.result(patience)
    except TimeoutError:
        if departure.called_off():
            return Refused(permanent=False, reason="the mail server did not answer in time", unasked=True)
        raise Unknown("it did not confirm in time") from None
