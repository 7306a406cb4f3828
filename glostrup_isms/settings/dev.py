"""`make run`: the embedded default with the demo municipality."""

from glostrup_isms.settings.base import *  # noqa: F403
from glostrup_isms.settings.base import DATA_DIR, env

DEMO = env.bool("DEMO", default=True)
SECRET_KEY = env("SECRET_KEY", default="only-for-the-demo-on-one-machine-" + "x" * 32)
if not env("EMAIL_URL", default=""):  # mails are written to files, so that nothing leaves the machine
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(DATA_DIR / "mail")
