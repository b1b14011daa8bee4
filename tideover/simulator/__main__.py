"""`python -m tideover.simulator`: serve a simulated Stripe; the first line on stdout says where and with which keys."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from pathlib import Path

import orjson
import uvicorn

from tideover.simulator.account.world import Settings, Simulator, new_simulator
from tideover.simulator.api.resources import TABLE
from tideover.simulator.people.town import Town
from tideover.simulator.server import Server
from tideover.simulator.shop.population import Shop
from tideover.simulator.wire.listening import listener, port_of

SANDBOX_LIMIT = 25  # requests per second


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tideover.simulator", description=__doc__)
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on")
    add("--port", type=int, default=12111, help="port of the API; 0 = any free one")
    add("--seed", type=int, default=1, help="the same seed gives the same world")
    add("--start", type=int, help="unix second at which the world begins; default now")
    add("--clock", choices=("simulated", "wall"), default="simulated", help="stand still until /_sim/advance, or run")
    add("--smart-retries", action=argparse.BooleanOptionalAction, default=True, help="Stripe's own retries")
    add("--retry-days", type=int, choices=(7, 14, 21, 28, 60), default=14, help="over how many days they are spread")
    add("--after-last-retry", choices=("cancel", "unpaid", "past_due"), default="cancel")
    add("--rate-limit", type=int, help="requests per second, 0 = any number; by the wall clock the sandbox's 25")
    add("--smtp-port", type=int, default=0, help="port of the mailbox; 0 = any free one")
    add("--mail-dir", type=Path, help="also write each mail there as .eml and .html")
    add("--customers", type=int, default=0, help="fill the account with a shop of so many customers")
    add("--days", type=int, default=Shop.days, help="how far ahead the customers' luck is drawn")
    add(
        "--stripe-mails", action=argparse.BooleanOptionalAction, default=False, help="Stripe itself writes to customers"
    )
    add("--deliver", choices=("soon", "on-move"), default="soon", help="webhooks at once, or only when time is moved")
    add("--ledger", type=Path, help="append every charge attempt to this JSON-lines file")
    add("--operations", action="store_true", help="print the operations served and end")
    return parser


def build(given: argparse.Namespace) -> Simulator:
    """The simulator the command line describes."""
    settings = Settings(
        smart_retries=given.smart_retries,
        retry_days=given.retry_days,
        after_last_retry=given.after_last_retry,
        rate_limit=rate_limit(given),
        stripe_mails=given.stripe_mails,
    )
    return new_simulator(given.seed, given.start, given.clock, settings, given.ledger)


def rate_limit(given: argparse.Namespace) -> int | None:
    """A world that follows the wall is limited as Stripe's sandbox is, unless told otherwise."""
    if given.rate_limit is None:
        return SANDBOX_LIMIT if given.clock == "wall" else None
    return int(given.rate_limit) or None


def operations() -> str:
    """Every operation served, one a line."""
    return "\n".join(sorted(f"{entry.method:6} {entry.path}" for entry in TABLE.operations))


async def serve(given: argparse.Namespace) -> None:
    """Run until told to stop."""
    sim = build(given)
    listening = listener(given.host, given.port)
    sim.base_url = f"http://{given.host}:{port_of(listening)}"
    town = Town(sim, given.host, given.smtp_port, given.mail_dir)
    if given.customers:
        town.settle(Shop(given.customers, given.seed, given.days))
    server = Server.around(sim)
    server.courier.waits_for_a_move = given.deliver == "on-move"
    config = uvicorn.Config(server, log_level="warning", access_log=False, lifespan="off", http="httptools")
    web = uvicorn.Server(config)
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, setattr, web, "should_exit", True)
    async with server.open():
        sys.stdout.write(orjson.dumps(_hello(sim, town)).decode() + "\n")
        sys.stdout.flush()
        running = asyncio.create_task(server.mover.follow_the_wall()) if given.clock == "wall" else None
        await web.serve(sockets=[listening])
        if running:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running


def _hello(sim: Simulator, town: Town) -> dict[str, str | int | None]:
    return {
        "api_base": sim.base_url,
        "api_key": sim.keys.secret,
        "publishable_key": sim.keys.publishable,
        "restricted_key": sim.keys.restricted,
        "account": sim.keys.account,
        "webhook_secret": None,
        "smtp_port": town.smtp_port,
        "mailbox_url": f"{sim.base_url}/_mailbox/",
        "control_url": f"{sim.base_url}/_sim",
    }


def main(words: list[str] | None = None) -> None:
    """Entry point; `words` are the command line's, by default this process's own."""
    given = arguments().parse_args(words)
    if given.operations:
        sys.stdout.write(operations() + "\n")
    else:
        asyncio.run(serve(given))


if __name__ == "__main__":
    main()
