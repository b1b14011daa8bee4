"""Columns of what a merchant has chosen for a project: its addresses, zone and money, what is paid by, what is kept."""

from __future__ import annotations

from django.db import models

from tideover.columns import Words


class Chosen(models.Model):
    """Part of a project's row. Which setting each is: core.settings.table."""

    support_email = models.EmailField(blank=True)
    postal_address = models.CharField(max_length=240, blank=True)
    time_zone = Words(max_length=60, default="UTC")
    currency = models.CharField(max_length=3, default="usd")  # shown first where several exist
    language = models.CharField(max_length=12, default="en", db_default="en")  # for whom none is known
    design = models.CharField(max_length=12, default="card", db_default="card")  # core.settings.designs.Design
    return_url = models.CharField(max_length=300, blank=True, default="", db_default="")  # of the merchant's own site
    # What else than a card may be brought on the pay page.
    pay_by_link = models.BooleanField(default=True, db_default=True)
    pay_by_us_bank_account = models.BooleanField(default=True, db_default=True)
    pay_by_sepa_debit = models.BooleanField(default=True, db_default=True)
    pay_by_bacs_debit = models.BooleanField(default=True, db_default=True)
    pay_by_paypal = models.BooleanField(default=True, db_default=True)
    # What a payer may promise: core.ways.promises.Limits.
    promise_days = models.PositiveSmallIntegerField(default=14, db_default=14)
    promise_times = models.PositiveSmallIntegerField(default=1, db_default=1)
    # Whether customers are told of a card that ends before it is charged next, and how many days ahead of that.
    card_alerts = models.BooleanField(default=False, db_default=False)
    card_alert_days = models.PositiveSmallIntegerField(default=7, db_default=7)
    # Whether they are told that a subscription renews, or that a trial ends: how many days ahead, whether moved into
    # the window of a law that is known, and of plans that are paid more often than once a year, too. Where they cancel.
    renewal_notices = models.BooleanField(default=False, db_default=False)
    renewal_days = models.PositiveSmallIntegerField(default=30, db_default=30)
    renewals_by_law = models.BooleanField(default=True, db_default=True)
    renewals_of_every_plan = models.BooleanField(default=False, db_default=False)
    trial_notices = models.BooleanField(default=False, db_default=False)
    trial_days = models.PositiveSmallIntegerField(default=7, db_default=7)
    cancel_url = models.CharField(max_length=300, blank=True, default="", db_default="")
    # Whether they are asked back once a subscription has ended, those lost to non-payment, too, and what they are
    # offered (core.ahead.offers).
    winback = models.BooleanField(default=False, db_default=False)
    winback_unpaid = models.BooleanField(default=False, db_default=False)
    winback_offers = models.TextField(blank=True, default="", db_default="")
    prefers_portal = models.BooleanField(default=False, db_default=False)
    # Payment plans: core.ways.plans.Terms.
    plans_enabled = models.BooleanField(default=False, db_default=False)
    plans_from_day = models.PositiveSmallIntegerField(default=14, db_default=14)
    plans_most_parts = models.PositiveSmallIntegerField(default=4, db_default=4)
    plans_least = models.CharField(max_length=600, blank=True, default="", db_default="")
    # Text messages: by the account in SmsAccount. Whether a person may get one of them and one mail a day.
    sms_enabled = models.BooleanField(default=False, db_default=False)
    one_a_day_each = models.BooleanField(default=False, db_default=False)
    most_a_week = models.PositiveSmallIntegerField(default=5, db_default=5)  # messages to one person, by all channels
    # How long: core.settings.values.SPANS.
    keep_events = models.CharField(max_length=12, default="90 days", db_default="90 days")
    keep_messages = models.CharField(max_length=12, default="2 years", db_default="2 years")
    keep_opens = models.CharField(max_length=12, default="2 years", db_default="2 years")
    minimal = models.BooleanField(default=False, db_default=False)  # no name, address or text of others is kept
    minimal_since = models.DateTimeField(null=True, blank=True)  # when that was last turned on

    class Meta:
        abstract = True
