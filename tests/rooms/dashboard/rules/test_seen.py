"""Every choice of the rules, changed on the page and by a file, is seen in the next plan or message: total over them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pytest

from tests import factories as make
from tests.factories import DAY, NOW
from tests.people import Person
from tests.rooms.dashboard.rules.test_editor import fields_of
from tideover.cli.settings import take
from tideover.core.catalogue import Consequence
from tideover.core.choices import CHOICES, AfterTrial, Cadence, Coexistence, FinalAction, Strategy
from tideover.core.declines import Family
from tideover.core.editing.rules_file import choices
from tideover.core.rules import PRESETS, Rules
from tideover.messages.channels import compose
from tideover.recovery.intake import learn
from tideover.recovery.known import known_of
from tideover.recovery.models import Action, Case
from tideover.recovery.rulesets import adopt
from tideover.recovery.writing import wording

pytestmark = pytest.mark.django_db

TUNED, RELAY = PRESETS["tuned"], PRESETS["relay"]
BESIDE: Final = replace(TUNED, name="beside", coexistence=Coexistence.COEXIST)
HALF: Final = DAY / 2
Place = Callable[[Person], str]


def plan(**case: Any) -> Place:
    """What is planned for a failure that comes now, a step a line."""

    def place(owner: Person) -> str:
        rows = Action.objects.filter(case=_fails(owner, **case), state=Action.State.PLANNED).order_by("due_at", "step")
        return "\n".join(f"{row.do} {(row.due_at - NOW) / DAY:.1f} {row.tone} {row.rule}" for row in rows)

    return place


def message(template: str) -> Place:
    """What a message about a failure that comes now says."""

    def place(owner: Person) -> str:
        action = Action.objects.get(case=_fails(owner), template=template, state=Action.State.PLANNED)
        case = Case.objects.select_related("project__organization", "connection", "ruleset").get(pk=action.case_id)
        [known] = known_of([case], NOW)
        words = compose(wording(action, known, "https://pay.example/c/x", [], NOW)).html
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", words))

    return place


def _fails(owner: Person, *, tried_before: bool = False, **case: Any) -> Case:
    connection = owner.project.connections.get()
    usual: dict[str, Any] = {"opened_at": NOW, "family": "no_funds", "card_brand": "visa"}
    made = make.make_case(connection, **(usual | case))
    if tried_before:
        make.make_attempt(made, by="stripe", card_fingerprint=made.card_fingerprint, outcome="declined", at=NOW - DAY)
    learn(made, [], NOW)
    return made


@dataclass(frozen=True)
class Seen:
    """A choice as it is typed and as it stands in a file; where it is seen, and what is there then and was not before.

    typed: a switch that is turned off is None. gone: what was there and is not any more.
    """

    typed: Mapping[str, str | None]
    changes: Mapping[str, Any]
    place: Place = field(default_factory=plan)
    there: str = ""
    gone: str = ""
    base: Rules = TUNED


def _charging(days: str) -> Seen:
    numbers = tuple(int(day) for day in days.split(", "))
    changed = {**TUNED.charges, Family.NO_FUNDS: Strategy("own", Cadence.DAYS, numbers)}
    return Seen({"charges_no_funds_numbers": days}, {"charges": changed}, there=r"charge 3\.0 ", gone=r"charge 2\.0 ")


SEEN: Final[Mapping[str, Seen]] = {
    "name": Seen({"name": "acme"}, {"name": "acme"}, there=r" acme\.message\.day-0", gone=r"tuned\."),
    "charges": _charging("3, 9"),
    "debits": Seen(
        {"debits_no_funds_numbers": "12"},
        {"debits": {**TUNED.debits, Family.NO_FUNDS: Strategy("own", Cadence.DAYS, (12,))}},
        plan(card_brand="us_bank_account"),
        there=r"charge 12\.0 ",
        gone=r"charge 10\.0 ",
    ),
    "coexistence": Seen(
        {"coexistence": "coexist"},
        {"coexistence": Coexistence.COEXIST},
        plan(stripe_next_attempt_at=NOW + 4 * DAY - HALF),
        gone=r"charge 4\.0 ",
    ),
    "relay": Seen(
        {"relay": "1"}, {"relay": (1,)}, plan(stripe_next_attempt_at=NOW + DAY), gone=r"charge 24\.0 ", base=RELAY
    ),
    "stripe_clear_hours": Seen(
        {"stripe_clear_hours": "72"},
        {"stripe_clear_hours": 72},
        plan(stripe_next_attempt_at=NOW + 4 * DAY - HALF),
        there=r"charge 6\.5 ",
        base=BESIDE,
    ),
    "charge_new_card": Seen(
        {"charge_new_card": None},
        {"charge_new_card": False},
        plan(new_method="pm_new", customer_acted_at=NOW),
        gone=r"new_card",
    ),
    "max_charges": Seen({"max_charges": "1"}, {"max_charges": 1}, gone=r"charge 4\.0 "),
    "most_retries": Seen({"most_retries": "1"}, {"most_retries": 1}, plan(tried_before=True), gone=r"charge 4\.0 "),
    "min_gap_hours": Seen(
        {"min_gap_hours": "168"}, {"min_gap_hours": 168}, there=r"charge 9\.0 ", gone=r"charge 4\.0 "
    ),
    "window_days": Seen({"window_days": "29"}, {"window_days": 29}, there=r"close 30\.0 ", gone=r"close 29\.0 "),
    "grace_hours": Seen({"grace_hours": "300"}, {"grace_hours": 300}, there=r"close 40\.5 ", gone=r"close 29\.0 "),
    "messages": Seen(
        {"message_2_day": "8"},
        {"messages": (*TUNED.messages[:2], replace(TUNED.messages[2], day=8), *TUNED.messages[3:])},
        there=r"message 8\.0 urgent",
        gone=r"message 7\.0 urgent",
    ),
    "sending": Seen(
        {"opens": "14"},
        {"sending": replace(TUNED.sending, opens=14)},
        there=r"message 0\.1 ",
        gone=r"message 0\.0 ",
    ),
    "weekends": Seen(
        {"weekends": None},
        {"sending": replace(TUNED.sending, weekends=False)},
        plan(opened_at=NOW + 2 * DAY),
        there=r"message 2\.9 ",
        gone=r"message 2\.0 ",
    ),
    "holidays": Seen(
        {"holidays": None},
        {"sending": replace(TUNED.sending, holidays=False)},
        plan(opened_at=NOW + 6 * DAY, time_zone="America/New_York"),  # Thanksgiving
        there=r"message 7\.1 friendly",
        gone=r"message 6\.1 friendly",
    ),
    "psychology": Seen({"psychology": None}, {"psychology": False}, message("urgent")),
    "chase_overdue": Seen(
        {"chase_overdue": "on"}, {"chase_overdue": True}, plan(family="overdue"), there=r"message 0\.0 friendly"
    ),
    "final_action": Seen(
        {"final_action": "cancel"}, {"final_action": FinalAction.CANCEL}, plan(), there=r"\.close\.cancel"
    ),
    "after_trial": Seen(
        {"after_trial": "recover"}, {"after_trial": AfterTrial.RECOVER}, plan(after_trial=True), there=r"payday"
    ),
    "consequence": Seen(
        {"consequence": "paused", "consequence_day": "28"},
        {"consequence": Consequence.PAUSED, "consequence_day": 28},
        message("final"),
        there=r"paused",
    ),
    "consequence_day": Seen(
        {"consequence_day": "35"},
        {"consequence_day": 35},
        message("final"),
        base=replace(TUNED, name="paused", consequence=Consequence.PAUSED, consequence_day=28),
    ),
}


def on_its_page(owner: Person, seen: Seen, _folder: Any) -> None:
    sent = {**fields_of(seen.base), **seen.typed, "do": "save"}
    answer = owner.browser().post("/rules/", {name: value for name, value in sent.items() if value is not None})
    assert answer.status_code == 302, answer.content.decode().partition("problems")[2][:500]


def by_a_file(owner: Person, seen: Seen, folder: Any) -> None:
    file = folder / "wanted.json"
    file.write_text(json.dumps({"rules": choices(replace(seen.base, **seen.changes))}))
    assert take(file, owner.organization.slug, owner.project.slug, dry_run=False) == 0


def test_every_choice_has_a_place_where_it_is_seen():
    assert set(SEEN) == set(CHOICES)


@pytest.mark.parametrize("by", [on_its_page, by_a_file])
@pytest.mark.parametrize("choice", SEEN)
def test_a_choice_is_seen_where_the_table_says_and_was_not_before(alice, choice, by, tmp_path):
    seen = SEEN[choice]
    make.make_connection(alice.project, mode="act")
    adopt(alice.project, seen.base.name, seen.base, NOW)
    before = seen.place(alice)
    by(alice, seen, tmp_path)
    after = seen.place(alice)
    assert after != before
    if seen.there:
        assert re.search(seen.there, after), after
        assert not re.search(seen.there, before), before
    if seen.gone:
        assert re.search(seen.gone, before), before
        assert not re.search(seen.gone, after), after
