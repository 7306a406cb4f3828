"""What the portal asks for: the names of every form field, filter and parameter, and the addresses, found in the code,
so that a new page is attacked without anybody adding it here; and who asks."""

import os
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from django import forms
from django.urls import URLPattern, URLResolver, get_resolver

from glostrup_isms.kit.tables import Table

ROOT = Path(__file__).resolve().parents[1]
CODE = ("roles", "duties", "meetings", "policy", "breaches", "glostrup_isms")
READ = re.compile(r"""(?:GET|POST|data)(?:\.getlist|\.get)?[\[(]["'](\w+)["']""")
DRAWN = re.compile(r"""name="(\w+)\"""")

ON_POSTGRESQL = os.environ.get("DATABASE_URL", "").startswith("postgres")
ONE_OF_EACH = ("anonymous", "employee", "leader", "gdpr_unit", "administrator", "teacher")


def swept_by(everybody: Sequence[Any], some: Sequence[Any] = ONE_OF_EACH) -> list[Any]:
    """Who makes a sweep over the whole portal: everybody on PostgreSQL, which production runs on; one of each kind on
    SQLite, where the same code asks."""
    return [one for one in everybody if ON_POSTGRESQL or one in some]


def below(kind: type) -> Iterator[type]:
    for one in kind.__subclasses__():
        yield one
        yield from below(one)


@cache
def names() -> tuple[str, ...]:
    """Every name that some page reads."""
    get_resolver().url_patterns  # noqa: B018  brings every view, and so every form and table
    found = {name for form in below(forms.BaseForm) for name in getattr(form, "base_fields", {})}
    for table in below(Table):
        keys = [one.key for one in table.filters]
        found |= {*keys, *(f"{key}_{end}" for key in keys for end in ("fra", "til"))}
    for folder in CODE:
        for module in (ROOT / folder).rglob("*.py"):
            found |= set(READ.findall(module.read_text()))
    for template in (ROOT / "templates").rglob("*.html"):
        found |= set(DRAWN.findall(template.read_text()))
    return tuple(sorted(found))


def patterns(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """(name, pattern) of every address."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern, prefix + (f"{pattern.namespace}:" if pattern.namespace else ""))
        elif isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name}", pattern
