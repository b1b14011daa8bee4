"""Everything of one run put together: the Stripes, the lying networks, the database, and the product's processes."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

from chaos import mail_proxy, places, stripe_proxy, webhook_proxy
from chaos.cluster import Cluster, programs
from chaos.database import Database
from chaos.dice import Dice
from chaos.disk import CannotMount, Disk
from chaos.evidence import Evidence
from chaos.family import Family
from chaos.history import NoHistory, unpack_the_version_before
from chaos.hurry import STRIPE_SECONDS
from chaos.leavers import Leavers
from chaos.mail_proxy import MailProxy
from chaos.midwife import Midwife
from chaos.odd_events import OddEvents
from chaos.options import BEGINS_AT, Options
from chaos.payers import Payers
from chaos.stripe_proxy import StripeProxy
from chaos.visitors import ENDS, STAYS, Visitors
from chaos.webhook_proxy import WebhookProxy
from chaos.world import World

HARNESS = Path(__file__).parent
DONE_WITHIN = 60.0
WATCHED = 12  # customers of the merchant whom we only observe


class Scene:
    """The stage of one run in `folder`, with the product's code of `tree`."""

    def __init__(self, options: Options, folder: Path, tree: Path) -> None:
        self.options, self.folder, self.tree = options, folder, tree
        self.offset_file = folder / "offset"
        self.set_offset(BEGINS_AT - time.time())
        self.evidence = Evidence(folder, self.offset_file)
        self.dice = Random(f"{options.seed} scene")
        self.family = Family(self.evidence, {"web": 2, "worker": 2})
        self.acting = [World(name, folder, options.seed + n, "act") for n, name in enumerate(options.merchants)]
        self.watched = World("Watched", folder, options.seed + len(self.acting), "observe")
        self.proxies: list[StripeProxy] = []
        self.all_dice: list[Dice] = []
        pages = self._dice("pages", options.page_share, webhook_proxy.PAGE_WEIGHTS)
        hooks = self._dice("webhook", options.webhook_share, webhook_proxy.WEIGHTS)
        self.webhook = WebhookProxy(hooks, pages, self.evidence)
        kinds = dict.fromkeys(options.mail_faults, 1) or mail_proxy.WEIGHTS
        self.leavers = Leavers(self.evidence)
        self.mail = MailProxy(self._dice("mail", options.mail_share, kinds), self.evidence)
        self.payers = Payers(options.seed, self.acting, self.evidence)
        self.mail.accepted = self.leavers.got_mail
        self.visitors, self.odd_events = Visitors(self.evidence), OddEvents(options.seed, self.evidence)
        self.merchants: list[dict[str, str]] = []
        self.version_before = ""  # the commit whose processes are part of it
        self.left_out: dict[str, str] = {}  # what cannot be had on this machine, and why
        self.cluster: Cluster | None = None
        self.disk: Disk | None = None  # beneath the database, where one may be mounted
        self.database = Database("", folder / "home" / "tideover.sqlite3")

    @property
    def worlds(self) -> list[World]:
        return [*self.acting, self.watched]

    def _dice(self, name: str, share: int, weights: Any) -> Dice:  # noqa: ANN401 - a table of weights
        dice = Dice(f"{self.options.seed} {name}", share, weights)
        dice.calm = True  # until the run begins
        self.all_dice.append(dice)
        return dice

    def set_offset(self, seconds: float) -> None:
        """Move the product's clock: every process of it reads this file."""
        part = self.offset_file.with_suffix(".part")
        part.write_text(f"{seconds:.3f}", "ascii")
        part.replace(self.offset_file)

    async def raise_curtain(self) -> None:
        """Start everything, connect the merchants, and gather the crowd."""
        if self.options.database == "postgres":
            found = programs()
            if found is None:
                raise RuntimeError("there is no PostgreSQL on this machine")
            self.cluster = Cluster(found)
            await asyncio.to_thread(self.cluster.start)
        if self.options.disasters.get("full_disk"):
            await asyncio.to_thread(self._lay_the_database_on_a_small_disk)
        if self.cluster is not None:
            self.database = Database(self.cluster.url, Path())
        towns = [world.start(BEGINS_AT, self.options.town, self.tree) for world in self.acting]
        await asyncio.gather(*towns, self.watched.start(BEGINS_AT, 0, self.tree))
        await self.webhook.start()
        await self.mail.start(self.acting[0].hello["smtp_port"])
        await self._connect_stripes()
        ours = self._environment(self.mail.port)
        await self.family.today.start(self.tree, ours, self.folder / "product.log")
        self.webhook.target = ("127.0.0.1", self.family.today.port)
        await asyncio.gather(self._prepare(), self._wake_the_version_before())
        await self.family.look_after()
        names = [*ENDS, STAYS]
        members = await self.have_done("members", connection=self.merchants[0]["connection"], names=names)
        await self.visitors.sign_in(self.webhook.url, members)
        crowds = [world.gather_crowd(self.options.crowd, 96) for world in self.acting]
        await asyncio.gather(*crowds, self.watched.gather_crowd(WATCHED, 48))

    def _lay_the_database_on_a_small_disk(self) -> None:
        """SQLite's with the whole home folder, PostgreSQL's without its log."""
        folder = self.folder / "home" if self.cluster is None else Path(tempfile.mkdtemp(prefix="tideover-chaos-disk-"))
        folder.mkdir(mode=0o700, exist_ok=True)
        disk = Disk(folder, self.options.disk_megabytes)
        try:
            disk.mount(os.getuid() if self.cluster is None else self.cluster.owner)
        except CannotMount as missing:
            self.left_out["a disk that is really full"] = str(missing)
            return
        self.disk = disk
        if self.cluster is not None:
            self.cluster.move_to(folder)

    def _take_the_disk_away(self, disk: Disk) -> None:
        """What a file of SQLite's says stays to be looked at."""
        kept = self.folder / "home.kept"
        if self.cluster is None:
            shutil.copytree(disk.folder, kept)
        disk.unmount()
        disk.folder.rmdir()
        if self.cluster is None:
            kept.rename(disk.folder)

    async def _connect_stripes(self) -> None:
        for world in self.worlds:
            dice = self._dice(f"stripe {world.name}", self.options.stripe_share, stripe_proxy.WEIGHTS)
            proxy = StripeProxy(
                world.name, world.address, dice, self.evidence, STRIPE_SECONDS + 0.2, self.kill_the_workers
            )
            await proxy.start()
            self.proxies.append(proxy)

    async def _wake_the_version_before(self) -> None:
        """A nursery of ours wakes it, and lets it wait a twentieth of what it knows by our names."""
        if not self.options.before:
            return
        midwife, tree = Midwife(), self.folder / "before"
        try:
            commit = await asyncio.to_thread(unpack_the_version_before, tree)
            shutil.copytree(HARNESS, tree / HARNESS.name, ignore=shutil.ignore_patterns("__pycache__"))
            await midwife.start(tree, self._environment(self.mail.port_of_before), self.folder / "before.log")
        except (NoHistory, RuntimeError) as missing:
            await midwife.end()
            self.left_out["the version before this one"] = str(missing)
            return
        self.version_before, self.family.before = commit, midwife
        self.webhook.before = ("127.0.0.1", midwife.port)

    async def upgraded(self) -> None:
        """From here on there is this version alone."""
        self.webhook.before = None
        await self.family.part_with_the_version_before()

    def kill_the_workers(self) -> None:
        """Every worker dies this instant: their requests are at Stripe, the answers will find nobody."""
        for child in self.family.of("worker"):
            self.family.kill(child, " while its request was out")

    def _environment(self, smtp_port: int) -> dict[str, str]:
        ours = {
            "TIDEOVER_HOME": str(self.folder / "home"),
            "TIDEOVER_DATABASE_URL": self.cluster.url if self.cluster else "",
            "TIDEOVER_BASE_URL": self.webhook.url,
            "TIDEOVER_SMTP_HOST": "127.0.0.1",
            "TIDEOVER_SMTP_PORT": str(smtp_port),
            "TIDEOVER_LOG_LEVEL": "WARNING",
            "TIDEOVER_CLOCK_OFFSET_FILE": str(self.offset_file),
            "TIDEOVER_FAILPOINTS_LOG": str(self.folder / "failpoints.log"),
        }
        return {name: value for name, value in os.environ.items() if not name.startswith("TIDEOVER_")} | ours

    async def _prepare(self) -> None:
        self.merchants = await self.have_done(
            "prepare", merchants=self.accounts(), base_url=self.webhook.url, plan=self._plan
        )
        for merchant in self.merchants:
            self.evidence.rules(connection=merchant["connection"].replace("-", ""), version=1, end="")
        for proxy in self.proxies:
            proxy.writes = 0

    @property
    def _plan(self) -> dict[str, Any]:
        return {name: getattr(self.options, name) for name in ("tries", "mail_days", "window_days")}

    async def other_rules(self, end: str) -> None:
        """From now on those for whom we act have rules with this end; for what has failed before nothing changes."""
        for merchant in self.merchants[: len(self.acting)]:
            version = await self.have_done("adopt", connection=merchant["connection"], plan=self._plan, end=end)
            if version:
                self.evidence.rules(connection=merchant["connection"].replace("-", ""), version=version, end=end)

    async def payers_come(self, count: int, seed: str) -> None:
        """So many customers of each merchant for whom we act visit the pages by which they pay."""
        for merchant in self.merchants[: len(self.acting)]:
            given = await self.have_done("links", connection=merchant["connection"], count=count, seed=seed)
            await self.payers.come({customer: f"{self.webhook.url}/c/{token}" for customer, token in given.items()})

    def accounts(self) -> list[dict[str, Any]]:
        """The accounts as their merchants connect them."""
        return [
            {
                "name": world.name, "mode": world.mode, "api_key": world.hello["api_key"],
                "api_base": proxy.url, "real_base": world.hello["api_base"],
                "publishable_key": world.hello["publishable_key"],
            }
            for world, proxy in zip(self.worlds, self.proxies, strict=True)
        ]  # fmt: skip

    async def have_done(self, role: str, **order: Any) -> Any:  # noqa: ANN401 - JSON
        """Let a process of the product do one thing; what it said of it. Raises RuntimeError where it says nothing."""
        result = self.folder / f"{role}.json"
        result.unlink(missing_ok=True)
        await self.family.bear(role, result=str(result), **order)
        until = time.monotonic() + DONE_WITHIN
        while not result.exists():
            if time.monotonic() > until:
                raise RuntimeError(f"{role} came to no end; product.log says why")
            await asyncio.sleep(0.05)
        return json.loads(result.read_text())

    def failpoints(self) -> dict[str, tuple[str, ...]]:
        """The failpoints of the code under test, with their roles."""
        return places.failpoints(self.tree / "tideover")

    async def close_books(self) -> None:
        """What is under way is finished, and nobody writes any more while the books are read."""
        await self.family.rest()
        said = await self.have_done("seal")
        if said:
            raise RuntimeError(f"the audit log could not be closed: {said}")

    async def lower_curtain(self) -> None:
        """End everybody; books and logs stay."""
        await self.visitors.leave()
        await self.family.end()
        for world in self.worlds:
            await world.end()
        if self.cluster is not None:
            await asyncio.to_thread(self.cluster.end)
        if self.disk is not None:
            await asyncio.to_thread(self._take_the_disk_away, self.disk)
