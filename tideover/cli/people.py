"""People from the command line: who belongs to an organization, sign-in links, passwords."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from tideover.cli.start import fail, migrated, with_tables

if TYPE_CHECKING:
    from tideover.tenants.models import Member, Organization
    from tideover.tenants.roles import Role


def print_sign_in_link(email: str) -> int:
    """A link for this person, or for the first owner."""
    migrated()
    from tideover import clock  # noqa: PLC0415
    from tideover.config import public_address  # noqa: PLC0415
    from tideover.tenants.access import make_sign_in_link  # noqa: PLC0415
    from tideover.tenants.models import Member, User  # noqa: PLC0415
    from tideover.tenants.roles import Role  # noqa: PLC0415

    if email:
        user = User.objects.filter(email=email.lower(), is_active=True).first()
    else:
        owners = Member.objects.filter(role=Role.OWNER, user__is_active=True).select_related("user")
        owner = owners.order_by("id").first()
        user = owner.user if owner else None
    if user is None:
        fail(f"nobody signs in as {email or 'an owner'} yet", then="Connect an account first: tideover connect --help")
    typer.echo(f"{public_address()}/sign-in/{make_sign_in_link(user, clock.wall())}/")
    return 0


def set_password(email: str) -> int:
    """Ask for a password twice and keep its hash."""
    migrated()
    from django.contrib.auth.password_validation import validate_password  # noqa: PLC0415
    from django.core.exceptions import ValidationError  # noqa: PLC0415

    from tideover import clock  # noqa: PLC0415
    from tideover.tenants import audit  # noqa: PLC0415
    from tideover.tenants.access import end_sign_in_links  # noqa: PLC0415
    from tideover.tenants.models import User  # noqa: PLC0415

    user = User.objects.filter(email=email.lower()).first()
    if user is None:
        fail(f"nobody signs in as {email}", then="Who an account belongs to: tideover connect --email")
    chosen = typer.prompt("New password", hide_input=True, confirmation_prompt=True)
    try:
        validate_password(chosen, user)
    except ValidationError as weak:
        fail(" ".join(weak.messages))
    user.set_password(chosen)
    user.save(update_fields=["password"])
    end_sign_in_links(user, clock.wall())
    for organization in user.organizations.all():
        audit.write(organization.pk, audit.Deed("operator", "password set", user.email), clock.wall())
    typer.echo("Password set.")
    return 0


def end_second_factor(email: str) -> int:
    """For who has lost the app or the passkeys, and the recovery codes."""
    with_tables()
    from tideover import clock  # noqa: PLC0415
    from tideover.tenants import audit  # noqa: PLC0415
    from tideover.tenants.models import User  # noqa: PLC0415
    from tideover.tenants.second_factor import end_all  # noqa: PLC0415

    user = User.objects.filter(email=email.lower()).first()
    if user is None:
        fail(f"nobody signs in as {email}", then="Who does: tideover people list")
    end_all(user)
    for organization in user.organizations.all():
        audit.write(organization.pk, audit.Deed("operator", "second factor off", user.email), clock.wall())
    typer.echo(f"Signing in as {user.email} asks for no code any more.")
    return 0


def make_first_owner(email: str, name: str) -> int:
    """The owner and the organization of an installation that has none."""
    migrated()
    from django.core.exceptions import ValidationError  # noqa: PLC0415
    from django.core.validators import validate_email  # noqa: PLC0415

    from tideover import clock  # noqa: PLC0415
    from tideover.tenants.founding import found, has_no_organization  # noqa: PLC0415
    from tideover.tenants.models import User  # noqa: PLC0415

    if not has_no_organization():
        fail("this installation has an owner already", then="Others are invited: tideover people invite --help")
    try:
        validate_email(email)
    except ValidationError:
        fail(f"{email!r} is no email address")
    address = email.lower()
    person = User.objects.filter(email=address).first() or User.objects.create_user(address)
    found(name[:120], person, clock.wall())
    return print_sign_in_link(address)


def show_people(slug: str) -> int:
    """A line each."""
    organization = organization_named(slug)
    for member in organization.members.select_related("user").order_by("user__email"):
        typer.echo(f"{member.user.email:40}  {member.role}")
    for invitation in organization.invitations.order_by("email"):
        typer.echo(
            f"{invitation.email:40}  {invitation.role}, invited until {invitation.expires_at:%Y-%m-%d %H:%M} UTC"
        )
    return 0


def invite_to(email: str, role: str, slug: str) -> int:
    """The link is printed: whoever runs this machine hands it on."""
    organization, wanted = organization_named(slug), _role(role)
    from tideover import clock  # noqa: PLC0415
    from tideover.tenants.people import OPERATOR, NotPossible, invitation_link, invite  # noqa: PLC0415

    try:
        token = invite(organization, email, wanted, OPERATOR, clock.wall())
    except NotPossible as refused:
        fail(str(refused))
    typer.echo(invitation_link(token))
    return 0


def give(email: str, role: str, slug: str) -> int:
    """Another role."""
    organization, wanted = organization_named(slug), _role(role)
    from tideover import clock  # noqa: PLC0415
    from tideover.tenants.people import OPERATOR, NotPossible, give_role  # noqa: PLC0415

    try:
        give_role(member_of(organization, email), wanted, OPERATOR, clock.wall())
    except NotPossible as refused:
        fail(str(refused))
    typer.echo(f"{email.lower()} is {wanted.value} of {organization.name}.")
    return 0


def take_out(email: str, slug: str) -> int:
    """A member, or somebody who is invited."""
    organization = organization_named(slug)
    from tideover import clock  # noqa: PLC0415
    from tideover.tenants.people import OPERATOR, NotPossible, remove, withdraw  # noqa: PLC0415

    invitation = organization.invitations.filter(email=email.lower()).first()
    if invitation is not None:
        withdraw(invitation, OPERATOR, clock.wall())
        typer.echo(f"The invitation of {email.lower()} opens nothing any more.")
        return 0
    try:
        remove(member_of(organization, email), OPERATOR, clock.wall())
    except NotPossible as refused:
        fail(str(refused))
    typer.echo(f"{email.lower()} is no member of {organization.name} any more.")
    return 0


def organization_named(slug: str) -> Organization:
    """The one of this slug, or the only one."""
    with_tables()
    from tideover.tenants.ending import lasting, merchants  # noqa: PLC0415

    found = list(lasting().filter(slug=slug) if slug else merchants().order_by("slug"))
    if not found:
        fail(f"there is no organization {slug}".rstrip(), then="Connect an account first: tideover connect --help")
    if len(found) > 1:
        slugs = " | ".join(each.slug for each in found)
        fail("there are several organizations", then=f"Say which: --organization {slugs}")
    return found[0]


def _role(name: str) -> Role:
    from tideover.tenants.roles import Role  # noqa: PLC0415

    if name not in Role.values:
        fail(f"there is no role {name!r}", then=f"There are {', '.join(Role.values)}.")
    return Role(name)


def member_of(organization: Organization, email: str) -> Member:
    """Who has this address; ends the command where nobody of the organization does."""
    member = organization.members.filter(user__email=email.lower()).select_related("user").first()
    if member is None:
        fail(f"{email} is no member of {organization.name}", then="Who is: tideover people list")
    return member
