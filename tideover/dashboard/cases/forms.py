"""What a person may ask for a case: until when it pauses, and the words that end it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.urls import reverse

from tideover.core.timing import local_day
from tideover.dashboard.forms.fields import Confirm, Day
from tideover.dashboard.forms.form import About, Data, Form
from tideover.recovery.models import Case
from tideover.recovery.paying.replies import WAITS
from tideover.recovery.places import zone as zone_named
from tideover.recovery.ways.promises import may_promise
from tideover.recovery.ways.resting import morning_of

NO_PROMISE: Final = "Choose the day on which they will pay."
NO_DAY: Final = "Choose the day on which the case goes on."
# Days whose instants exist in every zone.


def _morning(day: date, zone: ZoneInfo, now: datetime) -> datetime:
    """The instant at which a chosen day begins for a case. Raises ValidationError."""
    until = morning_of(day, zone)
    if until is None:
        raise ValidationError(NO_DAY)
    if until <= now:
        raise ValidationError("A pause must end in the future.")
    return until


class PauseForm(Form):
    """The day whose morning ends the pause, by the project's zone."""

    about = About(panel=True, button="Pause the case")
    until = Day(label="Nothing is charged or sent before", error_messages={"required": NO_DAY, "invalid": NO_DAY})

    def __init__(self, data: Data | None = None, *, sent_to: str, now: datetime, zone: ZoneInfo) -> None:
        today = local_day(now, zone)
        super().__init__(data, sent_to=sent_to, initial={"until": today + timedelta(days=7)})
        self.fields["until"].widget.attrs["min"] = (today + timedelta(days=1)).isoformat()
        self.now, self.zone = now, zone

    def clean_until(self) -> datetime:
        """The instant the case goes on at."""
        return _morning(self.cleaned_data["until"], self.zone, self.now)


class ReplyForm(Form):
    """The customer wrote or called, and a person answers: the day whose morning ends the wait."""

    about = About(
        panel=True,
        intro="Nothing is charged or sent before that day, for all that they owe. Resume a case once it is settled.",
        button="Hold their cases",
    )
    until = Day(label="Wait until", error_messages={"required": NO_DAY, "invalid": NO_DAY})

    def __init__(self, data: Data | None = None, *, sent_to: str, now: datetime, zone: ZoneInfo) -> None:
        today = local_day(now, zone)
        super().__init__(data, sent_to=sent_to, initial={"until": today + WAITS})
        self.fields["until"].widget.attrs["min"] = (today + timedelta(days=1)).isoformat()
        self.now, self.zone = now, zone

    def clean_until(self) -> datetime:
        """The instant their cases go on at."""
        return _morning(self.cleaned_data["until"], self.zone, self.now)


class PromiseForm(Form):
    """The day the customer promised to pay on, by their own calendar."""

    about = About(
        panel=True,
        intro="The charge moves to that day, about nine o'clock of the customer. Until then nothing is tried, by Stripe"
        " neither, and nothing is sent but one reminder the day before. It is for all that they owe in this currency.",
        button="Note the promise",
    )
    day = Day(label="They pay on", error_messages={"required": NO_PROMISE, "invalid": NO_PROMISE})

    def __init__(self, data: Data | None = None, *, case: Case, sent_to: str, now: datetime) -> None:
        tomorrow = local_day(now, zone_named(case.time_zone)) + timedelta(days=1)
        super().__init__(data, sent_to=sent_to, initial={"day": case.promised_on})
        self.fields["day"].widget.attrs["min"] = tomorrow.isoformat()


class MarkRecoveredForm(Form):
    """The money came outside of Stripe."""

    about = About(
        panel=True,
        title="Mark as recovered",
        intro="The money came outside of Stripe. The case ends and counts as recovered; this cannot be undone.",
        button="Mark as recovered",
        tone="",
    )
    confirm = Confirm(word="paid", problem="Type paid to mark the case as recovered.")


class StopForm(Form):
    """The dunning ends for good."""

    about = About(
        panel=True,
        title="Stop for good",
        intro="Nothing more is charged or sent for this invoice. What it owes stays as it is at Stripe. "
        "This cannot be undone.",
        button="Stop the case",
        tone="danger",
    )
    confirm = Confirm(word="stop", problem="Type stop to end the case for good.")


def offered(case: Case, now: datetime, zone: ZoneInfo) -> Mapping[str, Form]:
    """What may be asked for as the case stands, by the forms' ids."""
    failing, paused = case.state == Case.State.FAILING, case.is_paused(now)
    forms: list[Form] = []
    if failing and not paused:
        forms.append(PauseForm(sent_to=url("pause", case), now=now, zone=zone))
    if failing:
        forms.append(ReplyForm(sent_to=url("they-replied", case), now=now, zone=zone))
    if failing and may_promise(case):
        forms.append(PromiseForm(case=case, sent_to=url("promise", case), now=now))
    if case.state not in {Case.State.RECOVERED, Case.State.CANCELED}:
        forms.append(MarkRecoveredForm(sent_to=url("mark-recovered", case)))
    if failing:
        forms.append(StopForm(sent_to=url("stop", case)))
    return {form.form_id: form for form in forms}


def url(name: str, case: Case) -> str:
    """The address of what is done to a case."""
    return reverse(f"dashboard:{name}", args=[case.public_id])
