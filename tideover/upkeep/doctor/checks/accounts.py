"""Checks of the accounts: connected, with a key that Stripe takes and that may what is needed, of the right mode."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from django.db.models import Q

from tideover.flow.refusals import refusal_of
from tideover.gateways.answers import AccountRead, LockedOut
from tideover.gateways.kinds import Kind
from tideover.gateways.permissions import key_form
from tideover.gateways.probe import Finding as Probed
from tideover.gateways.probe import Proof, missing
from tideover.inbox.models import StripeEvent
from tideover.tenants.connecting import key_end
from tideover.tenants.models import Connection, Organization, Project
from tideover.upkeep.doctor.asking import Answers
from tideover.upkeep.doctor.findings import Finding, Level, Mend
from tideover.upkeep.doctor.patient import Patient, called

CONNECTIONS: Final = "dashboard:connections"
REPLACE: Final = Mend("Replace the key", page=CONNECTIONS)
MIXED_WITHIN: Final = timedelta(days=7)


def connected(patient: Patient, _: Organization, __: Answers) -> Iterator[Finding]:
    """An account that is active."""
    if patient.connections:
        return
    gone = ", ".join(map(called, patient.gone))
    says = "Every Stripe account is disconnected" if gone else "No Stripe account is connected"
    mend = Mend("Connect one", page=CONNECTIONS, command="tideover connect")
    yield Finding("connected", Level.BAD, says, gone, mend=mend, waits=patient.waits())


def key(patient: Patient, connection: Connection, answers: Answers) -> Iterator[Finding]:
    """Whether Stripe takes the account's key."""
    waits = patient.waits(Q(connection=connection))
    refusal = refusal_of(connection)
    if not key_end(connection):
        says, evidence = "The key cannot be read", "TIDEOVER_DATA_KEYS misses the key it was written with."
        yield Finding("key", Level.BAD, says, evidence, called(connection), REPLACE, waits)
        return
    try:
        account: AccountRead = answers.of("account", connection)
    except LockedOut as refused:
        since = f" Since {refusal.since:%Y-%m-%d %H:%M} UTC." if refusal else ""
        evidence = f"Stripe says: {refused}.{since} What comes due waits, and nothing is skipped."
        yield Finding("key", Level.BAD, "Stripe refuses the key", evidence, called(connection), REPLACE, waits)
        return
    if account.id != connection.account_id:
        evidence = f"It opens {account.id}, and {connection.account_id} is connected."
        yield Finding("key", Level.BAD, "The key is of another account", evidence, called(connection), REPLACE, waits)
    elif refusal:
        says = "Stripe refuses some of what is asked with this key"
        yield Finding("key", Level.WARN, says, refusal.why, called(connection), Mend("Check the key", page=CONNECTIONS))


def permissions(patient: Patient, connection: Connection, answers: Answers) -> Iterator[Finding]:
    """What the key lacks, and what could not be proved."""
    probed: list[Probed] = answers.of("permissions", connection)
    mend = Mend("Install the app once more, in a version that names it", page=CONNECTIONS)
    if connection.kind == Kind.KEY:
        form = key_form(act=connection.may_write, endpoint=connection.own_endpoint)
        mend = Mend("Add it to the key at Stripe, or make a new key", link=form)
    elif connection.kind == Kind.CONSENT:
        mend = Mend("Agree once more at Stripe", page=CONNECTIONS)
    said = {each.permission.name: each.said for each in probed}
    for lack in missing(probed):
        level = Level.BAD if lack.vital else Level.WARN
        says = f"The key may not: {lack.resource}, {lack.access} ({lack.name})"
        evidence = f"For: {lack.what_for}. Without it: {lack.without} Stripe says: {said[lack.name]}"
        waits = patient.waits(Q(connection=connection)) if lack.vital else {}
        yield Finding("permissions", level, says, evidence, called(connection), mend, waits)
    unproved = [each.permission.name for each in probed if each.proof == Proof.NOT_PROVABLE]
    if unproved:
        says = "Some permissions show only when they are used"
        yield Finding("permissions", Level.NOTE, says, ", ".join(unproved), called(connection))


def restricted(patient: Patient, connection: Connection, answers: Answers) -> Iterator[Finding]:
    """Whether Stripe lets the account take payments."""
    account: AccountRead = answers.of("account", connection)
    if account.restricted:
        mend = Mend("Give Stripe what it asks for", link="https://dashboard.stripe.com/account/status")
        says = "Stripe lets this account take no payments"
        waits = patient.waits(Q(connection=connection))
        yield Finding("restricted", Level.BAD, says, account.restricted, called(connection), mend, waits)


def modes(patient: Patient, project: Project, _: Answers) -> Iterator[Finding]:
    """Test and live, where they should be apart."""
    mine = [each for each in patient.connections if each.project_id == project.pk]
    yield from _crossed_keys(mine)
    yield from _crossed_events(patient, mine)
    live = [called(each) for each in mine if each.livemode]
    if mine and not live:
        says = "Only test accounts are connected: no real payment is recovered"
        names = ", ".join(map(called, mine))
        yield Finding("modes", Level.NOTE, says, names, project.name, Mend("Connect a live key", page=CONNECTIONS))
    elif len(live) < len(mine):
        says = "Live and test accounts share a project, and its figures count both"
        mend = Mend("Connect the test account into a project of its own", command="tideover connect --project NAME")
        yield Finding("modes", Level.WARN, says, ", ".join(map(called, mine)), project.name, mend)


def _crossed_keys(mine: list[Connection]) -> Iterator[Finding]:
    for each in mine:
        word = "_live_" if each.livemode else "_test_"
        if each.publishable_key and word not in each.publishable_key:
            says = "The publishable key is of the other mode: the card page takes no card"
            evidence = f"It begins with {each.publishable_key[:8]}."
            yield Finding("modes", Level.BAD, says, evidence, called(each), REPLACE)


def _crossed_events(patient: Patient, mine: list[Connection]) -> Iterator[Finding]:
    for each in mine:
        recent = StripeEvent.objects.filter(connection=each, received_at__gt=patient.now - MIXED_WITHIN)
        crossed = recent.filter(state=StripeEvent.State.REFUSED).count()
        if crossed:
            says = "Events of another account or mode come to this account's address"
            evidence = f"{crossed} in seven days. They were signed, and refused."
            mend = Mend("Let the endpoint of the other one lead to its own address", page=CONNECTIONS)
            yield Finding("modes", Level.WARN, says, evidence, called(each), mend)


def stopped(patient: Patient, organization: Organization, _: Answers) -> Iterator[Finding]:
    """What stands still because somebody, or a restore, has made it so."""
    if organization.stopped_at:
        evidence = f"Since {organization.stopped_at:%Y-%m-%d %H:%M} UTC nothing is charged or sent."
        mend = Mend("Start it again", command=f"tideover start --organization {organization.slug}")
        yield Finding("stopped", Level.BAD, "Everything is stopped", evidence, mend=mend, waits=patient.waits())
    for project in patient.projects:
        if not project.recovery_enabled:
            mend = Mend("Turn it on", page="dashboard:settings-recovery", command="tideover go-live")
            says = "Recovery is off: failures are watched, and nothing is charged or sent"
            yield Finding("stopped", Level.WARN, says, about=project.name, mend=mend)
    for connection in patient.connections:
        yield from _standing_still(patient, connection)


def _standing_still(patient: Patient, connection: Connection) -> Iterator[Finding]:
    waits = patient.waits(Q(connection=connection))
    if connection.stopped_at:
        mend = Mend("Start it again", command=f"tideover start --account {connection.account_id}")
        says, evidence = "The account is stopped", f"Since {connection.stopped_at:%Y-%m-%d %H:%M} UTC."
        yield Finding("stopped", Level.BAD, says, evidence, called(connection), mend, waits)
    if connection.quarantined_at:
        says = "The account is in quarantine after a restore"
        evidence = "Nothing is charged or sent until each open case was read at Stripe."
        yield Finding("stopped", Level.WARN, says, evidence, called(connection), None, waits)
    if connection.mode == Connection.Mode.OBSERVE:
        says = "The account is observed: Tideover writes to customers and charges nothing"
        mend = Mend("Let Tideover act", page=CONNECTIONS)
        yield Finding("stopped", Level.NOTE, says, about=called(connection), mend=mend, waits=waits)
