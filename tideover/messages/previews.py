"""The preview inbox: what was written to customers on test clocks, as it would have been sent, and handed to nobody."""

from __future__ import annotations

from django.db.models import QuerySet

from tideover.messages.models import Message
from tideover.tenants.models import Project


def previews_of(project: Project) -> QuerySet[Message]:
    """Those of a project, the newest first."""
    mine = Message.objects.filter(organization_id=project.organization_id, project=project)
    return mine.filter(state=Message.State.PREVIEWED).order_by("-id")
