"""Headers on every kind of answer, CSRF on every unsafe address, hosts and redirects."""

from itertools import product
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from breaches.models import Breach
from glostrup_isms.kit import files
from glostrup_isms.kit.outbox import Message
from tests.access_matrix import PAGES
from tests.access_objects import MISSING as MISSING_KEYS
from tests.asked import patterns
from tests.factories import Town, make_town

pytestmark = pytest.mark.django_db
MISSING = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def town() -> Town:
    return make_town()


def case_with_file(town: Town) -> tuple[Breach, str]:
    stored = files.store(SimpleUploadedFile("note.txt", b"abc", "text/plain"), keep_for=files.KEEP)
    breach = town.report(by=town.employee, uploads=[stored]).breach
    return breach, str(stored.pk)


def client_for(town: Town, role: str, **extra: object) -> Client:
    client = Client(raise_request_exception=False, **extra)
    if role != "stranger":
        client.force_login(getattr(town, role))
    return client


def addresses(breach: Breach, file: str) -> list[str]:
    return [page.path.format(**MISSING_KEYS | {"case": breach.number, "file": file}) for page in PAGES]


def missing_headers(response: object) -> list[str]:
    wrong = []
    csp = response.get("Content-Security-Policy", "")
    for word in ("default-src 'none'",):
        if word not in csp:
            wrong.append(f"CSP lacks {word}")
    if "sandbox" not in csp:
        wrong += [
            f"CSP lacks {word}"
            for word in ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'")
            if word not in csp
        ]
    if "unsafe-" in csp or "*" in csp or "http:" in csp:
        wrong.append(f"CSP is weak: {csp}")
    for name, value in (
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("X-Frame-Options", "DENY"),
    ):
        if response.get(name) != value:
            wrong.append(f"{name}: {response.get(name)}")
    if "camera=()" not in response.get("Permissions-Policy", ""):
        wrong.append("Permissions-Policy")
    if not response.get("Cache-Control"):
        wrong.append("Cache-Control")
    return wrong


@pytest.mark.parametrize("role", ["stranger", "employee", "gdpr", "administrator"])
def test_every_answer_carries_the_headers(town: Town, role: str) -> None:
    breach, file = case_with_file(town)
    wrong = []
    for path in [*addresses(breach, file), "/findes-ikke/", f"/brud/{breach.number}/filer/{MISSING}/"]:
        for method in ("GET", "POST", "DELETE", "OPTIONS"):
            response = client_for(town, role).generic(method, path)
            faults = missing_headers(response)
            if "no-store" not in response.get("Cache-Control", "") or "private" not in response.get(
                "Cache-Control", ""
            ):
                faults.append(f"Cache-Control: {response.get('Cache-Control')}")
            wrong += [f"{method} {path} {response.status_code}: {fault}" for fault in faults]
    assert not wrong, "\n".join(wrong)


def test_errors_carry_the_headers(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    from breaches.views import report

    def fail(*args: object) -> None:
        raise OperationalError("no")

    client = client_for(town, "stranger")
    answers = {
        "bad host": client.get("/", headers={"host": "evil.example"}),
        "csrf": Client(enforce_csrf_checks=True).post("/log-ind/", {}),
        "bad form": client.generic("POST", "/brud/meld/", b"--x", content_type="multipart/form-data; boundary=x"),
        "too many fields": client.post("/brud/meld/", {f"f{n}": "x" for n in range(600)}),
        "static": client.get("/static/css/portal.css"),
        "no such static": client.get("/static/css/findes-ikke.css"),
        "no slash": client.get("/brud"),
    }
    monkeypatch.setattr(report, "find_units", fail)
    answers["503"] = client.get("/brud/meld/enheder/?q=a")
    assert answers["503"].status_code == 503
    monkeypatch.setattr(report, "find_units", lambda *args: 1 / 0)
    answers["500"] = client.get("/brud/meld/enheder/?q=a")
    assert answers["500"].status_code == 500
    assert answers["bad host"].status_code == 400
    assert answers["static"].status_code == 200
    wrong = {kind: faults for kind, answer in answers.items() if (faults := missing_headers(answer))}
    assert not wrong


def test_redirect_to_https_carries_the_headers(town: Town, settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = Client().get("/brud/")
    assert answer.status_code == 301
    assert not missing_headers(answer)


def test_downloaded_file_is_sandboxed(town: Town) -> None:
    breach, file = case_with_file(town)
    answer = client_for(town, "employee").get(f"/brud/{breach.number}/filer/{file}/")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("token", [None, "a" * 64, "", "0" * 32, "æ"])
def test_every_unsafe_address_wants_the_seal(town: Town, token: str | None) -> None:
    breach, file = case_with_file(town)
    wrong = []
    for role, path in product(("stranger", "gdpr", "administrator"), addresses(breach, file)):
        client = client_for(town, role, enforce_csrf_checks=True)
        data = {} if token is None else {"csrfmiddlewaretoken": token}
        status = client.post(path, data).status_code
        if status not in (403, 404, 405) and not (status == 302 and role == "stranger"):
            wrong.append(f"{role} {path}: {status}")
    assert not wrong, "\n".join(wrong)
    assert Breach.objects.get().state == "reported"


def test_no_address_that_a_session_opens_is_exempt_from_the_seal() -> None:
    """Only the identity provider's door is: it takes a key that no browser sends by itself, and no session opens it."""
    exempt = {name for name, pattern in patterns() if getattr(pattern.callback, "csrf_exempt", False)}
    assert exempt == {page.name for page in PAGES if page.path.startswith("/scim/v2/")}


def test_reading_changes_nothing_of_a_case(town: Town) -> None:
    """Opening a case counts as read; nothing else may follow from GET, and nothing at all from HEAD."""
    breach, file = case_with_file(town)
    before = Breach.objects.values().get(), Message.objects.count()
    for role in ("gdpr", "employee", "administrator"):
        client = client_for(town, role)
        for path in addresses(breach, file):
            client.head(path)
            assert not breach.told.exclude(read_at=None).exists(), path
    for path in addresses(breach, file):
        client_for(town, "gdpr").get(path)
    assert (Breach.objects.values().get(), Message.objects.count()) == before


HOSTS = ("evil.example", "testserver.evil.example", "testserver@evil.example", "evil.example:80", "[::1]:x", "")


@pytest.mark.parametrize("host", HOSTS)
def test_foreign_host_is_refused_or_ignored(town: Town, host: str) -> None:
    for path in ("/", "/log-ind/", "/brud/meld/", "/healthz"):
        answer = Client().get(path, headers={"host": host}) if host else Client().get(path, HTTP_HOST="evil.example")
        assert answer.status_code == 400
        assert b"evil.example" not in answer.content


@pytest.mark.parametrize("header", ["HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED", "HTTP_X_HOST", "HTTP_X_ORIGINAL_URL"])
def test_forwarded_host_reaches_no_mail_and_no_page(town: Town, header: str) -> None:
    client = client_for(town, "employee", **{header: "host=evil.example" if "ED" in header[-2:] else "evil.example"})
    data = {
        "description": "En mail", "noticed_on": "2026-01-05", "noticed_time": "08:00", "involves_personal_data": "yes",
    }  # fmt: skip
    page = client.post("/brud/meld/", data)
    assert page.status_code == 200
    assert b"evil.example" not in page.content
    assert Message.objects.exists()
    for message in Message.objects.all():
        assert "evil" not in message.body
        assert django_settings.BASE_URL in message.body


PAYLOADS = (
    "https://evil.example", "//evil.example", "///evil.example", "////evil.example", "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example", "\t//evil.example", " //evil.example", "https:evil.example", "http:///evil.example",
    "https:/evil.example", "//evil.example/%2f..", "javascript:alert(1)", "data:text/html,x", "JaVaScRiPt:alert(1)",
    "http://testserver@evil.example", "http://evil.example#testserver", "http://evil.example\\@testserver",
    "http://testserver.evil.example", "//testserver:80@evil.example", "http://localhost.evil.example/",
    "ftp://testserver",
    "/\r\nLocation: https://evil.example", "%2f%2fevil.example", "/%09/evil.example", "．．//evil.example",
    "//evil。example", "http://[::1]@evil.example", "\x00//evil.example", "http://evil.example:80",
    "////\\evil.example",
)  # fmt: skip


@pytest.mark.parametrize("name", ["next", "return", "redirect_to", "url", "continue"])
def test_no_redirect_leaves_the_site(town: Town, name: str) -> None:
    from urllib.parse import urljoin, urlsplit

    wrong = []
    for payload in PAYLOADS:
        for path, role in (
            ("/log-ind/", "stranger"),
            ("/log-ind/", "employee"),
            ("/log-ud/", "employee"),
            ("/demo/log-ind-som/", "stranger"),
        ):
            client = client_for(town, role)
            data = {"login": "employee", "password": "demo", "username": "employee", name: payload}
            for answer in (
                client.get(path, {name: payload}),
                client.post(path, data),
                client.post(f"{path}?{name}=x", data),
            ):
                location = answer.get("Location", "").replace("\\", "/").strip("\t\r\n \x00")
                host = urlsplit(urljoin("http://testserver/x/", location)).netloc if location else "testserver"
                if host not in ("testserver", "") or location.lower().startswith(("javascript:", "data:", "ftp:")):
                    wrong.append(f"{path} {role} {payload!r}: {answer['Location']}")
    assert not wrong, "\n".join(wrong)


def test_files_are_not_served_by_their_path(town: Town, tmp_path: Path) -> None:
    breach, file = case_with_file(town)
    stored = files.StoredFile.objects.get(pk=file)
    for prefix in ("/static/", "/media/", "/files/", "/data/files/", "/static/../data/files/", "/static/%2e%2e/files/"):
        assert client_for(town, "gdpr").get(prefix + stored.path_name).status_code in (400, 404)
