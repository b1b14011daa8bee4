"""The connections: an account is connected with one key that is tried first, and each act says what it does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import factories
from tests.people import colleague
from tideover import clock
from tideover.config import config
from tideover.flow import refusals
from tideover.flow.stripe import stripe_for, stripe_for_leaving
from tideover.gateways.answers import ReadOnly
from tideover.gateways.permissions import asked_of, needed
from tideover.ids import public
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import Running, running
from tideover.tenants.models import AuditEntry, Connection
from tideover.tenants.roles import Role
from tideover.upkeep.rounds import wind_up_all

pytestmark = pytest.mark.django_db
ALL, NEW = "/connections/", "/connections/new/"


@pytest.fixture
def stripe(monkeypatch) -> Iterator[Running]:
    with running(new_simulator(seed=3, start=1_790_000_000)) as world:
        monkeypatch.setattr(config(), "stripe_api_base", world.base_url)
        yield world


def a_key(stripe, *names: str, act: bool = False) -> str:
    granted = names or [permission.name for permission in asked_of(act=act)]
    return str(stripe.pull("restricted_key", permissions=granted)["key"])


def connected(person, stripe, mode="observe", **values):
    key = a_key(stripe, act=mode == "act")
    person.browser().post(NEW, {"mode": mode, "api_key": key, **values})
    return Connection.objects.get()


def text(answer):
    return answer.content.decode()


def at(connection, act):
    return f"{ALL}{public('conn', connection.pk)}/{act}/"


# ── connecting ──


def test_one_pasted_key_connects_the_account_to_the_project_one_is_in(alice, stripe):
    key = a_key(stripe)
    answer = alice.browser().post(NEW, {"mode": "observe", "api_key": f" {key}\n"}, follow=True)
    made = Connection.objects.get()
    assert (made.project, made.mode, made.api_key, made.account_id) == (
        alice.project,
        "observe",
        key,
        stripe.sim.keys.account,
    )
    assert f"ending in {key[-4:]}" in text(answer)
    assert key not in text(answer)
    assert AuditEntry.objects.get(what="connected").who == alice.user.email
    assert stripe.look("requests")["writes"] == 0


def test_in_act_mode_the_endpoint_is_made_too(alice, stripe):
    made = connected(alice, stripe, "act", publishable_key="pk_test_mine")
    assert (made.mode, made.publishable_key) == ("act", "pk_test_mine")
    assert made.webhook_secret.startswith("whsec_")
    assert [endpoint["url"] for endpoint in stripe.sim.store.webhook_endpoints] == [made.webhook_url]


def test_all_that_the_key_lacks_is_said_and_nothing_is_kept(alice, stripe):
    answer = alice.browser().post(NEW, {"mode": "act", "api_key": a_key(stripe, "rak_accounts_kyc_basic_read")})
    assert answer.status_code == 422
    for permission in needed(act=True):
        said = f"({permission.name}) is missing. For:" in text(answer).replace("&#x27;", "'")
        assert said == (permission.resource != "Account information")
    assert not Connection.objects.exists()


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("", "A restricted key begins with"),
        ("pk_test_51Canary", "A restricted key begins with"),
        ("rk_test_51Canary", "Stripe refuses this key"),
    ],
)
def test_what_is_no_key_is_said_beside_the_field_and_never_shown_again(alice, stripe, key, said):
    answer = alice.browser().post(NEW, {"mode": "observe", "api_key": key})
    assert (answer.status_code, said in text(answer), "51Canary" in text(answer)) == (422, True, False)
    assert not Connection.objects.exists()


def test_an_unrestricted_key_is_refused_with_the_reason(alice):
    answer = alice.browser().post(NEW, {"mode": "observe", "api_key": "sk_live_" + "51Canary"})
    assert "may pay out, refund and read everything" in text(answer)
    assert not Connection.objects.exists()


def test_an_account_of_another_merchant_is_refused_in_words_that_name_nobody(alice, mallory, stripe):
    connected(alice, stripe)
    answer = mallory.browser().post(NEW, {"mode": "observe", "api_key": a_key(stripe)})
    assert (answer.status_code, "for another organization" in text(answer)) == (422, True)
    assert alice.organization.name not in text(answer)
    assert Connection.objects.get().organization == alice.organization


# ── what can be changed ──


def test_a_key_that_may_not_write_is_not_let_act(alice, stripe):
    made = connected(alice, stripe)
    answer = alice.browser().post(at(made, "mode"), {"mode": "act"}, follow=True)
    made.refresh_from_db()
    assert (made.mode, "rak_invoice_write" in text(answer)) == ("observe", True)


def test_the_mode_is_changed_and_the_log_says_by_whom(alice, stripe):
    made = connected(alice, stripe, "act")
    alice.browser().post(at(made, "mode"), {"mode": "observe"})
    made.refresh_from_db()
    entry = AuditEntry.objects.get(what="mode changed")
    assert (made.mode, entry.who, entry.after) == ("observe", alice.user.email, {"mode": "observe"})


def test_a_refused_key_is_shown_first_and_replaced_by_one_of_the_same_account(alice, stripe):
    factories.make_connection(alice.project, livemode=True)
    made = connected_beside(alice, stripe)
    refusals.record(made, "Expired API Key", factories.NOW, all_calls=True)
    page = text(alice.browser().get(ALL))
    assert page.index("Stripe refuses this key since") < page.index("Live")
    assert "Expired API Key." in page
    key = a_key(stripe)
    alice.browser().post(at(made, "key"), {"api_key": key})
    made.refresh_from_db()
    assert (made.api_key, made.mode) == (key, "observe")


def test_beside_a_refused_key_stands_what_waits_and_when_the_first_case_runs_out(alice):
    dead = factories.make_connection(alice.project)
    case = factories.make_case(dead)
    for due_at, do in ((2, "charge"), (1, "message"), (-2, "charge"), (-9, "close")):
        factories.make_action(case, do=do, due_at=clock.now() - due_at * factories.DAY)
    refusals.record(dead, "Expired API Key", factories.NOW, all_calls=True)
    page = text(alice.browser().get(ALL))
    assert "<b>1 charge and 1 message wait</b>" in page
    assert "The first case runs out" in page


def connected_beside(person, stripe):
    person.browser().post(NEW, {"mode": "observe", "api_key": a_key(stripe)})
    return Connection.objects.get(account_id=stripe.sim.keys.account)


def test_a_key_of_another_account_does_not_replace_this_ones(alice, stripe):
    other = factories.make_connection(alice.project, mode="observe", api_key="rk_test_old")
    answer = alice.browser().post(at(other, "key"), {"api_key": a_key(stripe)})
    other.refresh_from_db()
    assert (answer.status_code, other.api_key) == (422, "rk_test_old")
    assert f"It must be of {other.account_id} in test mode" in text(answer)


def test_a_check_says_what_is_proved_missing_and_not_provable(alice, stripe):
    made = connected(alice, stripe, "act")
    names = [each.name for each in asked_of(act=True, testing=True) if each.word != "event"]
    made.api_key = a_key(stripe, *names)
    made.save()
    page = text(alice.browser().post(at(made, "check")))
    assert [page.count(f">{word}</span>") for word in ("Proved", "Missing", "Not provable")] == [8, 1, 12]


def test_a_signing_secret_is_taken_and_the_one_before_holds_for_a_day(alice, stripe):
    made = connected(alice, stripe, "act")
    before = made.webhook_secret
    alice.browser().post(at(made, "webhook"), {"secret": "whsec_new"})
    alice.browser().post(at(made, "webhook"), {"secret": "nonsense"})
    made.refresh_from_db()
    assert (made.webhook_secret, made.webhook_secret_previous) == ("whsec_new", before)


def test_test_mail_is_turned_on_and_off(alice, stripe):
    made = connected(alice, stripe)
    for sent, on in (("1", True), ("0", False)):
        alice.browser().post(at(made, "test-mail"), {"on": sent})
        made.refresh_from_db()
        assert made.test_mail is on


def test_who_may_not_connect_sees_the_connections_and_no_button(alice, stripe):
    made = connected(alice, stripe)
    page = text(colleague("Carol", alice, Role.SUPPORT).browser().get(ALL))
    assert made.account_id in page
    assert "/connections/conn_" not in page
    assert NEW not in page


# ── what another did, or did not answer, meanwhile ──


def test_who_connects_anew_what_is_another_merchants_by_now_is_told_so(alice, mallory, stripe):
    hers = connected(alice, stripe)
    Connection.objects.filter(pk=hers.pk).update(state="disconnected")
    mallory.browser().post(NEW, {"mode": "observe", "api_key": a_key(stripe)})
    answer = alice.browser().post(at(hers, "key"), {"api_key": a_key(stripe)})
    assert (answer.status_code, "is connected already" in text(answer)) == (422, True)
    assert mallory.organization.name not in text(answer)
    hers.refresh_from_db()
    assert hers.state == "disconnected"


def test_a_stripe_that_stops_answering_is_waited_for_once_and_connects_nothing(alice, stripe):
    key = a_key(stripe, act=True)
    stripe.pull("fault", kind="error_before", count=20)
    answer = alice.browser().post(NEW, {"mode": "act", "api_key": key})
    assert "Stripe does not answer" in text(answer)
    assert not Connection.objects.exists()
    assert stripe.look("requests")["writes"] == 1


# ── disconnecting ──


def test_before_it_is_disconnected_it_says_what_happens_and_wants_the_word(alice, stripe):
    made = connected(alice, stripe, "act")
    factories.make_action(factories.make_case(made), request={"taken": True}, state="done")
    page = text(alice.browser().get(at(made, "disconnect")))
    for said in (
        "1 open case ends here",
        "1 invoice goes back",
        "webhook endpoint is deleted",
        f"ending in {made.api_key[-4:]}",
    ):
        assert said in page, said
    refused = alice.browser().post(at(made, "disconnect"), {"word": "yes"})
    made.refresh_from_db()
    assert (refused.status_code, "The word is disconnect." in text(refused), made.state) == (422, True, "active")


def test_with_the_word_it_is_disconnected_at_once_and_a_round_later_only_the_merchants_part_is_left(alice, stripe):
    made = connected(alice, stripe, "act")
    answer = alice.browser().post(at(made, "disconnect"), {"word": " Disconnect"}, follow=True)
    assert "nothing is charged or sent any more" in text(answer)
    assert "that takes a moment" in text(answer)
    assert AuditEntry.objects.get(what="disconnected").who == alice.user.email
    assert wind_up_all(stripe_for_leaving, clock.now()) == 1
    assert list(stripe.sim.store.webhook_endpoints) == []
    page = text(alice.browser().get(ALL))
    assert "valid at Stripe until you delete it" in page
    assert "Connect again" in page


def test_a_disconnected_account_is_connected_again_with_a_new_key(alice, stripe):
    made = connected(alice, stripe, "act")
    alice.browser().post(at(made, "disconnect"), {"word": "disconnect"})
    wind_up_all(stripe_for_leaving, clock.now())
    key = a_key(stripe, act=True)
    alice.browser().post(at(made, "key"), {"api_key": key})
    made.refresh_from_db()
    assert (made.state, made.api_key, made.mode, made.left_undone) == ("active", key, "act", "")
    assert [endpoint["url"] for endpoint in stripe.sim.store.webhook_endpoints] == [made.webhook_url]


def test_what_is_disconnected_already_is_said_and_asked_for_no_word(alice, stripe):
    made = connected(alice, stripe)
    alice.browser().post(at(made, "disconnect"), {"word": "disconnect"})
    again = alice.browser().get(at(made, "disconnect"), follow=True)
    assert "is disconnected." in text(again)


# ── the endpoints at Stripe ──


def left_over(stripe, number=1):
    for n in range(number):
        stripe.sim.store.webhook_endpoints.add(
            {
                "id": f"we_old{n}", "object": "webhook_endpoint", "url": f"https://old.example/hooks/stripe/gone{n}",
                "enabled_events": ["*"], "status": "enabled", "metadata": {}, "description": None, "created": 1,
                "api_version": None, "application": None, "livemode": False,
            }
        )  # fmt: skip


def test_our_endpoint_is_rotated_with_one_button_and_signs_anew(alice, stripe):
    made = connected(alice, stripe, "act")
    before = (made.webhook_secret, made.webhook_endpoint_id)
    answer = alice.browser().post(at(made, "new-secret"), follow=True)
    made.refresh_from_db()
    assert "signs with a new secret" in text(answer)
    assert made.webhook_secret_previous == before[0] != made.webhook_secret
    assert [each["id"] for each in stripe.sim.store.webhook_endpoints] == [made.webhook_endpoint_id]


def test_one_that_the_merchant_made_is_not_rotated_here(alice, stripe):
    made = connected(alice, stripe)
    answer = alice.browser().post(at(made, "new-secret"), follow=True)
    assert "roll its secret at Stripe" in text(answer)
    assert "Rotate the secret" not in text(alice.browser().get(ALL))


def test_an_account_without_room_is_told_and_what_was_left_over_is_deleted(alice, stripe):
    left_over(stripe, 16)
    answer = alice.browser().post(NEW, {"mode": "act", "api_key": a_key(stripe, act=True)}, follow=True)
    assert "Stripe allows 16 webhook endpoints an account" in text(answer)
    made = Connection.objects.get()
    page = text(alice.browser().get(at(made, "endpoints")))
    assert "16 of the 16" in page
    assert "gone1" not in page, "it would open another installation"
    alice.browser().post(at(made, "endpoints"), {"endpoint": "we_old3"})
    assert "15 of the 16" in text(alice.browser().get(at(made, "endpoints")))
    wrong = alice.browser().post(at(made, "endpoints"), {"endpoint": "we_nonsense"}, follow=True)
    assert "no endpoint that" in text(wrong)


def test_who_else_dunns_is_told_as_far_as_tries_tell(alice):
    shop = factories.make_connection(alice.project)
    assert "Nothing failed in 30 days" in text(alice.browser().get(ALL))
    for tries, days in ((2, 3), (1, 4), (5, 40)):
        case = factories.make_case(shop, opened_at=clock.now() - days * factories.DAY)
        for n in range(tries):
            factories.make_attempt(case, at=case.opened_at + n * factories.DAY)
        factories.make_attempt(case, by="us")
    assert "seen on 1 of the last 2 failures in 30 days" in text(alice.browser().get(ALL))


def test_the_reason_of_the_last_refusal_stays_once_it_is_over(alice):
    shop = factories.make_connection(alice.project)
    assert "Last refusal" not in text(alice.browser().get(ALL))
    refusals.record(shop, "Expired API Key", factories.NOW, all_calls=True)
    assert "Last refusal" not in text(alice.browser().get(ALL))
    refusals.end(shop, factories.NOW + factories.DAY)
    page = text(alice.browser().get(ALL))
    assert "over since Nov 21, 2026" in page
    assert "Expired API Key." in page


# ── observing, with an endpoint of our own ──


def observed(person, stripe, **permissions):
    names = [permission.name for permission in asked_of(act=False, **permissions)]
    form = {"mode": "observe", "api_key": a_key(stripe, *names), "own_endpoint": "on"}
    return text(person.browser().post(NEW, form, follow=True)), Connection.objects.get()


def test_where_the_merchant_lets_us_the_endpoint_is_made_in_observe_mode_and_nothing_else_is_written(alice, stripe):
    _, made = observed(alice, stripe, endpoint=True)
    assert (made.mode, made.own_endpoint) == ("observe", True)
    assert [each["url"] for each in stripe.sim.store.webhook_endpoints] == [made.webhook_url]
    with pytest.raises(ReadOnly):
        stripe_for(made).set_auto_advance("in_1", on=True, key="k")
    assert "The webhook endpoint is deleted" in text(alice.browser().get(at(made, "disconnect")))
    alice.browser().post(at(made, "disconnect"), {"word": "disconnect"})
    assert wind_up_all(stripe_for_leaving, clock.now()) == 1
    assert list(stripe.sim.store.webhook_endpoints) == []


def test_a_key_that_may_not_is_said_and_connected_without_an_endpoint(alice, stripe):
    page, made = observed(alice, stripe)
    assert "Webhook Endpoints, write (rak_webhook_write) is missing" in page
    assert (made.own_endpoint, made.webhook_secret) == (True, "")


def test_it_may_be_said_later_and_taken_back(alice, stripe):
    key = a_key(stripe, *[permission.name for permission in asked_of(act=False, endpoint=True)])
    alice.browser().post(NEW, {"mode": "observe", "api_key": key})
    made = Connection.objects.get()
    assert "Let Tideover make it" in text(alice.browser().get(ALL))
    page = text(alice.browser().post(at(made, "own-endpoint"), {"on": "1"}, follow=True))
    assert "Tideover makes its webhook endpoint in observe mode." in page
    assert [each["url"] for each in stripe.sim.store.webhook_endpoints] == [Connection.objects.get().webhook_url]
    told = AuditEntry.objects.get(what="own endpoint switched")
    assert (told.who, told.before, told.after) == (alice.user.email, {"own_endpoint": False}, {"own_endpoint": True})
    alice.browser().post(at(made, "own-endpoint"), {"on": "0"})
    assert not Connection.objects.get().may_make_endpoint


def test_a_key_that_may_not_make_one_is_told_and_nothing_is_switched(alice, stripe):
    key = a_key(stripe, *[permission.name for permission in asked_of(act=False)])
    alice.browser().post(NEW, {"mode": "observe", "api_key": key})
    made = Connection.objects.get()
    answer = alice.browser().post(at(made, "own-endpoint"), {"on": "1"}, follow=True)
    assert "Webhook Endpoints, write (rak_webhook_write) is missing" in text(answer)
    assert not Connection.objects.get().own_endpoint


def test_without_the_merchants_word_no_endpoint_is_made_in_observe_mode(alice, stripe):
    key = a_key(stripe, *[permission.name for permission in asked_of(act=False, endpoint=True)])
    alice.browser().post(NEW, {"mode": "observe", "api_key": key})
    assert not Connection.objects.get().own_endpoint
    assert stripe.look("requests")["writes"] == 0
