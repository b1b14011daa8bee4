"""Rows that belong to a project or a connection and are kept apart from it, since those are read with each case."""

from __future__ import annotations

from django.db import models

from tideover.columns import Words
from tideover.ids import new_id
from tideover.tenants.secrets import SecretField


class Logo(models.Model):
    """A project's picture, apart from it since a project is read with each case. Anybody may see it who has its digest.

    Those of before stay, as the mails that were sent show them.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("tenants.Organization", on_delete=models.CASCADE, related_name="+")
    project = models.ForeignKey("tenants.Project", on_delete=models.CASCADE, related_name="logos")
    digest = models.CharField(max_length=64, db_index=True)
    type = models.CharField(max_length=20)
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "digest"], name="logo_once")]

    def __str__(self) -> str:
        return self.digest


class Backlog(models.Model):
    """What had failed in an account before it was connected and is open at Stripe still: how far that was read.

    Only an account that is connected before its project is live has one.
    """

    connection = models.OneToOneField(
        "tenants.Connection", on_delete=models.CASCADE, primary_key=True, related_name="backlog"
    )
    organization = models.ForeignKey("tenants.Organization", on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()  # what failed first before is too old: it is counted, and left alone
    read_to = models.CharField(max_length=255, blank=True)  # the last invoice, of a list that begins with the newest
    read_back_to = models.DateTimeField(null=True, blank=True)  # when that was made
    older = models.PositiveIntegerField(default=0)
    read_at = models.DateTimeField(null=True, blank=True)  # when all of the list was read
    left_at = models.DateTimeField(null=True, blank=True)  # when somebody chose to begin with what fails from then on

    def __str__(self) -> str:
        return f"backlog of {self.connection_id} since {self.since:%Y-%m-%d}"


class SmsAccount(models.Model):
    """The merchant's own account at Twilio, by which a project's text messages go. Whether they do is a setting."""

    project = models.OneToOneField(
        "tenants.Project", on_delete=models.CASCADE, primary_key=True, related_name="sms_account"
    )
    organization = models.ForeignKey("tenants.Organization", on_delete=models.CASCADE, related_name="+")
    account_sid = models.CharField(max_length=34)
    auth_token = SecretField()
    sender = models.CharField(max_length=34)  # a number of it, or the id of a messaging service
    account_name = Words(max_length=120, blank=True)
    hook_token = models.CharField(max_length=64, unique=True)
    set_at = models.DateTimeField()
    heard_at = models.DateTimeField(null=True, blank=True)  # when Twilio last told us something, properly signed

    def __str__(self) -> str:
        return f"{self.account_sid} of {self.project_id}"
