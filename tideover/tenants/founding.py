"""How an organization begins: with its first project and its owner. And who may begin one (TIDEOVER_SIGN_UP)."""

from __future__ import annotations

import hmac
import secrets
from base64 import b32encode
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils.text import slugify

from tideover.config import config
from tideover.tenants import audit
from tideover.tenants.models import NOT_LIVE_YET, Member, Organization, OrganizationErasure, Project, User
from tideover.tenants.roles import Role

CODE_BYTES: Final = 10


def has_no_organization() -> bool:
    """Whether whoever runs this server may make its first owner by `tideover init`."""
    return not Organization.objects.exists()


def is_empty() -> bool:
    """Whether this installation is nobody's yet: its first visitor with the set-up code becomes its owner.

    Not while people are left of an organization that is gone: the code would set the password of one of them. Nor once
    one was erased: whoever set that up knows the code, as do old logs.
    """
    owned_before = User.objects.exists() or OrganizationErasure.objects.exists()
    return has_no_organization() and not owned_before


def setup_code() -> str:
    """What the first visitor must know, as the server prints it: so that no stranger who finds the address is first.

    Made from the secret key, so that every process knows the same one; it opens nothing once there is an organization.
    """
    seal = hmac.digest(settings.SECRET_KEY.encode(), b"tideover.first-owner", "sha256")
    text = b32encode(seal[:CODE_BYTES]).decode()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def is_setup_code(typed: str) -> bool:
    """Whether it is, however its letters were written."""
    letters = "".join(filter(str.isalnum, typed)).upper()
    return hmac.compare_digest(letters.encode(), setup_code().replace("-", "").encode())


def anybody_may() -> bool:
    """Whether a stranger may sign up."""
    return config().sign_up == "open"


def members_may() -> bool:
    """Whether who has an account may begin another organization."""
    return config().sign_up in {"open", "invited"}


def found(name: str, owner: User, now: datetime) -> Organization:
    """A new organization, whose it is, and its first project. One that is called the same is another one."""
    with transaction.atomic():
        organization = Organization.objects.create(name=name, slug=_free_slug(name), created_at=now)
        Project.objects.create(
            organization=organization,
            name=name,
            slug=slugify(name)[:60] or "product",
            brand_name=name,
            created_at=now,
            **NOT_LIVE_YET,
        )
        Member.objects.create(organization=organization, user=owner, role=Role.OWNER)
        deed = audit.Deed(owner.email, "organization founded", owner.email, after={"name": name})
        audit.write(organization.pk, deed, now)
    return organization


def _free_slug(name: str) -> str:
    slug = slugify(name)[:50] or "merchant"
    return f"{slug}-{secrets.token_hex(4)}" if Organization.objects.filter(slug=slug).exists() else slug
