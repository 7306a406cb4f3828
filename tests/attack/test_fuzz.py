"""Whatever is sent to whatever address by whomever: no 5xx, no trace in the answer, nothing slow.

About 900 requests in the ordinary run on PostgreSQL, 300 on SQLite; `FUZZ_REQUESTS=100000 pytest
tests/attack/test_fuzz.py` is the full one.
"""

import io
import os
import re
import time
from random import Random
from urllib.parse import quote, urlencode

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests import asked
from tests.access_matrix import PAGES
from tests.access_objects import make_objects
from tests.factories import WholeTown, make_whole_town

pytestmark = pytest.mark.django_db
REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "900" if asked.ON_POSTGRESQL else "300"))
IS_FULL_RUN = "FUZZ_REQUESTS" in os.environ  # only then is time measured, on a machine that does nothing else
ROLES = ("anonymous", "employee", "leader", "gdpr_unit", "administrator", "provider")
SCIM_TOKEN = "t" * 40  # with which the provider comes
ODD = [
    "", "0", "-1", "1", "9" * 30, "1e309", "NaN", "\x00", "a\x00b", "\ud800", "\udfff\ud800", "\u202e", "\ufeff", "æøå",
    "𝔘𝔫𝔦", "' OR 1=1 --", '"><script>alert(1)</script>', "{{7*7}}", "{% now %}", "%s%n", "../../etc/passwd", "=1+1",
    "true", "null", "[]", "[1", "2026-02-30", "2026-03-29", "0001-01-01", "9999-12-31", "02:30", "24:00", "25:61",
    "99999999-9999-9999-9999-999999999999", "00000000-0000-4000-8000-000000000000", "A" * 5000, "1" * 100, "\r\nX: y",
    "\x1b[31m", "٢٠٢٦-٠٠٠١", "-0", "0x10", "1_000", " 1 ", "١", "1:x", "a:b:c", "kanari" * 40,
]  # fmt: skip
NAMES = [*asked.names(), "_connector", "unit__name", "order_by", "login", "next", "pk", "filter", "startIndex", "count",
         "attributes", "excludedAttributes"]  # fmt: skip
TYPES = [
    "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=x", "application/json",
    "text/plain", "", "application/x-www-form-urlencoded; charset=utf-16", "multipart/form-data; boundary=" + "b" * 300,
    "application/x-www-form-urlencoded; charset=findesikke", "image/png; =", "multipart/mixed; boundary=x",
    "application/scim+json",
]  # fmt: skip
BODIES = [
    b"", b"\x00", b"\xff\xfe\x00", b"--x", b"--x\r\n\r\n--x--", b"a=%ED%A0%80&b=%00&c=%ff", b"%", b"&&&==&",
    b"[" * 5000,
    b'--x\r\nContent-Disposition: form-data; name="files"; filename="../../a.txt"\r\n\r\nabc\r\n--x--\r\n',

       b'--x\r\nContent-Disposition: form-data; name="text\x00"\r\nContent-Transfer-Encoding: base64\r\n\r\n!\r\n--x--\r\n',  # noqa: E501
    b'--x\r\nContent-Disposition: form-data; name="files"; filename="a\x00.pdf"\r\n\r\n%PDF-1.4\r\n--x--\r\n',
    b'--x\r\nContent-Disposition: form-data; name="files"; filename*=utf-8\'\'%ED%A0%80.txt\r\n\r\nabc\r\n--x--\r\n',
    b'--x\r\nContent-Disposition: form-data\r\n\r\nabc\r\n--x--\r\n', b'{"a":' * 2000,
    b'{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "a\\u0000b", "active": "ja"}',
    b'{"userName": {"a": []}, "emails": {}, "displayName": "\\ud800", "members": [1, null, {"value": "x"}]}',
    b'{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "add", "path": "["}]}',
]  # fmt: skip
HEADERS = {
    "HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "liste-brud", "HTTP_HX_CURRENT_URL": "http://[",
    "HTTP_RANGE": "bytes=9-1",
    "HTTP_X_FORWARDED_FOR": "\x00,::1%eth0,[", "HTTP_ACCEPT_LANGUAGE": "x" * 900, "HTTP_IF_MODIFIED_SINCE": "i går",
    "HTTP_AUTHORIZATION": "Bearer \xe6", "HTTP_COOKIE": 'sessionid="\\000aaaaaaaaaaaa"; csrftoken=\x00',
    "HTTP_HX_TRIGGER": "%ED%A0%80", "HTTP_HX_TRIGGER_URI_AUTOENCODED": "true", "HTTP_REFERER": "http://[::1",
    "HTTP_ORIGIN": "null", "HTTP_IF_NONE_MATCH": '"\x00', "HTTP_CONTENT_ENCODING": "gzip", "CONTENT_LENGTH": "-5",
}  # fmt: skip
KEYS = re.compile(r"\d{4}-\d{4}|[a-z]{3}-\d{3}|[0-9a-f-]{36}|(?<=/)\d+(?=/|$)")  # in an address
LEAKS = re.compile(
    rb"Traceback|site-packages|psycopg|sqlite3|OperationalError|SELECT .{1,40} FROM|/home/|Django Version"
)

texts = st.one_of(
    st.sampled_from(ODD),
    st.text(st.characters(exclude_categories=()), max_size=60),
    st.integers(-(10**40), 10**40).map(str),
    st.dates().map(str),
)
pairs = st.lists(st.tuples(st.one_of(st.sampled_from(NAMES), texts), texts), max_size=12)


def escaped(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"))


def encoded(some: list[tuple[str, str]]) -> str:
    return urlencode([(k.encode("utf-8", "surrogatepass"), v.encode("utf-8", "surrogatepass")) for k, v in some])


class Target:
    """The portal with one of every object, and each role's client."""

    def __init__(self, town: WholeTown) -> None:
        objects = make_objects(town)
        self.paths = [page.path.format(**objects["own"]) for page in PAGES]
        self.clients = {role: Client(raise_request_exception=False) for role in ROLES}
        self.clients["provider"].defaults["HTTP_AUTHORIZATION"] = f"Bearer {SCIM_TOKEN}"
        for role in ROLES:
            if role in town.holders:
                self.clients[role].force_login(town.holders[role])
        self.cookies = {role: dict(client.cookies) for role, client in self.clients.items()}
        self.wrong: list[str] = []
        self.count = 0

    def ask(self, role: str, method: str, address: str, body: object = b"", kind: str = "", **extra: str) -> None:
        client = self.clients[role]
        client.cookies.clear()
        client.cookies.update(self.cookies[role])
        started = time.monotonic()
        with transaction.atomic():
            response = client.generic(method, address, body, content_type=kind, **extra)
            content = b"".join(response) if response.streaming else response.content
            transaction.set_rollback(True)
        self.count += 1
        what = f"{role} {method} {address[:200]!r} {kind!r} {body[:200]!r} {sorted(extra)}: {response.status_code}"
        is_not_offered = response.status_code == 501 and "/scim/" in address  # RFC 7644 §3.12
        if response.status_code >= 500 and "readyz" not in address and not is_not_offered:
            self.wrong.append(what)
        if response.status_code >= 400 and LEAKS.search(content):
            self.wrong.append(f"leaks: {what}")
        if IS_FULL_RUN and time.monotonic() - started > 5:
            self.wrong.append(f"slow: {what}")


@pytest.fixture
def target(settings: object) -> Target:
    settings.SCIM_TOKEN = SCIM_TOKEN  # type: ignore[attr-defined]
    cache.clear()
    return Target(make_whole_town())


def test_every_address_survives_odd_forms(target: Target) -> None:
    @seed(20261124)
    @settings(
        max_examples=REQUESTS // 3,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        role=st.sampled_from(ROLES),
        method=st.sampled_from(["GET", "POST", "POST", "POST", "PUT", "PATCH", "HEAD"]),
        path=st.sampled_from(target.paths),
        query=pairs,
        form=pairs,
        kind=st.sampled_from([TYPES[0]] * 6 + TYPES),
    )
    def attack(role, method, path, query, form, kind):  # type: ignore[no-untyped-def]
        target.ask(role, method, f"{path}?{encoded(query)}", encoded(form).encode(), kind)

    attack()
    assert not target.wrong, "\n".join(target.wrong[:20])


def test_every_address_survives_each_odd_value_in_each_field(target: Target) -> None:
    dice = Random(REQUESTS)
    for _ in range(REQUESTS // 3):
        role, path, name, value = (dice.choice(some) for some in (ROLES, target.paths, NAMES, ODD))
        more = [(dice.choice(NAMES), dice.choice(ODD)) for _ in range(4)]
        body = encoded([(name, value), (name, value), *more])
        target.ask(role, "POST", path, body.encode(), TYPES[0])
        target.ask(role, "GET", f"{path}?{body}")
    assert not target.wrong, "\n".join(target.wrong[:20])


def test_every_address_survives_odd_bodies_headers_and_paths(target: Target) -> None:
    dice = Random(REQUESTS)
    for _ in range(REQUESTS // 3):
        role, path, kind, body = (dice.choice(some) for some in (ROLES, target.paths, TYPES, BODIES))
        name = dice.choice(list(HEADERS))
        target.ask(role, "POST", path, body, kind, **{name: HEADERS[name]})
        target.ask(role, "GET", path, **{name: HEADERS[name]})
        target.ask(role, "GET", f"{path}{escaped(dice.choice(ODD))}/")
        target.ask(role, "GET", KEYS.sub(escaped(dice.choice(ODD)), path))
    assert not target.wrong, "\n".join(target.wrong[:20])


@pytest.mark.parametrize("role", asked.swept_by(ROLES, ("leader", "provider")))
@pytest.mark.parametrize("text", ["a" * 10_000_000, "010170-1234 " * 800_000, "<" * 3_000_000, " " * 9_000_000 + "x"])
def test_ten_megabytes_are_answered(target: Target, role: str, text: str) -> None:
    draft = next(path for path in target.paths if path.endswith("/tekst/"))
    for path in (draft, f"{draft}vis/", f"{draft}kladde/", "/dokumenter/nyt/", "/dokumenter/hent/"):
        target.ask(role, "POST", path, urlencode({"text": text, "title": "Langt", "revision": "1"}).encode(), TYPES[0])
    case = next(path for path in target.paths if path.endswith("/skriv/"))
    unit = next(path for path in target.paths if path.endswith("/udpeg/"))
    for path in ("/brud/meld/", "/brud/opfoelgning/", case, "/log-ind/", "/min-profil/", unit, "/scim/v2/Users"):
        target.ask(role, "POST", path, urlencode({"description": text}).encode()[:11_900_000], TYPES[0])
    assert not target.wrong, "\n".join(target.wrong)


def test_five_hundred_fields_and_a_hundred_files_are_answered(target: Target) -> None:
    many = urlencode([("kept_files", "x:y:z")] * 499).encode()
    for role in ROLES:
        target.ask(role, "POST", "/brud/meld/", many, TYPES[0])
        client = target.clients[role]
        uploads = [SimpleUploadedFile(f"{n}.txt", b"abc", "text/plain") for n in range(101)]
        assert client.post("/brud/meld/", {"description": "Tekst", "files": uploads}).status_code < 500
        assert client.post("/brud/meld/", {"description": io.BytesIO(b"abc"), "files": "ingen fil"}).status_code == 422
    assert not target.wrong, "\n".join(target.wrong)
