"""A project's logo: kept by its content, and found by whoever has the digest of it."""

from __future__ import annotations

from hashlib import sha256

from tideover.core.settings.pictures import Drawing, as_text, from_text
from tideover.tenants.kept_apart import Logo
from tideover.tenants.models import Project


def kept(project: Project) -> str:
    """The logo as a setting's value: a `data:` address, or empty."""
    if not project.logo_digest:
        return ""
    logo = Logo.objects.filter(project=project, digest=project.logo_digest).first()
    return as_text(_drawing(logo)) if logo else ""


def keep(project: Project, value: str) -> None:
    """Make it the project's logo; empty for none."""
    project.logo_digest = ""
    if value:
        picture = from_text(value)
        project.logo_digest = sha256(picture.content).hexdigest()
        Logo.objects.get_or_create(
            project=project,
            digest=project.logo_digest,
            defaults={
                "organization_id": project.organization_id,
                "type": picture.type,
                "content": picture.content,
            },
        )
    project.save(update_fields=["logo_digest"])


def find(digest: str) -> Drawing | None:
    """The picture of this digest, whosever it is: the same content is the same picture."""
    logo = Logo.objects.filter(digest=digest).first()
    return _drawing(logo) if logo else None


def _drawing(logo: Logo) -> Drawing:
    return Drawing(logo.type, bytes(logo.content))
