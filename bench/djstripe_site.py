"""A site that is nothing but dj-stripe's webhook, told to store and not to process. Runs in a virtualenv of its own.

`python -m bench.djstripe_site SECRET` makes its tables and prints the path of an endpoint. Its database is the URL in
BENCH_DATABASE_URL, with the same promises as the product's: WAL and FULL on SQLite.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import dj_database_url

DATABASES: dict[str, Any] = {"default": dj_database_url.parse(os.environ["BENCH_DATABASE_URL"], conn_max_age=600)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "djstripe"]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "bench.djstripe_urls"
SECRET_KEY = "only-for-the-bench"  # noqa: S105 - it signs nothing
ALLOWED_HOSTS = ["127.0.0.1"]
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STRIPE_TEST_SECRET_KEY = "sk_test_bench"  # noqa: S105 - nothing is asked of Stripe
STRIPE_LIVE_MODE = False
DJSTRIPE_FOREIGN_KEY_TO_FIELD = "id"


def only_store(*_: object, **__: object) -> None:
    """What dj-stripe calls instead of processing an event."""


DJSTRIPE_WEBHOOK_EVENT_CALLBACK = only_store


def main(secret: str) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.djstripe_site"
    import django  # noqa: PLC0415 - Django wakes up where it is needed

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415
    from djstripe.models import WebhookEndpoint  # noqa: PLC0415

    call_command("migrate", verbosity=0, interactive=False)
    endpoint = WebhookEndpoint.objects.create(
        id="we_bench", secret=secret, url="http://127.0.0.1/", status="enabled", livemode=False, enabled_events=["*"]
    )
    print(f"/stripe/webhook/{endpoint.djstripe_uuid}/")


if __name__ == "__main__":
    main(sys.argv[1])
