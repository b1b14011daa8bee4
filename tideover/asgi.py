"""Webhook and pages as one ASGI application; Django itself runs in threads behind the webhook."""

from collections.abc import Sequence
from typing import Any, cast

from a2wsgi import WSGIMiddleware
from django.conf import settings
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from tideover.bodies import App, OnlyReal, OnlyWhole
from tideover.wsgi import application as django  # first: the webhook's rooms need Django awake

from tideover.inbox.webhook import Webhook  # isort: skip


def behind(proxies: Sequence[str], pages: App) -> App:
    """`pages`, told who asks as the named proxies say it (X-Forwarded-For, -Proto), and as nobody else does."""
    return OnlyReal(cast("App", ProxyHeadersMiddleware(cast("Any", pages), trusted_hosts=list(proxies))))


threads = WSGIMiddleware(cast("Any", django), workers=8)
whole = OnlyWhole(cast("App", threads), settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
application = Webhook(behind(settings.TIDEOVER_TRUSTED_PROXIES, whole))  # the webhook has no use for who asks
