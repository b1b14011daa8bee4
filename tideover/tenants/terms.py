"""What a project offers as a payment plan, from its settings."""

from __future__ import annotations

from tideover.core.settings.amounts import amounts_in
from tideover.core.ways.plans import Terms
from tideover.tenants.models import Project


def terms_of(project: Project) -> Terms:
    """The merchant's terms."""
    return Terms(
        enabled=project.plans_enabled,
        from_day=int(project.plans_from_day),
        most=int(project.plans_most_parts),
        least=amounts_in(project.plans_least),
    )
