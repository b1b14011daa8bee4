"""One message: to whom, why and in which words it went, and everything that came of it, in order."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from tideover.analytics.messages import left
from tideover.core.catalogue import TEMPLATES, Template, channel_label, template_label
from tideover.core.money import spoken
from tideover.core.signals.heard import Trace, read, stored
from tideover.core.signals.signs import Sign, Who
from tideover.dashboard import words
from tideover.dashboard.messages.listing import paid_soon_after
from tideover.dashboard.messages.statuses import word_of
from tideover.dashboard.templatetags.house import short_span
from tideover.dashboard.words import Word, language_label
from tideover.ids import private, public
from tideover.messages.languages import spoken_in
from tideover.messages.models import Message, MessageEvent
from tideover.messages.previews import previews_of
from tideover.mirror.models import Customer
from tideover.predunning.telling import holders_of
from tideover.recovery.models import Action, Case
from tideover.tenants.models import Project

A_MINUTE: Final = 60
PAID: Final = Word("Paid", "good", "check")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that came of it. raw: the signal it was known by, as it is kept."""

    at: datetime
    word: Word
    title: str
    detail: str = ""
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of a message.

    action: the step it was, None once that is gone. holder: of whose card or subscription.
    """

    message: Message
    case: Case | None
    holder: Customer | None
    action: Action | None
    kind: str
    channel: str
    language: str
    wording: str
    word: Word
    entries: Sequence[Entry]

    @property
    def is_preview(self) -> bool:
        """Whether it was handed to nobody, as its customer hangs on a test clock."""
        return self.message.state == Message.State.PREVIEWED

    @property
    def held(self) -> str:
        """What of the holder's it is about."""
        return "a subscription" if TEMPLATES[Template(self.message.template)].tells_how_to_cancel else "a card"

    @property
    def pay_page(self) -> str:
        """The link of a preview that goes on to open the pay page; empty where it has none."""
        return next(iter(self.message.keys), "") if self.is_preview else ""

    @property
    def draft(self) -> str:
        """The draft of a model that it was written in; empty where it was not."""
        return public("draft", self.message.draft_id) if self.message.draft_id else ""

    @property
    def text_query(self) -> str:
        """By which the pages of its text are asked for."""
        text = {"kind": self.message.template, "channel": self.message.channel}
        return urlencode({**text, "language": spoken_in(self.message.locale).code})


def known_of(project: Project, public_id: str) -> Known | None:
    """The project's message of this id, a preview too; None where there is none, or it did not leave."""
    row_id = private("msg", public_id)
    mine = {"organization_id": project.organization_id}
    shown = left(project) | previews_of(project)
    message = shown.filter(pk=row_id).first() if row_id else None
    if message is None:
        return None
    case = Case.objects.filter(**mine, project=project, pk=message.about).first()
    events = list(MessageEvent.objects.filter(**mine, message=message))
    return Known(
        message=message,
        case=case,
        holder=None if case else holders_of(project.organization_id, [message.about]).get(message.about),
        action=Action.objects.filter(**mine, pk=message.action_id).select_related("case").first(),
        kind=template_label(message.template),
        channel=channel_label(message.channel),
        language=language_label(message.locale),
        wording=f"{message.tone}, {'psychology' if message.psychology else 'plain'}",
        word=word_of(message, {event.kind for event in events}),
        entries=sorted(_entries(message, events, case), key=lambda entry: entry.at)[::-1],
    )


def _entries(message: Message, events: Iterable[MessageEvent], case: Case | None) -> Iterable[Entry]:
    left_at, word = message.data_started_at or message.created_at, words.SENDING[message.state]
    yield Entry(message.created_at, Word("Written", "", "pencil"), "Written")
    said = f"{words.reason_label(message.reason)} {message.provider_id}".strip()
    yield Entry(message.sent_at or left_at, word, word.label, said)
    for event in events:
        yield from _heard(event, left_at) if event.kind in words.HEARD else [_happened(event)]
    paid_at = paid_soon_after(left_at, case)
    if case and paid_at:
        via = f", by: {words.WAYS[case.via].label}" if case.via else ""
        yield Entry(paid_at, PAID, f"Paid {spoken(case.came)}", f"{short_span(paid_at - left_at)} after it{via}")


def _happened(event: MessageEvent) -> Entry:
    word = words.EVENTS[event.kind]
    return Entry(event.at, word, word.label, event.detail)


def _heard(event: MessageEvent, left_at: datetime) -> Iterable[Entry]:
    """The first signal of each sort of asker; of before signals were kept, that it was so."""
    earlier = {Who(event.by): Trace(Sign.EARLIER, event.at, event.at, event.count)}
    for by, trace in (read(event.heard) or earlier).items():
        word = words.HEARD[event.kind][by]
        after = f"{_span(trace.at - left_at)} after sending" if trace.at >= left_at else ""
        told = [words.SIGNS[trace.sign], after, f"{trace.count} times" if trace.count > 1 else ""]
        counted = "" if by == Who.PERSON else "counts in no rate"
        yield Entry(trace.at, word, word.label, ", ".join(filter(None, [*told, counted])), _raw(by, trace))


def _span(span: timedelta) -> str:
    """In seconds as long as these tell a machine from a person."""
    seconds = span.total_seconds()
    return f"{seconds:.1f} s" if seconds < A_MINUTE else short_span(span)


def _raw(by: Who, trace: Trace) -> str:
    return json.dumps(stored({by: trace})[by], indent=2) if trace.sign != Sign.EARLIER else ""
