"""gunicorn: the same file in `make run` and in the container. Everything that differs comes from the environment."""

import gc
import os
import re

from gunicorn.glogging import Logger

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
wsgi_app = "glostrup_isms.wsgi:application"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
preload_app = True  # load once, then fork: quicker to start, and the workers share memory
timeout = 60  # seconds without a sign of life from a worker before it is replaced
graceful_timeout = 5  # seconds a stopping worker gets for the answers it is writing
keepalive = 5
max_requests = 5000  # a worker is renewed now and then, so that a small leak stays small
max_requests_jitter = 500
limit_request_line = 8190
control_socket_disable = True
# The address of the caller is read by the portal itself (TRUSTED_PROXIES), never by gunicorn; the scheme header
# is believed from the proxy in front, which overwrites it (deploy/nginx.conf).
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")


class MaskingLogger(Logger):
    """A calendar's address is a key to it: the line says that a calendar was read, not which."""

    def atoms(self, resp: object, req: object, environ: dict[str, str], request_time: object) -> dict[str, str]:
        found: dict[str, str] = super().atoms(resp, req, environ, request_time)
        return {**found, "U": re.sub("^(/aarshjul/kalender/).+", r"\1(skjult)", found["U"])}


logger_class = MaskingLogger
accesslog = os.environ.get("ACCESS_LOG") or None
access_log_format = '%(t)s "%(m)s %(U)s" %(s)s %(B)s %(M)sms'  # no address, no query: reports may be anonymous
errorlog = "-"
loglevel = os.environ.get("LOG_LEVEL", "warning")
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") and os.access("/dev/shm", os.W_OK) else None


def when_ready(server: object) -> None:
    """Loaded once and kept for good: nothing for the collector to go through again and again, nor for the workers to
    copy. A page makes some ten thousand short-lived objects, so look for cycles less often than every 700."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def post_fork(server: object, worker: object) -> None:
    """A forked worker opens its own database connections."""
    from django.db import connections

    connections.close_all()
