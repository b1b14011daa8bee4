"""Makes the product's tables and prints the token of a fresh connection: `python -m bench.hook SECRET`."""

from __future__ import annotations

import os
import sys


def main(secret: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tideover.settings")
    import django  # noqa: PLC0415 - Django wakes up where it is needed

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from tideover import clock  # noqa: PLC0415
    from tideover.tenants.models import Connection, Organization, Project  # noqa: PLC0415

    call_command("migrate", verbosity=0, interactive=False)
    now = clock.now()
    organization = Organization.objects.create(name="Bench", slug="bench", created_at=now)
    project = Project.objects.create(
        organization=organization, name="Bench", slug="bench", brand_name="Bench", created_at=now
    )
    connection = Connection.objects.create(
        organization=organization,
        project=project,
        account_id="acct_bench",
        livemode=False,
        api_key="rk_test_bench",
        webhook_secret=secret,
        created_at=now,
    )
    print(connection.hook_token)


if __name__ == "__main__":
    main(sys.argv[1])
