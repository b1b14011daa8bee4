"""Where e-mail providers tell what becomes of mails: an address for each account, which nobody can guess.

What is not proven to be the provider's gets one and the same answer and changes nothing; what is, and tells of no mail
of ours, is taken and passed over, as it is of something else that the merchant sends.
"""

from __future__ import annotations

from typing import Final

import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tideover import clock
from tideover.config import config
from tideover.gateways.mailers.account import Provider
from tideover.gateways.mailers.hooks.hook import Request, objects_in
from tideover.gateways.mailers.hooks.ses import CONFIRMS, confirm
from tideover.gateways.mailers.hooks.table import HOOKS
from tideover.messages.accounts import MailHook
from tideover.messages.channels.email.hearing import take
from tideover.messages.tracking import only_a_note
from tideover.tenants.secrets import Unreadable

log: Final = structlog.get_logger("mail")


@csrf_exempt  # a provider proves itself by its signature
@require_POST
def told(request: HttpRequest, provider: str, token: str) -> HttpResponse:
    """What became of mails."""
    rows = MailHook.objects.select_related("account__organization")
    hook = rows.filter(token=token, account__provider=provider).first()
    read = _proven(request, hook) if hook else None
    if hook is None or read is None:
        return HttpResponse("rejected", status=400, content_type="text/plain")
    now, speaks = clock.now(), HOOKS[Provider(provider)]
    with only_a_note():
        MailHook.objects.filter(pk=hook.pk).update(heard_at=now)
    for said in objects_in(read.body):
        if said.get("Type") == CONFIRMS and not confirm(said, read.base):
            return HttpResponse("not confirmed; send it again", status=503, content_type="text/plain")
        for each in speaks.told(said):
            take(hook.account, each, now)
    return HttpResponse("thank you", content_type="text/plain")


def _proven(request: HttpRequest, hook: MailHook) -> Request | None:
    """What was posted, where it is the provider's."""
    speaks = HOOKS.get(Provider(hook.account.provider))
    try:
        headers = {name.lower(): value for name, value in request.headers.items()}
        read = Request(request.body, headers, hook.key, clock.wall(), config().mail_api_base)
    except (RequestDataTooBig, UnreadablePostError):
        return None
    except Unreadable:
        log.warning("mail.key_unreadable", project=str(hook.account.project_id))
        return None
    if speaks is None or (speaks.key and not read.key) or not speaks.is_theirs(read):
        return None
    return read
