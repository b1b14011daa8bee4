"""The rows of the mirror. Each says when it was so at Stripe (`told_at`): what is older never takes the place of newer.

They refer to each other by Stripe's ids, as they come in any order, and a row may be there before whose it is.
"""

from __future__ import annotations

from django.db import models

from tideover.columns import Words
from tideover.core.settings.segments import LONGEST
from tideover.gateways.listed import Listed
from tideover.ids import new_id, public
from tideover.tenants.models import Connection, Organization, Project


class Mirror(models.Model):
    """How far an account was read. Who writes rows of the account holds this row: they come from two sides.

    A walk goes through one list after the other, each from its newest to what is older than `walk_since`.
    """

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, primary_key=True, related_name="mirror")
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()  # payments and invoices from before are not read
    began_at = models.DateTimeField()  # of the present walk, or of the last
    walk_since = models.DateTimeField()  # what was made before is known already
    stage = models.CharField(max_length=16, blank=True)  # gateways.listed.Listed; empty: no walk is under way
    read_to = models.CharField(max_length=255, blank=True)  # the last id of the page before
    read_back_to = models.DateTimeField(null=True, blank=True)  # when that was made
    # How many of each list were read in the first walk.
    counts: models.JSONField[dict[str, int], dict[str, int]] = models.JSONField(default=dict)
    imported_at = models.DateTimeField(null=True, blank=True)  # when the first walk was over
    walked_at = models.DateTimeField(null=True, blank=True)  # when the last one was
    trouble = Words(max_length=300, blank=True)  # why it does not go on
    waits_until = models.DateTimeField(null=True, blank=True)  # when a worker asks again, after that

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(stage__in=["", *(each.value for each in Listed)]), name="mirror_stage_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(stage="") | models.Q(imported_at__isnull=False), name="mirror_whole_or_on_its_way"
            ),
        ]

    def __str__(self) -> str:
        return f"mirror of {self.connection_id}"


class Row(models.Model):
    """What the five kinds have in common."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    # No index of its own: that of `…_once` begins with it.
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+", db_index=False)
    stripe_id = models.CharField(max_length=255)
    told_at = models.DateTimeField()
    unsure = models.BooleanField(default=False)  # two told of it differently in one second: to be read again

    class Meta:
        abstract = True


def _once(name: str) -> models.UniqueConstraint:
    return models.UniqueConstraint(fields=["connection", "stripe_id"], name=f"{name}_once")


def _unsure(name: str) -> models.Index:
    return models.Index(fields=["connection", "id"], condition=models.Q(unsure=True), name=f"{name}_unsure")


class Customer(Row):
    """Who pays, or paid. Where no names are kept there is none."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="customers", db_index=False)
    name = Words(max_length=256, blank=True)
    email = models.CharField(max_length=512, blank=True)
    locale = Words(max_length=60, blank=True)  # what they like to read, best first, as Stripe has it
    country = Words(max_length=2, blank=True)
    region = Words(max_length=60, blank=True)
    made_at = models.DateTimeField(null=True, blank=True)
    method_id = models.CharField(max_length=255, blank=True)
    test_clock = models.CharField(max_length=255, blank=True)
    gone = models.BooleanField(default=False)
    readers = Words(
        max_length=2200, blank=True, default="", db_default=""
    )  # what of their metadata names who reads for them
    readers_followed = Words(
        max_length=2200, blank=True, default="", db_default=""
    )  # the same, as it was when it was followed
    segment = models.CharField(max_length=LONGEST, blank=True, default="", db_default="")  # the merchant's, by metadata
    odd_segment = models.BooleanField(default=False, db_default=False)  # what stands there is none
    erased_at = models.DateTimeField(null=True, blank=True)  # when they were: the ids are pseudonyms since

    class Meta:
        constraints = [_once("customer")]
        indexes = [
            _unsure("customer"),
            models.Index(fields=["project", "name", "id"], name="customer_list_by_name"),
            models.Index(fields=["project", "id"], name="customer_list"),
            models.Index(
                fields=["project", "segment", "name", "id"], condition=~models.Q(segment=""), name="customer_by_segment"
            ),
            models.Index(
                fields=["id"], condition=~models.Q(readers=models.F("readers_followed")), name="customer_readers"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return public("customer", self.id)


class Subscription(Row):
    """What is paid again and again."""

    customer_id = models.CharField(max_length=255)
    status = Words(max_length=30)
    plan = Words(max_length=200, blank=True)
    currency = models.CharField(max_length=3)
    monthly = models.BigIntegerField(null=True, blank=True)
    began_at = models.DateTimeField()
    renews_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    trial_ends_at = models.DateTimeField(null=True, blank=True)
    rests = models.BooleanField(default=False)
    method_id = models.CharField(max_length=255, blank=True)
    # From one payment to the next; 0: no whole months. None: it was not told again since this is kept.
    months = models.PositiveSmallIntegerField(null=True, blank=True)
    sent = models.BooleanField(default=False, db_default=False)  # its invoices are sent to be paid by hand
    left_for = Words(max_length=40, blank=True, default="", db_default="")  # why it ended (core.ahead.winback.Left)
    prices = models.CharField(max_length=1000, blank=True, default="", db_default="")  # of prices and products
    led_by = Words(max_length=64, blank=True, default="", db_default="")  # the letter by which its customer came back

    class Meta:
        constraints = [
            _once("subscription"),
            models.CheckConstraint(
                condition=models.Q(monthly__gte=0) | models.Q(monthly=None), name="subscription_not_negative"
            ),
        ]
        indexes = [
            _unsure("subscription"),
            models.Index(fields=["connection", "customer_id"], name="subscription_by_customer"),
            models.Index(
                fields=["connection", "ended_at"], condition=models.Q(ended_at__isnull=False), name="subscription_ended"
            ),
            models.Index(fields=["connection"], condition=~models.Q(led_by=""), name="subscription_led"),
        ]

    def __str__(self) -> str:
        return f"{self.stripe_id} {self.status}"


class MirrorInvoice(Row):
    """What is owed, or was."""

    customer_id = models.CharField(max_length=255)
    subscription_id = models.CharField(max_length=255, blank=True)
    number = Words(max_length=64, blank=True)
    description = Words(max_length=200, blank=True)
    status = Words(max_length=20)
    reason = Words(max_length=40, blank=True)
    sent = models.BooleanField(default=False)
    currency = models.CharField(max_length=3)
    amount_due = models.BigIntegerField()
    amount_paid = models.BigIntegerField()
    amount_open = models.BigIntegerField()
    tries = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    status_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            _once("invoice"),
            models.CheckConstraint(
                condition=models.Q(amount_due__gte=0, amount_paid__gte=0, amount_open__gte=0),
                name="invoice_not_negative",
            ),
        ]
        indexes = [
            _unsure("invoice"),
            models.Index(fields=["connection", "customer_id", "-made_at"], name="invoice_by_customer"),
            models.Index(fields=["connection", "customer_id"], condition=models.Q(status="open"), name="invoice_open"),
        ]

    def __str__(self) -> str:
        return f"{self.stripe_id} {self.status}"


class Payment(Row):
    """One try to charge, by anyone."""

    customer_id = models.CharField(max_length=255, blank=True)
    intent_id = models.CharField(max_length=255, blank=True)
    invoice_id = models.CharField(max_length=255, blank=True)  # where an invoice has told that it is its own
    at = models.DateTimeField()
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()
    refunded = models.BigIntegerField(default=0)
    disputed = models.BooleanField(default=False)
    outcome = models.CharField(max_length=16)  # core.outcomes.Tried
    code = Words(max_length=64, blank=True)
    advice_code = Words(max_length=40, blank=True)
    network_decline_code = Words(max_length=20, blank=True)
    network_advice_code = Words(max_length=20, blank=True)
    reached_network = models.BooleanField(default=True)
    method_id = models.CharField(max_length=255, blank=True)
    brand = Words(max_length=20, blank=True)
    last4 = Words(max_length=4, blank=True)
    fingerprint = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints = [
            _once("payment"),
            models.CheckConstraint(condition=models.Q(amount__gte=0, refunded__gte=0), name="payment_not_negative"),
        ]
        indexes = [
            _unsure("payment"),
            models.Index(fields=["connection", "customer_id", "-at"], name="payment_by_customer"),
            models.Index(fields=["connection", "invoice_id"], name="payment_by_invoice"),
            models.Index(fields=["connection", "intent_id"], name="payment_by_intent"),
            models.Index(fields=["connection", "at"], name="payment_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.stripe_id} {self.outcome}"


class Method(Row):
    """A way to pay of a customer's, as far as a default, a payment or an event has told of it."""

    customer_id = models.CharField(max_length=255, blank=True)
    brand = Words(max_length=20, blank=True)
    last4 = Words(max_length=4, blank=True)
    fingerprint = models.CharField(max_length=255, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    renewed_at = models.DateTimeField(null=True, blank=True)  # when the network last did so by itself
    gone = models.BooleanField(default=False)

    class Meta:
        constraints = [_once("method")]
        indexes = [
            _unsure("method"),
            models.Index(fields=["connection", "customer_id"], name="method_by_customer"),
            models.Index(fields=["connection", "expires_on"], name="method_by_expiry"),
            models.Index(
                fields=["connection", "renewed_at"],
                condition=models.Q(renewed_at__isnull=False),
                name="method_renewed",
            ),
        ]

    def __str__(self) -> str:
        return self.stripe_id


AnyRow = Customer | Subscription | MirrorInvoice | Payment | Method
