"""How often something may happen. Counted in the database, so that it holds while Redis is away.

Addresses and names are stored only as keyed digests. A daily job deletes the rows that are older than 29 hours, so
none stands for more than some two days.
"""

import hashlib
import hmac
import ipaddress
import math
import time
from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import connection, models
from django.db.models import F
from django.http import HttpRequest

LONGEST_WINDOW = timedelta(days=1)
SLICES = 6  # of the shortest window: the count slides in steps of a sixth


class RateCount(models.Model):
    """Hits of one key in one slice of time; `window_start` in seconds since 1970."""

    key_digest = models.CharField(max_length=64)
    window_start = models.BigIntegerField()
    count = models.IntegerField(default=0)

    class Meta:
        app_label = "kit"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["key_digest", "window_start"], name="rate_count_once")]
        indexes = [models.Index(fields=["window_start"], name="rate_count_age")]

    def __str__(self) -> str:
        return f"{self.count} since {self.window_start}"


class Rule(NamedTuple):
    """At most `limit` hits in any `window`. `Rule(5, timedelta(minutes=1))`."""

    limit: int
    window: timedelta


def keyed_digest(name: str, value: str) -> str:
    """Recognises a value without storing it: HMAC-SHA256 with SECRET_KEY."""
    text = f"{name}\0{value}".encode("utf-8", "surrogatepass")
    return hmac.new(settings.SECRET_KEY.encode(), text, hashlib.sha256).hexdigest()


def hit(name: str, value: str, *rules: tuple[int, timedelta]) -> int | None:
    """Count one hit of `value` under `name`. None when it is allowed, else the seconds to wait.

    A refused hit does not count, so waiting helps. Two queries (three when refused). Call it outside a transaction:
    a roll-back would take the count along. Raises ValueError for no rule or a window over a day.
    """
    checked = [Rule(*rule) for rule in rules]
    if not checked or max(rule.window for rule in checked) > LONGEST_WINDOW:
        raise ValueError("hit needs at least one rule, and no window over a day")
    now = time.time()
    slice_length = max(1, int(min(rule.window for rule in checked).total_seconds()) // SLICES)
    start = int(now) // slice_length * slice_length
    key = keyed_digest(name, value)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kit_ratecount (key_digest, window_start, count) VALUES (%s, %s, 1) "
            "ON CONFLICT (key_digest, window_start) DO UPDATE SET count = kit_ratecount.count + 1",
            [key, start],
        )
    longest = max(rule.window for rule in checked).total_seconds()
    counts = RateCount.objects.filter(key_digest=key, window_start__gt=int(now - longest) - slice_length, count__gt=0)
    slices = list(counts.order_by("-window_start").values_list("window_start", "count"))
    free_at = max(_free_at(slices, rule, now, slice_length) for rule in checked)
    if free_at <= now:
        return None
    RateCount.objects.filter(key_digest=key, window_start=start).update(count=F("count") - 1)
    return max(1, math.ceil(free_at - now))


def _free_at(slices: Iterable[tuple[int, int]], rule: Rule, now: float, slice_length: int) -> float:
    """When the newest hit fits the rule: at once, or when the slice that fills the window has left it."""
    total = 0
    for start, count in slices:
        leaves_at = start + slice_length + rule.window.total_seconds()
        if leaves_at <= now:
            break
        total += count
        if total > rule.limit:
            return leaves_at
    return now


def clear_out() -> int:
    """Delete counts older than the longest window; how many. Scheduled."""
    limit = time.time() - LONGEST_WINDOW.total_seconds() * 1.2
    return RateCount.objects.filter(window_start__lt=limit).delete()[0]


def client_address(request: HttpRequest) -> str:
    """The caller's address; an IPv6 caller owns a whole /64, so that is the unit.

    Each of the settings.TRUSTED_PROXIES in front appended the address it saw to X-Forwarded-For, so the caller is
    that many places from the right. What stands further left is the caller's own invention.
    """
    remote = request.META.get("REMOTE_ADDR", "")
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    trusted = settings.TRUSTED_PROXIES
    seen = forwarded[-trusted] if 0 < trusted <= len(forwarded) else ""
    return _group(seen) or _group(remote) or "ukendt"


def _group(text: str) -> str | None:
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return "::1" if address.is_loopback else str(ipaddress.IPv6Network((int(address) >> 64 << 64, 64)))
    return str(address)
