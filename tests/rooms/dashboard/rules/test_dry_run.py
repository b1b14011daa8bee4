"""The dry run of what is typed: counted and told on a page of its own, and what was typed is not lost."""

from __future__ import annotations

import re

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from tests import factories as make
from tests.factories import DAY
from tests.people import colleague
from tests.rooms.dashboard.rules.test_editor import fields_of, newest, text_of
from tests.rooms.dashboard.test_queries import MOST
from tests.rooms.recovery.telling.test_backtest import failed, mirrored
from tideover.core.rules import PRESETS
from tideover.messages.models import Message
from tideover.recovery.models import Action
from tideover.recovery.rulesets import adopt
from tideover.tenants.roles import Role

pytestmark = pytest.mark.django_db
PAGE = "/rules/dry-run/"
TUNED = PRESETS["tuned"]
ONLY_EXPIRED = {**fields_of(TUNED), "message_1_family_expired": "on"}


@pytest.fixture
def account(alice, present):
    account = make.make_connection(alice.project, livemode=True)
    mirrored(account)
    adopt(alice.project, "tuned", TUNED, present)
    return account


def test_what_is_typed_is_held_against_the_last_month_and_nothing_is_saved_or_sent(alice, account, present):
    who, _ = failed(account, at=present - 20 * DAY)
    failed(account, at=present - 19 * DAY, code="expired_card")
    page = alice.browser().post(PAGE, ONLY_EXPIRED)
    told = text_of(page)
    assert page.status_code == 200
    assert "Dry run of version 2 Nothing sent, nothing charged, nothing saved The 2 payments that failed in the" in told
    assert "(gentle, only after “Expired or missing method”) on day 3 2 1 -1" in told
    assert "Nobody who would have been written to is left without any message." in told
    assert f"{who.name} $99.00" in told
    assert "it goes out only after “Expired or missing method”, and this payment failed as" in told
    assert (newest(alice).version, Action.objects.count(), Message.objects.count()) == (1, 0, 0)


def test_back_on_the_rules_everything_stands_as_it_was_typed(alice, account):
    browser = alice.browser()
    page = browser.post(PAGE, ONLY_EXPIRED).content.decode()
    sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    sent.pop("csrfmiddlewaretoken", None)
    assert sent == {name: str(value) for name, value in ONLY_EXPIRED.items()}
    assert "1 unsaved change" in text_of(browser.post("/rules/", {**sent, "do": "preview"}))
    assert 'formaction="/rules/dry-run/"' in browser.get("/rules/").content.decode()


def test_what_cannot_be_followed_is_told_on_the_page_of_the_rules(alice, account):
    answer = alice.browser().post(PAGE, {**fields_of(TUNED), "max_charges": "99"})
    assert answer.status_code == 422
    assert "Max retries is 1 to 10 per failed payment, not 99" in text_of(answer)


def test_where_nothing_failed_or_no_history_is_read_it_says_so(alice, account):
    assert "No payment failed in the last 30 days" in text_of(alice.browser().post(PAGE, ONLY_EXPIRED))
    account.mirror.delete()
    told = text_of(alice.browser().post(PAGE, ONLY_EXPIRED))
    assert "No history is read to its end" in told
    assert "was not begun to be read" in told


def test_it_is_bounded_and_asks_the_database_a_dozen_times_at_most(alice, account, present, monkeypatch):
    monkeypatch.setattr("tideover.dashboard.rules.dry_run.MOST", 3)
    for day in range(5):
        failed(account, at=present - (10 + day) * DAY)
    browser = alice.browser()
    with CaptureQueriesContext(database) as asked:
        page = browser.post(PAGE, ONLY_EXPIRED)
    queries = [query["sql"] for query in asked if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(queries) <= MOST, "\n".join(queries)
    assert "3 are the most that a page looks at, the latest first." in text_of(page)
    assert "The 3 payments that failed last of those of the last 30 days" in text_of(page)


def test_who_may_only_read_the_rules_runs_nothing(alice, account):
    carol = colleague("Carol", alice, Role.ANALYST).browser()
    assert carol.post(PAGE, ONLY_EXPIRED).status_code == 403
    assert "rules/dry-run" not in carol.get("/rules/").content.decode()
