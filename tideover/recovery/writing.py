"""Write to the customer about a case: gather what is true at this moment, have it composed, hand it over once."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Min

from tideover import clock
from tideover.core.declines import for_payer
from tideover.gateways.answers import Busy, Unknown
from tideover.gateways.email import Transport
from tideover.ids import new_id
from tideover.messages.compose import compose
from tideover.messages.delivery import Letter, claim, deliver
from tideover.messages.keyed import links_of
from tideover.messages.models import Message
from tideover.messages.suppression import free_at, refusal
from tideover.messages.wording import Wording
from tideover.recovery import ledger, links
from tideover.recovery.models import Action, Case
from tideover.recovery.places import zone
from tideover.recovery.rulesets import rules_of

ATTENTION = {
    "no-address": Case.Attention.NO_ADDRESS,
    "invalid-address": Case.Attention.NO_ADDRESS,
    "suppressed:bounced": Case.Attention.BOUNCED,
}


class NotYet(Exception):  # noqa: N818
    """The person was written to within a day; `at` is when the next message may go."""

    def __init__(self, at: datetime) -> None:
        super().__init__("this person was written to within the last 24 hours")
        self.at = at


def write(action: Action, mail: Transport, now: datetime) -> tuple[str, str]:
    """Send the action's message at most once: the outcome's word and its reason. Raises NotYet, Busy or Unknown."""
    case = action.case
    no = refusal(case.project, case.customer_email, now)
    if no == "recipient-cap":
        raise NotYet(free_at(case.organization, case.customer_email, now) or now + timedelta(hours=1))
    if no is not None:
        return "skipped", no
    delivery = deliver(_message(action, now), mail, clock.now)
    if delivery.state == Message.State.FAILED and delivery.may_retry:
        raise Busy(f"the mail server put it off: {delivery.reason}")
    if delivery.state == Message.State.CLAIMED:
        raise Busy(delivery.reason)
    if delivery.state == Message.State.DATA_STARTED:  # how that ends is not known to us: the action stays in doubt
        raise Unknown("another worker is handing it over")
    return str(delivery.state), delivery.reason


def attention(reason: str) -> str:
    """What of a case a person should look at, when a message could not be sent for `reason`."""
    return ATTENTION.get(reason, "")


def _message(action: Action, now: datetime) -> Message:
    """The action's one message, in the words that are true now; one that has left is left alone."""
    earlier = Message.objects.filter(action_id=action.pk).select_related("project__organization").first()
    if earlier is not None and earlier.state not in {Message.State.CLAIMED, Message.State.FAILED}:
        return earlier
    case, message_id = action.case, earlier.pk if earlier else new_id()
    token = links.make_link(case, message_id=message_id, now=now)
    letter = Letter(action.pk, case.pk, case.project, case.customer_email, case.customer_name, message_id)
    return claim(letter, compose(wording(action, f"{settings.TIDEOVER_BASE_URL}/c/{token}", now)), now)


def wording(action: Action, update_url: str, now: datetime) -> Wording:
    """What is true about the case now, for the words of this step."""
    case, project = action.case, action.case.project
    rules = rules_of(case.ruleset)
    latest = case.attempts.order_by("-at").first()
    decline = ledger.decline_of(latest) if latest else None
    next_charge_at = next_try(case, now)
    own, failed_on = links_of(action.pk), case.opened_at.astimezone(zone(case.time_zone)).date()
    return Wording(
        template=action.template,
        tone=action.tone,
        locale=case.locale,
        zone=case.time_zone,
        merchant=project.brand_name or project.name,
        brand_color=project.brand_color,
        support_email=project.support_email,
        postal_address=project.postal_address,
        customer_name=case.customer_name,
        amount=case.amount,
        invoice_number=case.invoice_number,
        description=case.description,
        failed_on=failed_on,
        reason_for_payer=for_payer(decline) if decline else "",
        card_brand=case.card_brand,
        card_last4=case.card_last4,
        next_charge_at=next_charge_at,
        update_url=update_url,
        hosted_url=case.hosted_url,
        unsubscribe_url=own.unsubscribe_url,
        consequence=rules.consequence,
        consequence_on=failed_on + timedelta(days=rules.consequence_day) if rules.consequence_day else None,
        psychology=rules.psychology,
        step_number=_position(action),
        step_count=len(rules.messages),
        no_more_charges=next_charge_at is None,
        open_url=own.open_url,
    )


def next_try(case: Case, now: datetime) -> datetime | None:
    """When the invoice will be tried next, by us or by Stripe; None where nobody will."""
    ours = Action.objects.filter(case=case, do=Action.Do.CHARGE, state=Action.State.PLANNED).aggregate(at=Min("due_at"))
    moments = [at for at in (ours["at"], case.stripe_next_attempt_at) if at is not None and at > now]
    return min(moments, default=None)


def _position(action: Action) -> int:
    """The number in `message-3`."""
    number = action.step.rpartition("-")[2]
    return int(number) if number.isdigit() else 0
