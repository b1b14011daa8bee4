"""What a merchant's messages wear: where their logo is to be seen, and their design."""

from __future__ import annotations

from django.urls import reverse

from tideover.config import public_address
from tideover.core.settings.designs import Design
from tideover.tenants.models import Project


def logo_path(project: Project) -> str:
    """On a page of ours; empty where there is none."""
    return reverse("messages:logo", args=[project.logo_digest]) if project.logo_digest else ""


def logo_url(project: Project) -> str:
    """In a mail; empty where there is none."""
    path = logo_path(project)
    return f"{public_address()}{path}" if path else ""


def design_of(project: Project) -> Design:
    """The one that is chosen. One that this version does not have is drawn as the first."""
    return Design(project.design) if project.design in set(Design) else Design.CARD
