"""Open, make anew and close a person's sample shop: an organization of its own that can do nothing.

Its account was never connected and has no key, its switch is off as the database insists, and whoever opened it may
read and nothing else. So nothing of it reaches Stripe or a person, whatever else goes wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import F

from tideover.core.rules import PRESETS, to_json
from tideover.messages.delivery import claim
from tideover.messages.models import Message, MessageEvent
from tideover.messages.tracking import as_event, marks_of
from tideover.recovery.figures import tallies
from tideover.recovery.models import Action, Attempt, Case, LearntFact, Link, Ruleset
from tideover.tenants import audit
from tideover.tenants.models import Connection, Member, Organization, OrganizationErasure, Project, User
from tideover.tenants.roles import Role
from tideover.upkeep.privacy.organization import erase_organization
from tideover.upkeep.sample import mirrored
from tideover.upkeep.sample.living import Life, Shop, Written, live
from tideover.upkeep.sample.stories import ids, stories

NAME: Final = "Sample shop"
PRESET: Final = "tuned"
SEED: Final = 7
BEGAN: Final = timedelta(days=100)  # before its first failure


def sample_of(person: User) -> Organization | None:
    """The one this person has open."""
    return Organization.objects.filter(slug=_slug(person), is_sample=True, ended_at=None).first()


def open_for(person: User, now: datetime, seed: int = SEED) -> Organization:
    """The person's sample shop, made now where there is none."""
    try:
        return sample_of(person) or _made(person, now, seed)
    except IntegrityError:  # pressed twice at once: the other one is there now
        made = sample_of(person)
        if made is None:
            raise
        return made


def make_anew(person: User, now: datetime, seed: int = SEED) -> Organization:
    """As on the first day, with the days counted from now."""
    close(person, now)
    return open_for(person, now, seed)


def close(person: User, now: datetime) -> bool:
    """Erase it as any organization is erased; False where there is none."""
    sample = sample_of(person)
    return sample is not None and erase_organization(sample, OrganizationErasure.By.OWNER, now)


def _slug(person: User) -> str:
    """One for each person, as the database allows a slug once."""
    return f"sample-{person.pk.hex}"


def _made(person: User, now: datetime, seed: int) -> Organization:
    connection, ruleset = _ground(person, now)
    shop = Shop(connection, ruleset, ids(seed), now)
    lives = [live(shop, story) for story in stories(seed)]
    connection.state, connection.disconnected_at, connection.left_at = Connection.State.DISCONNECTED, now, now
    merchant = connection.organization
    with transaction.atomic():
        for row in (merchant, connection.project, connection, ruleset):
            row.save(force_insert=True)
        _store(lives)
        mirrored.store(lives, now)
        Member.objects.create(organization=merchant, user=person, role=Role.ANALYST)
        audit.write(merchant.pk, audit.Deed(person.email, "sample shop opened", person.email), now)
    return merchant


def _ground(person: User, now: datetime) -> tuple[Connection, Ruleset]:
    """What the stories happen on, not yet stored. While they are lived through the account acts; its row never does."""
    began = now - BEGAN
    merchant = Organization(name=NAME, slug=_slug(person), created_at=began, is_sample=True, stopped_at=now)
    project = Project(
        organization=merchant,
        name=NAME,
        slug="sample",
        brand_name=NAME,
        brand_color="#2f6fed",
        sender_email="billing@sample.example",
        support_email="help@sample.example",
        postal_address="1 Example Street, Sampleton",
        created_at=began,
    )
    connection = Connection(
        organization=merchant,
        project=project,
        account_id=f"acct_sample{merchant.pk.hex}",
        account_name=NAME,
        livemode=True,  # so that messages read as customers would read them
        mode=Connection.Mode.ACT,
        created_at=began,
    )
    rules = to_json(PRESETS[PRESET])
    ruleset = Ruleset(
        organization=merchant, project=project, version=1, name=PRESET, preset=PRESET, rules=rules, created_at=began
    )
    return connection, ruleset


def _store(lives: Sequence[Life]) -> None:
    cases = [life.case for life in lives]
    Case.objects.bulk_create(cases)
    LearntFact.objects.bulk_create(row for life in lives for row in life.facts)
    Action.objects.bulk_create(row for life in lives for row in (*life.known.actions, *life.dropped))
    Attempt.objects.bulk_create(row for life in lives for row in life.known.attempts)
    _store_messages([written for life in lives for written in life.letters])
    for life in lives:
        _store_signals(life)
    Link.objects.bulk_create(row for life in lives for row in life.links)
    tallies.recount([case.pk for case in cases])


def _store_messages(letters: Sequence[Written]) -> None:
    """As if each had been sent when it was written: by this it never will be."""
    for written in letters:
        claim(written.letter, written.words, written.at)
    at, mine = F("claimed_at"), Message.objects.filter(pk__in=[written.message_id for written in letters])
    mine.update(state=Message.State.SENT, data_started_at=at, sent_at=at, sealed=True)


def _store_signals(life: Life) -> None:
    """Who seems to have opened its messages and followed their links."""
    for message_id, told in life.heard.items():
        blank = {"organization": life.case.organization, "message_id": message_id}
        MessageEvent.objects.bulk_create(as_event(MessageEvent(**blank, kind=kind), told[kind]) for kind in told)
        Message.objects.filter(pk=message_id).update(**marks_of(told))
