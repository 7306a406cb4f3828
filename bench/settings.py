"""Settings for measuring: as production, but over plain http on this machine, and with a bare page to compare with."""

from glostrup_isms.settings.base import *  # noqa: F403

SECRET_KEY = "only-for-measuring-on-one-machine-" + "m" * 32
DEMO = False
TRUSTED_PROXIES = 1  # the clients stand for a proxy and spread their addresses
ROOT_URLCONF = "bench.urls"
