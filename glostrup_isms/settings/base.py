"""Settings shared by every way of running the portal. The law's numbers come first."""

from datetime import date, timedelta
from pathlib import Path

import environ

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parents[2]
DATA_DIR = Path(env("DATA_DIR", default=str(BASE_DIR / "data"))).resolve()

# ── The law's numbers ────────────────────────────────────────────────────────────────────────────
# (valid from, hours): the deadline in force on the day the municipality became aware.
# GDPR art. 33(1). A row is added, never changed, when the law changes.
AUTHORITY_DEADLINES = ((date(2018, 5, 25), timedelta(hours=72)),)
AUTHORITY_WARNINGS = (timedelta(hours=24), timedelta(hours=6), timedelta(0))  # hours left; own choice

# ── The municipality's own choices ───────────────────────────────────────────────────────────────
ACKNOWLEDGE_WITHIN = timedelta(hours=env.float("ACKNOWLEDGE_WITHIN_HOURS", default=2.0))
GDPR_MAILBOX = env("GDPR_MAILBOX", default="gdpr@example.invalid")
MUNICIPALITY = env("MUNICIPALITY", default="Glostrup Kommune")
ACCESSIBILITY_URL = env("ACCESSIBILITY_URL", default="")  # the statement made in WAS-Tool
OUTBOX_ALARM_AFTER = timedelta(minutes=10)
ANONYMOUS_REPORTS_PER_MINUTE = env.int("ANONYMOUS_REPORTS_PER_MINUTE", default=5)
ANONYMOUS_REPORTS_PER_HOUR = env.int("ANONYMOUS_REPORTS_PER_HOUR", default=60)
ANONYMOUS_FILES_PER_HOUR = env.int("ANONYMOUS_FILES_PER_HOUR", default=100)
ANONYMOUS_REPORTS_ALARM_PER_HOUR = 300
FOLLOW_UP_TRIES_PER_HOUR = 30
# How long a leader still sees somebody who has left one of her units, so that nothing of hers is left behind.
LEAVER_VISIBLE_FOR = timedelta(days=180)
# A sync that would close, end, move or empty more than this part of the people, units, appointments or mail addresses
# is refused unless somebody says that it is right.
SYNC_MOST_LOST = 0.2
# People whom SCIM may always close within 24 hours; of many people, SYNC_MOST_LOST of those who are here.
SCIM_MOST_CLOSED = 10
SYNC_MAX_BYTES = 100 * 1024 * 1024
# How long the lines of a sync that was never brought in are kept: they name people, and only their numbers are needed.
SYNC_UNUSED_KEPT_FOR = timedelta(days=30)
# How long before its day the yearly review of a document opens (P-56, P-80): a quarter, so that also a body that meets
# four times a year has it before it in time.
REVIEW_OPENS_BEFORE = timedelta(days=90)
# Websites that may show the policy in a frame, e.g. https://www.glostrup.dk.
EMBED_SITES = env.list("EMBED_SITES", default=[])
# How long a web process trusts what it drew of the public pages before it asks whether anything is new.
PUBLIC_SITE_TRUSTED_FOR = timedelta(seconds=1)
SCIM_TOKEN = env("SCIM_TOKEN", default="")  # empty: no SCIM endpoint
# Days without work besides weekends and public holidays, e.g. date(2026, 12, 24). They move no deadline of the law.
CLOSED_DAYS: tuple[date, ...] = ()
# Parts of every year in which no recurring duty is due: (first, last) as (month, day). July is for holidays.
CLOSED_PERIODS: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = (((7, 1), (7, 31)),)

# ── Uploads ──────────────────────────────────────────────────────────────────────────────────────
UPLOAD_MAX_BYTES = 25 * 1024 * 1024
UPLOAD_MAX_FILES = 10
UPLOAD_DIR = DATA_DIR / "files"
PDF_DIR = DATA_DIR / "pdf"  # made once, found by checksum; may be emptied at any time
CLAMD_ADDRESS = env("CLAMD_ADDRESS", default="")  # host:port; empty: no scanner
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024  # text that is too long must come back as a sentence, not as 400
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "glostrup_isms.kit.upload_handler.TempFolderHandler",
]

# ── Django ───────────────────────────────────────────────────────────────────────────────────────
DEBUG = False
BASE_URL = env("BASE_URL", default=f"http://{env('HOST', default='127.0.0.1')}:{env('PORT', default='8000')}").rstrip(
    "/"
)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)  # how many proxies in front may be believed
METRICS_TOKEN = env("METRICS_TOKEN", default="")  # empty: only callers on this machine, so none behind a proxy
DEMO = env.bool("DEMO", default=False)
ROOT_URLCONF = "glostrup_isms.urls"
WSGI_APPLICATION = "glostrup_isms.wsgi.application"
INSTALLED_APPS = [
    "glostrup_isms.kit",
    "roles",
    "duties",
    "meetings",
    "policy",
    "breaches",
    "glostrup_isms.home",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "guardian",
    "simple_history",
]
MIDDLEWARE = [
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "glostrup_isms.kit.middleware.HeadersMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",  # may answer by itself: the headers above go on that too
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "glostrup_isms.kit.middleware.SessionLimitMiddleware",
    "glostrup_isms.home.middleware.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "glostrup_isms.home.middleware.MethodMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "glostrup_isms.home.context.page",
            ],
            "builtins": ["glostrup_isms.kit.templatetags.pieces", "glostrup_isms.kit.templatetags.danish"],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"],
                )
            ],
        },
    }
]
FORM_RENDERER = "glostrup_isms.kit.widgets.Renderer"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CSRF_FAILURE_VIEW = "glostrup_isms.home.errors.csrf_failure"
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ("camera", "geolocation", "microphone", "payment", "usb", "display-capture")
}
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "manifest-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# ── Language and time ────────────────────────────────────────────────────────────────────────────
LANGUAGE_CODE = "da"
TIME_ZONE = "Europe/Copenhagen"
USE_TZ = True
USE_I18N = True  # Django's and allauth's own texts in Danish; ours are written in Danish
USE_THOUSAND_SEPARATOR = True

# ── Database: SQLite is the embedded default, PostgreSQL runs production ─────────────────────────
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{DATA_DIR}/portal.sqlite3")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"].setdefault("OPTIONS", {})["connect_timeout"] = 5

REQUIRE_DURABLE_DATABASE = False  # production: acknowledged means flushed to disk

# The cache lives in the database: rate limits must hold, and sign-in work, while Redis is away.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache_entries"}}

# ── Celery: Redis in production, a folder in the embedded default ────────────────────────────────
REDIS_URL = env("REDIS_URL", default="")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_TASK_ACKS_LATE = False  # every job is a sweep over due rows: the next sweep takes what was lost
CELERY_TASK_SOFT_TIME_LIMIT = 60 * 10
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_MAX_TASKS_PER_CHILD = 2000
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "scheduler")
CELERY_BEAT_SCHEDULER = "glostrup_isms.kit.scheduler:CatchUpScheduler"
CELERY_RESULT_EXPIRES = None  # no result is kept, so Celery needs no job of its own to remove old ones
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {
        "socket_connect_timeout": 1,
        "socket_timeout": 5,
        "visibility_timeout": 3600,
    }
else:
    BROKER_DIR = DATA_DIR / "broker"
    CELERY_BROKER_URL = "filesystem://localhost//"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "control_folder": str(BROKER_DIR / "control"),
        "processed_folder": str(BROKER_DIR / "processed"),
        "store_processed": False,
    }

# ── Mail ─────────────────────────────────────────────────────────────────────────────────────────
vars().update(env.email("EMAIL_URL", default="consolemail://"))
EMAIL_TIMEOUT = 8  # seconds for each answer of the mail server
EMAIL_SEND_LIMIT = 25  # seconds for one message in all: a hanging or slow server may block nobody for 30 s
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Informationssikkerhed <isms@example.invalid>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# ── People ───────────────────────────────────────────────────────────────────────────────────────
AUTH_USER_MODEL = "roles.User"
AUTHENTICATION_BACKENDS = ["glostrup_isms.kit.auth.PermissionBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
SESSION_ENGINE = "glostrup_isms.kit.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 12  # absolute; the idle limit is in kit.middleware
SESSION_IDLE_LIMIT = timedelta(minutes=30)
CSRF_COOKIE_HTTPONLY = False
GUARDIAN_MONKEY_PATCH_USER = False
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]  # kit.auth asks guardian itself, so that one call answers every question
ANONYMOUS_USER_NAME = None
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_ADAPTER = "roles.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "roles.forms.accounts.LoginForm",
    "change_password": "roles.forms.accounts.ChangePasswordForm",
    "set_password": "roles.forms.accounts.SetPasswordForm",
    "reauthenticate": "roles.forms.accounts.ReauthenticateForm",
}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
# One office leaves by one address at eight o'clock, so signing in is not limited tightly; failing is.
ACCOUNT_RATE_LIMITS = {"login": "300/m/ip", "login_failed": "10/5m/key,100/h/ip"}
ACCOUNT_USER_DISPLAY = "roles.adapter.display_name"

# ── Static files ─────────────────────────────────────────────────────────────────────────────────
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "build" / "static"
STATICFILES_DIRS = [BASE_DIR / "static", BASE_DIR / "build" / "vendor"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# ── Logs: one line each, CPR numbers masked ──────────────────────────────────────────────────────
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"mask_cpr": {"()": "glostrup_isms.kit.cpr.MaskingFilter"}},
    "formatters": {
        "line": {
            "()": "glostrup_isms.kit.cpr.MaskingFormatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["mask_cpr"]}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"celery": {"level": "WARNING"}, "django.security.csrf": {"level": "WARNING"}},
}

from glostrup_isms.schedule import BEAT_SCHEDULE as CELERY_BEAT_SCHEDULE  # noqa: E402, F401
from glostrup_isms.schedule import JOBS  # noqa: E402, F401
