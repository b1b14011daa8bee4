"""The situations that texts are tried in, as wordings: what a text is filled with there is `examples.merges`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from tideover.core.catalogue import Channel, Template
from tideover.messages.examples import CONSEQUENCES, MANNERS, NEXT_CHARGES, bases
from tideover.messages.wording import Wording


def situations(template: Template, channel: Channel = Channel.EMAIL, locale: str = "en") -> Iterator[Wording]:
    """Each example with every next charge and each consequence, told in every manner."""
    for base, charge, consequence, how in product(
        bases(template, channel, locale), NEXT_CHARGES, CONSEQUENCES, MANNERS
    ):
        yield replace(base, template=template, **charge, **consequence, **how)
