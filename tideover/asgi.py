"""Door and pages as one ASGI application; Django itself runs in threads behind the door."""

from typing import Any, cast

from a2wsgi import WSGIMiddleware

from tideover.wsgi import application as django  # first: the door's rooms need Django awake

from tideover.inbox.door import App, Door  # isort: skip

pages = WSGIMiddleware(cast("Any", django), workers=8)
application = Door(cast("App", pages))
