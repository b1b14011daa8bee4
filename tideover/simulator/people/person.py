"""One of the shop's customers, alive: with habits, and with what is unpaid."""

from __future__ import annotations

from dataclasses import dataclass, field

from tideover.simulator.people.habits import Habits
from tideover.simulator.shop.fill import Customer


@dataclass
class Person:
    """A customer with their habits and what has become of them."""

    customer: Customer
    habits: Habits
    failing: list[str] = field(default_factory=list)  # unpaid invoices, the newest last
