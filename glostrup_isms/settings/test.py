"""`make test`: in-memory mail and quick hashes; database and broker by environment as in production."""

import atexit
import os
import shutil
import tempfile
from datetime import timedelta

# Tests never touch ./data, and two test processes never share a folder.
_parent = os.environ.get("DATA_DIR") or tempfile.gettempdir()
os.makedirs(_parent, exist_ok=True)
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="portal-data-", dir=_parent)
atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)

from glostrup_isms.settings.base import *  # noqa: E402, F403
from glostrup_isms.settings.base import DATA_DIR, DATABASES, STORAGES  # noqa: E402

PUBLIC_SITE_TRUSTED_FOR = timedelta(0)
SECRET_KEY = "only-for-tests-" + "t" * 48
DEMO = True
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
BASE_URL = "http://testserver"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_TASK_ALWAYS_EAGER = True
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # a file, as in real use: WAL and locks hold
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
    # A test database need not survive a power cut; what must is tried on PostgreSQL in tests/faults.
    options = DATABASES["default"]["OPTIONS"]
    options["init_command"] = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
