"""Messages to customers, what became of them, the texts they are written from, and the addresses that get none."""

from __future__ import annotations

from typing import Any

from django.db import models

from tideover.columns import Words
from tideover.core.catalogue import Channel
from tideover.core.shares.verdicts import Half
from tideover.core.signals.signs import Who
from tideover.ids import new_id, public
from tideover.tenants.models import Organization, Project
from tideover.tenants.secrets import SealedText


class AppendOnly(Exception):  # noqa: N818 - names what the row is
    """A version of a text is never changed, nor is a suppression: `suppression.let_back_in` alone ends it."""


class Message(models.Model):
    """One message of one action. Two marks make it at most one: `claimed`, then `data_started` before it leaves."""

    class State(models.TextChoices):
        CLAIMED = "claimed"  # written down, not yet given to anyone
        DATA_STARTED = "data_started"  # handed to the provider; until it answers nobody knows
        SENT = "sent"  # the provider has accepted it
        UNKNOWN = "unknown"  # the answer was lost; it may have arrived and is never sent again
        FAILED = "failed"  # clearly refused before it was accepted
        SKIPPED = "skipped"  # we decided not to send it; `reason` says why
        PREVIEWED = "previewed"  # in the preview inbox, and to nobody: its customer hangs on a test clock

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    about = models.UUIDField(db_index=True)  # the case; this room does not know cases
    also_about: models.JSONField[list[str], list[str]] = models.JSONField(default=list, db_default=[])
    action_id = models.UUIDField(unique=True)  # one action, one message
    channel = models.CharField(max_length=8, default=Channel.EMAIL.value)
    to_address = models.CharField(max_length=512)
    to_name = Words(max_length=256, blank=True)
    to_hash = models.CharField(max_length=64)  # keyed.address_hash: found again without reading addresses
    locale = models.CharField(max_length=12)
    template = models.CharField(max_length=20)
    tone = models.CharField(max_length=12)
    psychology = models.BooleanField(default=False)
    # The version of the merchant's text (TextVersion.number) that it was written from; 0: our text.
    text_version = models.PositiveIntegerField(default=0, db_default=0)
    # The draft of a model that it was written from, which nobody had read; none: from a text that stands.
    draft = models.ForeignKey("Draft", models.CASCADE, null=True, blank=True, db_index=False, related_name="+")
    # The trial of two texts that its case is in, and the half of it; none, where no trial ran when the case began.
    trial = models.ForeignKey("TextTrial", models.CASCADE, null=True, blank=True, db_index=False, related_name="+")
    half = models.CharField(max_length=1, blank=True, default="", db_default="")
    subject = Words(max_length=200)
    html = SealedText(owner="action_id")
    text = SealedText(owner="action_id")
    keys: models.JSONField[list[str], list[str]] = models.JSONField(default=list)  # links that open something

    state = models.CharField(max_length=12, choices=State.choices, default=State.CLAIMED)
    reason = Words(max_length=300, blank=True)
    may_retry = models.BooleanField(default=False)  # failed before acceptance and worth another try
    created_at = models.DateTimeField()
    claimed_at = models.DateTimeField()
    data_started_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    provider_id = Words(max_length=200, blank=True)
    unsubscribe_hash = models.CharField(max_length=64, unique=True)
    open_token = models.CharField(max_length=64, unique=True)
    sealed = models.BooleanField(default=False, db_default=False)  # the audit log tells of it
    # Who has opened it, and who has followed its link, as its events say (core.signals.signs.Who); empty: nobody.
    opened_by = models.CharField(max_length=8, blank=True, default="", db_default="")
    clicked_by = models.CharField(max_length=8, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["claimed", "data_started", "sent", "unknown", "failed", "skipped", "previewed"]
                ),
                name="message_state_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["data_started", "sent", "unknown"])
                | models.Q(data_started_at__isnull=False),
                name="message_marked_before_sent",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="sent") | models.Q(sent_at__isnull=False), name="message_sent_has_time"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "to_hash", "-data_started_at"], name="message_by_recipient"),
            models.Index(fields=["organization", "-created_at"], name="message_by_time"),
            models.Index(fields=["organization", "state", "-claimed_at"], name="message_by_state"),
            models.Index(fields=["organization", "-data_started_at"], name="message_by_leaving"),
            models.Index(
                fields=["organization", "created_at"],
                condition=models.Q(state="claimed") | models.Q(state="failed", may_retry=True),  # nothing has left
                name="message_to_leave",
            ),
            models.Index(
                fields=["organization", "data_started_at"],
                condition=models.Q(state="data_started"),
                name="message_handed_over",
            ),
            models.Index(fields=["project", "-sent_at"], name="message_by_sending"),
            models.Index(fields=["project", "-id"], condition=models.Q(state="previewed"), name="message_previewed"),
            models.Index(
                fields=["organization"],
                condition=models.Q(sealed=False, data_started_at__isnull=False),
                name="message_to_seal",
            ),
            models.Index(fields=["draft"], condition=models.Q(draft__isnull=False), name="message_in_draft"),
            models.Index(fields=["trial"], condition=models.Q(trial__isnull=False), name="message_in_trial"),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.state}"

    @property
    def public_id(self) -> str:
        return public("msg", self.id)


class MessageEvent(models.Model):
    """Something that happened to a message: its first time, and how often. Of people, where there was one."""

    class Kind(models.TextChoices):
        OPENED = "opened"
        CLICKED = "clicked"
        DELIVERED = "delivered"  # as the network, or the provider, says
        WAY_OUT = "way_out"  # the page on which one unsubscribes was looked at
        BOUNCED = "bounced"
        COMPLAINED = "complained"
        UNSUBSCRIBED = "unsubscribed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    at = models.DateTimeField()  # the first time
    count = models.PositiveIntegerField(default=1)
    detail = Words(max_length=300, blank=True)
    # Of what machines do as well: the strongest of whom it was heard; of other kinds it means nothing.
    by = models.CharField(max_length=8, default=Who.UNKNOWN.value, db_default=Who.UNKNOWN.value)
    heard: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict, db_default={})

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "kind"], name="message_event_once"),
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=["opened", "clicked", "delivered", "way_out", "bounced", "complained", "unsubscribed"]
                ),
                name="message_event_kind_known",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-at"], name="message_event_by_time"),
            models.Index(
                fields=["organization", "-at"],
                condition=models.Q(kind__in=["bounced", "complained"]),
                name="message_event_bad",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.message_id}"


class TextVersion(models.Model):
    """A merchant's text of one kind in one language, as it stands from `at` on for cases that open then.

    It is never changed: the newest is the one in use, and one without content gives the place back to our text.
    for_trial: it was made to be the other half of a trial, and stands for no case besides.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    template = models.CharField(max_length=20)
    channel = models.CharField(max_length=8)
    language = models.CharField(max_length=12)
    number = models.PositiveIntegerField()
    content: models.JSONField[dict[str, Any] | None, dict[str, Any] | None] = models.JSONField(null=True)
    for_trial = models.BooleanField(default=False, db_default=False)
    note = Words(max_length=200, blank=True)  # what changed, in the words of who did it
    made_by = Words(max_length=254, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "template", "channel", "language", "number"], name="text_version_once"
            ),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="text_version_counts_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.language} {self.channel} {self.template} {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        """Insert, once. Raises AppendOnly on a change."""
        if not self._state.adding:
            raise AppendOnly("a version of a text is never changed")
        super().save(*args, **kwargs)


class TextTrial(models.Model):
    """Two texts in the place of one, for cases that begin while it runs: each customer gets one of them, and keeps it.

    a, b: the versions (TextVersion.number; 0: ours), A the one that was in use when it began. within_days: after the
    first message, for a case to count as paid. It ends once, by a person or by itself, and is not changed before.
    """

    class End(models.TextChoices):
        A = "a"  # A stays in use
        B = "b"  # B was made the next version
        STOPPED = "stopped"  # A stays in use, and nothing was decided

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    template = models.CharField(max_length=20)
    channel = models.CharField(max_length=8)
    language = models.CharField(max_length=12)
    a = models.PositiveIntegerField()
    b = models.PositiveIntegerField()
    within_days = models.PositiveSmallIntegerField()
    ends_by_itself = models.BooleanField(default=False)
    began_at = models.DateTimeField()
    began_by = Words(max_length=254, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = Words(max_length=254, blank=True)  # empty, where it ended by itself
    end = models.CharField(max_length=8, choices=End.choices, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "template", "channel", "language"],
                condition=models.Q(ended_at=None),
                name="text_trial_once",
            ),
            models.CheckConstraint(condition=~models.Q(a=models.F("b")), name="text_trial_has_two_halves"),
            models.CheckConstraint(
                condition=models.Q(within_days__gte=1, within_days__lte=60), name="text_trial_days_known"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at=None, end="")
                | models.Q(ended_at__isnull=False, end__in=["a", "b", "stopped"]),
                name="text_trial_end_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.language} {self.channel} {self.template} {self.a} or {self.b}"

    def version_of(self, half: Half) -> int:
        """The number of the version that a half is written in."""
        return self.a if half == Half.A else self.b


class Suppression(models.Model):
    """An address a merchant does not write to, kept as a keyed hash so that it outlives the erasure of the person.

    channel: one of them, or suppression.WINBACK for one kind of letters by any of them.
    """

    class Reason(models.TextChoices):
        UNSUBSCRIBED = "unsubscribed"
        BOUNCED = "bounced"
        COMPLAINED = "complained"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    address_hash = models.CharField(max_length=64)
    channel = models.CharField(max_length=8, default=Channel.EMAIL.value)
    reason = models.CharField(max_length=12, choices=Reason.choices)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "address_hash", "channel"], name="suppressed_once"),
            models.CheckConstraint(
                condition=models.Q(reason__in=["unsubscribed", "bounced", "complained"]),
                name="suppression_reason_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.address_hash[:8]}"

    def save(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        """Insert, once. Raises AppendOnly on a change."""
        if not self._state.adding:
            raise AppendOnly("a suppression is never changed")
        super().save(*args, **kwargs)

    def delete(self, *_: object, **__: object) -> tuple[int, dict[str, int]]:
        raise AppendOnly("a suppression is ended by letting its address back in, with a record")


class LetBackIn(models.Model):
    """The record that an address may be written to again: who says so, when, why, and how its owner asked for it."""

    class Consent(models.TextChoices):
        """How it was given."""

        WROTE = "wrote", "They wrote to us"
        SAID = "said", "They said so on the phone or in person"
        CHOSE = "chose", "They chose it in our product"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    address_hash = models.CharField(max_length=64)
    channel = models.CharField(max_length=8)
    consent = models.CharField(max_length=8, choices=Consent.choices)
    why = Words(max_length=300)
    by = Words(max_length=254)  # a person's address, or `operator`
    at = models.DateTimeField()
    was = models.CharField(max_length=12, choices=Suppression.Reason.choices)  # why it was not written to
    was_since = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(consent__in=["wrote", "said", "chose"]), name="let_back_in_consent_known"
            )
        ]
        indexes = [models.Index(fields=["organization", "address_hash", "-at"], name="let_back_in_by_address")]

    def __str__(self) -> str:
        return f"{self.address_hash[:8]} since {self.at:%Y-%m-%d}"


class StreamPause(models.Model):
    """That nothing goes by a merchant's channel, as too much of it came back: noticed, told, and ended.

    The figures are those of the last look. It ends by itself once the rate is lower; or a person lifts it, and from
    then on all is counted anew.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=8)
    why = models.CharField(max_length=40)  # Unsent
    bad = models.PositiveIntegerField()
    left = models.PositiveIntegerField()
    begun_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)  # when its owners were mailed
    ended_at = models.DateTimeField(null=True, blank=True)
    lifted_by = Words(max_length=254, blank=True)  # who ended it; empty where it ended by itself

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "channel"], condition=models.Q(ended_at=None), name="stream_paused_once"
            ),
            models.CheckConstraint(
                condition=models.Q(lifted_by="") | models.Q(ended_at__isnull=False), name="stream_lifted_has_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.why} since {self.begun_at:%Y-%m-%d}"


# More of this room's rows: Django finds them from here.
from tideover.messages import accounts  # noqa: E402, F401
from tideover.messages.drafts import rows as drafted  # noqa: E402, F401
