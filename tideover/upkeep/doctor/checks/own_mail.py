"""Checks of a merchant's own account for mail: whether it lets us in, takes mails, and tells what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from django.db.models import Q

from tideover.core.catalogue import Channel
from tideover.flow.circuit_breaker import OPENS_AFTER
from tideover.gateways.answers import LockedOut
from tideover.gateways.mailers.account import Provider
from tideover.gateways.mailers.hooks.table import HOOKS
from tideover.gateways.mailers.post import name_of
from tideover.messages.accounts import MailAccount
from tideover.messages.channels.email.account import hook_of
from tideover.messages.delivery import NOTHING_LEFT
from tideover.messages.models import Message
from tideover.tenants.models import Project
from tideover.upkeep.doctor.asking import Answers
from tideover.upkeep.doctor.findings import Finding, Level, Mend
from tideover.upkeep.doctor.patient import Patient

CHECK: Final = "mail-account"
PAGE: Final = "dashboard:settings-email"
TELLS_WITHIN: Final = timedelta(hours=1)  # a provider tells within minutes as a rule


def own_mail(patient: Patient, project: Project, answers: Answers) -> Iterator[Finding]:
    """What is wrong with the account by which the project sends, where it has one of its own."""
    mine = patient.mail.get(project.pk)
    if mine is None:
        return
    yield from _unheard(mine, patient, project)
    yield from _rests(mine, patient, project)
    try:
        answers.of("mail account", project)
    except LockedOut as refused:
        says, evidence = f"{_named(mine)} does not let us in", f"It says: {str(refused).rstrip('.')}. Mails wait."
        mend = Mend("Type its key in again", page=PAGE, command=f"tideover email set {mine.provider}")
        yield Finding(CHECK, Level.BAD, says, evidence, project.name, mend, patient.waits(Q(project=project)))


def _named(mine: MailAccount) -> str:
    return name_of(Provider(mine.provider), mine.options)


def _mails(project: Project) -> Q:
    return Q(organization_id=project.organization_id, project=project, channel=Channel.EMAIL)


def _rests(mine: MailAccount, patient: Patient, project: Project) -> Iterator[Finding]:
    """Whether its circuit breaker is open, or half open."""
    if mine.failures < OPENS_AFTER["lane"]:
        return
    waiting = Message.objects.filter(_mails(project), NOTHING_LEFT)
    reason = waiting.exclude(reason="").order_by("-created_at").values_list("reason", flat=True).first()
    says = f"{_named(mine)} took nothing {mine.failures} times in a row"
    waits = "1 mail waits" if (count := waiting.count()) == 1 else f"{count} mails wait"
    evidence = f"{waits} for it{f': {reason}' if reason else ''}. It is asked again within ten minutes."
    mend = Mend("Send yourself a test to see why", page=PAGE, command="tideover check-mail --to YOU")
    yield Finding(CHECK, Level.BAD, says, evidence, project.name, mend, patient.waits(Q(project=project)))


def _unheard(mine: MailAccount, patient: Patient, project: Project) -> Iterator[Finding]:
    """Whether mails left a while ago, and their provider has never told what became of any."""
    hook = hook_of(mine)
    if mine.provider not in HOOKS or hook is None or hook.heard_at is not None:
        return
    since = Q(sent_at__gte=mine.set_at, sent_at__lte=patient.now - TELLS_WITHIN)
    left = Message.objects.filter(_mails(project), since, state=Message.State.SENT).count()
    if left:
        says = f"{_named(mine)} tells us nothing of what becomes of mails"
        lacks_key = HOOKS[Provider(mine.provider)].key and not hook.key_is_kept
        why = "Nothing is believed until the key it signs with is typed in." if lacks_key else ""
        evidence = f"{left} left since {mine.set_at:%B %-d}. Who has no mailbox, or calls it spam, is written to again."
        mend = Mend("Enter our address there", page=PAGE, command="tideover email show")
        yield Finding(CHECK, Level.WARN, says, f"{evidence} {why}".strip(), project.name, mend)
