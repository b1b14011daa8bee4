"""Pages and door as one ASGI application; Django itself runs in threads behind it."""

from typing import Any, cast

from a2wsgi import WSGIMiddleware

from tideover.wsgi import application as pages

application = WSGIMiddleware(cast("Any", pages), workers=8)
