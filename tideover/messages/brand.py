"""Where a merchant's logo is to be seen."""

from __future__ import annotations

from django.urls import reverse

from tideover.config import public_address
from tideover.tenants.models import Project


def logo_path(project: Project) -> str:
    """On a page of ours; empty where there is none."""
    return reverse("messages:logo", args=[project.logo_digest]) if project.logo_digest else ""


def logo_url(project: Project) -> str:
    """In a mail; empty where there is none."""
    path = logo_path(project)
    return f"{public_address()}{path}" if path else ""
