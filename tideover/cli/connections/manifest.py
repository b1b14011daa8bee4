"""`tideover app-manifest`: the stripe-app.json of a Stripe App of one's own, made of the one table of permissions."""

from __future__ import annotations

import json

import typer

from tideover.cli.start import awake, fail

MODES = ("observe", "act")


def show_manifest(mode: str) -> int:
    """Print it."""
    if mode not in MODES:
        fail(f"--mode is {mode!r}; it is observe (reads) or act (also writes).")
    awake()
    from django.urls import reverse  # noqa: PLC0415

    from tideover.config import public_address  # noqa: PLC0415
    from tideover.gateways.app import manifest  # noqa: PLC0415

    made = manifest(
        address=public_address(),
        callback=reverse("dashboard:connect-installed"),
        home=reverse("dashboard:connections"),
        act=mode == "act",
    )
    typer.echo(json.dumps(made, indent=2))
    return 0
