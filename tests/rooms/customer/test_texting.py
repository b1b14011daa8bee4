"""What Twilio tells: believed where it is signed, and forged or told again it changes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import DAY, NOW, make_case, make_message
from tests.rooms.messages.post import taking_no_writes
from tests.rooms.messages.texting import MOBILE, TOKEN, WRONG_TOKEN, with_sms
from tideover import clock
from tideover.config import config, public_address
from tideover.core.catalogue import Channel
from tideover.core.outcomes import Unsent
from tideover.messages.keyed import address_hash
from tideover.messages.models import Message, MessageEvent, Suppression
from tideover.messages.suppression import refusal, suppress
from tideover.recovery import links
from tideover.recovery.commands import resume
from tideover.recovery.models import CHANGED, Case, LearntFact
from tideover.simulator.texting.phones import signed

pytestmark = pytest.mark.django_db
LATER = NOW + DAY
SID = "SM" + "a" * 32


@pytest.fixture(autouse=True)
def _now():
    clock.travel_to(LATER)
    yield
    clock.travel_to(None)


@pytest.fixture
def account(connection):
    return with_sms(connection.project)


@pytest.fixture
def case(connection, account):
    return make_case(connection, customer_phone=MOBILE)


@pytest.fixture
def message(case):
    return make_message(
        case, at=NOW, channel=Channel.SMS, to_address=MOBILE, to_hash=address_hash(MOBILE), provider_id=SID
    )


def told(client, account, what, form, token=TOKEN):
    """A request as Twilio signs it."""
    path = f"/twilio/{account.hook_token}/{what}"
    return client.post(path, form, headers={"X-Twilio-Signature": signed(f"{public_address()}{path}", form, token)})


def status(client, account, message, word, code="", *, sid=SID, **odd):
    form = {"MessageSid": sid, "MessageStatus": word, "ErrorCode": code}
    return told(client, account, f"status/{message.public_id}", form, **odd)


def answered(client, account, body, sid=SID, **odd):
    return told(client, account, "inbound", {"From": MOBILE, "Body": body, "MessageSid": sid}, **odd)


def refused(case):
    return refusal(case.project, Channel.SMS, MOBILE, LATER + 9 * DAY)


def kinds(message):
    return set(MessageEvent.objects.filter(message=message).values_list("kind", flat=True))


def test_a_delivery_is_noted_once_however_often_it_is_told(client, account, message):
    for _ in range(3):
        answer = status(client, account, message, "delivered")
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/xml")
    assert kinds(message) == {"delivered"}
    account.refresh_from_db()
    assert account.heard_at == LATER


@pytest.mark.parametrize(
    ("code", "noted"),
    [("30003", ("bounced", None)), ("30007", ("bounced", None)), ("30005", ("bounced", "suppressed:bounced")),
     ("30006", ("bounced", "suppressed:bounced")), ("21610", ("unsubscribed", "suppressed:unsubscribed"))],
)  # fmt: skip
def test_a_number_that_nothing_reaches_gets_no_more_and_a_phone_that_is_off_does(client, account, message, code, noted):
    status(client, account, message, "undelivered", code)
    assert (*kinds(message), refused(Case.objects.get())) == noted


def test_a_message_whose_answer_was_lost_is_known_to_be_sent_by_what_is_told_of_it(client, account, message):
    Message.objects.filter(pk=message.pk).update(state=Message.State.UNKNOWN, provider_id="")
    status(client, account, message, "sent")
    message.refresh_from_db()
    assert (message.state, message.provider_id) == (Message.State.SENT, SID)


def test_what_is_told_of_another_message_of_twilios_changes_nothing(client, account, message):
    status(client, account, message, "undelivered", "30005", sid="SM" + "b" * 32)
    assert kinds(message) == set()


@pytest.mark.parametrize("word", ["STOP", " stop ", "Stop.", "UNSUBSCRIBE", "QUIT", "optout"])
def test_stop_holds_at_once_for_text_messages_and_not_for_mail(client, account, case, message, word):
    assert answered(client, account, word).status_code == 200
    assert refused(case) == "suppressed:unsubscribed"
    assert refusal(case.project, Channel.EMAIL, case.customer_email, LATER + 9 * DAY) is None
    assert kinds(message) == {"unsubscribed"}
    case.refresh_from_db()
    assert case.paused_until is None


def test_a_message_that_is_known_to_be_sent_by_what_is_told_of_it_counts_for_its_case(
    client, account, case, message, django_capture_on_commit_callbacks
):
    Message.objects.update(state="unknown", provider_id="")
    Case.objects.update(reached=0)
    with django_capture_on_commit_callbacks(execute=True):
        status(client, account, message, "sent")
    assert Case.objects.get().reached == CHANGED


def test_stop_holds_also_while_the_database_takes_nothing(client, account, case, tmp_path, monkeypatch):
    monkeypatch.setattr(config(), "optouts_file", str(tmp_path / "optouts.jsonl"))
    with taking_no_writes():
        answer = answered(client, account, "STOP")
    assert answer.status_code == 200
    assert refused(case) == Unsent.UNSUBSCRIBED


def test_stop_in_another_language_is_what_twilio_says_it_is(client, account, case):
    told(client, account, "inbound", {"From": MOBILE, "Body": "ARRET", "MessageSid": SID, "OptOutType": "STOP"})
    assert refused(case) == "suppressed:unsubscribed"


def test_start_lifts_nothing_by_itself_and_help_is_answered_by_twilio(client, account, case, message):
    suppress(account.organization, Channel.SMS, MOBILE, Suppression.Reason.UNSUBSCRIBED, NOW)
    for word in ("START", "HELP"):
        answered(client, account, word)
    assert refused(case) == "suppressed:unsubscribed"
    assert not LearntFact.objects.exists()


def test_any_other_answer_holds_the_case_until_a_person_has_read_it(client, account, case, message):
    answered(client, account, "I paid you yesterday")
    case.refresh_from_db()
    assert (case.attention, case.paused_until) == ("replied", LATER + timedelta(days=7))
    assert LearntFact.objects.get(case=case, kind="replied").detail == {"said": "I paid you yesterday"}
    resume(case, by="alice@alpine.example", now=LATER)
    answered(client, account, "I paid you yesterday")  # the same one, told again
    case.refresh_from_db()
    assert (case.attention, case.paused_until) == ("", None)


def test_where_no_names_are_kept_no_answer_is_either(client, account, case, message):
    type(case.project).objects.update(minimal=True)
    answered(client, account, "it is me, Pia")
    assert LearntFact.objects.get(case=case).detail == {}
    case.refresh_from_db()
    assert case.attention == "replied"


@pytest.mark.parametrize("form", [{}, {"From": "nobody"}, {"From": MOBILE}, {"From": "+442079460000", "Body": "hi"}])
def test_an_answer_of_nobody_holds_nothing(client, account, case, form):
    assert told(client, account, "inbound", form).status_code == 200
    case.refresh_from_db()
    assert (case.attention, case.paused_until) == ("", None)


def test_what_is_not_signed_by_the_account_gets_one_answer_and_changes_nothing(client, account, case, message):
    answers = [
        answered(client, account, "STOP", token=WRONG_TOKEN),
        status(client, account, message, "undelivered", "30005", token=WRONG_TOKEN),
        client.post(f"/twilio/{account.hook_token}/inbound", {"From": MOBILE, "Body": "STOP"}),
        client.post("/twilio/nobodys/inbound", {"From": MOBILE, "Body": "STOP"}),
    ]
    assert {(answer.status_code, answer.content) for answer in answers} == {(400, b"rejected")}
    assert refused(case) is None
    assert kinds(message) == set()
    account.refresh_from_db()
    assert account.heard_at is None


def test_another_merchant_opts_nobody_out_of_ours(client, account, case, message, mallory):
    hers = with_sms(mallory.project, auth_token="mallorys_own_token_of_32_letters")
    for what in ("inbound", f"status/{message.public_id}"):
        form = {"From": MOBILE, "Body": "STOP", "MessageSid": SID, "MessageStatus": "undelivered", "ErrorCode": "30005"}
        told(client, hers, what, form, token="mallorys_own_token_of_32_letters")
    assert refused(case) is None
    assert kinds(message) == set()


def test_a_short_link_leads_to_the_pay_page(client, case):
    token = links.make_link(case, message_id=None, now=LATER, short=True)
    assert len(token) == links.SHORT
    answer = client.get(f"/s/{token}")
    assert answer.status_code == 200
    assert "$99.00" in answer.content.decode()
    assert client.get("/s/Ab12Cd34Ef").status_code == 404
