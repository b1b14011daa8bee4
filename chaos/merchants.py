"""The merchants of a run, connected as `tideover connect` connects them: one acts, one only observes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tideover.core.rules import Rules


TRIES = (3, 24, 48, 96)  # hours after the failure at which we charge
MESSAGES = (("failed", "friendly"), ("reminder", "gentle"), ("urgent", "urgent"), ("help", "help"), ("final", "final"))


def connect_merchants(merchants: list[dict[str, Any]], base_url: str, mail_days: list[int]) -> list[dict[str, str]]:
    """Connect each ({name, api_key, api_base, publishable_key, webhook_secret, mode}); returns their hook tokens."""
    return [_connected(merchant, base_url, mail_days) for merchant in merchants]


def _connected(merchant: dict[str, Any], base_url: str, mail_days: list[int]) -> dict[str, str]:
    from tideover import clock  # noqa: PLC0415
    from tideover.core.rules import PRESETS  # noqa: PLC0415
    from tideover.gateways.stripe import Stripe  # noqa: PLC0415
    from tideover.inbox.translate import ENDPOINT_EVENTS  # noqa: PLC0415
    from tideover.recovery.rulesets import adopt  # noqa: PLC0415
    from tideover.tenants.connecting import Access, Names, connect, keep_webhook_secret  # noqa: PLC0415
    from tideover.tenants.models import Project  # noqa: PLC0415

    now, name = clock.now(), merchant["name"]
    account = Stripe(merchant["api_key"], api_base=merchant["api_base"]).account()
    access = Access(merchant["api_key"], merchant["mode"], merchant["api_base"], merchant["publishable_key"])
    connection = connect(account, access, Names(name, name, f"owner@{name.lower()}.example"), now)
    adopt(connection.project, "hasty", _hasty(PRESETS["revguard"], mail_days), now)
    Project.objects.filter(pk=connection.project_id).update(
        sender_email=f"billing@{name.lower()}.example", postal_address="1 Harbor Street, Oakland"
    )
    hook = f"{base_url}/hooks/stripe/{connection.hook_token}"
    # In observe mode the merchant makes the endpoint; so here it is made with the merchant's key, at Stripe itself.
    own = Stripe(merchant["api_key"], api_base=merchant["real_base"], may_write=True)
    endpoint = own.create_webhook_endpoint(hook, ENDPOINT_EVENTS, key=f"endpoint_{connection.pk}")
    keep_webhook_secret(connection, endpoint.secret, endpoint_id=endpoint.id)
    return {"name": name, "connection": str(connection.pk), "hook": connection.hook_token}


def _hasty(rules: Rules, mail_days: list[int]) -> Rules:
    """A plan of six days: the fewer days of nothing to do, the more is broken in a minute."""
    from tideover.core.rules import MessageStep, Tone  # noqa: PLC0415

    charges = {kind: replace(plan, numbers=TRIES) if plan.numbers else plan for kind, plan in rules.charges.items()}
    messages = tuple(
        MessageStep(day, template, Tone(tone)) for day, (template, tone) in zip(mail_days, MESSAGES, strict=False)
    )
    return replace(rules, name="hasty", charges=charges, messages=messages, window_days=6)
