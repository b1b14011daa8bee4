"""Checks of the way to customers: the server, the sender's domain, and who cannot or may not be written to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from babel import Locale, UnknownLocaleError
from django.db.models import Count, Q

from tideover.core.catalogue import Channel
from tideover.gateways.mailers.published import Place, Published
from tideover.gateways.sender_domain import Record, dkim, dmarc, domain_of, spf
from tideover.messages.keyed import address_hash
from tideover.messages.languages import unspoken
from tideover.messages.models import Suppression
from tideover.messages.pauses import pauses
from tideover.recovery.places import language_for
from tideover.recovery.rulesets import rules_of
from tideover.tenants.models import Connection, Organization, Project
from tideover.upkeep import mail
from tideover.upkeep.doctor.asking import Answers, Records, Seen, sender_of
from tideover.upkeep.doctor.findings import Finding, Level, Mend
from tideover.upkeep.doctor.patient import Patient, called

MOST_ADDRESSES: Final = 2_000
WITHOUT_ADDRESS: Final = Q(customer_email="", project__minimal=False)  # where none is kept, none need be missing


def mail_server(patient: Patient, organization: Organization, answers: Answers) -> Iterator[Finding]:
    """Whether the server takes a connection, and what became of what it was given."""
    known = mail.mail(patient.now, organization.pk)
    trouble = answers.of("mail server", organization)
    mend = Mend("Look at TIDEOVER_SMTP_HOST and the server; then send a test", command="tideover check-mail --to YOU")
    if trouble or known.trouble:
        says, evidence = f"The mail server {mail.server()} takes no messages", trouble or known.trouble
        yield Finding(
            "mail-server", Level.BAD, says, evidence, mend=mend, waits=patient.waits() if known.waiting else {}
        )
    if known.lost:
        says = f"{known.lost} messages of the last week were lost"
        mend = Mend("See which, and why", page="dashboard:messages")
        yield Finding("mail-server", Level.WARN, says, "Refused for good, or without a verdict.", mend=mend)


def stream(patient: Patient, organization: Organization, _: Answers) -> Iterator[Finding]:
    """Whether a channel is paused, as too much of it came back or was marked as spam."""
    for each in pauses(organization):
        evidence = f"{each.figures} Since {each.since:%B %-d, %H:%M} UTC. {each.follows} {each.to_do}"
        mend = Mend("See it, and end it", page="dashboard:status", command=f"tideover {each.channel} resume")
        yield Finding("stream", Level.BAD, each.title, evidence, mend=mend, waits=patient.waits())


def domain(_: Patient, project: Project, answers: Answers) -> Iterator[Finding]:
    """What receivers ask about the sender's domain. What has none of it is taken for spam."""
    sender = sender_of(project)
    records: Records | None = answers.of("domain", project)
    if records is None:
        says, evidence = "Messages come from an address without a domain", sender
        mend = Mend("Choose the sender", page="dashboard:settings-brand")
        yield Finding("domain", Level.BAD, says, evidence, project.name, mend)
        return
    for kind, needed in records.published.records.items():
        if isinstance(needed, Place):
            yield from _seen(kind, needed, records.seen[kind], domain_of(sender))
        else:
            yield from _unseen(kind, needed, records.published, domain_of(sender))


READ: Final[Mapping[str, Callable[[Sequence[str], Place], Record]]] = {
    "SPF": lambda texts, place: spf(texts, place.holds),
    "DKIM": lambda texts, _: dkim(texts),
    "DMARC": lambda texts, _: dmarc(texts),
}
WANTED: Final[Mapping[str, Callable[[Place], str]]] = {
    "SPF": lambda place: place.record or f'a TXT record "v=spf1 include:{place.holds or "…"} ~all"',
    "DKIM": lambda _: "the key of whoever sends your mails",
    "DMARC": lambda _: 'a TXT record "v=DMARC1; p=none"',
}


def _seen(kind: str, place: Place, seen: Seen, domain: str) -> Iterator[Finding]:
    record = READ[kind](seen.texts, place)
    if record.problem:
        evidence = record.value or f"There is no such record at {seen.name}."
        mend = Mend(f"Publish {WANTED[kind](place)} at {seen.name}")
        yield Finding("domain", Level.WARN, f"{kind} of {domain}: {record.problem}", evidence, domain, mend)


def _unseen(kind: str, why: str, published: Published, domain: str) -> Iterator[Finding]:
    """Why nobody can tell from outside; nothing where there is nothing to be published."""
    if why:
        mend = Mend(published.ask, link=published.page)
        yield Finding("domain", Level.UNKNOWN, f"{kind} of {domain} was not looked at: {why}", about=domain, mend=mend)


def addresses(patient: Patient, _: Organization, __: Answers) -> Iterator[Finding]:
    """Customers who cannot be written to, as Stripe has no address of theirs."""
    without = patient.open_cases(WITHOUT_ADDRESS).count()
    if without:
        says = f"{without} open case{'s have' if without > 1 else ' has'} no email address"
        evidence = f"Of {patient.open_cases().count()}. They are charged again, and nobody is written to."
        mend = Mend("Add the address to the customer at Stripe", page="dashboard:cases")
        yield Finding("addresses", Level.WARN, says, evidence, mend=mend, waits=patient.waits(WITHOUT_ADDRESS))


def unsubscribed(patient: Patient, organization: Organization, _: Answers) -> Iterator[Finding]:
    """Customers who may not be written to, as they or their mail server said so."""
    with_address = patient.open_cases(~Q(customer_email="")).order_by("-opened_at")
    rows = with_address.values_list("pk", "customer_email")[:MOST_ADDRESSES]
    hashes = {pk: address_hash(address) for pk, address in rows}
    suppressed = Suppression.objects.filter(
        organization=organization, channel=Channel.EMAIL, address_hash__in=set(hashes.values())
    )
    reasons = dict(suppressed.values_list("address_hash", "reason"))
    hit = {pk: reasons[hashed] for pk, hashed in hashes.items() if hashed in reasons}
    if hit:
        words = [f"{count} {reason}" for reason in Suppression.Reason if (count := list(hit.values()).count(reason))]
        says = f"{len(hit)} open case{'s are' if len(hit) > 1 else ' is'} of customers who get no mail"
        mend = Mend("See them among what was not sent", page="dashboard:messages")
        waits = patient.waits(Q(pk__in=list(hit)))
        yield Finding("unsubscribed", Level.NOTE, says, f"{', '.join(words)}.", mend=mend, waits=waits)


def of_test_accounts(patient: Patient, connection: Connection, _: Answers) -> Iterator[Finding]:
    """A test account writes to no real person unless that is switched on."""
    if not connection.livemode and not connection.test_mail:
        says = "Customers of this test account get no mail"
        mend = Mend("Turn test mail on", page="dashboard:connections")
        evidence = (
            f"{patient.open_cases(Q(connection=connection)).count()} open cases. That is the rule for test accounts."
        )
        yield Finding("test-mail", Level.NOTE, says, evidence, called(connection), mend)


def languages(patient: Patient, project: Project, _: Answers) -> Iterator[Finding]:
    """Customers who like to read a language that there are no texts in, and what they get instead."""
    mine = patient.open_cases(Q(project=project)).order_by("locale").values_list("locale")
    instead = Counter[tuple[str, str]]()
    for wished, customers in mine.annotate(customers=Count("customer_id", distinct=True)):
        if wanted := unspoken(wished):
            instead[_named(wanted), _named(language_for(wished, project).code)] += customers
    for (wanted, given), customers in instead.most_common():
        who = f"{customers} customers want" if customers > 1 else "1 customer wants"
        says = f"{who} {wanted}, and {'get' if customers > 1 else 'gets'} {given}"
        mend = Mend("Choose the language for whom there is none of their own", page="dashboard:settings-general")
        evidence = f"There are no texts in {wanted}. Customers of open cases are counted."
        yield Finding("languages", Level.NOTE, says, evidence, project.name, mend)


def _named(locale: str) -> str:
    """A language, whatever the country, as it is called in English; what CLDR does not know, as it is written."""
    try:
        known = Locale.parse(locale.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return locale
    return Locale(known.language, script=known.script).english_name or locale


def texts(_: Patient, project: Project, __: Answers) -> Iterator[Finding]:
    """Whether the rules write to anybody at all."""
    newest = project.rulesets.order_by("-version").first()
    if newest and not rules_of(newest).messages:
        says = "The rules of this project send no message"
        yield Finding("messages", Level.WARN, says, f"Version {newest.version}, {newest.name}.", project.name)
