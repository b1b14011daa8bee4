"""Webhook and pages as one ASGI application; Django itself runs in threads behind the webhook."""

import os
from typing import Any, cast

from a2wsgi import WSGIMiddleware
from django.conf import settings
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from tideover.bodies import App, OnlyWhole
from tideover.wsgi import application as django  # first: the webhook's rooms need Django awake

from tideover.inbox.webhook import Webhook  # isort: skip

# Who may say for whom it speaks (X-Forwarded-For, -Proto); uvicorn's name for it. The webhook has no use for that.
PROXIES = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1")

threads = WSGIMiddleware(cast("Any", django), workers=8)
pages = OnlyWhole(cast("App", threads), settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
application = Webhook(cast("App", ProxyHeadersMiddleware(cast("Any", pages), trusted_hosts=PROXIES)))
