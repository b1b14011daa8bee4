"""Write to the customer about a case: gather what is true at this moment, have it composed, hand it over once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from tideover import clock
from tideover.config import public_address
from tideover.core.case import Attention
from tideover.core.catalogue import TEMPLATES, Channel, Consequence, Template, Tone
from tideover.core.declines import Decline, Heals, Reason, for_payer
from tideover.core.methods import Means, means_of
from tideover.core.money import Money
from tideover.core.outcomes import Outcome, Tried, Unsent, Word, unsent
from tideover.core.steps import CHARGES, TO_OTHERS, Written, read
from tideover.core.timing import local_day
from tideover.gateways.answers import Busy, NotHere, NotNow, Unknown
from tideover.ids import new_id
from tideover.messages.brand import design_of, logo_url
from tideover.messages.channels import WAYS, compose
from tideover.messages.delivery import Delivery, Grounds, Letter, claim, deliver, last_address, preview
from tideover.messages.drafts.brief import wanted_for
from tideover.messages.drafts.speaking import Sources, nobody, spoken_for, still_speaks
from tideover.messages.keyed import links_of
from tideover.messages.models import Message
from tideover.messages.own.choosing import Beginning, chosen, never
from tideover.messages.own.rows import Which
from tideover.messages.suppression import ENOUGH, Meant, free_at, refusal
from tideover.messages.wording import Owed, Wording
from tideover.recovery import claims, conversing, ledger, links
from tideover.recovery.effects import Effects
from tideover.recovery.intake import refresh
from tideover.recovery.known import Known, name_as
from tideover.recovery.last_look import AT_ONCE, Approach, Held, Later, as_it_stands, is_new_link, is_receipt
from tideover.recovery.models import Action, Attempt, Case
from tideover.recovery.places import language_for, language_of, zone
from tideover.recovery.planning import situation_of
from tideover.recovery.plans.telling import parts_told
from tideover.recovery.rulesets import rules_of
from tideover.recovery.ways.accessing import until_of
from tideover.recovery.ways.reading_along import addresses_beside, forwarded_to

# Where a customer is reached by each channel.
ADDRESSES: Final[Mapping[Channel, Callable[[Case], str]]] = {
    Channel.EMAIL: attrgetter("customer_email"),
    Channel.SMS: attrgetter("customer_phone"),
}
# What of a case a person should look at, where a message could not be sent for this reason.
ATTENTION: Final[Mapping[Unsent, Attention]] = {
    Unsent.NO_ADDRESS: Attention.NO_ADDRESS,
    Unsent.INVALID_ADDRESS: Attention.NO_ADDRESS,
    Unsent.NO_PHONE: Attention.NONE,
    Unsent.INVALID_PHONE: Attention.NONE,
    Unsent.NOT_SET_UP: Attention.NONE,
    Unsent.STOPPED: Attention.NONE,
    Unsent.OFF: Attention.NONE,
    Unsent.TEST_MODE: Attention.NONE,
    Unsent.UNSUBSCRIBED: Attention.NONE,
    Unsent.BOUNCED: Attention.BOUNCED,
    Unsent.COMPLAINED: Attention.NONE,
    Unsent.TOO_MANY_BOUNCES: Attention.NONE,
    Unsent.TOO_MANY_COMPLAINTS: Attention.NONE,
    Unsent.CAPPED: Attention.NONE,
}
# What a message lives on: where one of these is another when it is about to leave, it is written anew.
ALL_TOLD: Final = attrgetter(
    "state",
    "owed",
    "customer_email",
    "customer_phone",
    "processing",
    "paused_until",
    "promised_on",
    "customer_acted_at",
    "family",
)
# The word for what became of a message that has left, or never will.
WORDS: Final[Mapping[str, Word]] = {
    Message.State.SENT: Word.SENT,
    Message.State.UNKNOWN: Word.UNKNOWN,
    Message.State.FAILED: Word.FAILED,
    Message.State.SKIPPED: Word.SKIPPED,
    Message.State.PREVIEWED: Word.SENT,
}
TURNED_DOWN: Final = "its draft was turned down while it waited for its turn"
OF_PEOPLE: Final = Sources(chosen)  # the merchant's texts and ours
IN_PREVIEW: Final = "in the preview inbox, and to nobody: the customer hangs on a test clock"


LONGEST_PUT_OFF = timedelta(hours=1)


class PutOff(Busy):
    """The provider takes the message later. The wait grows to as long as it has waited already, up to an hour.

    A mailbox that is full stays full for hours, and who asks every minute is soon refused for good.
    """

    def __init__(self, why: str, waited: timedelta) -> None:
        super().__init__(why)
        self.wait = min(max(waited, Busy.wait), LONGEST_PUT_OFF)


@dataclass(frozen=True, slots=True)
class Whom:
    """Whom a message goes to. others: where the same person is reached by other channels."""

    address: str
    name: str = ""
    others: Sequence[str] = ()


def write(mine: Approach, known: Known, effects: Effects, now: datetime) -> Outcome:
    """Send the action's message at most once. Raises Held, Later, Busy, PutOff, Unknown or LostLease."""
    action = mine.action
    case, channel = action.case, Channel(action.channel)
    whom = _whom(action, known)
    meant = Meant(action.template, _previewed_beside(case), whom.others)
    no = _in_test(case) or refusal(case.project, channel, whom.address, now, meant)
    if no == Unsent.CAPPED:
        raise _capped(case, whom, now)
    if no == Unsent.OFF:
        raise Held("recovery was turned off a moment ago", AT_ONCE)
    if no is not None:
        return Outcome(Word.SKIPPED, reason=no)
    alone = TEMPLATES[Template(action.template)].alone or not mine.has_others
    also = [] if alone else conversing.told_with(known.case, effects, now)
    message = _message(mine, known, whom, also, now)
    delivery = _handed_over(message, [known.case, *also], action, effects, now)
    if delivery.state == Message.State.FAILED and delivery.may_retry:
        raise PutOff(f"{WAYS[channel].provider_label} put it off: {delivery.reason}", now - message.created_at)
    if delivery.state == Message.State.CLAIMED:
        raise _capped(case, whom, now) if delivery.reason == Unsent.CAPPED else Busy(delivery.reason)
    if delivery.state == Message.State.DATA_STARTED:  # how that ends is not known to us: the action stays in doubt
        raise Unknown("another worker is handing it over")
    previewed = delivery.state == Message.State.PREVIEWED
    return Outcome(WORDS[delivery.state], reason=IN_PREVIEW if previewed else delivery.reason)


def _handed_over(message: Message, told: Sequence[Case], action: Action, effects: Effects, now: datetime) -> Delivery:
    """To its provider; or into the preview inbox, where the customer hangs on a test clock."""
    if action.case.hangs_on_a_clock:
        page = f"{public_address()}/c/"
        return preview(message, now, opens=[link for link in message.keys if link.startswith(page)])
    transport = effects.transports[Channel(message.channel)]
    return deliver(message, transport, clock.now, grounds_of(told, action, effects, message.draft_id))


def _whom(action: Action, known: Known) -> Whom:
    """The customer, who reads for them, or whom they named."""
    if reader := known.readers.to(action):
        return Whom(reader.address, reader.name)
    forwarded = forwarded_to(action)
    if forwarded is not None:
        return Whom(forwarded)
    return Whom(_address(action), action.case.customer_name, _elsewhere(action.case, Channel(action.channel)))


def _address(action: Action) -> str:
    """Where it goes. A link that was asked for goes where the last message to the customer went, if that was kept."""
    channel, case = Channel(action.channel), action.case
    written_to = last_address(case.pk, channel, but=addresses_beside(case)) if is_new_link(action) else ""
    return written_to or ADDRESSES[channel](action.case)


def _elsewhere(case: Case, channel: Channel) -> list[str]:
    """Where the customer is reached by other channels: what goes there counts for their one message a day."""
    return [address for each, of in ADDRESSES.items() if each != channel and (address := of(case))]


def is_test(case: Case) -> bool:
    """Whether no real money is meant: the account is in test mode or a sandbox, or the customer on a test clock."""
    return case.hangs_on_a_clock or not case.connection.livemode


def _in_test(case: Case) -> Unsent | None:
    """Test data is full of addresses of real people; of who hangs on a test clock nobody is written to."""
    written = is_test(case) and not case.hangs_on_a_clock
    return Unsent.TEST_MODE if written and not case.connection.test_mail else None


def _previewed_beside(case: Case) -> QuerySet[Case, UUID] | None:
    """Whose previews count as written before: by another test clock another time goes by. None where none do."""
    beside = Q(clock=case.clock_id) if case.clock_id else Q(pk=case.pk)
    return Case.objects.filter(beside).values_list("pk", flat=True) if case.hangs_on_a_clock else None


def _capped(case: Case, whom: Whom, now: datetime) -> Later:
    free = free_at(
        case.project, [whom.address, *whom.others], now, in_preview=_previewed_beside(case)
    ) or now + timedelta(hours=1)
    return Later(ENOUGH, free - now)


def grounds_of(written: Sequence[Case], action: Action, effects: Effects, draft: UUID | None = None) -> Grounds:
    """Why the message is sent, looked at again right before it leaves: it may have stood in line for long.

    draft: the one that it is written in.
    """

    def now() -> str:
        claims.hold_on(action, clock.now(), claims.UNTIL_ITS_VERDICT)
        if draft and not still_speaks(draft):
            return TURNED_DOWN
        return next(filter(None, map(_untrue, written)), "")

    def afresh() -> str:
        try:
            for case in written:
                known = ledger.known_charges(case.attempts.all())
                read = effects.stripe_for(case.connection).read_invoice(case.invoice_id, known)
                fresh = refresh(case, read, clock.now())
                if fresh.project.minimal and _reached(fresh) != _reached(case):
                    return "their address was changed while it waited for its turn"
        except NotNow as silent:
            return silent.why
        except NotHere as closed:
            return str(closed)
        return ""

    others = [] if is_to_another(action) else _elsewhere(action.case, Channel(action.channel))
    return Grounds(now, afresh, others)


def _untrue(then: Case) -> str:
    """Why a message about the case, as it was written, must not leave now."""
    case, held = as_it_stands(then)
    name_as(case, then)
    if held is not None:
        return held.why
    return "something was learnt while it waited for its turn" if ALL_TOLD(case) != ALL_TOLD(then) else ""


def is_to_another(action: Action) -> bool:
    """Whether it goes to somebody besides the customer."""
    return isinstance(read(action.step), TO_OTHERS)


def _reached(case: Case) -> list[str]:
    return [of(case) for of in ADDRESSES.values()]


def attention(action: Action, reason: str) -> Attention:
    """What of a case a person should look at, when a mail to the customer could not be sent for `reason`."""
    known = unsent(reason) if action.channel == Channel.EMAIL and not is_to_another(action) else None
    return ATTENTION[known] if known else Attention.NONE


def _message(mine: Approach, known: Known, whom: Whom, also: Sequence[Case], now: datetime) -> Message:
    """The action's one message, in the words that are true now; one that has left is left alone."""
    action, case = mine.action, known.case
    made = Message.objects.filter(action_id=action.pk).select_related("project__organization")
    earlier = made.first() if mine.has_message else None
    if earlier is not None and earlier.state not in {Message.State.CLAIMED, Message.State.FAILED}:
        return earlier
    message_id = earlier.pk if earlier else new_id()
    short = WAYS[Channel(action.channel)].short
    token = links.make_link(case, message_id=message_id, now=now, short=short)
    update_url = f"{public_address()}/{'s' if short else 'c'}/{token}"
    sources = Sources(chosen if mine.has_texts else never, spoken_for if mine.has_drafts else nobody)
    words = wording(action, known, update_url, also, now, sources=sources)
    letter = Letter(
        action.pk,
        case.pk,
        case.project,
        whom.address,
        whom.name,
        tuple(other.pk for other in also),
        message_id,
        is_again=earlier is not None,
        trial=words.trial,
    )
    return claim(letter, compose(words), now)


def wording(  # noqa: PLR0913 - five facts, and where words come from
    action: Action,
    known: Known,
    update_url: str,
    also: Sequence[Case],
    now: datetime,
    *,
    sources: Sources = OF_PEOPLE,
) -> Wording:
    """What is true about the case now, for the words of this step."""
    case, project, rules = known.case, known.case.project, rules_of(known.case.ruleset)
    next_charge_at, reader = next_try(known, now), known.readers.to(action)
    own, opened_on = links_of(action.pk), local_day(case.opened_at, zone(case.time_zone))
    language = language_for(reader.language, project) if reader and reader.language else language_of(case)
    which = Which(Template(action.template), Channel(action.channel), language.code)
    wanted = wanted_for(which, Tone(action.tone), action.step, case.family, psychology=rules.psychology)
    text = sources.chosen(project, wanted, Beginning(case.opened_at, case.whom))  # a case keeps what it began with
    words = Wording(
        template=which.template,
        tone=wanted.tone,
        channel=which.channel,
        locale=language.locale,
        zone=case.time_zone,
        merchant=project.brand_name or project.name,
        brand_color=project.brand_color,
        support_email=project.support_email,
        postal_address=project.postal_address,
        customer_name=reader.name if reader else case.customer_name,
        amount=case.owed,
        invoice_number=case.invoice_number,
        description=case.description,
        failed_on=None if case.is_overdue else opened_on,
        due_on=opened_on if case.is_overdue else None,
        other_lines=case.other_lines,
        reason=_reason(known),
        means=_alike([case, *also]),
        is_subscription=all(each.is_subscription for each in (case, *also)),
        card_brand=case.card_brand,
        card_last4=case.card_last4,
        next_charge_at=next_charge_at,
        update_url=update_url,
        hosted_url=case.hosted_url,
        unsubscribe_url=own.unsubscribe_url,
        consequence=rules.consequence,
        consequence_on=until_of(case, now) if rules.consequence_day else None,
        psychology=rules.psychology,
        step_number=_position(action),
        step_count=len(rules.messages),
        no_more_charges=next_charge_at is None,
        open_url=own.open_url,
        promised_on=case.promised_on,
        also=tuple(Owed(other.owed, other.invoice_number, other.description, other.other_lines) for other in also),
        parts=parts_told(action, known, now),
        is_test=is_test(case),
        logo_url=logo_url(project),
        design=design_of(project),
        own=text.own,
        trial=text.trial,
    )
    return _of_the_payment(words, known) if is_receipt(action) else words


def _on_file(known: Known) -> Sequence[Attempt]:
    """The tries of the method that is named. Where none was of it, or nothing tells them apart, all of them."""
    of_it = [each for each in known.own_attempts if each.card_fingerprint in {"", known.case.card_fingerprint}]
    return of_it or known.own_attempts


def _of_the_payment(words: Wording, known: Known) -> Wording:
    """The same about what has paid, once nothing is open any more."""
    paid = next(attempt for attempt in reversed(known.own_attempts) if attempt.outcome == Tried.PAID)
    return replace(
        words,
        amount=Money(paid.amount, paid.currency),
        card_brand=paid.card_brand,
        card_last4=paid.card_last4,
        means=means_of(paid.card_brand),
        reason=None,
        next_charge_at=None,
        no_more_charges=False,
        consequence=Consequence.NONE,
        consequence_on=None,
    )


def _reason(known: Known) -> Reason | None:
    """Why it failed, where something did and it is known."""
    case, latest = known.case, next(reversed(_on_file(known)), None)
    decline = ledger.decline_of(latest) if latest else None
    if case.is_overdue or not (decline or case.means == Means.NONE):
        return None
    return for_payer(decline or Decline(None), case.means)


def _alike(cases: Sequence[Case]) -> Means:
    """What was to be charged for all of them; where it was not the same, no word for one of them is true of all."""
    kinds = {case.means for case in cases}
    return kinds.pop() if len(kinds) == 1 else Means.OTHER


def next_try(known: Known, now: datetime) -> datetime | None:
    """When the invoice will be tried next, by us or by Stripe; None where nobody will.

    What Stripe announces it does not do where time does not help: https://docs.stripe.com/billing/revenue-recovery
    """
    planned = [action for action in known.actions if action.state == Action.State.PLANNED]
    ours = min((action.due_at for action in planned if action.do in CHARGES), default=None)
    theirs = known.case.stripe_next_attempt_at if situation_of(known, now).heals == Heals.TIME else None
    moments = [at for at in (ours, theirs) if at is not None and at > now]
    return min(moments, default=None)


def _position(action: Action) -> int:
    """Which message of the sequence it is; 0 where it is none of it."""
    step = read(action.step)
    return step.number if isinstance(step, Written) else 0
