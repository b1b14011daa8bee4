"""What a run is asked to do, and what it must have done to count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from chaos import disk, mail_proxy, stripe_proxy, visitors, webhook_proxy

BEGINS_AT: Final = 1_786_320_000  # 2026-08-10, so that a run of some weeks meets no end of summer time by chance


@dataclass(frozen=True, slots=True)
class Options:
    """One run. `seconds` is how long faults rain; setting up and calming down come on top."""

    seed: int = 1
    database: str = "sqlite"
    seconds: float = 25.0
    merchants: tuple[str, ...] = ("Acme",)  # for whom we act, each with an account and customers of its own
    crowd: int = 60  # customers of each
    newcomers: int = 2  # of each, with every move of the clock
    town: int = 20
    acts: float = 2.5  # how many customers or merchants do something at Stripe between two moves of the clock
    payers: float = 4.0  # how many customers come to their pay page between two moves
    # What is done at Stripe at the end by the rules that each merchant has in turn, each for a move: empty where Stripe
    # goes on by itself. Who takes over gives up after a day.
    ends: tuple[str, ...] = ("cancel", "", "pause", "", "uncollectible", "", "leave", "")
    tries: tuple[int, ...] = (3, 24, 48, 72)  # hours after the failure at which we charge
    mail_days: tuple[int, ...] = (0, 2, 4)  # on which the plan writes, at least two; a late message gives way
    window_days: int = 4  # after which a case is given up
    patience: float = 1.3  # seconds to wait, between two moves of the clock, until the product has done what is due
    stripe_share: int = 45  # of a hundred reads; of charges twice as many, of other writes a third
    webhook_share: int = 75
    mail_share: int = 95
    page_share: int = 40  # of a hundred forms that payers send
    mail_faults: tuple[str, ...] = ()  # only these kinds; empty: all
    kill_every: tuple[int, int] = (180, 360)  # requests between two kills
    victims: tuple[str, ...] = ("web", "worker", "worker")
    disasters: Mapping[str, int] = field(
        default_factory=lambda: {
            "everybody_dies": 2,
            "zombie": 2,
            "clock_back": 1,
            "sleepover": 1,
            "database": 2,
            "restore": 1,
            "wrong_clock": 1,
            "connected_again": 1,
            "full_disk": 1,
        }
    )
    disk_megabytes: int = disk.MEGABYTES
    before: bool = True  # whether a web and a worker of the version before live beside ours for its first half
    failpoints: bool = True
    calm_hours: tuple[float, ...] = (0.2, 0.3, 0.5, 2, 6, 14, 25, 0.2, 0.3)
    least: Mapping[str, int] = field(default_factory=dict)  # of some kinds of faults, where it is not three
    faults: int = 1_000  # the least of a run that counts; so the next three
    kills: int = 40
    replies_lost: int = 250
    sends: int = 1
    answers: int = 5  # to members who were signed in
    odd_events: int = 2  # for each merchant, between two moves of the clock

    @classmethod
    def long(cls, seed: int, database: str, minutes: float) -> Options:
        """A run of many minutes: fewer faults for each request, so that much more is done between them.

        A plan that writes every other day and tries twice, as many customers as two cores get through, and time moves
        on when all that is due is done: who is late writes nothing, as each message gives way to the next.
        """
        parts = minutes / 30
        disasters = {
            "everybody_dies": 20,
            "zombie": 30,
            "clock_back": 10,
            "sleepover": 5,
            "database": 20,
            "restore": 1,
            "wrong_clock": 10,
            "connected_again": 5,
            "full_disk": 5,
        }
        return cls(
            seed=seed, database=database, seconds=minutes * 60,
            merchants=("Acme", "Birch"), crowd=40, newcomers=5, acts=1.0, patience=12,
            ends=("", "", "", "cancel", "", "", "", "pause", "", "", "", "uncollectible", "", "", "", "leave"),
            tries=(3, 150), mail_days=(0, 2, 4, 6, 8, 10, 12), window_days=14,
            disk_megabytes=2_048, stripe_share=10, webhook_share=40, mail_share=8,
            kill_every=(55, 95), victims=("web", "web", "worker"),
            disasters={kind: max(1, int(count * parts)) for kind, count in disasters.items()},
            faults=int(10_000 * parts), kills=int(1_000 * parts), replies_lost=int(2_000 * parts),
            sends=int(10_000 * parts),
        )  # fmt: skip

    @property
    def must_have(self) -> dict[str, int]:
        """How many faults of each kind a run of this size must show to be valid."""
        return {
            **dict.fromkeys((*stripe_proxy.WEIGHTS, *webhook_proxy.WEIGHTS, *mail_proxy.WEIGHTS, "odd_event"), 3),
            **dict.fromkeys(webhook_proxy.PAGE_WEIGHTS, 3),
            **dict.fromkeys(visitors.ENDS, 1),
            **self.least,
        }

    def plain(self) -> dict[str, Any]:
        """The options as JSON, from which a run can be had again."""
        return asdict(self)
