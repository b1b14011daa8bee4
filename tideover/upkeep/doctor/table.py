"""Every check of Doctor, and which of them answer the questions people come with: two tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from tideover.upkeep.doctor.asking import Answers
from tideover.upkeep.doctor.checks import accounts, cases, house, mails, others, own_mail, texting, webhooks
from tideover.upkeep.doctor.findings import Finding
from tideover.upkeep.doctor.patient import Patient

Look = Callable[[Patient, Any, Answers], Iterator[Finding]]
Over = Callable[[Patient], Sequence[Any]]


def _organization(patient: Patient) -> Sequence[Any]:
    return [patient.organization]


def _accounts(patient: Patient) -> Sequence[Any]:
    return patient.connections


def _projects(patient: Patient) -> Sequence[Any]:
    return patient.projects


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is looked at. fine: what is true where nothing is found. over: of what each is looked at."""

    fine: str
    look: Look
    over: Over = _organization


CHECKS: Final[Mapping[str, Check]] = {
    "connected": Check("A Stripe account is connected.", accounts.connected),
    "key": Check("Stripe takes the key of each account.", accounts.key, _accounts),
    "permissions": Check("Each key may do what its mode needs.", accounts.permissions, _accounts),
    "restricted": Check("Stripe lets each account take payments.", accounts.restricted, _accounts),
    "modes": Check("Test and live are apart.", accounts.modes, _projects),
    "stopped": Check("Nothing is stopped, and everything acts.", accounts.stopped),
    "webhook": Check("A webhook endpoint of each account leads here.", webhooks.webhook, _accounts),
    "reachable": Check("Our address can be reached.", webhooks.reachable),
    "events": Check("Every event of the last day came here in time.", webhooks.events, _accounts),
    "endpoints": Check("No account is near Stripe's limit of endpoints.", webhooks.endpoints, _accounts),
    "others": Check("Nobody else is seen to charge or write.", others.others, _accounts),
    "paypal": Check("No payment waits for PayPal's consent.", others.paypal, _accounts),
    "mail-server": Check("The mail server takes messages.", mails.mail_server),
    "mail-account": Check(
        "An account of your own takes mails and tells of them, or there is none.", own_mail.own_mail, _projects
    ),
    "stream": Check("Nothing is paused by what came back.", mails.stream),
    "domain": Check("SPF, DKIM and DMARC of the sender are as receivers ask.", mails.domain, _projects),
    "addresses": Check("Each open case has an email address.", mails.addresses),
    "unsubscribed": Check("No customer of an open case has unsubscribed.", mails.unsubscribed),
    "test-mail": Check("Every connected account writes to its customers.", mails.of_test_accounts, _accounts),
    "languages": Check(
        "Each customer of an open case reads a language that there are texts in.", mails.languages, _projects
    ),
    "sms": Check("What goes by SMS can go, or nothing does.", texting.sms, _projects),
    "messages": Check("The rules write to customers.", mails.texts, _projects),
    "clock": Check("The clock is right, or was not compared yet.", house.clock),
    "disk": Check("The disk takes what is written.", house.disk),
    "workers": Check("What is due is done, and what comes is read.", house.workers),
    "given-up": Check("Nothing was given up on.", house.given_up),
    "stale": Check("Something is planned for each open case, or was learnt of it lately.", cases.stale),
    "failures": Check("Payments that failed are here to be seen.", cases.failures),
    "period": Check("There were failures within the days that Home shows.", cases.period, _projects),
}


class Symptom(StrEnum):
    """What somebody sees who comes for help."""

    NO_RECOVERIES = "no-recoveries"
    CONNECTION = "connection"
    NO_MAIL = "no-mail"
    EMPTY = "empty"


WORDS: Final[Mapping[Symptom, str]] = {
    Symptom.NO_RECOVERIES: "No payment comes back",
    Symptom.CONNECTION: "The connection to Stripe makes trouble",
    Symptom.NO_MAIL: "Customers get no messages",
    Symptom.EMPTY: "The dashboard is empty",
}
# Each cause that a symptom may have, with the checks that find it.
CAUSES: Final[Mapping[Symptom, Mapping[str, Sequence[str]]]] = {
    Symptom.NO_RECOVERIES: {
        "the webhook is not set up": ("webhook", "reachable", "events", "endpoints"),
        "nothing has failed yet": ("failures",),
        "the connection is not active": ("connected", "key", "stopped"),
        "the work is not done": ("workers", "clock", "disk", "given-up"),
        "somebody else is at it": ("others",),
        "cases stand still": ("stale",),
        "PayPal has not consented": ("paypal",),
    },
    Symptom.CONNECTION: {
        "it must be connected again": ("connected", "key"),
        "a permission is missing": ("permissions",),
        "the account is restricted": ("restricted",),
        "test and live are mixed": ("modes",),
    },
    Symptom.NO_MAIL: {
        "messages are off": ("messages", "stopped", "test-mail"),
        "the customer has unsubscribed": ("unsubscribed",),
        "Stripe has no address": ("addresses",),
        "they are taken for spam": ("domain",),
        "the mail server takes none": ("mail-server",),
        "your own account takes none": ("mail-account",),
        "too many came back": ("stream",),
        "they read another language": ("languages",),
        "text messages do not go": ("sms",),
    },
    Symptom.EMPTY: {
        "nothing has failed yet": ("failures",),
        "the days that are shown": ("period",),
        "what came is not read yet": ("workers", "events"),
        "the connection is not active": ("connected", "key"),
    },
}


def checks_for(symptom: Symptom | None) -> list[str]:
    """The checks that answer it; all of them where nothing is asked."""
    wanted = {name for found in CAUSES[symptom].values() for name in found} if symptom else set(CHECKS)
    return [name for name in CHECKS if name in wanted]
