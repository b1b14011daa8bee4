"""The merchants of a run, connected as `tideover connect` connects them: for most we act, one is only observed."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle, islice
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tideover.core.rules import Rules
    from tideover.tenants.models import Member


GIVES_UP_ON_DAY = 1  # by rules that take over
LOST_CARDS = {"card_dead", "expired"}
# So small a debt may be paid in parts, and from the first day on.
IN_PARTS = {"plans_enabled": True, "plans_from_day": 0, "plans_least": "EUR 5, JPY 500, KWD 5, USD 5"}
FIRST, LAST = ("failed", "friendly"), ("final", "final")
BETWEEN = (("reminder", "gentle"), ("urgent", "urgent"), ("help", "help"))


def connect_merchants(merchants: list[dict[str, Any]], base_url: str, plan: dict[str, Any]) -> list[dict[str, str]]:
    """Connect each ({name, api_key, api_base, publishable_key, webhook_secret, mode}); returns their hook tokens.

    `plan` has the `tries`, `mail_days` and `window_days` of the run's options.
    """
    rules = _hasty(**plan)
    return [_connected(merchant, base_url, rules) for merchant in merchants]


def _connected(merchant: dict[str, Any], base_url: str, rules: Rules) -> dict[str, str]:
    from tideover import clock  # noqa: PLC0415
    from tideover.gateways.stripe import Stripe  # noqa: PLC0415
    from tideover.inbox.translate import ENDPOINT_EVENTS  # noqa: PLC0415
    from tideover.recovery.rulesets import adopt  # noqa: PLC0415
    from tideover.tenants.connecting import Access, Names, connect, keep_webhook_secret, switch_test_mail  # noqa: PLC0415
    from tideover.tenants.models import Project  # noqa: PLC0415
    from tideover.tenants.settings import turn_recovery  # noqa: PLC0415

    now, name = clock.now(), merchant["name"]
    account = Stripe(merchant["api_key"], api_base=merchant["api_base"]).account()
    access = Access(merchant["api_key"], merchant["mode"], merchant["api_base"], merchant["publishable_key"])
    connection = connect(account, access, Names(name, name, f"owner@{name.lower()}.example"), now)
    switch_test_mail(connection, on=True, now=now)
    turn_recovery(connection.project, on=True, by="operator", now=now)
    adopt(connection.project, "hasty", rules, now)
    Project.objects.filter(pk=connection.project_id).update(
        sender_email=f"billing@{name.lower()}.example",
        postal_address="1 Harbor Street, Oakland",
        backup_methods=True,
        **IN_PARTS,
    )
    hook = f"{base_url}/hooks/stripe/{connection.hook_token}"
    # In observe mode the merchant makes the endpoint; so here it is made with the merchant's key, at Stripe itself.
    own = Stripe(merchant["api_key"], api_base=merchant["real_base"], may_write=True)
    endpoint = own.create_webhook_endpoint(hook, ENDPOINT_EVENTS, key=f"endpoint_{connection.pk}")
    keep_webhook_secret(connection, endpoint.secret, now, endpoint_id=endpoint.id)
    return {"name": name, "connection": str(connection.pk), "hook": connection.hook_token, "secret": endpoint.secret}


def connect_again(merchant: dict[str, Any]) -> None:
    """Somebody connects an account for another organization. Raises ConnectedElsewhere."""
    from tideover import clock  # noqa: PLC0415
    from tideover.gateways.stripe import Stripe  # noqa: PLC0415
    from tideover.tenants.connecting import Access, Names, connect  # noqa: PLC0415

    access = Access(merchant["api_key"], merchant["mode"], merchant["api_base"], merchant["publishable_key"])
    account = Stripe(merchant["api_key"], api_base=merchant["real_base"]).account()
    connect(account, access, Names("Somebody else", "Another", "owner@elsewhere.example"), clock.now())


def take_in_members(connection: str, names: list[str]) -> dict[str, str]:
    """A member for each name in the connection's organization; tokens of links that sign them in."""
    from tideover import clock  # noqa: PLC0415
    from tideover.tenants.access import make_sign_in_link  # noqa: PLC0415
    from tideover.tenants.models import Connection, Member, User  # noqa: PLC0415

    organization, tokens = Connection.objects.get(pk=connection).organization, {}
    for name in names:
        user = User.objects.create_user(f"{name}@members.example")
        _told_daily(Member.objects.create(organization=organization, user=user))
        tokens[name] = make_sign_in_link(user, clock.wall())
    return tokens


def _told_daily(member: Member) -> None:
    """They choose to be told of what came back and of the week."""
    from tideover import clock  # noqa: PLC0415
    from tideover.core.calendars.paces import Pace  # noqa: PLC0415
    from tideover.notices.choosing import choose  # noqa: PLC0415
    from tideover.notices.kinds import Kind  # noqa: PLC0415
    from tideover.tenants.models import Project  # noqa: PLC0415

    wanted = {Kind.RECOVERED: Pace.DAILY, Kind.DIGEST: Pace.WEEKLY}
    for project in Project.objects.filter(organization=member.organization):
        choose(member, project, wanted, member.user.email, clock.now())


def hand_out_links(connection: str, count: int, seed: str) -> dict[str, str]:
    """The tokens of links to the pay pages of some who owe something, by the customer's id; as a mail brings them.

    First of those whose card can be charged again: there every door of the page is open.
    """
    from tideover import clock  # noqa: PLC0415
    from tideover.recovery.links import make_link  # noqa: PLC0415
    from tideover.recovery.models import Case  # noqa: PLC0415

    owed = list(Case.objects.filter(connection_id=connection, state=Case.State.FAILING).order_by("invoice_id"))
    Random(seed).shuffle(owed)
    chosen = sorted(owed, key=lambda case: case.family in LOST_CARDS)[:count]
    return {case.customer_id: make_link(case, message_id=None, now=clock.now()) for case in chosen}


def end_membership(how: str) -> None:
    """End the sessions of the member who is named by how it is done."""
    from tideover.tenants.models import User  # noqa: PLC0415

    user = User.objects.get(email=f"{how}@members.example")
    match how:
        case "new_password":
            user.set_password("another one, and a long one")
        case "deactivated":
            user.is_active = False
        case "removed":
            user.memberships.all().delete()
    user.save()


def adopt_rules(connection: str, plan: dict[str, Any], end: str) -> int:
    """Let a merchant have other rules from now on, which do this at the `end`; their version."""
    from tideover import clock  # noqa: PLC0415
    from tideover.recovery.rulesets import adopt  # noqa: PLC0415
    from tideover.tenants.models import Connection  # noqa: PLC0415

    project = Connection.objects.get(pk=connection).project
    return adopt(project, "hasty", _ending(_hasty(**plan), end), clock.now()).version


def _ending(rules: Rules, end: str) -> Rules:
    """The same rules, where Stripe goes on by itself at the end; or those that take over, for a day."""
    from tideover.core.choices import Coexistence, FinalAction  # noqa: PLC0415

    if not end:
        return rules
    charges = {kind: replace(plan, numbers=tuple(plan.numbers[:2])) for kind, plan in rules.charges.items()}
    messages = tuple(message for message in rules.messages if message.day < GIVES_UP_ON_DAY)
    return replace(
        rules, charges=charges, messages=messages, window_days=GIVES_UP_ON_DAY, grace_hours=4,
        coexistence=Coexistence.TAKE_OVER, final_action=FinalAction(end),
    )  # fmt: skip


def _hasty(tries: list[int], mail_days: list[int], window_days: int) -> Rules:
    """A plan of a few days: the fewer days of nothing to do, the more is broken in a minute."""
    from tideover.core.catalogue import Template, Tone  # noqa: PLC0415
    from tideover.core.rules import PRESETS, MessageStep  # noqa: PLC0415

    rules = PRESETS["revguard"]
    charges = {
        kind: replace(plan, numbers=tuple(tries)) if plan.numbers else plan for kind, plan in rules.charges.items()
    }
    words = [FIRST, *islice(cycle(BETWEEN), len(mail_days) - 2), LAST]
    messages = tuple(
        MessageStep(day, Template(template), Tone(tone)) for day, (template, tone) in zip(mail_days, words, strict=True)
    )
    return replace(rules, name="hasty", charges=charges, messages=messages, window_days=window_days)
