"""Send a message at most once: claim its row, mark it, hand it over, settle it.

The mark `data_started` is committed when the last byte is about to leave, however long the message stood in line at its
provider before. Killed before it: nothing has left, the message is sent on the next try. Killed after it: nobody knows,
and it is never sent again by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from tideover.core.catalogue import Channel
from tideover.core.outcomes import Unsent
from tideover.core.words.characters import shortened
from tideover.failpoints import failpoint
from tideover.gateways.answers import Busy, Unknown
from tideover.gateways.transport import Accepted, Refused, Transport
from tideover.ids import new_id
from tideover.messages.channels import WAYS
from tideover.messages.channels.way import Composed, Way
from tideover.messages.keyed import address_hash, open_token, token_hash, unsubscribe_token
from tideover.messages.models import Message
from tideover.messages.moved import tell_moved
from tideover.messages.own.saying import InTrial
from tideover.messages.suppression import Meant, refusal
from tideover.messages.tracking import record_bounce, unsubscribe
from tideover.messages.wording import field
from tideover.redaction import redact
from tideover.tenants.models import Organization, Project
from tideover.tenants.secrets import Sealed, Unreadable, sealed_field

State = Message.State
HTML, TEXT = sealed_field(Message, "html"), sealed_field(Message, "text")
NOTHING_LEFT = Q(state=State.CLAIMED) | Q(state=State.FAILED, may_retry=True)
# Whose mark it is counts: an answer to a try that was not marked says nothing of a later one that was, nor of one that
# was refused for good.
HANDED_OVER: Final = Q(state__in=(State.DATA_STARTED, State.UNKNOWN))
FRESH_FOR = timedelta(seconds=20)  # how long what was written is taken for true; well under the lease of its action
TOO_LATE: Final = "too much time passed before it could be sent"
LATER: Final = frozenset({Unsent.CAPPED, Unsent.OFF})  # what ends, and the message is looked at anew then
UNKEPT: Final = {"to_address": "", "to_name": "", "subject": "", "html": "", "text": "", "keys": list[str]()}
REMOVED = "#"  # what a link of a sent message becomes in our copy


@dataclass(frozen=True, slots=True)
class Letter:
    """Whom a message goes to, and for which action about which case. The action's id makes it one message.

    address: one of the channel that the message was composed for.
    """

    action_id: UUID
    about: UUID
    project: Project
    address: str
    name: str = ""
    also_about: tuple[UUID, ...] = ()  # the cases it tells of besides
    message_id: UUID | None = None  # where the caller needed the id before the row
    is_again: bool = False  # an earlier try of the action has made its row
    trial: InTrial | None = None


def _as_ever() -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Grounds:
    """Whether what a message says is still true, asked when it is about to leave; a reason where it is not.

    now: by what we know; asked under the mark, so cheap and without a call. afresh: asked at the source, and outside of
    transactions, where much time has passed since it was written; None where that is not possible. others: where the
    same person is reached by other channels.
    """

    now: Callable[[], str] = _as_ever
    afresh: Callable[[], str] | None = None
    others: Sequence[str] = ()


TAKEN_FOR_TRUE: Final = Grounds()


class _Stays(Exception):  # noqa: N818 - what the message does
    """The message does not leave, and stands as `delivery` says."""

    def __init__(self, delivery: Delivery) -> None:
        super().__init__(delivery.reason)
        self.delivery = delivery


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a message; `state` is one of Message.State."""

    state: str
    reason: str = ""
    may_retry: bool = False


def claim(letter: Letter, composed: Composed, now: datetime) -> Message:
    """The one row of this action, made now, or made by an earlier try and worded anew if nothing has left yet.

    Worded anew, because what was true at the first try ("we will try again on Friday") may not be true any more.
    """
    row = _row(letter, composed, now)
    kept = row | UNKEPT if letter.project.minimal else row
    message = (None if letter.is_again else _made(kept)) or _worded_anew(kept)
    for name in UNKEPT.keys() if letter.project.minimal else ():
        setattr(message, name, row[name])  # what is handed over; no row has it
    failpoint("message.claimed")
    return message


def _made(row: dict[str, Any]) -> Message | None:
    """The row, unless another try of this action made one a moment ago."""
    message = Message(**row)
    try:
        with transaction.atomic():
            message.save(force_insert=True)
    except IntegrityError:
        return None
    return message


def _worded_anew(row: dict[str, Any]) -> Message:
    mine = Message.objects.filter(action_id=row["action_id"])
    anew = {name: row[name] for name in row.keys() - {"id", "created_at"}} | _words(**row)
    mine.filter(NOTHING_LEFT).update(**anew)
    return mine.select_related("project__organization").get()


def deliver(
    message: Message, transport: Transport[Any], now: Callable[[], datetime], grounds: Grounds = TAKEN_FOR_TRUE
) -> Delivery:
    """Send a claimed message, unless it may not be sent (any more) or has left already. Call outside transactions.

    Raises Busy where it cannot be handed over yet.

    `transport` is one of the message's channel.
    """
    if not _may_start(message):
        return Delivery(message.state, message.reason)
    way, departure = WAYS[Channel(message.channel)], _Departure(message, now, grounds)
    content = _content(way, message, now())  # before the mark: what cannot be written must not count as sent
    sender, recipient = way.sender(message.project), way.recipient(message)
    try:
        answer = transport.send(sender, recipient, content, departure.leaving)
    except _Stays as stays:
        return stays.delivery
    except Unknown as lost:
        return _settle(message, State.UNKNOWN, reason=_fit_to_keep(message, str(lost)))
    failpoint("message.accepted")
    return _settle_answer(message, answer, now(), was=HANDED_OVER if departure.marked else NOTHING_LEFT)


def _content(way: Way[Any], message: Message, now: datetime) -> Any:  # noqa: ANN401 - the channel's own
    """What its transport takes. Raises Busy where what lets us in cannot be read: the operator may bring it back."""
    try:
        return way.content(message, now)
    except Unreadable as closed:
        raise Busy(str(closed)) from None


@dataclass(slots=True)
class _Departure:
    """The moment at which a message leaves. marked: it has come, and was written down."""

    message: Message
    now: Callable[[], datetime]
    grounds: Grounds
    marked: bool = False

    def leaving(self) -> None:
        """Mark the message as handed over. Raises _Stays where it must not leave."""
        untrue = self._looked_again() if self.now() - self.message.claimed_at > FRESH_FOR else ""
        stays = _not_yet(self.message, untrue) if untrue else _mark(self.message, self.now(), self.grounds)
        if stays is not None:
            raise _Stays(stays)
        self.marked = True
        failpoint("message.data_started")

    def _looked_again(self) -> str:
        """What was true when it was written may not be: it stood in line, or the machine slept."""
        if self.grounds.afresh is None:
            return TOO_LATE
        self.message.claimed_at = self.now()
        return self.grounds.afresh()


def last_address(about: UUID, channel: Channel, but: Iterable[str] = ()) -> str:
    """Where the last message about this went by this channel; empty where none did, or it was not kept.

    but: the hashes of addresses of others, which do not count.
    """
    left = Message.objects.filter(about=about, channel=channel, data_started_at__isnull=False)
    left = left.exclude(to_hash__in=but)
    return left.order_by("-data_started_at").values_list("to_address", flat=True).first() or ""


def preview(message: Message, at: datetime, *, opens: Container[str] = ()) -> Delivery:
    """Put a claimed message into the preview inbox, as it would have been sent then, and hand it to nobody.

    Of its links those in `opens` go on to lead somewhere: whoever looks at it may play the customer.
    """
    shown = {"state": State.PREVIEWED, "data_started_at": at, "sent_at": at, "reason": "", "may_retry": False}
    mine = Message.objects.filter(pk=message.pk)
    if mine.filter(NOTHING_LEFT).update(**shown, **_without_keys(message, but=opens), sealed=True):
        return Delivery(State.PREVIEWED)
    return _as_it_stands(mine) or Delivery(State.CLAIMED)


def skip(message: Message, reason: str) -> Delivery:
    """Do not send a message that was claimed; `reason` is kept. One that has left stays as it is."""
    return _settle(message, State.SKIPPED, reason=reason, was=NOTHING_LEFT)


def fate_of(action_id: UUID) -> str:
    """What became of the message of an action nobody works on any more: none, claimed, sent, unknown, failed, skipped.

    `none` and `claimed` mean that nothing has left. A message that was under way is in doubt from now on: unknown.
    """
    message = Message.objects.filter(action_id=action_id).first()
    if message is None:
        return "none"
    if message.state == State.DATA_STARTED:
        return _settle(message, State.UNKNOWN, reason="the worker that sent it is gone").state
    return str(State.CLAIMED if _may_start(message) else message.state)


def _row(letter: Letter, composed: Composed, now: datetime) -> dict[str, Any]:
    return {
        "id": letter.message_id or new_id(),
        "action_id": letter.action_id,
        "organization_id": letter.project.organization_id,
        "project": letter.project,
        "about": letter.about,
        "also_about": [str(case) for case in letter.also_about],
        "channel": composed.channel,
        "to_address": letter.address.strip(),
        "to_name": field(letter.name, 200) or "",
        "to_hash": address_hash(letter.address),
        "locale": composed.locale,
        "template": composed.template,
        "tone": composed.tone,
        "psychology": composed.psychology,
        "text_version": composed.version,
        "draft_id": composed.draft,
        "trial_id": letter.trial.trial if letter.trial else None,
        "half": letter.trial.half if letter.trial else "",
        "subject": shortened(composed.subject, 200),
        "html": composed.html,
        "text": composed.text,
        "keys": list(composed.keys),
        "created_at": now,
        "claimed_at": now,
        "unsubscribe_hash": token_hash(unsubscribe_token(letter.action_id)),
        "open_token": open_token(letter.action_id),
    }


def _may_start(message: Message) -> bool:
    """NOTHING_LEFT, for a row in hand."""
    return message.state == State.CLAIMED or (message.state == State.FAILED and message.may_retry)


def _mark(message: Message, now: datetime, grounds: Grounds) -> Delivery | None:
    """Commit `data_started`; or the delivery as it stands, where it must not start.

    The organization's row is the lock that makes "one mail a day per person" hold between two workers, and the
    opt-out is looked at under it, so that none committed before this moment is missed.
    """
    mine, project = Message.objects.filter(pk=message.pk), message.project
    with transaction.atomic(durable=True):
        organizations = Organization.objects.select_for_update(no_key=True)
        project.organization = organizations.get(pk=message.organization_id)
        untrue = grounds.now()
        if untrue or now - message.claimed_at > FRESH_FOR:
            return _not_yet(message, untrue or TOO_LATE)
        meant = Meant(message.template, others=grounds.others)
        reason = refusal(project, Channel(message.channel), message.to_address, now, meant)
        if reason in LATER:  # another message for this person was faster: tomorrow is its day; or it was turned off
            return _not_yet(message, reason)
        if reason is not None:
            return skip(message, reason)
        marked = mine.filter(NOTHING_LEFT).update(state=State.DATA_STARTED, data_started_at=now, reason="")
        return None if marked else _as_it_stands(mine)


def _not_yet(message: Message, why: str) -> Delivery:
    """It does not leave now, unless another worker has sent it meanwhile."""
    return _as_it_stands(Message.objects.filter(pk=message.pk)) or Delivery(State.CLAIMED, why)


def _as_it_stands(mine: QuerySet[Message]) -> Delivery | None:
    """What became of a message that another worker has sent meanwhile, or settled; None where nothing has left."""
    row = mine.only("state", "reason", "may_retry").get()
    return None if _may_start(row) else Delivery(row.state, row.reason)


def _settle_answer(message: Message, answer: Accepted | Refused, now: datetime, *, was: Q) -> Delivery:
    if isinstance(answer, Accepted):
        settled = _settle(message, State.SENT, sent_at=now, provider_id=answer.provider_id[:200])
        tell_moved(message.about)
        return settled
    reason = _fit_to_keep(message, answer.reason)
    if answer.mailbox:
        record_bounce(message.pk, now, reason, permanent=True)
    if answer.opted_out:
        unsubscribe(message, now)
    return _settle(message, State.FAILED, was=was, reason=reason, may_retry=not answer.permanent)


def _fit_to_keep(message: Message, said: str) -> str:
    """A mail server's words may repeat the address."""
    return redact(said) if message.project.minimal else said


def _settle(
    message: Message,
    state: Message.State,
    *,
    was: Q = HANDED_OVER,
    reason: str = "",
    **columns: Any,  # noqa: ANN401 - columns of Message
) -> Delivery:
    """Write how it ended. A late answer may still turn `unknown` into what really happened."""
    retry = bool(columns.setdefault("may_retry", False))
    if not retry:
        columns |= _without_keys(message)
    reason = reason[:300]
    changed = Message.objects.filter(was, pk=message.pk).update(state=state, reason=reason, **columns)
    if not changed:
        row = Message.objects.only("state", "reason", "may_retry").get(pk=message.pk)
        return Delivery(row.state, row.reason, row.may_retry)
    return Delivery(state, reason, retry)


def _without_keys(message: Message, but: Container[str] = ()) -> dict[str, Any]:
    """Our copy after sending: the same words, but its links open nothing, for a thief or for a curious click.

    Those in `but` go on to.
    """
    if message.project.minimal:
        return {"html": "", "text": "", "keys": []}
    shut, open_ = ([key for key in message.keys if (key in but) is wanted] for wanted in (False, True))
    return {**_words(message.action_id, *opening_nothing(message.html, message.text, shut)), "keys": open_}


def opening_nothing(html: str, text: str, keys: Iterable[str]) -> tuple[str, str]:
    """Both without the links by which something could be done."""
    for key in keys:
        html, text = html.replace(escape(key), REMOVED), text.replace(key, REMOVED)
    return html, text


def _words(action_id: UUID, html: str, text: str, **_: object) -> dict[str, Sealed]:
    """The words of an action's message as its row keeps them."""
    return {"html": HTML.sealed(action_id, html), "text": TEXT.sealed(action_id, text)}
