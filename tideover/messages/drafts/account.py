"""The model a project is drafted for by: set, looked at and taken away, each with its record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from django.db import transaction

from tideover.config import config, listed
from tideover.gateways.drafting.drafter import NOT_INSTALLED, Endpoint, Provider, is_installed, problem_of
from tideover.messages.drafts.brief import LONGEST_WORDS
from tideover.messages.drafts.rows import TOKENS_A_DAY, DraftAccount
from tideover.tenants import audit
from tideover.tenants.models import Project

KEY_AGAIN: Final = "Type the key in: the one that is kept is not sent to another address."
LONGEST_NAME: Final = 100
LONGEST_ADDRESS: Final = 300
FOR_APPROVAL, AT_SEND = "for approval", "at send time"
MOST_TOKENS: Final = 100_000_000


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody wants it to be. An empty secret is the one that is kept.

    at_send: whether drafts go out that nobody has read, in messages of cases that begin from then on.
    """

    provider: Provider
    address: str
    model: str
    words: str = ""
    secret: str = field(default="", repr=False)
    at_send: bool = False
    tokens_a_day: int = TOKENS_A_DAY


def account_of(project: Project) -> DraftAccount | None:
    """The model of a project; None: nothing is drafted."""
    return DraftAccount.objects.filter(project_id=project.pk, organization_id=project.organization_id).first()


def as_given(account: DraftAccount) -> Given:
    """As it is: to keep it again with one thing changed."""
    return Given(
        Provider(account.provider),
        account.address,
        account.model,
        account.words,
        at_send=account.at_send_since is not None,
        tokens_a_day=account.tokens_a_day,
    )


def endpoint_of(account: DraftAccount) -> Endpoint:
    """For whoever asks. Raises Unreadable."""
    inside = listed(config().drafts_networks)
    return Endpoint(Provider(account.provider), account.address, account.model, account.secret, inside)


def problems(given: Given, kept: DraftAccount | None) -> Iterator[tuple[str, str]]:
    """What is wrong with it, by field; an empty name: with all of it."""
    if not is_installed():
        yield "", NOT_INSTALLED
    if problem := problem_of(given.address, listed(config().drafts_networks)):
        yield "address", problem
    if len(given.address) > LONGEST_ADDRESS:
        yield "address", f"At most {LONGEST_ADDRESS} characters."
    if not given.model or len(given.model) > LONGEST_NAME or not given.model.isprintable():
        yield "model", f"Name the model as its provider does, in at most {LONGEST_NAME} characters."
    if len(given.words) > LONGEST_WORDS:
        yield "words", f"At most {LONGEST_WORDS} characters, not {len(given.words)}."
    if not 1 <= given.tokens_a_day <= MOST_TOKENS:
        yield "tokens_a_day", f"Choose a number from 1 to {MOST_TOKENS}."
    if not given.secret.isascii() or not given.secret.isprintable():
        yield "secret", "This has characters that no key has. Copy it once more."
    if kept and kept.key_is_kept and not given.secret and kept.address != given.address:
        yield "secret", KEY_AGAIN


def keep(project: Project, given: Given, by: str, now: datetime) -> DraftAccount:
    """Draft by this model from now on."""
    with transaction.atomic():
        mine = DraftAccount.objects.select_for_update(no_key=True)
        before = mine.filter(project=project, organization_id=project.organization_id).first()
        was = _told(before) if before else {}
        account = before or DraftAccount(project=project, organization_id=project.organization_id)
        account.provider, account.address, account.model = given.provider.value, given.address, given.model
        account.words, account.set_at, account.failures, account.open_until = given.words, now, 0, None
        account.at_send_since = (account.at_send_since or now) if given.at_send else None
        account.tokens_a_day = given.tokens_a_day
        if given.secret:
            account.secret = given.secret
        account.save()
        told = {**_told(account), "new secret": bool(given.secret)}
        audit.write(project.organization_id, audit.Deed(by, "drafting set", project.slug, was, told), now)
    return account


def approve_each(project: Project, by: str, now: datetime) -> None:
    """Let no draft speak unread from this moment on, whatever else is wrong with the model."""
    kept = account_of(project)
    if kept is not None and kept.at_send_since is not None:
        keep(project, replace(as_given(kept), at_send=False), by, now)


def _told(account: DraftAccount) -> dict[str, str | int]:
    return {
        "provider": account.provider,
        "address": account.address,
        "model": account.model,
        "words": account.words,
        "when": AT_SEND if account.at_send_since else FOR_APPROVAL,
        "tokens a day": account.tokens_a_day,
    }


def forget(project: Project, by: str, now: datetime) -> bool:
    """Draft nothing any more; whether something was set. What was drafted stays."""
    with transaction.atomic():
        gone = DraftAccount.objects.filter(project=project, organization_id=project.organization_id).delete()[0]
        if gone:
            audit.write(project.organization_id, audit.Deed(by, "drafting off", project.slug), now)
    return bool(gone)
