"""The command line's flags about mail and the shop, and the town they describe."""

from __future__ import annotations

import argparse
from pathlib import Path

from tideover.simulator import people_control
from tideover.simulator.people_town import Town
from tideover.simulator.population import Shop
from tideover.simulator.world import Simulator

__all__ = ["add_flags", "people_control", "town_of"]  # importing people_control adds its levers


def add_flags(parser: argparse.ArgumentParser) -> None:
    """--smtp-port, --mail-dir, --customers, --days, --stripe-mails."""
    add = parser.add_argument
    add("--smtp-port", type=int, default=0, help="port that takes mail; 0 = any free one")
    add("--mail-dir", type=Path, help="also write each message here as .eml and .html")
    add("--customers", type=int, default=0, help="open with a shop of so many customers; 0 = an empty account")
    add("--days", type=int, default=Shop.days, help="how far ahead the customers' luck is drawn")
    add(
        "--stripe-mails", action=argparse.BooleanOptionalAction, default=False, help="Stripe itself writes to customers"
    )


def town_of(sim: Simulator, given: argparse.Namespace) -> Town:
    """The town around the account, with its shop if one was asked for. Call it before `Server.around`."""
    sim.settings.stripe_mails = given.stripe_mails
    town = Town(sim, given.host, given.smtp_port, given.mail_dir)
    if given.customers > 0:
        town.settle(Shop(given.customers, given.seed, given.days))
    return town
