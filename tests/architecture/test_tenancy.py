"""Everything belongs to an organization: the tables say so, and so does every address."""

from __future__ import annotations

from django.apps import apps

from tideover.flow.models import Allowance, Provider
from tideover.tenants.models import (
    OlderSeals,
    Organization,
    OrganizationErasure,
    Passkey,
    RecoveryCode,
    SecondFactor,
    SignedIn,
    SignInLink,
    User,
)
from tideover.upkeep.models import Walk
from tideover.worker.models import PeriodicJob

# Organization is the owner itself; a person may be a member of several, and so may their way in. A mail server and the
# worker's timetable and walks serve everybody; limits on guessing are counted before anybody is known; that an
# organization was erased is told once it is gone.
BELONG_TO_NOBODY = {
    Organization,
    OrganizationErasure,
    User,
    SignInLink,
    SecondFactor,
    RecoveryCode,
    Passkey,
    SignedIn,
    Provider,
    Allowance,
    PeriodicJob,
    Walk,
    OlderSeals,
}


def test_every_table_of_ours_belongs_to_an_organization_and_the_database_insists():
    ours = [model for model in apps.get_models(include_auto_created=True) if model.__module__.startswith("tideover.")]
    assert {model for model in ours if not _belongs(model)} == BELONG_TO_NOBODY


def _belongs(model: type) -> bool:
    fields = {field.name: field for field in model._meta.get_fields()}  # type: ignore[attr-defined]
    field = fields.get("organization")
    return field is not None and field.related_model is Organization and not field.null
