"""The merchants of a run, connected as `tideover connect` connects them: for most we act, one is only observed."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tideover.core.rules import Rules


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
        sender_email=f"billing@{name.lower()}.example", postal_address="1 Harbor Street, Oakland"
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
        Member.objects.create(organization=organization, user=user)
        tokens[name] = make_sign_in_link(user, clock.wall())
    return tokens


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
