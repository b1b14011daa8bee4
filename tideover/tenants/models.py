"""Organizations, their projects and people, and the Stripe accounts they connected."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Final

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from tideover.columns import Words
from tideover.gateways.kinds import Kind
from tideover.ids import new_id
from tideover.tenants.chosen import Chosen
from tideover.tenants.credential import Credential
from tideover.tenants.roles import OLDER_NAMES, Permission, Role, permissions_of
from tideover.tenants.secrets import SecretField
from tideover.tenants.ways_in import Passkey, RecoveryCode, SecondFactor, SignedIn, SignInLink  # noqa: F401 - Django finds tables here


def new_token() -> str:
    """An unguessable word for a URL: 128 bits and more."""
    return secrets.token_urlsafe(24)


class Organization(models.Model):
    """A merchant. Every row of every other table belongs to one."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    created_at = models.DateTimeField()
    is_demo = models.BooleanField(default=False)
    stopped_at = models.DateTimeField(null=True, blank=True)  # nothing is charged or sent while set
    ended_at = models.DateTimeField(null=True, blank=True)  # it is being erased since then: tenants/ending.py
    is_sample = models.BooleanField(default=False, db_default=False)  # invented, to be looked at: upkeep/sample/

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_sample=False) | models.Q(stopped_at__isnull=False), name="sample_is_stopped"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Project(Chosen):
    """A product of the merchant, with its own brand and rules."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="projects")
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60)
    brand_name = models.CharField(max_length=120)
    brand_color = models.CharField(max_length=7, default="#00D4AA")
    sender_email = models.EmailField(blank=True)
    logo_digest = models.CharField(max_length=64, blank=True, default="", db_default="")  # of its Logo; empty: none
    # Whether other methods of a customer are charged after the one that failed; and that contracts cover it.
    backup_methods = models.BooleanField(default=False, db_default=False)
    backup_by_contract = models.BooleanField(default=False, db_default=False)
    recovery_enabled = models.BooleanField(default=True)
    recovery_turned_at = models.DateTimeField(null=True, blank=True)  # when it was last turned on or off; null: never
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "slug"], name="project_slug_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def off_since(self) -> datetime | None:
        """Since when nothing is charged or sent, as the project is not live; None where it is."""
        return None if self.recovery_enabled else self.recovery_turned_at or self.created_at

    def live_since(self, now: datetime) -> datetime | None:
        """From when on steps are done: what came due before is not made up for. None where it was never off."""
        return self.recovery_turned_at if self.recovery_enabled else now


# How a project begins that somebody makes: it watches, and charges and sends nothing before it goes live.
NOT_LIVE_YET: Final[Mapping[str, Any]] = {"recovery_enabled": False}


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, name: str = "") -> User:
        """A person with an address and, unless sign-in links are enough, a password."""
        user = self.model(email=self.normalize_email(email).lower(), name=name)
        user.set_password(password) if password else user.set_unusable_password()
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who signs in. What they may see is said by their memberships."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    organizations = models.ManyToManyField(Organization, through="Member", related_name="people")

    USERNAME_FIELD = "email"
    objects: ClassVar[UserManager] = UserManager()

    def __str__(self) -> str:
        return self.email


class Member(models.Model):
    """A person's place in an organization."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.SUPPORT)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "user"], name="member_once"),
            models.CheckConstraint(condition=models.Q(role__in=[*Role.values, *OLDER_NAMES]), name="member_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.organization}"

    @property
    def permissions(self) -> frozenset[Permission]:
        """What this person may do here."""
        return permissions_of(self.role)


class Invitation(models.Model):
    """A place that is offered to an address; only the hash of its token is kept. Taken or withdrawn it is gone."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=Role.choices)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.CharField(max_length=254)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "email"], name="invited_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="invitation_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.organization}"


class Connection(Credential):
    """A Stripe account we may read (observe) or also write to (act), with its keys."""

    class Mode(models.TextChoices):
        OBSERVE = "observe"
        ACT = "act"

    class State(models.TextChoices):
        ACTIVE = "active"
        DISCONNECTED = "disconnected"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="connections")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="connections")
    account_id = models.CharField(max_length=255)
    account_name = Words(max_length=120, blank=True)
    livemode = models.BooleanField()
    mode = models.CharField(max_length=8, choices=Mode.choices, default=Mode.OBSERVE)
    state = models.CharField(max_length=14, choices=State.choices, default=State.ACTIVE)
    api_base = models.URLField(blank=True)  # empty: Stripe itself
    publishable_key = models.CharField(max_length=255, blank=True)  # public by nature: it stands in every pay page
    webhook_endpoint_id = models.CharField(max_length=255, blank=True)
    # Where the endpoint led when we last saw to it; empty: not known.
    webhook_url = models.CharField(max_length=600, blank=True, default="", db_default="")
    webhook_secret = SecretField(blank=True)
    webhook_secret_previous = SecretField(blank=True)  # still accepted while a secret is rolled, up to:
    webhook_secret_previous_until = models.DateTimeField(null=True, blank=True)
    # In observe mode: whether our endpoint may be made and changed all the same, and nothing else.
    own_endpoint = models.BooleanField(default=False, db_default=False)
    hook_token = models.CharField(max_length=64, unique=True, default=new_token)
    # Whether customers of a test account are written to; of no meaning for a live one.
    test_mail = models.BooleanField(default=False, db_default=False)
    # Whether some of its customers have others who read for them.
    has_recipients = models.BooleanField(default=False, db_default=False)
    # Whether it takes part where its project tells of cards that end (chosen.Chosen.card_alerts).
    card_alerts = models.BooleanField(default=True, db_default=True)
    created_at = models.DateTimeField()
    disconnected_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)  # all that we held at Stripe was given back, or given up
    left_undone = models.TextField(blank=True, default="", db_default="")  # what could not be: a sentence a line
    connected_at = models.DateTimeField(null=True, blank=True)  # when it was connected again; null: at created_at
    events_seen_to = models.DateTimeField(null=True, blank=True)  # catch-up has read Stripe's list up to here
    swept_at = models.DateTimeField(null=True, blank=True)  # when all open invoices were last looked through
    quarantined_at = models.DateTimeField(null=True, blank=True)  # restored from a backup, and not yet held to Stripe
    stopped_at = models.DateTimeField(null=True, blank=True)  # nothing is charged or sent for this account while set

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "account_id", "livemode"], name="connection_once"),
            # Connected twice, each of its invoices would be charged and written about twice.
            models.UniqueConstraint(
                fields=["account_id", "livemode"], condition=models.Q(state="active"), name="account_connected_once"
            ),
            models.CheckConstraint(condition=models.Q(mode__in=["observe", "act"]), name="connection_mode_known"),
            models.CheckConstraint(
                condition=models.Q(state__in=["active", "disconnected"]), name="connection_state_known"
            ),
            models.CheckConstraint(condition=models.Q(kind__in=[*Kind]), name="connection_kind_known"),
        ]
        indexes = [models.Index(fields=["account_id", "livemode"], name="connection_by_account")]

    def __str__(self) -> str:
        return f"{self.account_name or self.account_id} ({self.mode})"

    @property
    def since(self) -> datetime:
        """From when on this account's failures are ours: what failed before is an old debt, or in its Backlog."""
        return self.connected_at or self.created_at

    @property
    def may_write(self) -> bool:
        """Whether this account may be charged and changed, as opposed to read."""
        return self.mode == self.Mode.ACT and self.state == self.State.ACTIVE

    @property
    def may_make_endpoint(self) -> bool:
        """Whether our webhook endpoint may be made and changed in this account."""
        may = self.may_write or (self.own_endpoint and self.state == self.State.ACTIVE)
        return may and self.can.makes_endpoint


class OlderSeals(models.Model):
    """Processes of a version before the envelopes may run, or what they sealed is still there: one row, or none.

    A new installation has none. `tideover reseal` takes it away once all is an envelope (tenants/secrets.py).
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    envelopes_since = models.DateTimeField(null=True, blank=True)  # when somebody said that no older process runs

    def __str__(self) -> str:
        return f"envelopes since {self.envelopes_since}"


class AuditEntry(models.Model):
    """One thing that was done, by whom and what it changed; chained to the entry before it (tenants/audit.py)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveBigIntegerField()  # 1, 2, 3 … within the organization, without a gap
    subject = models.CharField(max_length=120)  # the deed itself, such as `charge:<action>`: recorded once
    at = models.DateTimeField()
    who = models.CharField(max_length=254)  # a person's address, `customer`, `stripe`, `operator` or `tideover`
    what = models.CharField(max_length=60)
    about = models.CharField(max_length=120, blank=True)
    before: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    after: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="audit_number_once"),
            models.UniqueConstraint(fields=["organization", "subject"], name="audit_subject_once"),
        ]
        indexes = [
            models.Index(fields=["organization", "-at"], name="audit_by_time"),
            models.Index(fields=["organization", "what", "-number"], name="audit_by_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.what}"


class Erased(models.Model):
    """An id or address of an erased customer, known again by its keyed hash, so that nothing of them is kept anew."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    hash = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "hash"], name="erased_once")]

    def __str__(self) -> str:
        return self.hash[:8]


class Erasure(models.Model):
    """That a customer is to be erased, or was: who asked for it, and what became of it. It names nobody."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    by = Words(max_length=254)  # a person's address, or `operator`
    at = models.DateTimeField()
    words = SecretField(blank=True)  # what stands for the customer, as JSON, until nothing is left to look for
    done_at = models.DateTimeField(null=True, blank=True)
    read_to = models.UUIDField(null=True, blank=True)  # of the events, which are looked through last
    cases = models.PositiveIntegerField(default=0)
    messages = models.PositiveIntegerField(default=0)
    events = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-at"], name="erasure_by_time"),
            models.Index(fields=["at"], condition=models.Q(done_at=None), name="erasure_to_do"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {'done' if self.done_at else 'under way'}"


class OrganizationErasure(models.Model):
    """That an organization is being erased, or was. It outlives it, and names nobody: logs call it by the same id."""

    class By(models.TextChoices):
        OWNER = "owner"
        OPERATOR = "operator"
        RESTORE = "restore"  # out of a backup from before it was erased

    organization_id = models.UUIDField(primary_key=True)
    by = models.CharField(max_length=8, choices=By.choices)
    by_hash = models.CharField(max_length=64, blank=True)  # of the owner's address, keyed: to be held against a claim
    at = models.DateTimeField()
    tell = SecretField(blank=True)  # its owners' addresses and what it was called, as JSON, until they are told
    rows = models.PositiveBigIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"erasure of {self.organization_id}"


from tideover.tenants import kept_apart  # noqa: E402, F401 - more of this room's rows: Django finds them from here
