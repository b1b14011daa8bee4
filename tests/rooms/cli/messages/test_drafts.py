"""`tideover drafts`: a model set, asked, and what it says used or not; each mistake ends in a sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest
from typer.testing import CliRunner

from tests.factories import NOW, make_action, make_case, make_connection
from tests.rooms.language_model import speaking
from tests.rooms.messages.drafts.answers import answer
from tideover import clock
from tideover.cli.main import app
from tideover.config import config
from tideover.core.catalogue import Channel, Template
from tideover.messages.drafts.rows import Draft, DraftAccount
from tideover.messages.models import TextVersion
from tideover.messages.own.moving import spoken
from tideover.messages.own.ours import ours
from tideover.messages.own.trials import Plan, begin
from tideover.upkeep.drafting import draft_ahead

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]
KEY = "a-key-that-nobody-knows-1234567890"


@pytest.fixture
def there(monkeypatch, alice):
    monkeypatch.setattr(config(), "drafts_networks", "127.0.0.0/8")
    with speaking(answer()) as model:
        yield model


def typed(*words, secret=""):
    return CliRunner().invoke(app, ["drafts", *words], input=f"{secret}\n")


def set_up(there):
    return typed("setup", "openai", "small-1", "--address", f"{there.address}/v1", "--words", "Bicycles.", secret=KEY)


def test_a_text_is_drafted_looked_at_and_used(there):
    kept = set_up(there)
    made = typed("make", "failed")
    name = Draft.objects.get().public_id

    assert (kept.exit_code, made.exit_code) == (0, 0), kept.stderr + made.stderr
    assert "900 tokens told and 210 answered" in made.stderr
    assert "subject: Your payment of {{ amount }} is still open" in typed("show", name).stdout
    assert f"{name}  " in typed("list").stdout
    assert "Version 1 is live" in typed("use", name).stdout
    assert TextVersion.objects.get().note == "drafted by small-1"


def test_all_that_would_leave_is_printed_and_nothing_is_sent(there):
    set_up(there)

    printed = typed("make", "failed", "--language", "de", "--dry-run")

    assert "Write “Payment failed” in German (de)." in printed.stdout
    assert "Bicycles." in printed.stdout
    assert there.asked == []


def test_a_refused_draft_is_told_with_its_reasons_and_cannot_be_used(there):
    there.answers = [answer("en", "Here is a discount.")]
    set_up(there)

    made = typed("make", "failed")
    used = typed("use", Draft.objects.get().public_id)

    assert (made.exit_code, used.exit_code) == (1, 1)
    assert "“discount” offers something that nobody allowed it to. (offer)" in made.stderr
    assert TextVersion.objects.count() == 0


def test_while_its_text_is_in_a_trial_a_draft_waits_and_it_is_said(there, alice):
    set_up(there)
    typed("make", "failed")
    draft = Draft.objects.get()
    other = replace(ours(spoken(draft.which), Channel.EMAIL, Template.FAILED), subject="{{ amount }} is open")
    begin(alice.project, draft.which, Plan(other, "alice"), NOW)

    used = typed("use", draft.public_id)

    assert (used.exit_code, "trial" in used.stderr) == (1, True), used.stderr
    assert Draft.objects.get().state == "proposed"


def test_the_key_is_shown_by_nothing(there):
    told = [set_up(there), typed("show"), typed("make", "failed"), typed("list"), typed("off")]

    assert all(KEY not in each.stdout + each.stderr for each in told)
    assert DraftAccount.objects.count() == 0


def test_a_draft_is_discarded(there):
    set_up(there)
    typed("make", "failed")

    assert typed("discard", Draft.objects.get().public_id).exit_code == 0
    assert Draft.objects.get().state == "discarded"


def test_drafts_speak_at_send_time_once_that_is_chosen_and_stop_when_it_is_not(there, alice):
    set_up(there)
    assert "Drafts are for approval." in typed("show").stdout
    case = make_case(make_connection(alice.project), locale="en")
    make_action(case, step="message-1", do="message", template="failed", tone="friendly", due_at=clock.now())

    chosen = typed("when", "sending", "--tokens", "5000")
    draft_ahead(clock.now())

    assert chosen.exit_code == 0, chosen.stderr
    assert "Tokens within 24 hours: 1110 of 5000." in typed("show").stdout
    draft = Draft.objects.get()
    listed = typed("next").stdout
    assert "failed email en, friendly with psychology, message 1, ends by time" in listed
    assert f"a draft ({draft.public_id})" in listed
    typed("discard", draft.public_id)
    assert "ours, as the draft was turned down" in typed("next").stdout
    assert "a person from this moment on" in typed("when", "approval").stdout
    assert DraftAccount.objects.get().at_send_since is None


def test_what_was_chosen_stays_when_the_model_is_set_anew(there):
    set_up(there)
    typed("when", "sending", "--tokens", "5000")
    set_up(there)

    account = DraftAccount.objects.get()
    assert (account.at_send_since is None, account.tokens_a_day) == (False, 5000)


WRONG = [
    (("when", "sending"), "no model is set"),
    (("when", "never"), "'never' is no moment"),
    (("setup", "pigeon", "small-1"), "'pigeon' is no provider"),
    (("setup", "openai", "small-1", "--address", "http://8.8.8.8/v1"), "address: It begins with https://"),
    (("setup", "openai", "small-1", "--address", "https://10.0.0.8/v1"), "address: It leads into our own network"),
    (("setup", "openai", "small-1", "--address", "https://8.8.8.8/v1", "--words", "x" * 501), "words: At most 500"),
    (("make", "failed"), "No model is set"),
    (("make", "pigeon"), "There is no kind of message 'pigeon'"),
    (("make", "failed", "--tone", "angry"), "there is no tone 'angry'"),
    (("show", "draft_x"), "there is no draft 'draft_x'"),
    (("use", "draft_x"), "there is no draft 'draft_x'"),
]


@pytest.mark.parametrize(("words", "said"), WRONG)
def test_a_mistake_ends_in_a_sentence(there, words, said):
    done = typed(*words)

    assert (done.exit_code, said in done.stderr) == (1, True), done.stderr


def test_a_model_that_is_away_is_told_of_and_the_text_goes_on(there):
    set_up(there)
    there.status, there.body = 500, b"{}"

    done = typed("make", "failed")

    assert done.exit_code == 1
    assert "nothing was drafted: it has trouble of its own (500)" in done.stderr
    assert Draft.objects.count() == 0


def test_without_a_model_it_says_that_nothing_leaves(alice):
    assert "nothing leaves the house" in typed("show").stdout
    assert "No model was set." in typed("off").stdout
    assert "There is no draft" in typed("list").stdout
