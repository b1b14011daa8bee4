"""What Twilio tells about text messages: what became of one, and what its receiver answered.

Twilio signs each request; what is not signed, or names nobody, gets one and the same answer and changes nothing.
"""

from __future__ import annotations

from typing import Final

import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tideover import clock
from tideover.config import public_address
from tideover.core.words.sms import Wish, wish_of
from tideover.gateways.twilio.client import NUMBER
from tideover.gateways.twilio.told import fate_of, is_twilios
from tideover.gateways.words import storable
from tideover.ids import private
from tideover.messages.channels.sms.hearing import Told, about_of, keep_out, take_fate
from tideover.messages.tracking import only_a_note
from tideover.recovery.paying.replies import replied
from tideover.tenants.kept_apart import SmsAccount
from tideover.tenants.secrets import Unreadable

NOTHING_TO_SAY: Final = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
log = structlog.get_logger("twilio")


@csrf_exempt  # Twilio proves itself by its signature
@require_POST
def status(request: HttpRequest, token: str, public_id: str) -> HttpResponse:
    """What became of a message."""
    account = _signed(request, token)
    message_id = private("msg", public_id)
    if account is None or message_id is None:
        return _rejected()
    told = request.POST
    sid, code = storable(told.get("MessageSid", "")), told.get("ErrorCode", "")
    detail = f"Twilio's error {code}" if code.isascii() and code.isdigit() else ""
    take_fate(account, message_id, Told(sid, fate_of(told.get("MessageStatus", ""), code), detail), clock.now())
    return _understood()


@csrf_exempt
@require_POST
def inbound(request: HttpRequest, token: str) -> HttpResponse:
    """What a person answered. To STOP and HELP Twilio answers by itself; START lifts nothing of ours."""
    account = _signed(request, token)
    if account is None:
        return _rejected()
    told, now = request.POST, clock.now()
    number, said = told.get("From", ""), storable(told.get("Body", ""))
    if not NUMBER.fullmatch(number):
        return _understood()
    wish = wish_of(said, told.get("OptOutType", ""))
    if wish == Wish.STOP and not keep_out(account, number, now):
        return HttpResponse("not kept; send it again", status=503, content_type="text/plain")
    if wish == Wish.OTHER:
        replied(account.project, about_of(account, number), storable(told.get("MessageSid", ""))[:64], said, now)
    return _understood()


def _signed(request: HttpRequest, token: str) -> SmsAccount | None:
    """Whose request it is, where Twilio has signed it: for the address by which we are reached from outside."""
    account = (
        SmsAccount.objects.filter(hook_token=token).select_related("project__organization", "organization").first()
    )
    try:
        form = dict(request.POST.lists())
        url = f"{public_address()}{request.get_full_path()}"
        if account is None or not is_twilios(
            account.auth_token, url, form, request.headers.get("X-Twilio-Signature", "")
        ):
            return None
    except (RequestDataTooBig, UnreadablePostError):
        return None
    except Unreadable:
        log.warning("twilio.token_unreadable", project=str(account.project_id) if account else "")
        return None
    with only_a_note():
        SmsAccount.objects.filter(pk=account.pk).update(heard_at=clock.now())
    return account


def _rejected() -> HttpResponse:
    return HttpResponse("rejected", status=400, content_type="text/plain")


def _understood() -> HttpResponse:
    return HttpResponse(NOTHING_TO_SAY, content_type="text/xml")
