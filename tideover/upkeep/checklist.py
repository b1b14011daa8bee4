"""What is to be done before a project recovers money, each step held against what is true; a few people must take."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from django.db.models import Case, Exists, QuerySet, Value, When
from django.db.models.expressions import Combinable

from tideover.flow import refusals
from tideover.messages.models import Message
from tideover.recovery.models import Link, Ruleset
from tideover.recovery.telling.earlier import connected
from tideover.tenants.at_once import Line, Question, line, lines, number
from tideover.tenants.connecting import has_webhook_secret
from tideover.tenants.models import AuditEntry, Connection, Member, Organization, Project
from tideover.tenants.roles import Role
from tideover.upkeep import mail, sender
from tideover.upkeep.doctor import kept
from tideover.upkeep.models import Milestone


class Name(StrEnum):
    """The steps, in their order."""

    ACCOUNT = "account"
    STRIPE = "stripe"
    BRAND = "brand"
    SENDER = "sender"
    RULES = "rules"
    MESSAGE = "message"
    REHEARSAL = "rehearsal"
    LIVE = "live"


HIDDEN: Final = "hidden"
TEST_MAIL: Final = "test mail"  # how the audit log calls it


@dataclass(frozen=True, slots=True)
class About:
    """What a step is. short: in a word or two. page: the name of the address where it is done. command: how it is done
    on a server.
    """

    short: str
    title: str
    hint: str
    page: str
    button: str
    command: str
    takes: str = "1 min"


ABOUT: Final[Mapping[Name, About]] = {
    Name.ACCOUNT: About(
        "Account",
        "Account",
        "Somebody owns this organization and can sign in.",
        "dashboard:team",
        "See the team",
        "people add",
    ),
    Name.STRIPE: About(
        "Stripe",
        "Connect Stripe",
        "Start by reading only. Tideover finds what failed and shows what it would do. Whether it may charge, you say.",
        "dashboard:connect",
        "Connect an account",
        "connect",
        "2 min",
    ),
    Name.BRAND: About(
        "Brand",
        "Brand",
        "Customers see your name and color, reply to your support address, and read your postal address.",
        "dashboard:settings-brand",
        "Set the brand",
        "settings set brand.address …",
        "2 min",
    ),
    Name.SENDER: About(
        "Sender",
        "Sender and its domain",
        "Mail providers take mail whose domain says by SPF, DKIM and DMARC who may send for it.",
        "dashboard:settings-brand",
        "Choose the sender",
        "settings set brand.sender …",
        "3 min and your DNS",
    ),
    Name.RULES: About(
        "Rules",
        "Rules",
        "When is charged, when is written, and what happens at the end. Look at them once; change what you like.",
        "dashboard:rules",
        "Look at the rules",
        "rules show",
    ),
    Name.MESSAGE: About(
        "Test message",
        "Test message",
        "One mail to yourself, by the way that customers' mails go. That you follow its link is the proof.",
        "",
        "",
        "check-mail --to YOU",
    ),
    Name.REHEARSAL: About(
        "What would happen",
        "Look at what would happen",
        "Your open failures, day by day, with each message. Nothing is sent or charged.",
        "dashboard:go-live",
        "See what would happen",
        "rehearse",
        "2 min",
    ),
    Name.LIVE: About(
        "Go live",
        "Go live",
        "Customers hear from you then, and in act mode their cards are charged. You can turn it off at any time.",
        "dashboard:go-live",
        "Go live",
        "go-live",
    ),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step: whether it is done, and what of it is true or missing, in a sentence. waits: it is being looked at."""

    name: Name
    done: bool
    says: str
    waits: bool = False

    @property
    def about(self) -> About:
        return ABOUT[self.name]


@dataclass(frozen=True, slots=True)
class Checklist:
    """All steps; `next` is the first that is missing. hidden: somebody does not want it on Home any more."""

    steps: Sequence[Step]
    hidden: bool

    @property
    def done(self) -> int:
        return sum(step.done for step in self.steps)

    @property
    def left(self) -> int:
        return len(self.steps) - self.done

    def is_done(self, name: Name) -> bool:
        return any(step.done for step in self.steps if step.name == name)

    @property
    def next(self) -> Step | None:
        return next((step for step in self.steps if not step.done), None)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the steps go by. passed: who took each that only people can take. rules: the newest, where there are any.

    left, proven, followed: whether a message has left by the mail server, whether that took a test, and whether a
    customer followed the link of a message. test: the last one.
    """

    project: Project
    connections: Sequence[Connection]
    passed: Mapping[str, str]
    owners: Sequence[str]
    rules: Line | None
    domain: kept.Kept
    left: bool
    proven: bool
    followed: bool
    test: Line | None


def checklist(project: Project) -> Checklist:
    """How far the project's set-up has come."""
    return told(project, connected(project), lines(asked(project)))


PASSED, OWNER, NEWEST, MAIL, TEST = "passed", "owner", "newest rules", "mail", "test"


def asked(project: Project) -> Sequence[Question]:
    """For `lines`: what people did, who owns it, its newest rules, what is known of its domain and of its mail."""
    mine = {"organization_id": project.organization_id}
    owners = Member.objects.filter(**mine, role=Role.OWNER)
    rules = Ruleset.objects.filter(**mine, project=project).order_by("-version")
    tests = AuditEntry.objects.filter(**mine, what=TEST_MAIL).order_by("-number")
    followed = Link.objects.filter(**mine, case__project=project, first_opened_at__isnull=False)
    mail_told = (Message.objects.filter(**mine, state=Message.State.SENT), mail.took_a_test(), followed)
    return [
        line(PASSED, Milestone.objects.filter(**mine, project=project), "pk", "at", "name", "by"),
        line(OWNER, owners, "pk", "organization__created_at", "user__email"),
        line(NEWEST, rules[:1], "pk", "created_at", "name", "version", "made_by"),
        line(MAIL, Organization.objects.filter(pk=project.organization_id), "pk", "created_at", *map(_any, mail_told)),
        line(TEST, tests[:1], "pk", "at", "about", "after"),
        kept.asked(project.organization_id),
    ]


def _any(rows: QuerySet[Any]) -> Combinable:
    """A word where there is a row."""
    return Case(When(Exists(rows), then=Value("yes")), default=Value(""))


def told(project: Project, accounts: Iterable[Connection], found: Sequence[Line]) -> Checklist:
    """The same, of what was asked along with other things. accounts: those that are `connected`."""
    by_list = defaultdict[str, list[Line]](list)
    for each in found:
        by_list[each.of].append(each)
    [sent] = by_list[MAIL]
    seen = _Seen(
        project,
        list(accounts),
        passed={each.first: each.second for each in by_list[PASSED]},
        owners=sorted(each.first for each in by_list[OWNER]),
        rules=next(iter(by_list[NEWEST]), None),
        domain=kept.told(found),
        left=bool(sent.first),
        proven=bool(sent.second),
        followed=bool(sent.third),
        test=next(iter(by_list[TEST]), None),
    )
    return Checklist([CHECKS[name](seen) for name in Name], HIDDEN in seen.passed)


def is_wanted(project: Project, at: Mapping[str, Any]) -> bool:
    """Whether Home leads to it: nobody hid it, and the project is not live, or lives without an account. at: the
    answers to `wanted_asked`.
    """
    if project.organization.is_sample or at["setup_hidden"]:
        return False
    return not project.recovery_enabled or not at["setup_accounts"]


def wanted_asked(project: Project) -> Mapping[str, Question]:
    """For `at_once`."""
    mine = {"organization_id": project.organization_id, "project": project}
    return {
        "setup_hidden": number(Milestone.objects.filter(**mine, name=HIDDEN)),
        "setup_accounts": number(Connection.objects.filter(**mine, state=Connection.State.ACTIVE)),
    }


def passed(project: Project, name: Name, by: str, now: datetime) -> None:
    """A person took a step that only people can take; who took it first stays."""
    if not project.recovery_enabled:
        _note(project, name, by, now)


def arrived(project: Project, now: datetime) -> None:
    """Somebody followed the link of a test mail."""
    _note(project, Name.MESSAGE, "", now)


def hide(project: Project, by: str, now: datetime) -> None:
    """Home leads to it no more."""
    _note(project, HIDDEN, by, now)


def show(project: Project) -> None:
    """Home leads to it again."""
    Milestone.objects.filter(organization_id=project.organization_id, project=project, name=HIDDEN).delete()


def _note(project: Project, name: str, by: str, now: datetime) -> None:
    values = {"organization_id": project.organization_id, "by": by[:254], "at": now}
    Milestone.objects.get_or_create(project=project, name=name, defaults=values)


# ── the steps ──


def _account(seen: _Seen) -> Step:
    return Step(Name.ACCOUNT, bool(seen.owners), ", ".join(seen.owners) or "Nobody owns this organization yet.")


def _stripe(seen: _Seen) -> Step:
    if not seen.connections:
        return Step(Name.STRIPE, done=False, says="No account is connected.")
    for connection in seen.connections:
        name, refusal = connection.account_name or connection.account_id, refusals.known_of(connection)
        if refusal:
            return Step(Name.STRIPE, done=False, says=f"Stripe refuses the key of {name}: {refusal.why}")
        if not has_webhook_secret(connection):
            return Step(Name.STRIPE, done=False, says=f"The webhook endpoint of {name} is not set up.")
    told = [f"{each.account_name or each.account_id}, {_of_mode(each)}" for each in seen.connections]
    return Step(Name.STRIPE, done=True, says="; ".join(told))


def _of_mode(connection: Connection) -> str:
    return f"{'live' if connection.livemode else 'test'} mode, {connection.get_mode_display().lower()}"


def _brand(seen: _Seen) -> Step:
    project = seen.project
    wanted = {"support address": project.support_email, "postal address": project.postal_address}
    missing = [what for what, value in wanted.items() if not value]
    if missing:
        return Step(Name.BRAND, done=False, says=f"Missing: {' and '.join(missing)}.")
    return Step(Name.BRAND, done=True, says=f"{project.brand_name or project.name}, {project.support_email}")


def _sender(seen: _Seen) -> Step:
    known = sender.told(seen.project, seen.domain)
    return Step(Name.SENDER, known.fine, known.says, known.waits)


def _rules(seen: _Seen) -> Step:
    newest = seen.rules
    called = f"{newest.first}, version {newest.second}" if newest else "relay, as they come"
    by = (newest and newest.third) or seen.passed.get(Name.RULES)
    done = bool(by) or Name.RULES in seen.passed
    return Step(Name.RULES, done, f"{called}, {f'looked at by {by}' if by else 'not looked at yet'}.")


def _message(seen: _Seen) -> Step:
    """That a server took it is no proof: it arrives where somebody follows its link, or a customer theirs."""
    proven = seen.left or seen.proven  # by the server that is set now
    if proven and Name.MESSAGE in seen.passed:
        return Step(Name.MESSAGE, done=True, says="It arrived: its link was followed.")
    if proven and seen.followed:
        return Step(Name.MESSAGE, done=True, says="Messages arrive: customers have followed their links.")
    after = json.loads(seen.test.second) if seen.test else {"taken": True}
    if not after.get("taken"):
        return Step(Name.MESSAGE, done=False, says=str(after.get("outcome", "")))
    sent = f"{mail.server()} took one for {seen.test.first}. Follow its link." if seen.test and proven else ""
    return Step(Name.MESSAGE, done=False, says=sent or f"None was sent yet. It leaves by {mail.server()}.")


def _rehearsal(seen: _Seen) -> Step:
    if Name.REHEARSAL in seen.passed and seen.connections:
        return Step(Name.REHEARSAL, done=True, says=f"Looked at by {seen.passed[Name.REHEARSAL]}.")
    says = "Nobody has looked yet." if seen.connections else "There is nothing to see before an account is connected."
    return Step(Name.REHEARSAL, seen.project.recovery_enabled, "It is live." if seen.project.recovery_enabled else says)


def _live(seen: _Seen) -> Step:
    on = seen.project.recovery_enabled
    says = "It charges and writes by its rules." if on else "It watches, and charges and sends nothing."
    return Step(Name.LIVE, on, says)


CHECKS: Final[Mapping[Name, Callable[[_Seen], Step]]] = {
    Name.ACCOUNT: _account,
    Name.STRIPE: _stripe,
    Name.BRAND: _brand,
    Name.SENDER: _sender,
    Name.RULES: _rules,
    Name.MESSAGE: _message,
    Name.REHEARSAL: _rehearsal,
    Name.LIVE: _live,
}
