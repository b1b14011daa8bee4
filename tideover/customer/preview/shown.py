"""What of a sample failure's page is shown: all of it, drawn where a script or Stripe would have to do something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from tideover.core.declines import Family
from tideover.core.ways.doors import Door
from tideover.customer.preview.sample import sample
from tideover.customer.queries import Page, page_of
from tideover.tenants.models import Project

DRAWN: Final[Mapping[Door, str]] = {
    Door.CARD: "customer/doors/card_drawn.html",
    Door.CONFIRM: "customer/doors/confirm_drawn.html",
}


def preview(project: Project, family: Family, language: str, now: datetime) -> Page:
    """What a payer of the project would see of a failure of this family, in this language."""
    shown = page_of(sample(project, family, language, now), now)
    doors = tuple(replace(door, template=DRAWN.get(door.door, door.template)) for door in shown.doors)
    return replace(shown, doors=doors)
