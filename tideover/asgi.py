"""Pages and door as one ASGI application; Django itself runs in threads behind it."""

from a2wsgi import WSGIMiddleware

from tideover.wsgi import application as pages

application = WSGIMiddleware(pages, workers=8)
