"""Checks of text messages: an account to send by, steps that go by it, and Twilio's word on what was sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from django.db.models import Max, Q

from tideover.config import public_address
from tideover.core.catalogue import Channel
from tideover.messages.channels.sms.account import account_of
from tideover.messages.models import Message
from tideover.recovery.rulesets import newest, rules_of
from tideover.tenants.kept_apart import SmsAccount
from tideover.tenants.models import Project
from tideover.upkeep.doctor.asking import Answers
from tideover.upkeep.doctor.findings import Finding, Level, Mend
from tideover.upkeep.doctor.patient import Patient

CHECK: Final = "sms"
PAGE: Final = "dashboard:settings-sms"
TELLS_WITHIN: Final = timedelta(hours=1)  # Twilio tells within seconds as a rule
WITHOUT_PHONE: Final = Q(customer_phone="", project__minimal=False)


def sms(patient: Patient, project: Project, _: Answers) -> Iterator[Finding]:
    """Whether what goes by SMS can go, and is heard of."""
    account = account_of(project)
    by_sms = any(step.channel == Channel.SMS for step in rules_of(newest(project)).messages)
    ready = project.sms_enabled and account is not None
    if (by_sms or project.sms_enabled) and not ready:
        says = "SMS is on without a Twilio account" if project.sms_enabled else "The rules write by SMS, which is off"
        mend = Mend("Set up SMS, or write by mail alone", page=PAGE)
        yield Finding(CHECK, Level.BAD, says, "Each such message is left out.", project.name, mend)
    if ready and not by_sms:
        mend = Mend("Choose which messages go by SMS", page=PAGE)
        yield Finding(
            CHECK, Level.NOTE, "SMS is on, and no step of the rules goes by it", about=project.name, mend=mend
        )
    if account is not None and _unheard(patient, project, account):
        says = "Twilio tells us nothing of what was sent"
        evidence = f"It tells at {public_address()}, which it must reach: STOP is not heard there either."
        mend = Mend("Let that address be reached from outside, and enter it at Twilio", page=PAGE)
        yield Finding(CHECK, Level.WARN, says, evidence, project.name, mend)
    if ready and by_sms and (without := patient.open_cases(WITHOUT_PHONE & Q(project=project)).count()):
        says = f"{without} open case{'s have' if without > 1 else ' has'} no phone number"
        mend = Mend("Add the number to the customer at Stripe", page="dashboard:cases")
        yield Finding(CHECK, Level.NOTE, says, "Their text messages are left out.", project.name, mend)


def _unheard(patient: Patient, project: Project, account: SmsAccount) -> bool:
    """Whether something was sent a while ago, and nothing was heard since."""
    sent = Message.objects.filter(
        organization_id=project.organization_id,
        project=project,
        channel=Channel.SMS,
        state=Message.State.SENT,
        sent_at__lte=patient.now - TELLS_WITHIN,
    )
    last = sent.aggregate(at=Max("sent_at"))["at"]
    return last is not None and (account.heard_at is None or account.heard_at < last)
