"""Production: differences only. Refuses to start on a missing or weak value."""

from django.core.exceptions import ImproperlyConfigured

from glostrup_isms.settings.base import *  # noqa: F403
from glostrup_isms.settings.base import (
    ALLOWED_HOSTS,
    BASE_URL,
    DATABASES,
    DEMO,
    METRICS_TOKEN,
    REDIS_URL,
    SCIM_TOKEN,
    env,
)

SECRET_KEY = env("SECRET_KEY", default="")


def _refuse(when: bool, sentence: str) -> None:
    if when:
        raise ImproperlyConfigured(sentence)


_refuse(env.bool("DEBUG", default=False), "DEBUG must not be set in production.")
_refuse(len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 10, "SECRET_KEY must be at least 50 random characters.")
_refuse("change-me" in SECRET_KEY or "only-for" in SECRET_KEY, "SECRET_KEY must not be the one of an example.")
_refuse(DEMO, "DEMO must not be set in production: it opens accounts with known passwords.")
_refuse("*" in ALLOWED_HOSTS or not env("ALLOWED_HOSTS", default=""), "ALLOWED_HOSTS must name the hosts.")
_refuse(not DATABASES["default"]["ENGINE"].endswith("postgresql"), "DATABASE_URL must name a PostgreSQL database.")
_refuse(not REDIS_URL, "REDIS_URL must name the broker.")
_refuse(not env("EMAIL_URL", default=""), "EMAIL_URL must name the mail server.")
_refuse("@" not in GDPR_MAILBOX or GDPR_MAILBOX.endswith(".invalid"), "GDPR_MAILBOX must be the unit's shared mailbox.")
_refuse(not BASE_URL.startswith("https://"), "BASE_URL must be the https address that people use.")
_refuse(0 < len(METRICS_TOKEN) < 20, "METRICS_TOKEN must be at least 20 random characters, or not be set.")
_refuse(0 < len(SCIM_TOKEN) < 32, "SCIM_TOKEN must be at least 32 random characters, or not be set.")

REQUIRE_DURABLE_DATABASE = True
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
CSRF_TRUSTED_ORIGINS = [BASE_URL]
