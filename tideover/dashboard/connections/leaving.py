"""Disconnecting an account: what happens is counted before it does, and one word confirms it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tideover import clock
from tideover.dashboard.connections.cards import connection_at, planned
from tideover.dashboard.connections.forms import DisconnectForm
from tideover.dashboard.forms.answers import page_with, saved, sent
from tideover.dashboard.frame.flash import Flash
from tideover.gateways import consent
from tideover.gateways.kinds import Kind
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.connecting import has_webhook_secret, key_end
from tideover.tenants.disconnecting import disconnect
from tideover.tenants.models import Connection
from tideover.tenants.roles import Permission
from tideover.upkeep.leaving import invoices_held, takes_endpoint_away


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
@may(Permission.CONNECT)
def page(request: MemberRequest, public_id: str) -> HttpResponse:
    """What disconnecting does, and the word that does it."""
    connection = connection_at(request, public_id)
    if connection.state != Connection.State.ACTIVE:
        return saved(request, "dashboard:connections", Flash(f"{_named(connection)} is disconnected."))
    form = DisconnectForm(*sent(request))
    if not form.is_valid():
        return page_with(request, "dashboard/connections/disconnect.html", form, _consequences(connection))
    disconnect(connection, by=request.member.user.email, now=clock.now())
    done = f"{_named(connection)} is disconnected: nothing is charged or sent any more."
    return saved(request, "dashboard:connections", Flash(done))


def _named(connection: Connection) -> str:
    return connection.account_name or connection.account_id


def _consequences(connection: Connection) -> Mapping[str, Any]:
    return {
        "connection": connection,
        "planned": planned(connection),
        "held": len(invoices_held(connection)),
        "key_end": key_end(connection),
        "agreed": connection.kind == Kind.CONSENT and consent.platform() is not None,
        "by_app": connection.kind == Kind.APP,
        "acts": connection.mode == Connection.Mode.ACT,
        "endpoint": has_webhook_secret(connection),
        "endpoint_goes": takes_endpoint_away(connection),
    }
