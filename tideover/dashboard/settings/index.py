"""What is set on each page of the settings, in a few words."""

from __future__ import annotations

from collections.abc import Mapping

from tideover.core.settings.table import SETTINGS, in_words
from tideover.core.settings.values import Value
from tideover.gateways.mailers.account import Provider
from tideover.gateways.mailers.table import SERVICES
from tideover.messages.channels.email.account import account_of
from tideover.recovery.telling.ways import WAYS
from tideover.tenants.access import MemberRequest
from tideover.tenants.models import Project
from tideover.tenants.settings import settings_of


def in_short(request: MemberRequest) -> Mapping[str, str]:
    """By the page's address."""
    kept = settings_of(request.project)
    return {
        "dashboard:settings-recovery": in_words(kept["recovery.enabled"]).capitalize(),
        "dashboard:settings-pay-page": _ways(kept),
        "dashboard:settings-plans": _plans(kept),
        "dashboard:settings-renewals": _renewals(kept),
        "dashboard:settings-winback": _winback(kept),
        "dashboard:settings-email": _by_whom(request.project),
        "dashboard:settings-sms": in_words(kept["sms.enabled"]).capitalize(),
        "dashboard:settings-retention": _kept_for(kept),
        "dashboard:settings-general": f"{kept['general.organization']}, {str(kept['general.currency']).upper()}",
        "dashboard:settings-brand": f"{kept['brand.color']}, {'a logo' if kept['brand.logo'] else 'no logo'}",
    }


def _by_whom(project: Project) -> str:
    account = account_of(project)
    return SERVICES[Provider(account.provider)].label if account else "The installation's server"


def _ways(kept: Mapping[str, Value]) -> str:
    return ", ".join(["Card", *(SETTINGS[key].label for key in WAYS.values() if kept[key])])


def _plans(kept: Mapping[str, Value]) -> str:
    if not kept["plans.enabled"]:
        return "Off"
    return f"From day {kept['plans.from_day']}, up to {kept['plans.most_parts']} parts"


def _renewals(kept: Mapping[str, Value]) -> str:
    told = {"Renewals": kept["renewals.enabled"], "trials": kept["renewals.trials"]}
    return ", ".join(name for name, on in told.items() if on).capitalize() or "Off"


def _winback(kept: Mapping[str, Value]) -> str:
    offers = len(str(kept["winback.offers"]).splitlines())
    said = f"On, {offers} offer{'' if offers == 1 else 's'}" if offers else "On, without an offer"
    return said if kept["winback.enabled"] else "Off"


def _kept_for(kept: Mapping[str, Value]) -> str:
    spans = f"Events {kept['retention.events']}, messages {kept['retention.messages']}"
    return "No names and addresses" if kept["retention.minimal"] else spans
