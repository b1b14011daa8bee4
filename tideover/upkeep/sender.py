"""The address that a project writes from, and what is known of its domain: for the set-up and for settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tideover.gateways.sender_domain import domain_of
from tideover.tenants.models import Project
from tideover.upkeep.doctor import kept
from tideover.upkeep.doctor.asking import sender_of
from tideover.upkeep.doctor.findings import Level

AGAIN_AFTER: Final = timedelta(minutes=1)  # a domain of which nothing could be learnt is not asked at each look


@dataclass(frozen=True, slots=True)
class Sender:
    """What is true or missing, in a sentence. waits: it is being looked at."""

    fine: bool
    says: str
    waits: bool = False


def told(project: Project, found: kept.Kept) -> Sender:
    """By what Doctor found last."""
    address = sender_of(project)
    domain, waits = domain_of(address), found.asked_at is not None
    if not domain:
        return Sender(fine=False, says=f"{address or 'No address'} has no domain of yours.")
    if not _is_known(domain, found):
        says = "is being looked at" if waits else "could not be looked at: see Doctor"
        return Sender(fine=False, says=f"{address}: its domain {says}.", waits=waits)
    mine = [each for each in found.findings if each.check == "domain" and each.about == domain]
    wrong = [each.says for each in mine if each.level != Level.UNKNOWN]
    if wrong:
        return Sender(fine=False, says=" ".join(wrong), waits=waits)
    said = " ".join(f"{each.says}." for each in mine) or "SPF, DKIM and DMARC are as receivers ask."
    return Sender(fine=True, says=f"{address}. {said}", waits=waits)


def _is_known(domain: str, found: kept.Kept) -> bool:
    """Whether Doctor has looked at this domain, and had answers."""
    unknown = any(each.check == "domain" and each.level == Level.UNKNOWN and not each.about for each in found.findings)
    return domain in found.domains and not unknown


def have_looked_at(project: Project, now: datetime) -> None:
    """Ask Doctor, where it knows nothing yet of the domain that messages come from."""
    found = kept.kept(project.organization)
    lately = found.found_at is not None and now - AGAIN_AFTER < found.found_at <= now
    known = _is_known(domain_of(sender_of(project)), found)
    if not (known or lately or found.asked_at):
        kept.ask(project.organization, now)
