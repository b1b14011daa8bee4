"""After a backup is back in place: everything into quarantine, and the opt-outs newer than it applied again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tideover.messages import optouts
from tideover.messages.forgetting import forget_hash
from tideover.messages.models import Suppression
from tideover.messages.suppression import suppress_hash
from tideover.recovery import quarantine
from tideover.tenants.models import Organization
from tideover.upkeep.backup import put_back


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did beside putting the data back."""

    quarantined: int  # connections that may do nothing until each open case was read again
    optouts: int  # opt-outs and erasures that the backup did not know


def restore(file: Path, told: Iterable[Path], now: datetime) -> Restored:
    """Put the backup back, in quarantine, with every opt-out in the files `told`. Raises CannotBackUp."""
    known = [told_ for path in told for told_ in optouts.kept(path)]  # read first: a bad file must not stop us halfway
    put_back(file)
    return Restored(quarantine.begin(now), sum(_applied(known)))


def _applied(known: Iterable[optouts.OptOut]) -> Iterator[bool]:
    organizations = {str(organization.pk): organization for organization in Organization.objects.all()}
    for told in known:
        merchant = organizations.get(told.organization)
        if merchant is not None:
            yield _apply(told, merchant)


def _apply(told: optouts.OptOut, merchant: Organization) -> bool:
    if told.reason == optouts.ERASED:
        return forget_hash(merchant, told.address_hash) > 0
    already = Suppression.objects.filter(organization=merchant, address_hash=told.address_hash, channel=told.channel)
    if already.exists():
        return False
    reason, at = Suppression.Reason(told.reason), datetime.fromisoformat(told.at)
    suppress_hash(merchant, told.channel, told.address_hash, reason, at)
    return True
