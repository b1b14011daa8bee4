"""The product's own settings in a home of their own: a test never reads or writes the checkout's .tideover folder."""

import atexit
import os
import shutil
import tempfile

from django.db import DataError
from django.db.models import CharField

if "TIDEOVER_TEST_HOME" not in os.environ:
    os.environ["TIDEOVER_TEST_HOME"] = tempfile.mkdtemp(prefix="tideover-test-")
    atexit.register(shutil.rmtree, os.environ["TIDEOVER_TEST_HOME"], ignore_errors=True)

for _name in [name for name in os.environ if name.startswith("TIDEOVER_") and not name.startswith("TIDEOVER_TEST_")]:
    if _name != "TIDEOVER_DATABASE_URL":
        del os.environ[_name]  # the developer's shell does not decide what a test sees
# Each of xdist's workers has a home of its own in that of the process that started them: where a server listens, or
# what was opted out of, is one home's, and two tests at once would find each other's.
os.environ["TIDEOVER_HOME"] = os.path.join(os.environ["TIDEOVER_TEST_HOME"], os.environ.get("PYTEST_XDIST_WORKER", ""))
os.makedirs(os.path.join(os.environ["TIDEOVER_HOME"], "static"), exist_ok=True)

from tideover.settings import *  # noqa: E402, F403 - after the environment is ours
from tideover.settings import CONFIG, DATABASES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # scrypt's slowness protects nobody here

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, so that each thread has a connection of its own, as in production. In memory all threads would share one,
    # and two that use it at once can stop the whole process: one holds Python's lock and waits for SQLite's, and the
    # other the other way round.
    DATABASES["default"]["TEST"] = {"NAME": CONFIG.home / "test.sqlite3"}

    # SQLite takes what is too long for its column, and PostgreSQL does not: the first of the two runs tells so already.
    _prepared = CharField.get_db_prep_save

    def _that_fits(field, value, connection):
        stored = _prepared(field, value, connection)
        if isinstance(stored, str) and field.max_length is not None and len(stored) > field.max_length:
            raise DataError(f"value too long for {field}, which holds {field.max_length} characters")
        return stored

    CharField.get_db_prep_save = _that_fits  # type: ignore[method-assign]
else:
    # A test's transaction is open for as long as the test takes, and a slow machine decides nothing.
    DATABASES["default"]["OPTIONS"]["options"] = "-c timezone=UTC"
