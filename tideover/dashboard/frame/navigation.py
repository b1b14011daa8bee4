"""Where a person can go: one table, from which the sidebar, the phone's bar, the menus and the keys are drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.http import HttpRequest
from django.urls import reverse


class Place(StrEnum):
    """Where an entry is drawn."""

    SIDE = "side"
    PHONE = "phone"  # the bar at the bottom of a phone
    ACCOUNT = "account"  # the menu behind a person's initials
    PALETTE = "palette"


@dataclass(frozen=True, slots=True)
class Entry:
    """A place to go to. `address` names a page, `inside` those below it, `key` goes there after a "g"."""

    label: str
    address: str
    shown: Sequence[Place]
    icon: str = ""
    inside: Sequence[str] = ()
    query: str = ""
    key: str = ""
    counts_attention: bool = False  # carries the number of cases that wait for a person

    @property
    def url(self) -> str:
        return reverse(self.address) + (f"?{self.query}" if self.query else "")

    def holds(self, address: str) -> bool:
        """Whether the page of this address is the entry's own, or one below it."""
        return not self.query and address in {self.address, *self.inside}


EVERYWHERE: Final = (Place.SIDE, Place.PHONE, Place.PALETTE)
ENTRIES: Final[Sequence[Entry]] = (
    Entry("Home", "dashboard:home", EVERYWHERE, icon="house", key="h"),
    Entry(
        "Cases",
        "dashboard:cases",
        EVERYWHERE,
        icon="inbox",
        inside=("dashboard:case",),
        key="c",
        counts_attention=True,
    ),
    Entry(
        "Cases that need attention",
        "dashboard:cases",
        (Place.PALETTE,),
        icon="triangle-alert",
        query="attention=1",
    ),
    Entry("Messages", "dashboard:messages", EVERYWHERE, icon="mail", key="m"),
    Entry("Status", "dashboard:status", (Place.ACCOUNT,)),
)


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as it is drawn on one page."""

    entry: Entry
    current: bool


def navigation(request: HttpRequest) -> Mapping[str, Sequence[Link]]:
    """The links of every place, and those that have a key, as seen from the page that is asked for."""
    here = request.resolver_match.view_name if request.resolver_match else ""
    links = [Link(entry, entry.holds(here)) for entry in ENTRIES]
    shown = {place.value: [link for link in links if place in link.entry.shown] for place in Place}
    return {**shown, "keys": [link for link in links if link.entry.key]}
