"""The browser's files under addresses that name their content: kept for a year, and asked for anew when they change."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware

FOR_GOOD: Final = "max-age=31536000, public, immutable"


@lru_cache(maxsize=256)
def version_of(name: str) -> str:
    """What tells one content of a file from another; empty where it is not there. A process reads each file once."""
    found = finders.find(name)
    return hashlib.sha256(Path(str(found)).read_bytes()).hexdigest()[:12] if found else ""


class VersionedStorage(StaticFilesStorage):
    """Puts the version into the address a page links to: "/static/dist/app.css?v=0a1b2c3d4e5f"."""

    def url(self, name: str | None) -> str:
        """The address of a file; one that is not there keeps its plain one."""
        version = version_of(name) if name else ""
        return f"{super().url(name)}?v={version}" if version else str(super().url(name))


class FilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]  # whitenoise is not typed
    """Lets a browser keep for good what it asked for by the version that is served; all else it asks for again soon.

    While an upgrade is under way a new page may ask an old process, whose answer is not what it was asked for.
    """

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer: HttpResponse = super().__call__(request)
        asked = request.GET.get("v") if request.path_info in self.files else None
        if asked and asked == version_of(request.path_info.removeprefix(self.static_prefix)):
            answer["Cache-Control"] = FOR_GOOD
        return answer
