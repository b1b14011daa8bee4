"""Erase a customer: everything stops for them at once, their words go, amounts and counts stay.

What keeps them from coming back is written first; then case after case is stopped and blanked. A charge that is out
keeps its case until its answer is known, and a reading that was under way may still open one: so whatever is left is
looked for again with every round of the worker, for as long as a reading may take. Then the stored events of Stripe's
that name them are emptied, so many in each round: there may be millions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import models, transaction

from tideover.core.catalogue import Channel
from tideover.core.facts import Learnt, fact
from tideover.core.steps import Do
from tideover.flow.alone import alone
from tideover.messages import optouts
from tideover.messages.erased import mark_of, pseudonym, remember, without_ids
from tideover.messages.forgetting import forget_messages
from tideover.messages.keyed import address_hash
from tideover.messages.models import LetBackIn, Suppression
from tideover.messages.suppression import suppress
from tideover.mirror import people as mirror
from tideover.mirror.models import Customer
from tideover.predunning.models import Alert, Offer
from tideover.recovery.intake import LONGEST_READING, learn
from tideover.recovery.known import lock
from tideover.recovery.models import Action, Attempt, Case, Collection, LearntFact
from tideover.tenants import audit
from tideover.tenants.models import Erased, Erasure, Organization
from tideover.upkeep.privacy.events import blank_next_of
from tideover.upkeep.privacy.person import Person
from tideover.upkeep.privacy.tables import ERASED_NAME, Does, table_of, words_in

AT_ONCE: Final = 500
GIVES_UP_AFTER: Final = timedelta(days=1)  # of an invoice that Stripe does not take back
EVENTS_IN_A_ROUND: Final = 50_000
ROWS_OF_A_CASE: Final = (LearntFact, Action, Attempt, Collection)


def erase(organization: Organization, name: str, by: str, now: datetime) -> Erasure:
    """Erase the customer of this id or address. Raises NobodyNamed; who is known nowhere is kept out for the future."""
    person = Person.called(organization, name)
    with transaction.atomic():
        erasure = Erasure.objects.create(organization=organization, by=by, at=now, words=person.sealed())
        _keep_out(person, now)
        audit.write(organization.pk, audit.Deed(by, "customer erased", str(erasure.pk)), now)
    carry_on(erasure, now)
    return erasure


def _keep_out(person: Person, now: datetime) -> None:
    """From this commit on nothing of theirs is taken in, and nothing is sent; a restore erases them again."""
    organization = person.organization
    remember(organization.pk, person.words, now)
    for word in sorted(person.customers | person.addresses):
        optouts.keep(organization.pk, "", mark_of(organization.pk, word), optouts.ERASED, now)
    for address in sorted(person.addresses):
        for channel in Channel:
            suppress(organization, channel, address, Suppression.Reason.UNSUBSCRIBED, now)


def go_on(now: datetime) -> int:
    """Whatever erasure has something left to look for; how many there are."""
    waiting = list(Erasure.objects.filter(done_at=None).select_related("organization").order_by("at"))
    for erasure in waiting:
        with alone("erasure.broke", erasure=str(erasure.pk)):
            carry_on(erasure, now)
    return len(waiting)


def carry_on(erasure: Erasure, now: datetime) -> None:
    """Erase what there is by now. Safe to be repeated, and by several at once."""
    person = Person.unsealed(erasure.organization, erasure.words)
    remember(person.organization.pk, person.words, now)
    messages = person.messages  # asked before the cases by which they are found are blanked
    erasure.messages += forget_messages(messages)
    _blank(person.forwards, person.organization.pk)
    cases = list(person.cases.order_by("id"))
    waits = now - erasure.at <= GIVES_UP_AFTER
    left = [case for case in cases if not _forget(case, now, waits=waits)]
    _forget_mirrored(person, now)
    alerts = Alert.objects.filter(organization=person.organization, customer_id__in=person.customers)
    _blank(Offer.objects.filter(alert__in=alerts), person.organization.pk)  # before those by which they are found
    _blank(alerts, person.organization.pk)
    _blank(person.recipients, person.organization.pk)
    erasure.cases += len(cases) - len(left)
    hashes = [address_hash(address) for address in person.addresses]
    LetBackIn.objects.filter(organization=person.organization, address_hash__in=hashes).update(why="")
    erasure.words = person.sealed()
    if not left and now - erasure.at > LONGEST_READING:
        blanked, erasure.read_to = blank_next_of(person, erasure.read_to, EVENTS_IN_A_ROUND)
        erasure.events += blanked
        if erasure.read_to is None:
            erasure.words, erasure.done_at = "", now
    erasure.save(update_fields=["words", "done_at", "read_to", "cases", "messages", "events"])


def _forget(case: Case, now: datetime, *, waits: bool) -> bool:
    """Stop it and blank it; False where something of it is out of the house, whose answer must still find it.

    waits: so is an invoice of theirs that Stripe is still to have back, and a payment that may still come. Afterwards
    nobody knows which it was.
    """
    with transaction.atomic():
        held = lock(case)
        held.links.filter(revoked_at=None).update(revoked_at=now)
        if held.state == Case.State.FAILING:
            learn(held, [fact(Learnt.STOPPED, now, by="erasure")], now)
        if _is_out(held, waits=waits):
            return False
        for model in ROWS_OF_A_CASE:
            _blank_rows(model, held)
        Case.objects.filter(pk=held.pk).update(**blanked(held, held.organization_id), erased_at=now)
    return True


def _forget_mirrored(person: Person, now: datetime) -> None:
    """What the mirror has of them; the customers last, as by them the others are found."""
    organization_id = person.organization.pk
    for rows in mirror.rows_of(organization_id, person.customers):
        with transaction.atomic():
            _blank(rows, organization_id)
    with transaction.atomic():
        theirs = Customer.objects.filter(organization=organization_id, stripe_id__in=person.customers)
        kept = list(theirs.values_list("pk", flat=True))
        _blank(theirs, organization_id)
        Customer.objects.filter(pk__in=kept).update(erased_at=now)


def _is_out(case: Case, *, waits: bool) -> bool:
    mine = Action.objects.filter(case=case)
    if waits and Collection.objects.filter(case=case, closed_at=None).exists():  # it is dropped within minutes
        return True
    to_be_given_back = waits and case.connection.may_write and mine.filter(do=Do.HOLD, state=Action.State.PLANNED)
    return mine.filter(state=Action.State.CLAIMED).exists() or bool(to_be_given_back and to_be_given_back.exists())


def _blank_rows(model: type[LearntFact | Action | Attempt | Collection], case: Case) -> None:
    _blank(model.objects.filter(case=case), case.organization_id)


def _blank(wanted: models.QuerySet[Any], organization_id: UUID) -> None:
    rows = list(wanted)
    for row in rows:
        for column, value in blanked(row, organization_id).items():
            setattr(row, column, value)
    if rows:
        wanted.model._default_manager.bulk_update(rows, list(table_of(wanted.model).does or {}), AT_ONCE)  # noqa: SLF001 - documented


def blanked(row: models.Model, organization_id: UUID) -> dict[str, Any]:
    """What stands in each of the row's columns that tell of a customer, once they are erased."""
    does = table_of(type(row)).does or {}
    return {column: _instead(row, column, each, organization_id) for column, each in does.items()}


def _instead(row: models.Model, column: str, does: Does, organization_id: UUID) -> Any:  # noqa: ANN401 - of any column
    value = getattr(row, column)
    match does:
        case Does.HASHED:
            return pseudonym(organization_id, value)
        case Does.RENAMED:
            return ERASED_NAME
        case Does.REWORDED:
            return without_ids(organization_id, value)
        case Does.CLEARED:
            return next(each for each in words_in(type(row)) if each.name == column).get_default()


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of somebody, before it is erased."""

    customers: int
    cases: int
    failing: int
    messages: int


def kept_of(organization: Organization, name: str) -> Kept:
    """What erasing this customer would erase. Raises NobodyNamed."""
    person = Person.called(organization, name)
    failing = person.cases.filter(state=Case.State.FAILING)
    return Kept(len(person.customers), person.cases.count(), failing.count(), person.messages.count())


def erase_again(organization: Organization, marks: Mapping[str, datetime]) -> int:
    """After a restore: erase whoever was erased after the backup, known by keyed hashes; how many they were.

    marks: when each was erased.
    """
    rows = [Erased(organization=organization, hash=mark, at=at) for mark, at in marks.items()]
    Erased.objects.bulk_create(rows, ignore_conflicts=True)
    cases = Case.objects.filter(organization=organization, erased_at=None)
    named = {word for words in cases.values_list("customer_id", "customer_email") for word in words if word}
    named |= mirror.everybody(organization.pk)
    back = {word: marks[mark] for word in named if (mark := mark_of(organization.pk, word)) in marks}
    again = 0
    for word, at in sorted(back.items()):
        person = Person.called(organization, word)  # another of their names may have found them
        if person.cases.exists() or mirror.knows(organization.pk, person.customers):
            erase(organization, word, "restore", at)
            again += 1
    return again
