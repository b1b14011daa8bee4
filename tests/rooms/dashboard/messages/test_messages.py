"""The list of messages: what is to go, what left and what came of it, what did not leave and why."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from tests import factories as make
from tests.factories import NOW
from tideover.core.catalogue import Channel
from tideover.core.signals.heard import Trace, stored
from tideover.core.signals.signs import Sign, Who
from tideover.dashboard.messages.statuses import EVENTS, HEARD, Status
from tideover.messages.channels import WAYS
from tideover.messages.keyed import address_hash
from tideover.recovery.models import Action, Case

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def page(person, query=""):
    return person.browser().get(f"/messages/?range=all&{query}")


def lines(person, query=""):
    return page(person, query).context["lines"]


def labels(person, query=""):
    return [line.word.label for line in lines(person, query)]


def unsent(case, **values):
    return make.make_action(
        case, **{"do": "message", "template": "final", "state": Action.State.DONE, "outcome": "skipped",
                 "reason": "no-address", "settled_at": NOW, **values}
    )  # fmt: skip


def queued(case, **values):
    return make.make_action(case, do="message", state="planned", **{"template": "final", "due_at": NOW, **values})


# ── what came of it ──


def test_a_message_shows_the_most_telling_thing_that_came_of_it(alice, case):
    message = make.make_message(case)
    assert labels(alice) == ["Sent"]
    told = [
        ("opened", "machine", "Opened by a machine"),
        ("clicked", "machine", "Clicked by a machine"),
        ("opened", "unknown", "Opened, unknown by whom"),
        ("clicked", "unknown", "Clicked, unknown by whom"),
        ("opened", "person", "Opened by a person"),
        ("clicked", "person", "Clicked by a person"),
        ("bounced", "unknown", "Bounced"),
        ("unsubscribed", "unknown", "Unsubscribed"),
        ("complained", "unknown", "Marked as spam"),
    ]
    for kind, by, label in told:
        message.events.filter(kind=kind).delete()
        make.make_event(message, kind, by=by)
        assert labels(alice) == [label]


def test_what_people_did_stands_with_its_time_and_that_it_was_paid_after_it(alice, connection):
    at = NOW - 60 * MINUTE
    case = make.make_case(connection, state="recovered", ended_at=at + 24 * MINUTE)
    message = make.make_message(case, at=at)
    make.make_event(message, "opened", at=at + 20 * MINUTE)
    make.make_event(message, "clicked", at=at + 21 * MINUTE)
    [line] = lines(alice)
    assert line.moments == [
        ("opened", at + 20 * MINUTE),
        ("clicked", at + 21 * MINUTE),
        ("paid", at + 24 * MINUTE),
    ]
    html = page(alice).content.decode()
    assert "opened 11:20, clicked 11:21, paid 11:24" in html
    Case.objects.update(ended_at=at + timedelta(days=8))
    assert [what for what, _ in lines(alice)[0].moments] == ["opened", "clicked"]


def test_what_gave_a_machine_away_stands_beside_it(alice, case):
    message = make.make_message(case)
    heard = stored({Who.MACHINE: Trace(Sign.APPLE_PROXY, NOW, NOW)})
    make.make_event(message, "opened", by="machine", heard=heard)
    assert "Apple" in lines(alice)[0].detail


@pytest.mark.parametrize("status", sorted({*HEARD, *EVENTS}))
def test_a_status_shows_those_alone_that_it_is_of(alice, case, status):
    make.make_message(case)
    message = make.make_message(case)
    if status in HEARD:
        make.make_event(message, HEARD[status].column.partition("_")[0], by=HEARD[status].who)
    else:
        make.make_event(message, EVENTS[status])
    assert [line.message for line in lines(alice, f"status={status}")] == [message.public_id]
    assert len(lines(alice)) == 2


def test_sent_is_all_that_left_and_delivered_what_was_taken_and_did_not_come_back(alice, case):
    make.make_message(case)
    make.make_event(make.make_message(case), "bounced")
    make.make_message(case, state="unknown", sent_at=None)
    unsent(case)
    assert sorted(labels(alice, "status=sent")) == ["Bounced", "Perhaps sent", "Sent"]
    assert labels(alice, "status=delivered") == ["Sent"]


def test_a_status_nobody_knows_filters_nothing(alice, case):
    make.make_message(case)
    assert labels(alice, "status=ghost&kind=ghost&language=ghost&channel=ghost") == ["Sent"]


# ── what was not sent ──


def test_what_was_not_sent_stands_among_the_others_with_its_reason(alice, case):
    make.make_message(case, state="skipped", sent_at=None, data_started_at=None)
    unsent(case)
    make.make_action(case, do="charge", state=Action.State.DROPPED, settled_at=NOW)
    for query in ("", "status=unsent"):
        assert [(line.kind, line.word.label, line.detail) for line in lines(alice, query)] == [
            ("Final notice", "Not sent", "there is no email address at Stripe")
        ]


def test_what_the_mail_server_sent_back_at_once_has_bounced(alice, case):
    action = unsent(case, outcome="failed", reason="550 no such user")
    refused = make.make_message(case, action, state="failed", sent_at=None, data_started_at=None)
    make.make_event(refused, "bounced")
    unsent(case, step="message-2")
    for query in ("status=bounced", "status=sent"):
        assert [(line.word.label, line.detail) for line in lines(alice, query)] == [("Bounced", "550 no such user")]
    assert labels(alice, "status=unsent") == ["Not sent"]
    assert (tile(alice, "bounced").number, tile(alice, "unsent").number) == (1, 1)


def test_messages_that_were_dropped_together_are_one_line_and_count_once(alice, case, connection):
    for number, template in enumerate(["reminder", "urgent", "final"]):
        make.make_action(
            case, do="message", template=template, state="dropped", reason="the invoice is paid", settled_at=NOW,
            due_at=NOW + timedelta(days=number),
        )  # fmt: skip
    other = make.make_case(connection)
    make.make_action(
        other, do="message", template="final", state="dropped", reason="the invoice is paid", settled_at=NOW
    )
    assert sorted(line.kind for line in lines(alice, "status=unsent")) == ["Final notice", "Reminder and 2 after it"]
    assert tile(alice, "unsent").number == 2
    assert sorted(line.kind for line in lines(alice, "status=unsent&kind=final")) == ["Final notice"] * 2


def test_what_was_dropped_and_planned_again_is_told_of_as_what_it_is_now(alice, case):
    make.make_action(case, do="message", step="message-2", template="urgent", state="dropped", settled_at=NOW)
    queued(case, step="message-2", template="urgent")
    assert lines(alice) == []
    assert len(lines(alice, "status=queued")) == 1


# ── what is still to go ──


def test_what_is_still_to_go_stands_above_the_soonest_first_and_alone_where_it_is_asked_for(alice, case):
    for number in range(5, 0, -1):
        queued(case, step=f"message-{number}", due_at=NOW + timedelta(days=number))
    make.make_message(case)
    context = page(alice).context
    assert [line.at for line in context["ahead"]] == [NOW + timedelta(days=number) for number in (1, 2, 3)]
    assert (tile(alice, "queued").number, context["standings"].next_at) == (5, NOW + timedelta(days=1))
    assert [line.at for line in lines(alice, "status=queued")] == [
        NOW + timedelta(days=number) for number in range(1, 6)
    ]
    assert not page(alice, "status=sent").context["ahead"]


# ── filters and search ──


def test_messages_are_filtered_by_kind_language_and_channel_and_what_is_on_can_be_taken_off(alice, case):
    make.make_message(case, template="urgent", locale="de_AT")
    make.make_message(case, locale="en_GB")
    unsent(case, template="urgent")
    assert labels(alice, "kind=urgent") == ["Not sent", "Sent"]
    assert labels(alice, "kind=urgent&language=de") == ["Sent"]
    assert [line.kind for line in lines(alice, "language=en")] == ["Payment failed"]
    assert len(lines(alice, f"channel={Channel.EMAIL}")) == 3
    chips = page(alice, "kind=urgent&language=de&channel=email&status=sent&q=x").context["chips"]
    assert [chip.label for chip in chips] == [
        "What happened: Sent",
        "Kind: Urgent notice",
        "Language: German",
        "Channel: Email",
        "“x”",
    ]


def test_every_kind_and_language_may_be_chosen_and_a_channel_where_there_are_several(alice):
    names = [choice.name for choice in page(alice).context["choices"]]
    assert names == ["kind", "language", *(["channel"] if len(WAYS) > 1 else [])]


@pytest.mark.parametrize(
    "text",
    ["northwind", "PAYMENT DID NOT", "ops@", "ops@northwind.example", "cus_Wanted", "in_Wanted", "{case}", "{message}"],
)
def test_a_message_is_found_by_its_customer_address_subject_and_ids(alice, connection, text):
    whose = {"customer_name": "Northwind Ops", "customer_email": "ops@northwind.example"}
    case = make.make_case(connection, **whose, customer_id="cus_Wanted", invoice_id="in_Wanted")
    wanted = make.make_message(case, to_hash=address_hash("ops@northwind.example"))
    other = make.make_case(connection, customer_name="Somebody", customer_email="else@payer.example")
    make.make_message(other, subject="Thank you")
    query = text.format(case=case.public_id, message=wanted.public_id)
    assert [line.message for line in lines(alice, f"q={query}")] == [wanted.public_id]
    assert lines(alice, "q=nobody") == []


def test_a_step_is_found_by_its_customer_too(alice, connection):
    customer = make.make_customer(connection, stripe_id="cus_Wanted")
    case = make.make_case(connection, customer_name="Northwind", customer_id="cus_Wanted")
    unsent(case)
    unsent(make.make_case(connection, customer_name="Somebody"))
    for text in ("north", "cus_Wanted", customer.public_id):
        assert [line.name for line in lines(alice, f"q={text}")] == ["Northwind"]


def test_a_text_message_that_is_to_go_is_found_by_its_number_and_the_file_says_where_it_goes(alice, connection):
    case = make.make_case(connection, customer_phone="+447911123456", customer_email="ops@northwind.example")
    queued(case, step="message-1", channel="sms")
    queued(case, step="message-2", channel="email", due_at=NOW + MINUTE)
    unsent(case, step="message-3", channel="pigeon")
    wanted = ["+447911123456", "ops@northwind.example"]
    assert [line.to for line in lines(alice, "status=queued&q=7911123456")] == wanted
    body = b"".join(alice.browser().get("/messages.csv?range=all&status=queued").streaming_content).decode("utf-8-sig")
    assert [row["address"].lstrip("'") for row in csv.DictReader(io.StringIO(body))] == wanted
    assert [line.to for line in lines(alice, "status=unsent")] == [""]


def test_days_cut_the_list_and_thirty_are_meant_where_none_are_named(alice, case):
    now = datetime.now(UTC)  # noqa: TID251 - the pages read the clock
    for days in (1, 10, 50):
        make.make_message(case, at=now - timedelta(days=days))
    asked = alice.browser()
    assert [len(asked.get(f"/messages/{query}").context["lines"]) for query in ("", "?range=7d", "?range=all")] == [
        2,
        1,
        3,
    ]
    custom = f"?range=custom&from={(now - timedelta(days=55)).date()}&to={(now - timedelta(days=45)).date()}"
    assert len(asked.get(f"/messages/{custom}").context["lines"]) == 1


# ── the figures above ──


def tile(person, status, query=""):
    return next(each for each in page(person, query).context["tiles"] if each.status == status)


def test_figures_count_people_and_say_how_many_were_left_out(alice, case):
    for by in ("person", "machine", "machine", "unknown"):
        make.make_event(make.make_message(case), "opened", by=by)
    assert (tile(alice, "opened").number, tile(alice, "opened").below) == (1, "25.0%")
    assert tile(alice, "opened-machine").number == 2
    assert "Left out: 2 opened by machines alone and 1 by whom nobody can tell." in page(alice).content.decode()


def test_figures_are_held_against_the_days_before_and_follow_every_filter_but_the_status(alice, case):
    now = datetime.now(UTC)  # noqa: TID251 - the pages read the clock
    make.make_message(case, at=now)
    make.make_message(case, at=now, template="urgent")
    make.make_message(case, at=now - timedelta(days=9))
    assert tile(alice, "sent", "range=7d").below == "was 1"
    assert tile(alice, "sent", "range=7d&kind=urgent&status=bounced").number == 1
    assert tile(alice, "bounced", "range=7d&status=bounced").chosen


def test_a_figure_leads_to_as_many_messages_as_it_counts(alice, case, connection):
    for kind, by in [("opened", "person"), ("opened", "machine"), ("clicked", "person"), ("bounced", "unknown")]:
        make.make_event(make.make_message(case), kind, by=by)
    unsent(case)
    queued(case)
    for each in page(alice).context["tiles"]:
        assert len(lines(alice, f"status={each.status}")) == each.number, each.status
    assert tile(alice, Status.DELIVERED).below == "75.0%"


# ── states of the page ──


def test_an_empty_list_says_why_it_is_empty(alice, case):
    browser = alice.browser()
    assert "Nothing here yet" in browser.get("/messages/?range=all").content.decode()
    assert "No message in these days" in browser.get("/messages/").content.decode()
    assert "No message matches" in browser.get("/messages/?q=zzz").content.decode()
    make.make_message(case)
    told = page(alice, "status=bounced").content.decode()
    assert "1 message left in these days. None is one of those: bounced." in told


def test_mallory_sees_none_of_them_and_no_figure_of_theirs(mallory, case):
    make.make_event(make.make_message(case), "opened")
    unsent(case)
    queued(case)
    assert lines(mallory) == []
    assert {each.number for each in page(mallory).context["tiles"]} == {0}


def walk(person, query):
    seen, place, browser = [], "", person.browser()
    while True:
        context = browser.get(f"/messages/?range=all&{query}{place}").context
        seen.append([(line.at, line.word.label) for line in context["lines"]])
        if not context["page"].after:
            return seen
        place = f"&after={context['page'].after}"


@pytest.mark.parametrize(
    ("query", "sizes"), [("", [25] * 4 + [20]), ("status=unsent", [25, 25, 10]), ("status=sent", [25, 25, 10])]
)
def test_page_by_page_every_message_is_seen_once_newest_first_whatever_list_it_is_from(alice, connection, query, sizes):
    for number in range(60):
        case, at = make.make_case(connection), NOW + timedelta(hours=number // 3)
        make.make_message(case, at=at)
        unsent(case, settled_at=at)
    pages = walk(alice, query)
    assert [len(each) for each in pages] == sizes
    every = [at for each in pages for at, _ in each]
    assert every == sorted(every, reverse=True)
    assert len(set(every)) == 20


def test_the_page_before_is_the_one_from_which_one_went_on(alice, connection):
    for number in range(40):
        case, at = make.make_case(connection), NOW + timedelta(hours=number)
        make.make_message(case, at=at)
        unsent(case, settled_at=at + MINUTE)
    first = page(alice)
    second = page(alice, f"after={first.context['page'].after}")
    third = page(alice, f"after={second.context['page'].after}")
    back = page(alice, f"before={third.context['page'].before}")
    assert [line.at for line in back.context["lines"]] == [line.at for line in second.context["lines"]]


# ── as a file ──


def test_the_file_has_every_message_of_the_filter_and_the_same_words(alice, connection):
    case = make.make_case(connection, customer_name="=cmd()", state="recovered", ended_at=NOW)
    message = make.make_message(case, locale="de_AT", to_name="=cmd()")
    make.make_event(message, "opened", by="machine")
    make.make_event(message, "clicked")
    unsent(case)
    body = b"".join(alice.browser().get("/messages.csv?range=all").streaming_content).decode("utf-8-sig")
    not_sent, written = list(csv.DictReader(io.StringIO(body)))
    assert (written["message"], written["status"]) == (message.public_id, "Clicked by a person")
    assert (written["opened_by"], written["clicked_by"], written["language"]) == ("person", "person", "de_AT")
    assert written["paid_at"] == f"{NOW:%Y-%m-%dT%H:%M:%SZ}"
    assert written["customer"] == "'=cmd()"
    assert (not_sent["status"], not_sent["why"]) == ("Not sent", "there is no email address at Stripe")
    only = b"".join(alice.browser().get("/messages.csv?range=all&status=unsent").streaming_content).decode()
    assert only.count("\n") == 2
