"""Where a person can go: one table, from which the sidebar, the phone's bar, the menus and the keys are drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.http import HttpRequest
from django.urls import reverse

from tideover.gateways.mailers.account import Provider


class Place(StrEnum):
    """Where an entry is drawn."""

    SIDE = "side"
    PHONE = "phone"  # the bar at the bottom of a phone
    ACCOUNT = "account"  # the menu behind a person's initials
    FOOT = "foot"  # below the sidebar's pages
    PALETTE = "palette"
    SETTINGS = "settings"  # the sidebar's links while one is in the settings, and the page that lists them


class Group(StrEnum):
    """The headings under which the settings stand, in their order."""

    WORKSPACE = "Workspace"
    RECOVERY = "Recovery"
    DEVELOPERS = "Developers"
    DATA = "Data"


@dataclass(frozen=True, slots=True)
class Entry:
    """A place to go to. `address` names a page, `inside` those below it, `key` goes there after a "g".

    group, hint: of a page of the settings, its heading and what can be set there.
    """

    label: str
    address: str
    shown: Sequence[Place]
    icon: str = ""
    inside: Sequence[str] = ()
    query: str = ""
    key: str = ""
    counts_attention: bool = False  # carries the number of cases that wait for a person
    group: Group | None = None
    hint: str = ""

    @property
    def url(self) -> str:
        return reverse(self.address) + (f"?{self.query}" if self.query else "")

    def holds(self, address: str) -> bool:
        """Whether the page of this address is the entry's own, or one below it."""
        return not self.query and address in {self.address, *self.inside}


SETTINGS: Final = "dashboard:settings"
EVERYWHERE: Final = (Place.SIDE, Place.PHONE, Place.PALETTE)
ENTRIES: Final[Sequence[Entry]] = (
    Entry("Home", "dashboard:home", EVERYWHERE, icon="house", key="h"),
    Entry(
        "Cases",
        "dashboard:cases",
        EVERYWHERE,
        icon="inbox",
        inside=("dashboard:case", "dashboard:let-back-in"),
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
    Entry(
        "Customers",
        "dashboard:customers",
        EVERYWHERE,
        icon="users",
        inside=("dashboard:customer", "dashboard:let-back-in-letters", "dashboard:upload-readers"),
        key="u",
    ),
    Entry("Scans", "dashboard:scans", (Place.ACCOUNT, Place.PALETTE), icon="scan-search"),
    Entry("Renewals and trials", "dashboard:renewals", (Place.ACCOUNT, Place.PALETTE), icon="calendar-clock"),
    Entry("Win-back", "dashboard:winback", (Place.ACCOUNT, Place.PALETTE), icon="heart-handshake"),
    Entry(
        "Messages",
        "dashboard:messages",
        EVERYWHERE,
        icon="mail",
        inside=("dashboard:message", "dashboard:previews"),
        key="m",
    ),
    Entry(
        "Analytics",
        "dashboard:analytics",
        (Place.SIDE, Place.ACCOUNT, Place.PALETTE),
        icon="chart-line",
        inside=(
            "dashboard:messages-by",
            "dashboard:text-trials",
        ),
        key="a",
    ),
    Entry(
        "Connections",
        "dashboard:connections",
        (Place.SIDE, Place.ACCOUNT, Place.PALETTE),
        icon="plug",
        inside=(
            "dashboard:connect",
            "dashboard:connect-consent",
            "dashboard:connect-agreed",
            "dashboard:connect-app",
            "dashboard:connect-installed",
            "dashboard:connection-key",
            "dashboard:connection-disconnect",
            "dashboard:connection-endpoints",
        ),
    ),
    Entry("Settings", SETTINGS, EVERYWHERE, icon="settings", key="s"),
    Entry(
        "General",
        "dashboard:settings-general",
        (Place.SETTINGS, Place.PALETTE),
        icon="sliders-horizontal",
        group=Group.WORKSPACE,
        hint="Names, time zone, currency",
    ),
    Entry(
        "Brand",
        "dashboard:settings-brand",
        (Place.SETTINGS, Place.PALETTE),
        icon="palette",
        group=Group.WORKSPACE,
        hint="Name, color, logo, addresses",
    ),
    Entry(
        "Team",
        "dashboard:team",
        (Place.SETTINGS, Place.PALETTE),
        icon="users",
        group=Group.WORKSPACE,
        hint="People and their roles",
    ),
    Entry(
        "Recovery",
        "dashboard:settings-recovery",
        (Place.SETTINGS, Place.PALETTE),
        icon="life-buoy",
        group=Group.RECOVERY,
        hint="On or off",
    ),
    Entry("Set-up", "dashboard:get-started", (Place.ACCOUNT, Place.PALETTE), icon="list-checks"),
    Entry("Sample shop", "dashboard:sample", (Place.ACCOUNT, Place.PALETTE), icon="flask-conical"),
    Entry("What would happen", "dashboard:go-live", (Place.ACCOUNT, Place.PALETTE), icon="play"),
    Entry("What would have been", "dashboard:back-test", (Place.PALETTE,), icon="history"),
    Entry(
        "Rules",
        "dashboard:rules",
        (Place.SIDE, Place.SETTINGS, Place.PALETTE),
        icon="calendar-clock",
        inside=("dashboard:rules-versions", "dashboard:rules-apply"),
        group=Group.RECOVERY,
        hint="Charges, messages, limits",
    ),
    Entry(
        "Texts",
        "dashboard:texts",
        (Place.SIDE, Place.SETTINGS, Place.PALETTE),
        icon="pencil",
        inside=(
            "dashboard:text",
            "dashboard:text-designs",
            "dashboard:text-model",
            "dashboard:text-trial",
            "dashboard:text-versions",
        ),
        group=Group.RECOVERY,
        hint="What messages say",
    ),
    Entry(
        "Pay page",
        "dashboard:settings-pay-page",
        (Place.SETTINGS, Place.PALETTE),
        icon="credit-card",
        group=Group.RECOVERY,
        hint="Ways to pay beside a card",
    ),
    Entry(
        "Email sending",
        "dashboard:settings-email",
        (Place.SETTINGS, Place.PALETTE),
        icon="send",
        inside=tuple(f"dashboard:settings-email-{each}" for each in Provider),
        group=Group.RECOVERY,
        hint="By whom your mails go",
    ),
    Entry(
        "SMS",
        "dashboard:settings-sms",
        (Place.SETTINGS, Place.PALETTE),
        icon="smartphone",
        group=Group.RECOVERY,
        hint="Text messages by your Twilio",
    ),
    Entry(
        "Renewals",
        "dashboard:settings-renewals",
        (Place.SETTINGS, Place.PALETTE),
        icon="calendar-clock",
        group=Group.RECOVERY,
        hint="Who is told before, and when",
    ),
    Entry(
        "Win-back",
        "dashboard:settings-winback",
        (Place.SETTINGS, Place.PALETTE),
        icon="heart-handshake",
        group=Group.RECOVERY,
        hint="Who has left is asked back",
    ),
    Entry(
        "Payment plans",
        "dashboard:settings-plans",
        (Place.SETTINGS, Place.PALETTE),
        icon="list-ordered",
        group=Group.RECOVERY,
        hint="Paying in monthly parts",
    ),
    Entry(
        "Retention",
        "dashboard:settings-retention",
        (Place.SETTINGS, Place.PALETTE),
        icon="archive",
        group=Group.DATA,
        hint="How long events and messages are kept",
    ),
    Entry(
        "Who changed what",
        "dashboard:settings-changes",
        (Place.SETTINGS, Place.PALETTE),
        icon="history",
        group=Group.DATA,
        hint="Every change, by whom and when",
    ),
    Entry(
        "Data and privacy",
        "dashboard:data",
        (Place.SETTINGS, Place.PALETTE),
        icon="shield",
        inside=("dashboard:erase-organization",),
        group=Group.DATA,
        hint="What is kept, and how it goes",
    ),
    Entry(
        "My account",
        "dashboard:account",
        (Place.ACCOUNT, Place.PALETTE),
        icon="user",
        inside=(
            "dashboard:account-address",
            "dashboard:account-notices",
            "dashboard:account-password",
            "dashboard:account-passkeys",
            "dashboard:account-second-factor",
        ),
    ),
    Entry("Status", "dashboard:status", (Place.FOOT, Place.ACCOUNT, Place.PALETTE), icon="activity"),
    Entry(
        "Help",
        "dashboard:help",
        (Place.FOOT, Place.ACCOUNT, Place.PALETTE),
        icon="circle-question-mark",
        inside=("dashboard:features", "dashboard:doctor"),
    ),
)


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as it is drawn on one page. current: it is that page. around: it is, or that page stands below it."""

    entry: Entry
    current: bool
    around: bool


@dataclass(frozen=True, slots=True)
class Navigation:
    """Every way onward from one page.

    keys: the links that have one. settings: by their heading. in_settings: the sidebar shows those alone.
    """

    side: Sequence[Link]
    phone: Sequence[Link]
    foot: Sequence[Link]
    account: Sequence[Link]
    palette: Sequence[Link]
    keys: Sequence[Link]
    settings: Mapping[str, Sequence[Link]]
    in_settings: bool


def navigation(request: HttpRequest) -> Navigation:
    """The links as seen from the page that is asked for."""
    here = request.resolver_match.view_name if request.resolver_match else ""
    inside = any(Place.SETTINGS in entry.shown and entry.holds(here) for entry in ENTRIES)
    links = [
        Link(entry, entry.holds(here), entry.holds(here) or (inside and entry.address == SETTINGS)) for entry in ENTRIES
    ]
    grouped = {
        group.value: [link for link in _shown(links, Place.SETTINGS) if link.entry.group == group] for group in Group
    }
    return Navigation(
        side=_shown(links, Place.SIDE),
        phone=_shown(links, Place.PHONE),
        foot=_shown(links, Place.FOOT),
        account=_shown(links, Place.ACCOUNT),
        palette=_shown(links, Place.PALETTE),
        keys=[link for link in links if link.entry.key],
        settings={group: found for group, found in grouped.items() if found},
        in_settings=inside or here == SETTINGS,
    )


def _shown(links: Sequence[Link], place: Place) -> list[Link]:
    return [link for link in links if place in link.entry.shown]
