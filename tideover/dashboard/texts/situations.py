"""Whom a text is shown for: a made-up customer, or an open case of the project with what is true of it now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from django.http import HttpRequest, QueryDict

from tideover import clock
from tideover.core.catalogue import TEMPLATES, Channel, Consequence, Tone
from tideover.core.money import spoken
from tideover.core.settings.designs import Design
from tideover.core.timing import local_day
from tideover.dashboard.words import name_of
from tideover.ids import private
from tideover.messages.brand import design_of, logo_path
from tideover.messages.examples import DEBIT, EXAMPLE, IN_PARTS, NO_METHOD, SEVERAL, SPARSE
from tideover.messages.own.rows import Which
from tideover.messages.wording import Wording
from tideover.recovery.models import Case
from tideover.recovery.places import zone
from tideover.recovery.telling.rehearsal import rehearsed_alone, worded
from tideover.tenants.models import Project

SAMPLES: Final[Mapping[str, tuple[str, Wording]]] = {
    "known": ("A made-up customer of whom all is known", EXAMPLE),
    "planned": ("The same, and a charge is planned", EXAMPLE),
    "last": ("The same, last reminder, with a consequence", EXAMPLE),
    "little": ("Hardly anything is known", SPARSE),
    "debit": ("A bank debit that came back", DEBIT),
    "none": ("No payment method on file", NO_METHOD),
    "several": ("Three open invoices", SEVERAL),
}
MOST_CASES: Final = 5
IN_A_WEEK: Final = timedelta(days=7)


def open_cases(project: Project) -> Sequence[tuple[str, str]]:
    """The newest open cases, each as the choice calls it."""
    mine = Case.objects.filter(organization_id=project.organization_id, project=project, state=Case.State.FAILING)
    return [
        (case.public_id, f"{name_of(case)}, {spoken(case.owed)}") for case in mine.order_by("-opened_at")[:MOST_CASES]
    ]


def chosen(request: HttpRequest, project: Project, which: Which, said: QueryDict) -> Wording:
    """The facts that a text is shown with, in the tone and design asked for; of an open case what holds now."""
    now, tone, design = clock.now(), said.get("tone", ""), said.get("design", "")
    path = logo_path(project)
    return replace(
        _of_case(project, said.get("situation", ""), now) or _sample(project, said.get("situation", ""), which, now),
        template=which.template,
        channel=which.channel,
        locale=which.language,
        tone=Tone(tone) if tone in set(Tone) else Tone.FRIENDLY,
        psychology=said.get("psychology", "") == "on",
        logo_url=request.build_absolute_uri(path) if path else "",
        open_url="",
        design=Design(design) if design in set(Design) else design_of(project),
    )


def _of_case(project: Project, public_id: str, now: datetime) -> Wording | None:
    """What is true of an open case of the project with a message to come; None where it is none."""
    pk = private("case", public_id)
    row = rehearsed_alone(project, pk, now) if pk else None
    return worded(row, row.messages[0]) if row and row.messages else None


def _sample(project: Project, name: str, which: Which, now: datetime) -> Wording:
    """A made-up customer in the merchant's brand."""
    _, base = SAMPLES.get(name, SAMPLES["known"])
    is_last = name == "last"
    return replace(
        base,
        merchant=project.brand_name or project.name,
        brand_color=project.brand_color,
        support_email=project.support_email,
        postal_address=project.postal_address,
        next_charge_at=now + IN_A_WEEK if name == "planned" else None,
        consequence=Consequence.PAUSED if is_last else Consequence.NONE,
        consequence_on=local_day(now + IN_A_WEEK, zone(base.zone)) if is_last else None,
        step_number=6 if is_last else 1,
        parts=IN_PARTS[0].parts if TEMPLATES[which.template].of_plan else None,
        update_url="https://pay.example/s/Ab12Cd34Ef" if which.channel == Channel.SMS else base.update_url,
    )
