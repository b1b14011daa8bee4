"""Sign-in links and passwords from the command line."""

from __future__ import annotations

import typer

from tideover.cli.start import fail, migrated


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
