"""What somebody chose to be told of, and each notice that went to them, or is to."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tideover.ids import new_id
from tideover.tenants.models import Member, Organization, Project


class NoticeChoice(models.Model):
    """How often a member wants a kind of notice about a project; where there is none, as their role has it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12)  # notices.kinds.Kind
    pace = models.CharField(max_length=8)  # core.calendars.paces.Pace
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "project", "kind"], name="notice_chosen_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pace}"


class Notice(models.Model):
    """A mail to a member. It holds no words: what it says is read as it leaves, so that it is true then.

    about: what it tells of, once to each member; behind a blank, when somebody asked for it once more. since, until: of
    which time, where it sums one up. late_at: from then on it is told no more; none: as long as it is so.
    """

    class State(models.TextChoices):
        PLANNED = "planned"
        LEAVING = "leaving"  # it is handed over at this moment: what dies now is never sent again
        SENT = "sent"
        UNKNOWN = "unknown"  # whether it left, nobody knows
        REFUSED = "refused"  # no mail server takes it
        UNWANTED = "unwanted"  # there was nothing to tell, or they do not want to be told any more
        LATE = "late"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12)  # notices.kinds.Kind
    about = models.CharField(max_length=120)
    since = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField()
    late_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PLANNED)
    lease_until = models.DateTimeField(null=True, blank=True)  # until then a worker has it in hand
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "kind", "about"], name="notice_once"),
            models.CheckConstraint(
                condition=Q(state__in=["planned", "leaving", "sent", "unknown", "refused", "unwanted", "late"]),
                name="notice_state_known",
            ),
            models.CheckConstraint(
                condition=Q(settled_at=None, state__in=["planned", "leaving"])
                | Q(settled_at__isnull=False, state__in=["sent", "unknown", "refused", "unwanted", "late"]),
                name="notice_settled_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(settled_at=None), name="notice_to_send"),
            models.Index(fields=["settled_at"], name="notice_by_end"),
            models.Index(fields=["project", "kind", "-until"], name="notice_by_span"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.about} {self.state}"

    @property
    def what(self) -> str:
        """What it tells of, also where it was asked for once more."""
        return self.about.partition(" ")[0]
