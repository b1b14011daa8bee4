"""Whether a provider has taken a message of ours to somebody who asked for it: then the way out is known to work."""

from __future__ import annotations

from django.db.models import QuerySet

from tideover.flow.models import Provider


def took_a_test(provider: str, server: str) -> None:
    """The provider took a test at this server."""
    Provider.objects.get_or_create(name=provider)
    Provider.objects.filter(name=provider).exclude(proven=server).update(proven=server)


def proven(provider: str, server: str) -> QuerySet[Provider]:
    """The provider, where the server that is set is the one that took the last test."""
    return Provider.objects.filter(name=provider, proven=server)
