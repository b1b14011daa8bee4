"""The browser's files under addresses that name their content: kept for a year, and asked for anew when they change."""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from pathlib import Path, PurePosixPath

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from whitenoise.middleware import WhiteNoiseMiddleware


@lru_cache(maxsize=256)
def _content_of(path: str) -> str:
    """What tells one content from another. A process reads a file once: an upgrade starts new ones."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


def hashed(name: str, path: str) -> str:
    """The name with the content of the file in it: "dist/app.css" -> "dist/app.0a1b2c3d4e5f.css"."""
    pure = PurePosixPath(name)
    return str(pure.with_name(f"{pure.stem}.{_content_of(path)}{pure.suffix}")) if pure.suffix else name


class HashedStorage(StaticFilesStorage):
    """Gives each file that is there the address of its content; one that is not there keeps its own."""

    def url(self, name: str | None) -> str:
        """The address a page links to."""
        found = finders.find(name) if name else None
        return super().url(hashed(str(name), str(found)) if found else name)


class FilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]  # whitenoise is not typed
    """Serves each file by its own name, asked for again every hour, and by that of its content, for good."""

    def add_file_to_dictionary(self, url: str, path: str, stat_cache: dict[str, os.stat_result] | None = None) -> None:
        super().add_file_to_dictionary(url, path, stat_cache)
        if url in self.files:  # not where it is another file's packed twin
            super().add_file_to_dictionary(hashed(url, path), path, stat_cache)
