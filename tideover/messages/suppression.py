"""Whether a message may be sent to an address, and the opt-outs, bounces and complaints that forbid it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from tideover.core.catalogue import TEMPLATES, Channel
from tideover.core.outcomes import Unsent
from tideover.messages import optouts
from tideover.messages.channels import WAYS
from tideover.messages.channels.way import Way
from tideover.messages.keyed import address_hash
from tideover.messages.models import LetBackIn, Message, Suppression
from tideover.messages.stream import bad_events, pause_of
from tideover.tenants import audit
from tideover.tenants.at_once import Line, Question, line
from tideover.tenants.models import Erased, Organization, Project

# Per person, over all cases of the merchant and all channels: one message a day, as several failed invoices are one
# conversation, and as many a week as the merchant allows.
CAP = timedelta(hours=24)
WEEK: Final = timedelta(days=7)
ENOUGH: Final = "this person has had what you allow within a day or a week"
MAY_HAVE_LEFT = (Message.State.DATA_STARTED, Message.State.SENT, Message.State.UNKNOWN)
PREVIEWED = (Message.State.PREVIEWED,)
Cases = QuerySet[Any, Any]  # their ids
SUPPRESSED: Final[Mapping[str, Unsent]] = {
    Suppression.Reason.UNSUBSCRIBED: Unsent.UNSUBSCRIBED,
    Suppression.Reason.BOUNCED: Unsent.BOUNCED,
    Suppression.Reason.COMPLAINED: Unsent.COMPLAINED,
}
# In the place of a channel: letters that are to win somebody back, by any. Who wants none may want all the rest.
WINBACK: Final = "winback"
WINS_BACK: Final = frozenset(template for template, about in TEMPLATES.items() if about.wins_back)
ON_REQUEST: Final = frozenset(template for template, about in TEMPLATES.items() if about.on_request)


@dataclass(frozen=True, slots=True)
class Meant:
    """What is to be written. template: empty where that is not known yet.

    in_preview: it goes to nobody, and of what was written before the previews about these cases alone count. others:
    where the same person is reached by other channels.
    """

    template: str = ""
    in_preview: Cases | None = None
    others: Sequence[str] = ()

    @property
    def on_request(self) -> bool:
        """Whether the payer asks for it: it goes out though they want no reminders, and were sent one today."""
        return self.template in ON_REQUEST

    def kept_out_of(self, channel: Channel) -> tuple[str, ...]:
        """What one may have opted out of so that this is not written."""
        return (channel, WINBACK) if self.template in WINS_BACK else (channel,)


ANYTHING: Final = Meant()


def refusal(project: Project, channel: Channel, address: str, now: datetime, meant: Meant = ANYTHING) -> Unsent | None:
    """Why nothing may be sent to `address` by this channel now, or None."""
    if wrong := _nowhere(project, WAYS[channel], address):
        return wrong
    organization = project.organization
    if organization.stopped_at is not None:
        return Unsent.STOPPED
    suppressed, of_the_day, of_the_week, on, *bad = _standing(project, channel, address, now, meant)
    hashed = address_hash(address)
    waits = any(optouts.waits(organization.pk, of, hashed) for of in meant.kept_out_of(channel))
    kept_out = SUPPRESSED[suppressed] if suppressed else Unsent.UNSUBSCRIBED if waits else None
    if kept_out and not (kept_out == Unsent.UNSUBSCRIBED and meant.on_request):
        return kept_out
    if not on:
        return Unsent.OFF
    paused = pause_of(organization, channel, bad, now) if meant.in_preview is None else None
    too_soon = (of_the_day or of_the_week) and not meant.on_request
    return paused.why if paused else (Unsent.CAPPED if too_soon else None)


def _nowhere(project: Project, way: Way[Any], address: str) -> Unsent | None:
    """Why the channel leads nowhere."""
    if not address.strip():
        return way.no_address
    if not way.deliverable(address):
        return way.no_such
    return None if way.ready(project) else Unsent.NOT_SET_UP


def _standing(project: Project, channel: Channel, address: str, now: datetime, meant: Meant) -> list[Any]:
    """In one query: why the address is suppressed, by which messages its owner has had enough of the day and of
    the week, whether the project is live at this moment, and what `bad_events` counts.
    """
    suppressed = Suppression.objects.filter(
        organization=OuterRef("pk"), address_hash=address_hash(address), channel__in=meant.kept_out_of(channel)
    )
    written = _that_count(project, (address, *meant.others), now, meant.in_preview)
    enough = [
        Subquery(each.filter(organization=OuterRef("pk")).values("data_started_at")[nth]) for each, nth in written
    ]
    live = Exists(Project.objects.filter(pk=project.pk, recovery_enabled=True))
    columns = [Subquery(suppressed.values("reason")[:1]), *enough, live]
    found = Organization.objects.filter(pk=project.organization_id).values_list(*columns, *bad_events(channel, now))
    return list(found.get())


def _that_count(
    project: Project, addresses: Sequence[str], now: datetime, in_preview: Cases | None
) -> tuple[tuple[QuerySet[Message], slice], ...]:
    """The messages to a person of a day and of a week, the last one first, and which of them is one too many.

    addresses: the one it goes to, then theirs by other channels, which count for the day where the merchant allows one
    in all, and always for the week. Doubtful ones count as sent.
    """
    of_the_day = addresses[:1] if project.one_a_day_each else addresses
    most = project.most_a_week
    return (
        (_written(of_the_day, now - CAP, in_preview), slice(1)),
        (_written(addresses, now - WEEK, in_preview), slice(most - 1, most)),
    )


def _written(addresses: Sequence[str], since: datetime, in_preview: Cases | None) -> QuerySet[Message]:
    hashes = [address_hash(address) for address in addresses if address.strip()]
    counts = Q(state__in=MAY_HAVE_LEFT) if in_preview is None else Q(state__in=PREVIEWED, about__in=in_preview)
    return Message.objects.filter(counts, to_hash__in=hashes, data_started_at__gt=since).order_by("-data_started_at")


def free_at(
    project: Project, addresses: Sequence[str], now: datetime, *, in_preview: Cases | None = None
) -> datetime | None:
    """When the caps let the next message go to the first of a person's addresses; None if it may go now."""
    counted = zip(_that_count(project, addresses, now, in_preview), (CAP, WEEK), strict=True)
    ends = list[datetime]()
    for (written, nth), lasts in counted:
        mine = written.filter(organization_id=project.organization_id).values_list("data_started_at", flat=True)
        ends += [at + lasts for at in mine[nth] if at]
    return max(ends, default=None)


def suppress(organization: Organization, channel: str, address: str, reason: Suppression.Reason, now: datetime) -> None:
    """Send nothing more to `address` by this channel for this merchant, from this commit on. The first reason stays."""
    suppress_hash(organization, channel, address_hash(address), reason, now)


def suppress_hash(
    organization: Organization, channel: str, hashed: str, reason: Suppression.Reason, now: datetime
) -> None:
    """The same where only the hash of the address is still known, because the person was erased."""
    _, made = Suppression.objects.get_or_create(
        organization=organization, address_hash=hashed, channel=channel, defaults={"reason": reason, "at": now}
    )
    if made:
        optouts.keep(organization.pk, channel, hashed, reason, now)


# ── on request, with a record ──


class NotSuppressed(Exception):  # noqa: N818 - says what is the case
    """Nobody can be let back in who is not kept out; `str()` says so."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is known of the wish to be written to again."""

    consent: LetBackIn.Consent
    why: str
    by: str  # who takes it down


def suppressed(organization: Organization, channel: str, address: str) -> Suppression | None:
    """What keeps this address from being written to by this channel; None where nothing does."""
    about = {"organization": organization, "address_hash": address_hash(address), "channel": channel}
    return Suppression.objects.filter(**about).first() if address.strip() else None


def unsent_of(
    organization_id: UUID, channel: Channel, addresses: Iterable[str], meant: Meant = ANYTHING
) -> Mapping[str, Unsent]:
    """Of many addresses why those that are kept out are not written to, by their hash: for what came first."""
    hashes = {address_hash(address) for address in addresses if address.strip()}
    kept_out = Suppression.objects.filter(organization_id=organization_id, address_hash__in=hashes)
    found = kept_out.filter(channel__in=meant.kept_out_of(channel)).order_by("-at")
    return {hashed: SUPPRESSED[reason] for hashed, reason in found.values_list("address_hash", "reason")}


@dataclass(frozen=True, slots=True)
class KeptOut:
    """Since when an address is not written to, and why."""

    at: datetime
    reason: str


KEPT_OUT: Final = "kept out"


def suppressed_asked(organization_id: UUID, channel: str, address: str) -> Question:
    """For `lines`: the same."""
    about = {"organization_id": organization_id, "address_hash": address_hash(address), "channel": channel}
    found = Suppression.objects.filter(**about) if address.strip() else Suppression.objects.none()
    return line(KEPT_OUT, found, "pk", "at", "reason")


def kept_out(told: Iterable[Line]) -> KeptOut | None:
    """Of lines."""
    return next((KeptOut(each.at, each.first) for each in told if each.of == KEPT_OUT), None)


def let_back_in(organization: Organization, channel: str, address: str, request: Request, now: datetime) -> LetBackIn:
    """Write to this address again, since its owner asked for it. Raises NotSuppressed.

    The next opt-out holds as the first one did. Who was erased may fail again under this address, as somebody new. The
    words stay out of the audit log, which nothing can be erased from.
    """
    with transaction.atomic():
        kept_out = suppressed(organization, channel, address)
        gone = Suppression.objects.filter(pk=kept_out.pk).delete()[0] if kept_out else 0
        if kept_out is None or not gone:
            raise NotSuppressed("This address is not kept out: it is written to as any other.")
        Erased.objects.filter(organization=organization, hash=kept_out.address_hash).delete()
        let_in = LetBackIn.objects.create(
            organization=organization, address_hash=kept_out.address_hash, channel=channel, consent=request.consent,
            why=request.why, by=request.by, at=now, was=kept_out.reason, was_since=kept_out.at,
        )  # fmt: skip
        said = {"consent": request.consent.value, "record": str(let_in.pk), "channel": channel}
        audit.write(organization.pk, audit.Deed(request.by, "let back in", "", {"reason": kept_out.reason}, said), now)
    return let_in


def was_let_back_in(organization: Organization, channel: str, hashed: str, since: datetime) -> bool:
    """Whether the address was let back in after `since`: what it said before holds no more."""
    records = LetBackIn.objects.filter(organization=organization, address_hash=hashed, channel=channel)
    return records.filter(at__gte=since).exists()
