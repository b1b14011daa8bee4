"""The model a project's texts are drafted by, and each draft with what was thought of it."""

from __future__ import annotations

from typing import Any, Final

from django.db import models

from tideover.columns import Words
from tideover.core.catalogue import Channel, Template
from tideover.flow.models import Breaker
from tideover.gateways.drafting.drafter import Provider
from tideover.ids import new_id, public
from tideover.messages.own.content import Content, from_json
from tideover.messages.own.rows import Which
from tideover.tenants.models import Organization, Project
from tideover.tenants.secrets import SecretField

TOKENS_A_DAY: Final = 200_000


class DraftAccount(Breaker):
    """A project's language model: where it stands, what lets us in, and what the merchant tells it of themselves."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="draft_account")
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    provider = models.CharField(max_length=10)
    address = models.CharField(max_length=300)
    model = models.CharField(max_length=100)
    secret = SecretField(blank=True)  # a model in our own network may ask for none
    words = Words(max_length=500, blank=True)  # what they sell and how they speak
    set_at = models.DateTimeField()
    # Since when cases that begin are written to in drafts that nobody has read; none: a person approves each draft.
    at_send_since = models.DateTimeField(null=True, blank=True)
    # So many are told and answered within 24 hours before no more is asked for at send time.
    tokens_a_day = models.PositiveIntegerField(default=TOKENS_A_DAY, db_default=TOKENS_A_DAY)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(provider__in=sorted(map(str, Provider))), name="draft_provider_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.model} of {self.project_id}"

    @property
    def key_is_kept(self) -> bool:
        """Whether there is one, without opening it."""
        return bool(self.__dict__.get("secret"))


class Draft(models.Model):
    """What a model said when it was asked for a text. The same question has one draft: `asked` is its hash."""

    class State(models.TextChoices):
        ASKED = "asked"  # a model is being asked, and nothing was answered yet
        PROPOSED = "proposed"  # it may be used
        REFUSED = "refused"  # what was said each time may not; `objections` are those of the last
        USED = "used"  # it became a version
        DISCARDED = "discarded"  # somebody wants it no more, and ours in its place

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    template = models.CharField(max_length=20)
    channel = models.CharField(max_length=8)
    language = models.CharField(max_length=12)
    tone = models.CharField(max_length=12)
    psychology = models.BooleanField(default=False)
    # Of a message of the sequence: which it is, from 1, and what can end its failure. Of others 0 and empty.
    step = models.PositiveSmallIntegerField(default=0, db_default=0)
    heals = models.CharField(max_length=12, blank=True, default="", db_default="")
    asked = models.CharField(max_length=64)
    model = models.CharField(max_length=100)
    content: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices)
    objections: models.JSONField[list[dict[str, str]], list[dict[str, str]]] = models.JSONField(default=list)
    times = models.PositiveIntegerField()  # how often it was asked for
    tokens_in = models.PositiveIntegerField()
    tokens_out = models.PositiveIntegerField()
    made_by = Words(max_length=254, blank=True)  # empty: nobody, it was asked for at send time
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "asked"], name="draft_asked_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=["asked", "proposed", "refused", "used", "discarded"]),
                name="draft_state_known",
            ),
        ]
        indexes = [models.Index(fields=["project", "-made_at"], name="draft_by_time")]

    def __str__(self) -> str:
        return f"{self.public_id} {self.state}"

    @property
    def public_id(self) -> str:
        return public("draft", self.id)

    @property
    def which(self) -> Which:
        """The text that it is a draft of."""
        return Which(Template(self.template), Channel(self.channel), self.language)

    @property
    def text(self) -> Content:
        return from_json(self.content)
