"""The case of one failed invoice: its facts, its actions, every attempt to charge it, its links."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from django.db import models

from tideover.columns import Words
from tideover.core import case, steps
from tideover.core.catalogue import Channel
from tideover.core.declines import Family
from tideover.core.methods import Means, means_of
from tideover.core.money import Money
from tideover.core.settings.segments import LONGEST
from tideover.core.ways.access import Standing
from tideover.ids import new_id, public
from tideover.recovery.figures.tally import Tally as Tally  # noqa: PLC0414 - models of this room, in files of their own
from tideover.recovery.plans.rows import Instalment as Instalment  # noqa: PLC0414
from tideover.recovery.plans.rows import Plan as Plan  # noqa: PLC0414
from tideover.recovery.returned.rows import Collection as Collection  # noqa: PLC0414
from tideover.recovery.rules.rows import Ruleset as Ruleset  # noqa: PLC0414
from tideover.recovery.test_clocks.rows import Clock as Clock  # noqa: PLC0414
from tideover.recovery.ways.rows import Link as Link  # noqa: PLC0414
from tideover.tenants.models import Connection, Organization, Project


def choices(kinds: type[StrEnum]) -> list[tuple[str, str]]:
    """The members of one of the core's enums, as a column takes them."""
    return [(kind.value, kind.name.replace("_", " ").title()) for kind in kinds]


def values(kinds: type[StrEnum]) -> list[str]:
    return [kind.value for kind in kinds]


CHANGED: Final = -1  # of `Case.reached`: something came since it was read
UNCOUNTED: Final = models.Q(counted_version__lt=models.F("version")) | models.Q(reached=None)  # changed since
# The same, and those that may have come further by now: seconds late, and only in the funnel.
TO_COUNT: Final = UNCOUNTED | models.Q(reached__lt=0)
ON_A_CLOCK: Final = models.Q(clock__isnull=False)
PLANNED: Final = models.Q(state="planned")
LOOKED_AT: Final = ("organization", "state", "via", "currency")


class Case(models.Model):
    """One invoice that failed. Its state is a function of its facts (core.case.state_of), kept here to be queried."""

    State = case.State
    Attention = case.Attention

    class Via(models.TextChoices):
        """What brought the money back; a message by its channel. `stripe` and `customer` happened without us."""

        STRIPE = "stripe"
        RETRY = "retry"
        EMAIL = "email"
        SMS = "sms"
        CARD_PAGE = "card_page"
        CUSTOMER = "customer"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="cases")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="cases")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="cases")
    ruleset = models.ForeignKey(Ruleset, on_delete=models.PROTECT, related_name="+")

    invoice_id = models.CharField(max_length=255)
    invoice_number = Words(max_length=64, blank=True)
    customer_id = models.CharField(max_length=255)
    subscription_id = models.CharField(max_length=255, blank=True)
    customer_name = Words(max_length=256, blank=True)
    customer_email = models.CharField(max_length=512, blank=True)
    customer_phone = models.CharField(max_length=32, blank=True, default="", db_default="")  # as it is dialled
    description = Words(max_length=200, blank=True)
    other_lines = models.PositiveIntegerField(default=0, db_default=0)  # charged besides what the description names
    billing_reason = Words(max_length=40, blank=True, default="", db_default="")  # why Stripe made the invoice
    locale = Words(max_length=60, blank=True)  # what its customer reads, best first: core.tongues.wishes
    time_zone = models.CharField(max_length=60, default="UTC")
    hosted_url = models.URLField(max_length=2000, blank=True)

    currency = models.CharField(max_length=3)
    amount_due = models.BigIntegerField()  # minor units: what failed first
    amount_open = models.BigIntegerField(null=True, blank=True)  # what was open when last read; none: as it failed
    amount_recovered = models.BigIntegerField(default=0)  # what came since, less what went back: core.proceeds
    amount_returned = models.BigIntegerField(default=0, db_default=0)  # of what came, what went back
    amount_disputed = models.BigIntegerField(default=0, db_default=0)  # of this, what disputes hold or have taken
    monthly = models.BigIntegerField(null=True, blank=True)  # what of it comes back a month; none: nothing, or not read
    after_trial = models.BooleanField(default=False, db_default=False)  # the first that was charged after a trial
    prices = Words(max_length=2000, blank=True, default="", db_default="")  # ids of what it charges for, blanks between
    segment = models.CharField(max_length=LONGEST, blank=True, default="", db_default="")  # the merchant's of its payer

    state = models.CharField(max_length=10, choices=choices(State), default=State.FAILING)
    opened_at = models.DateTimeField()  # the first failure, by Stripe's clock
    ended_at = models.DateTimeField(null=True, blank=True)
    via = models.CharField(max_length=10, choices=Via.choices, blank=True)
    attention = models.CharField(max_length=16, choices=choices(Attention), blank=True, default=Attention.NONE)

    family = models.CharField(max_length=20)  # core.declines.Family of the latest failure
    first_family = models.CharField(max_length=20)
    decline_code = Words(max_length=64, blank=True)
    payment_method_id = models.CharField(max_length=255, blank=True)
    payment_method_from = models.CharField(max_length=30, blank=True)  # invoice | subscription | customer
    card_brand = Words(max_length=20, blank=True)
    card_last4 = Words(max_length=4, blank=True)
    card_fingerprint = models.CharField(max_length=255, blank=True)
    card_expires = models.CharField(max_length=7, blank=True, default="", db_default="")  # MM/YYYY
    processing = models.BooleanField(default=False)  # a bank debit is under way
    # What of the subscription lets it rest: core.case.Rest.
    rest = models.CharField(max_length=10, choices=choices(case.Rest), blank=True, default="", db_default="")
    stripe_next_attempt_at = models.DateTimeField(null=True, blank=True)
    customer_acted_at = models.DateTimeField(null=True, blank=True)
    new_method = models.CharField(max_length=255, blank=True)  # what the customer brought, not yet charged

    promised_on = models.DateField(null=True, blank=True)  # the day of the promise that stands: core.ways.promises
    promised_since = models.DateTimeField(null=True, blank=True)  # when they first chose one; moved since, perhaps
    access_until = models.DateField(null=True, blank=True)  # the day until which access was promised: core.ways.access
    access_then = models.CharField(max_length=8, choices=choices(Standing), blank=True, default="", db_default="")
    held = models.BooleanField(default=False, db_default=False)  # Stripe does not try it by itself, because of us
    collects = models.BooleanField(default=False, db_default=False)  # Stripe goes on with it by itself, as last read
    paused_until = models.DateTimeField(null=True, blank=True)
    paused_by = Words(max_length=254, blank=True)
    rules_since = models.DateTimeField(null=True, blank=True)  # when its rules took the place of others
    in_parts = models.BooleanField(default=False, db_default=False)  # there is, or was, a Plan of it
    plan_offered_at = models.DateTimeField(null=True, blank=True)  # when somebody offered a plan, whatever the day
    plan_offered_by = Words(max_length=254, blank=True, default="", db_default="")
    version = models.PositiveIntegerField(default=0)  # compare-and-set: who writes has read this version
    read_at = models.DateTimeField()  # when Stripe was last asked about the invoice
    cleared_at = models.DateTimeField(null=True, blank=True)  # when what a restore may repeat was skipped
    test_clock = models.CharField(max_length=255, blank=True)  # of its customer, as Stripe calls it
    # The same as a row: what it shows is the present of the case. None where time is everybody's.
    clock = models.ForeignKey(Clock, models.DO_NOTHING, null=True, blank=True, related_name="cases", db_index=False)
    erased_at = models.DateTimeField(null=True, blank=True)  # when its customer was: its ids are pseudonyms since
    # As what the figures count it, and in which version it was so: recovery.figures.tallies.
    counted: models.JSONField[dict[str, Any] | None, dict[str, Any] | None] = models.JSONField(null=True, blank=True)
    counted_version = models.IntegerField(default=-1, db_default=-1)
    # How far it came: recovery.figures.reached.Mark, or CHANGED; none: written by a version that did not know of it.
    reached = models.SmallIntegerField(null=True, blank=True, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "invoice_id"], name="case_once"),
            models.CheckConstraint(condition=models.Q(state__in=values(case.State)), name="case_state_known"),
            models.CheckConstraint(
                condition=models.Q(amount_due__gte=0, amount_recovered__gte=0), name="case_amounts_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(amount_open__gte=0) | models.Q(amount_open=None), name="case_open_not_negative"
            ),
            models.CheckConstraint(condition=models.Q(amount_returned__gte=0), name="case_returned_not_negative"),
        ]
        indexes = [
            models.Index(fields=["organization", "state", "-opened_at"], name="case_by_state"),
            models.Index(fields=["organization", "-opened_at"], name="case_by_opening"),
            models.Index(fields=["organization", "-ended_at"], name="case_by_end"),
            models.Index(fields=["connection", "customer_id"], name="case_by_customer"),
            models.Index(fields=["connection", "subscription_id"], name="case_by_subscription"),
            models.Index(fields=["opened_at"], condition=TO_COUNT, name="case_to_count"),
            models.Index(fields=["connection"], condition=models.Q(held=True), name="case_held"),
            models.Index(fields=["clock"], condition=ON_A_CLOCK, name="case_on_a_clock"),
            # Each order and filter of the list of cases, read from either end, a page from any place. Behind an order
            # that few of a filter may stand in: what it filters by, so that no case is read to be passed over.
            models.Index(fields=["project", "opened_at", "id"], name="case_list"),
            models.Index(fields=["project", "state", "opened_at", "id"], name="case_list_by_state"),
            models.Index(
                fields=["project", "first_family", "opened_at", "id", *LOOKED_AT], name="case_list_of_families"
            ),
            models.Index(fields=["project", "via", "opened_at", "id"], name="case_list_by_via"),
            models.Index(fields=["project", "via", "currency", "state"], name="case_list_of_one_way"),
            models.Index(
                fields=["project", "currency", "amount_due", "id", "first_family", *LOOKED_AT[:3]],
                name="case_list_of_amounts",
            ),
            models.Index(
                fields=["project", "customer_name", "id", "first_family", *LOOKED_AT], name="case_list_of_customers"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.state}"

    def is_paused(self, now: datetime) -> bool:
        """Whether a person has paused it, and the pause lasts."""
        return self.paused_until is not None and self.paused_until > now

    @property
    def hangs_on_a_clock(self) -> bool:
        """Whether its customer does: then nobody is ever written to, also before it is known what the clock shows."""
        return bool(self.clock_id or self.test_clock)

    @property
    def whom(self) -> str:
        """Whom it is about: the customer, or nobody but itself where Stripe knows none."""
        return self.customer_id or self.invoice_id

    @property
    def public_id(self) -> str:
        return public("case", self.id)

    @property
    def amount(self) -> Money:
        """What failed first."""
        return Money(self.amount_due, self.currency)

    @property
    def owed(self) -> Money:
        """What is open now: after part payments and credit notes less than what failed. It alone is asked for."""
        return Money(self.amount_due if self.amount_open is None else self.amount_open, self.currency)

    @property
    def came(self) -> Money:
        """What came since the failure, whether or not it went back."""
        return Money(self.amount_recovered + self.amount_returned, self.currency)

    @property
    def returned(self) -> Money:
        """What of it went back."""
        return Money(self.amount_returned, self.currency)

    @property
    def means(self) -> Means:
        """What was to be charged, in the payer's eyes; none where there never was a method on file."""
        return means_of(self.card_brand) if self.card_brand or self.payment_method_id else Means.NONE

    @property
    def is_overdue(self) -> bool:
        """Whether it is an invoice that was sent to be paid by its receiver, and that nobody charges."""
        return self.family == Family.OVERDUE

    @property
    def is_subscription(self) -> bool:
        """Whether a subscription stands and falls with it; a single invoice may be about one, too."""
        return bool(self.subscription_id) and self.billing_reason != "manual"

    @property
    def is_stored(self) -> bool:
        """Whether it is in the database. If not, nothing of it is: whoever looks for its rows need not ask."""
        return not self._state.adding


class LearntFact(models.Model):
    """Something learnt about a case, once: core.facts.Fact as a row."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="facts")
    kind = models.CharField(max_length=24)  # core.facts.Learnt
    key = models.CharField(max_length=600)
    at = models.DateTimeField()  # when it happened, by Stripe's clock
    learnt_at = models.DateTimeField()
    detail: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    # False: an effect of ours that the audit log does not tell yet.
    sealed = models.BooleanField(default=True, db_default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "key"], name="fact_once")]
        indexes = [
            models.Index(fields=["organization", "-learnt_at"], name="fact_by_learning"),
            models.Index(fields=["organization", "kind", "-learnt_at"], name="fact_by_kind"),
            models.Index(fields=["organization"], condition=models.Q(sealed=False), name="fact_to_seal"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Action(models.Model):
    """A thing to do: planned, claimed, then done, or dropped with a reason. Its id is its idempotency key."""

    class State(models.TextChoices):
        PLANNED = "planned"
        CLAIMED = "claimed"
        DONE = "done"
        DROPPED = "dropped"
        DEAD = "dead"  # tried too often; a person decides

    Do = steps.Do

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="actions")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    # That of its case, by which it comes due. It goes with its organization, after what refers to it.
    clock = models.ForeignKey(Clock, models.DO_NOTHING, null=True, blank=True, related_name="+", db_index=False)
    step = models.CharField(max_length=100)  # unique among the actions of a case that were not dropped
    do = models.CharField(max_length=8, choices=choices(Do))
    due_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.PLANNED)

    template = models.CharField(max_length=20, blank=True)
    tone = models.CharField(max_length=12, blank=True)
    # By which a message goes; of no meaning for other steps.
    channel = models.CharField(max_length=8, default=Channel.EMAIL.value, db_default=Channel.EMAIL.value)
    rule = Words(max_length=80)
    why = Words(max_length=400)
    instead: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    ruleset_version = models.PositiveIntegerField()
    asked_by = Words(max_length=254, blank=True)  # a person, where one asked for it

    tries = models.PositiveSmallIntegerField(default=0)
    # By the wall, also where the case lives by a clock; of a planned one there, until when the world makes it wait.
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    request: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)  # sent under the key
    started_at = models.DateTimeField(null=True, blank=True)  # the first call went out: from here on doubt is possible
    settled_at = models.DateTimeField(null=True, blank=True)
    outcome = Words(max_length=80, blank=True)  # paid, declined, sent, unknown, skipped …
    reason = Words(max_length=300, blank=True)
    sealed = models.BooleanField(default=False, db_default=False)  # the audit log tells of it

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "step"], condition=~models.Q(state="dropped"), name="action_step_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["planned", "claimed", "done", "dropped", "dead"]),
                name="action_state_known",
            ),
            models.CheckConstraint(condition=models.Q(do__in=values(steps.Do)), name="action_do_known"),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=PLANNED, name="action_due"),
            models.Index(fields=["connection", "due_at", "id"], condition=PLANNED, name="action_due_by_lane"),
            models.Index(fields=["clock", "due_at", "id"], condition=ON_A_CLOCK & PLANNED, name="action_due_by_clock"),
            models.Index(fields=["lease_until"], condition=models.Q(state="claimed"), name="action_claimed"),
            models.Index(fields=["organization", "state"], condition=models.Q(state="dead"), name="action_dead"),
            models.Index(fields=["organization", "-settled_at"], name="action_by_settling"),
            models.Index(
                fields=["organization"],
                condition=models.Q(sealed=False, started_at__isnull=False, settled_at__isnull=False),
                name="action_to_seal",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step} {self.state}"

    @property
    def key(self) -> str:
        """The idempotency key of the charge: the same on every try of this action."""
        return f"pr_{self.id}"

    @property
    def asked(self) -> Money:
        """What a charge asked the bank for: what was open as it began."""
        return Money(int(self.request.get("amount", self.case.amount_due)), self.case.currency)


class Attempt(models.Model):
    """A try to charge an invoice, by anyone: us, Stripe's own retries, or the customer. The networks count them all."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="attempts")
    action = models.ForeignKey(Action, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    charge_id = models.CharField(max_length=255)  # or the payment intent where no charge was made
    payment_intent_id = models.CharField(max_length=255, blank=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=8)  # core.networks.By
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()
    outcome = models.CharField(max_length=20)  # paid, declined, authentication, processing, blocked
    code = Words(max_length=64, blank=True)
    advice_code = Words(max_length=40, blank=True)
    network_decline_code = Words(max_length=10, blank=True)
    network_advice_code = Words(max_length=10, blank=True)
    card_brand = Words(max_length=20, blank=True)
    card_last4 = Words(max_length=4, blank=True)
    card_fingerprint = models.CharField(max_length=255, blank=True)
    counts = models.BooleanField(default=True)  # it reached the card network
    returned_at = models.DateTimeField(null=True, blank=True)  # when a debit came back, days after `at`

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "charge_id"], name="attempt_once")]
        indexes = [
            models.Index(fields=["connection", "card_fingerprint", "-at"], name="attempt_by_card"),
            models.Index(fields=["organization", "-at"], name="attempt_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.charge_id} {self.outcome}"
