"""Whom a text is shown for: a made-up customer, or an open case of the project with what is true of it now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest, QueryDict

from tideover import clock
from tideover.core.catalogue import TEMPLATES, Channel, Consequence, Tone
from tideover.core.money import spoken
from tideover.core.outcomes import Unsent
from tideover.core.relay import DEFAULT_DAYS
from tideover.core.settings.designs import Design
from tideover.core.steps import MESSAGES
from tideover.core.timing import local_day
from tideover.dashboard.search import cases_of, matches
from tideover.dashboard.texts.drafts import Place
from tideover.dashboard.words import REASONS, name_of
from tideover.ids import private
from tideover.messages.brand import design_of, logo_path
from tideover.messages.drafts.speaking import Sources
from tideover.messages.examples import DEBIT, EXAMPLE, IN_PARTS, NO_METHOD, SEVERAL, SPARSE
from tideover.messages.languages import spoken_in
from tideover.messages.own.rows import Which
from tideover.messages.wording import Wording
from tideover.recovery.models import Case
from tideover.recovery.places import zone
from tideover.recovery.telling.habits import Habit
from tideover.recovery.telling.rehearsal import rehearsed_alone, worded
from tideover.tenants.models import Project

KNOWN: Final = "known"
SAMPLES: Final[Mapping[str, tuple[str, Wording]]] = {
    KNOWN: ("A made-up customer of whom all is known", EXAMPLE),
    "planned": ("The same, and a charge is planned", EXAMPLE),
    "last": ("The same, last reminder, with a consequence", EXAMPLE),
    "little": ("Hardly anything is known", SPARSE),
    "debit": ("A bank debit that came back", DEBIT),
    "none": ("No payment method on file", NO_METHOD),
    "several": ("Three open invoices", SEVERAL),
}
BY_DEFAULT: Final = Habit(DEFAULT_DAYS)  # on which days Stripe tries is not told here, and not asked for
MOST_CASES: Final = 10
IN_A_WEEK: Final = timedelta(days=7)


class NothingToShow(ValueError):  # noqa: N818 - what it is
    """A text cannot be shown for whom was asked for. Its words say why."""


@dataclass(frozen=True, slots=True)
class Coming:
    """The next message of an open case. which: its text, in the language it would be read in; unsent: why it would not
    be sent as it stands.
    """

    case: Case
    which: Which
    words: Wording
    at: datetime
    unsent: Unsent | None

    @property
    def name(self) -> str:
        return name_of(self.case)

    @property
    def query(self) -> str:
        """The editor's, of its text, shown for this case as it will be written."""
        said = {"situation": self.case.public_id, "tone": self.words.tone}
        return f"{self.place.query}&{urlencode(said)}{'&psychology=on' if self.words.psychology else ''}"

    @property
    def place(self) -> Place:
        return Place(self.which)

    @property
    def why_unsent(self) -> str:
        return REASONS[self.unsent] if self.unsent else ""


def open_cases(project: Project, text: str, chosen: Coming | None) -> Sequence[tuple[str, str]]:
    """The newest open cases that are meant by `text`, each as the choice calls it; and the one that is chosen."""
    meant = cases_of(project).filter(matches(text) if text else Q(), state=Case.State.FAILING)
    found = list(meant.order_by("-opened_at", "id")[:MOST_CASES])
    kept = [chosen.case] if chosen and chosen.case not in found else []
    return [(case.public_id, f"{name_of(case)}, {spoken(case.owed)}") for case in (*kept, *found)]


def coming(project: Project, public_id: str, now: datetime) -> Coming:
    """What an open case of the project is written next, with what is true of it then. Raises NothingToShow."""
    pk = private("case", public_id)
    row = rehearsed_alone(project, pk, now, BY_DEFAULT) if pk else None
    if row is None:
        raise NothingToShow("No open case has this name any more. Choose another one.")
    step = next((step for step in row.steps if step.do in MESSAGES), None)
    if step is None:
        raise NothingToShow("No message to them is planned, so there is none to show.")
    words = worded(replace(row, sources=Sources()), step)  # the text is the one that is looked at
    which = Which(words.template, words.channel, spoken_in(words.locale).code)
    return Coming(row.case, which, words, step.at, row.unsent)


def chosen(request: HttpRequest, project: Project, which: Which, said: QueryDict) -> Wording:
    """The facts that a text is shown with, in the tone and design asked for; of an open case those of its next message.

    Raises NothingToShow.
    """
    now, tone, design = clock.now(), said.get("tone", ""), said.get("design", "")
    asked = said.get("situation", "")
    path = logo_path(project)
    return replace(
        _sample(project, asked or KNOWN, which, now) if is_sample(asked) else coming(project, asked, now).words,
        template=which.template,
        channel=which.channel,
        locale=which.language,
        tone=Tone(tone) if tone in set(Tone) else Tone.FRIENDLY,
        psychology=said.get("psychology", "") == "on",
        logo_url=request.build_absolute_uri(path) if path else "",
        open_url="",
        design=Design(design) if design in set(Design) else design_of(project),
    )


def is_sample(situation: str) -> bool:
    """Whether it is a made-up customer rather than a case."""
    return not situation or situation in SAMPLES


def _sample(project: Project, name: str, which: Which, now: datetime) -> Wording:
    """A made-up customer in the merchant's brand."""
    _, base = SAMPLES[name]
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
