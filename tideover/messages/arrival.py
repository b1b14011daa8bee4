"""The link in a test mail: whoever follows it proves that mail of the project arrives. It opens nothing else."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.core import signing

from tideover.config import public_address
from tideover.tenants.models import Project

SALT: Final = "tideover.test-message"


def arrival_url(project: Project) -> str:
    """Where the link of the project's test mails leads."""
    return f"{public_address()}/arrived/{signing.dumps(str(project.pk), salt=SALT)}/"


def arrived(token: str) -> Project | None:
    """Whose test mail it was; None where it was nobody's."""
    try:
        return Project.objects.filter(pk=UUID(signing.loads(token, salt=SALT))).select_related("organization").first()
    except (signing.BadSignature, ValueError):
        return None
