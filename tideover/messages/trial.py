"""A test mail to somebody of the merchant: by the way all messages go, but without keeping who asked for it waiting."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Final

from tideover.config import config
from tideover.core.catalogue import Channel
from tideover.flow import circuit_breaker, proof
from tideover.gateways.answers import Unknown
from tideover.gateways.email import Smtp
from tideover.gateways.transport import Accepted, Refused
from tideover.messages.channels import WAYS
from tideover.messages.channels.email.envelope import for_server, sender_of
from tideover.messages.channels.email.server import hasty_smtp, server_name
from tideover.messages.channels.email.trial import trial_mail
from tideover.messages.languages import Language
from tideover.tenants.models import Project

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
        return Trial(taken=False, says=f"No test mail left: nobody can be written to at {address!r}.")
    settings = config()
    server, sender = server_name(settings), sender_of(project)
    mail = trial_mail(project, name, address, language, now)
    try:
        answer = handed_over(hasty_smtp(settings, patience), (sender, for_server(address), mail), patience)
    except Unknown as lost:
        return Trial(taken=False, says=f"The mail server {server} may have taken the test mail: {lost}.")
    if isinstance(answer, Refused):
        return Trial(taken=False, says=_refusal(server, answer))
    # What failed is not counted: a merchant who tries things out must hold back no other merchant's messages.
    circuit_breaker.record_success(EMAIL.provider)
    proof.took_a_test(EMAIL.provider, server)
    return Trial(taken=True, says=f"The mail server {server} took a test mail for {address}. Is it there?")


def _refusal(server: str, answer: Refused) -> str:
    if answer.unasked:
        return f"No test mail left by {server}: {answer.reason}."
    return f"The mail server {server} refused the test mail: {answer.reason}"


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


def handed_over(server: Smtp, letter: tuple[str, str, EmailMessage], patience: float) -> Accepted | Refused:
    """The answer, or what is known once `patience` is over. Raises Unknown.

    In a thread of its own, as some waits have no limit to set: for the name server, and for an answer that drips in.
    """
    answer: Future[Accepted | Refused] = Future()
    departure = Departure()

    def talk() -> None:
        try:
            answer.set_result(server.send(*letter, departure.leaving))
        except Exception as broken:  # noqa: BLE001 - whatever it is, it belongs to who waits
            answer.set_exception(broken)
        finally:
            server.close()

    threading.Thread(target=talk, name="test mail", daemon=True).start()
    try:
        return answer.result(patience)
    except TimeoutError:
        if departure.called_off():
            return Refused(permanent=False, reason="the mail server did not answer in time", unasked=True)
        raise Unknown("it did not confirm in time") from None
