"""After a backup is back in place: everything into quarantine, and the opt-outs newer than it applied again.

Notices to members, and what is written ahead of a payment, wait for no case to be read: what of them may have left
since the backup is settled as unknown at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.db import DatabaseError, transaction

from tideover.core.catalogue import Channel
from tideover.flow import stops
from tideover.messages import optouts
from tideover.messages.forgetting import forget_hash
from tideover.messages.models import Suppression
from tideover.messages.suppression import suppress_hash, was_let_back_in
from tideover.notices import restoring as notices
from tideover.predunning import restoring as ahead
from tideover.recovery import quarantine
from tideover.tenants.ending import lasting
from tideover.tenants.models import Connection, Organization, OrganizationErasure
from tideover.upkeep.backup import put_back
from tideover.upkeep.privacy.erase import erase_again
from tideover.upkeep.privacy.organization import erase_organization


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did beside putting the data back."""

    quarantined: int  # connections that may do nothing until each open case was read again
    doubted: int  # notices to members, and messages ahead of a payment, that may have left since and are not repeated
    optouts: int  # opt-outs and erasures that the backup did not know
    stopped: bool  # everything, until a person says that the original is gone


def restore(file: Path, told: Iterable[Path], now: datetime, *, original_is_gone: bool = False) -> Restored:
    """Put the backup back, in quarantine, with every opt-out in the files `told`. Raises CannotBackUp.

    Where it does not take the place of its own original, that may still live, and both would charge and write. So
    everything is stopped until a person starts it, unless they said already that the `original_is_gone`.
    """
    known = [told_ for path in told for told_ in optouts.kept(path)]  # read first: a bad file must not stop us halfway
    replaced = _connections()
    put_back(file)
    beside = not original_is_gone and not replaced & _connections()
    quarantined, new = quarantine.begin(now), applied(known)
    if beside:
        stops.stop(None, by="restore", now=now)
    doubted = notices.doubt_what_was_due(now) + ahead.doubt_what_was_due(now)
    return Restored(quarantined, doubted, new, beside)


def _connections() -> set[UUID]:
    """Which there are, by ids that no two installations share; none where there are no tables yet."""
    try:
        with transaction.atomic():
            return set(Connection.objects.values_list("pk", flat=True))
    except DatabaseError:
        return set()


def take_in_waiting() -> int:
    """Bring home the opt-outs that the database did not take, and keep room for more; how many are new."""
    with optouts.taken_in() as waiting:
        new = applied(waiting)
    optouts.keep_room()
    return new


def applied(known: Iterable[optouts.OptOut]) -> int:
    """Apply opt-outs and erasures; returns how many the database did not know."""
    known = list(known)
    ended = sum(_ended_again(told) for told in known if told.address_hash == optouts.EVERYBODY)
    merchants = {str(each.pk): each for each in lasting().filter(pk__in={told.organization for told in known})}
    told = [one for one in known if one.organization in merchants]
    gone = defaultdict[str, dict[str, datetime]](dict)
    for one in told:
        if one.reason == optouts.ERASED and not _was_let_in(one, merchants[one.organization]):
            gone[one.organization][one.address_hash] = datetime.fromisoformat(one.at)
    erased = sum(_erased(merchants[organization], marks) for organization, marks in gone.items())
    return (
        ended + erased + sum(_apply(one, merchants[one.organization]) for one in told if one.reason != optouts.ERASED)
    )


def _ended_again(told: optouts.OptOut) -> bool:
    """It was erased after the backup was made."""
    found = lasting().filter(pk=told.organization).first()
    at = datetime.fromisoformat(told.at)
    return found is not None and erase_organization(found, OrganizationErasure.By.RESTORE, at)


def _was_let_in(told: optouts.OptOut, merchant: Organization) -> bool:
    channel = told.channel or Channel.EMAIL
    return was_let_back_in(merchant, channel, told.address_hash, datetime.fromisoformat(told.at))


def _erased(merchant: Organization, marks: Mapping[str, datetime]) -> int:
    """By the hash of an address messages are found also where no case tells of it."""
    forgotten = sum(forget_hash(merchant, mark) > 0 for mark in marks)
    return max(erase_again(merchant, marks), forgotten)


def _apply(told: optouts.OptOut, merchant: Organization) -> bool:
    already = Suppression.objects.filter(organization=merchant, address_hash=told.address_hash, channel=told.channel)
    reason, at = Suppression.Reason(told.reason), datetime.fromisoformat(told.at)
    if already.exists() or _was_let_in(told, merchant):
        return False
    suppress_hash(merchant, told.channel, told.address_hash, reason, at)
    return True
