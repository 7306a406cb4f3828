"""Headers on every kind of answer, CSRF on every unsafe address, hosts and redirects; and what is for everybody is the
same to the byte, whoever asks."""

from copy import deepcopy
from itertools import product
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from breaches.models import Breach
from glostrup_isms.kit import files
from glostrup_isms.kit.outbox import Message
from tests.access_matrix import PAGES, ROLES, Page
from tests.access_objects import MISSING as MISSING_KEYS
from tests.access_objects import Keys, keys_of_documents, sign_in
from tests.asked import patterns, swept_by
from tests.attack.planting import our_models
from tests.factories import WholeTown, make_whole_town

pytestmark = pytest.mark.django_db
MISSING = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def standing(ground: Path) -> tuple[WholeTown, Keys]:
    town = make_whole_town()
    return town, keys_in(town)


@pytest.fixture
def town(standing: tuple[WholeTown, Keys]) -> WholeTown:
    return deepcopy(standing[0])


@pytest.fixture
def keys(standing: tuple[WholeTown, Keys]) -> Keys:
    """A case with a file, and documents."""
    return standing[1]


def case_with_file(town: WholeTown) -> tuple[Breach, str]:
    stored = files.store(SimpleUploadedFile("note.txt", b"abc", "text/plain"), keep_for=files.KEEP)
    breach = town.report(by=town.employee, uploads=[stored]).breach
    return breach, str(stored.pk)


def client_for(town: WholeTown, role: str, **extra: object) -> Client:
    client = Client(raise_request_exception=False, **extra)
    if role != "stranger":
        client.force_login(getattr(town, role))
    return client


def keys_in(town: WholeTown) -> Keys:
    breach, file = case_with_file(town)
    return {**MISSING_KEYS, **keys_of_documents(town), "case": breach.number, "file": file}


def addresses(keys: Keys) -> list[str]:
    return [page.path.format(**keys) for page in PAGES]


def is_for_everybody(page: Page) -> bool:
    """One answer for all, signed in or not; asking for a day or two versions is a form, and kept by no cache."""
    return (page.name.startswith("public:") and "ask" not in page.name) or page.name == "policy:public_pdf"


def published(keys: Keys, *, to_strangers: bool = False) -> list[str]:
    """What any cache may keep: of the documents' own addresses only what strangers are shown there."""
    pages = [page for page in PAGES if is_for_everybody(page) or (to_strangers and page.name.startswith("policy:"))]
    open_to_all = [page for page in pages if page.is_open and page.answer("anonymous", "GET", "own") == 200]
    return list(dict.fromkeys(page.path.format(**keys) for page in open_to_all))


def missing_headers(response: object, *, framed: bool = False) -> list[str]:
    wrong = []
    csp = response.get("Content-Security-Policy", "")
    for word in ("default-src 'none'",):
        if word not in csp:
            wrong.append(f"CSP lacks {word}")
    if "sandbox" not in csp:
        wrong += [
            f"CSP lacks {word}"
            for word in ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'")
            if word not in csp and not (framed and word.startswith("frame"))
        ]
    if "unsafe-" in csp or "*" in csp or "http:" in csp:
        wrong.append(f"CSP is weak: {csp}")
    for name, value in (
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("X-Frame-Options", "DENY"),
    ):
        if response.get(name) != value and not (framed and name == "X-Frame-Options"):
            wrong.append(f"{name}: {response.get(name)}")
    if "camera=()" not in response.get("Permissions-Policy", ""):
        wrong.append("Permissions-Policy")
    if not response.get("Cache-Control"):
        wrong.append("Cache-Control")
    return wrong


def cache_faults(response: object, *, is_public: bool) -> list[str]:
    """A page of somebody's is kept nowhere; a public one has nothing in it that could be somebody's."""
    said = response.get("Cache-Control", "")
    if not is_public:
        return [] if "no-store" in said and "private" in said else [f"Cache-Control: {said}"]
    wrong = [] if said == "public, no-cache" else [f"Cache-Control: {said}"]
    wrong += [f"{name}: {response[name]}" for name in ("Vary", "Set-Cookie") if response.has_header(name)]
    return (
        wrong
        + [f"sets {name}" for name in response.cookies]
        + ([] if response.get("ETag", "W/")[:1] == '"' else ["ETag"])
    )


@pytest.mark.parametrize("role", ["stranger", "employee", "gdpr", "administrator"])
def test_every_answer_carries_the_headers(town: WholeTown, keys: Keys, role: str) -> None:
    wrong: list[str] = []
    kept = published(keys, to_strangers=role == "stranger")
    for path in [*addresses(keys), "/findes-ikke/", f"/brud/{keys['case']}/filer/{MISSING}/", "/dokumenter/ret-999/"]:
        for method in ("GET", "POST", "DELETE", "OPTIONS"):
            response = client_for(town, role).generic(method, path)
            is_public = method == "GET" and path in kept and response.status_code == 200
            faults = missing_headers(response, framed=is_public and path == "/politik/indlejret/")
            faults += cache_faults(response, is_public=is_public)
            wrong += [f"{method} {path} {response.status_code}: {fault}" for fault in faults]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("role", swept_by([role for role in ROLES if role != "anonymous"]))
def test_what_everybody_reads_is_the_same_to_the_byte(town: WholeTown, keys: Keys, role: str) -> None:
    """Whoever asks, in whatever way, with a session or without: a cache in between can give nobody another's page."""
    guest, reader = sign_in(town, "anonymous"), sign_in(town, role)
    reader.get("/indbakke/")  # a session that has been used
    ways = ({}, {"HTTP_HX_REQUEST": "true"}, {"HTTP_ACCEPT_LANGUAGE": "en"}, {"HTTP_COOKIE": "csrftoken=x; a=b"})
    paths = published(keys)
    assert len(paths) >= 10
    for path in paths:
        wanted = guest.get(path)
        assert (wanted.status_code, wanted.cookies) == (200, {})
        for way in ways:
            response = reader.get(f"{path}?bruger={role}", **way)
            assert response.content == wanted.content, f"{path} {way}"
            assert dict(response.items()) == dict(wanted.items()), f"{path} {way}"
            assert not response.cookies, f"{path} {way}"
        unchanged = reader.get(path, headers={"If-None-Match": wanted["ETag"]})
        assert (unchanged.status_code, unchanged.content, len(unchanged.cookies)) == (304, b"", 0)
        assert unchanged["Cache-Control"] == "public, no-cache"
    names = {one.name for one in town.holders.values()}
    assert not [name for path in paths for name in names if name in guest.get(path).content.decode("utf-8", "replace")]


def test_document_read_by_strangers_is_kept_for_nobody_signed_in(town: WholeTown, keys: Keys) -> None:
    """The same address answers both: a cache that has the public page must ask, and what it then gets is private."""
    paths = ("/dokumenter/", f"/dokumenter/{keys['public']}/")
    public = {path: sign_in(town, "anonymous").get(path) for path in paths}
    for path in paths:
        own = sign_in(town, "employee").get(path, headers={"If-None-Match": public[path]["ETag"]})
        assert own.status_code == 200
        assert not cache_faults(own, is_public=False)
        assert own.content != public[path].content
    gone = sign_in(town, "deactivated")
    assert all(gone.get(path).content == public[path].content for path in paths)


@pytest.mark.parametrize("site", ["https://www.example.invalid", "https://www.example.invalid:8443"])
def test_only_the_municipalitys_websites_may_frame_the_policy_and_nothing_else(
    town: WholeTown, keys: Keys, settings, site: str
) -> None:
    settings.EMBED_SITES = [site]
    framed = sign_in(town, "anonymous").get("/politik/indlejret/")
    assert f"frame-ancestors 'self' {site}" in framed["Content-Security-Policy"]
    assert not framed.has_header("X-Frame-Options")
    for path in addresses(keys):
        if path != "/politik/indlejret/":
            answer = client_for(town, "stranger").get(path)
            assert answer.get("X-Frame-Options") == "DENY", path
            assert site not in answer["Content-Security-Policy"], path


def test_errors_carry_the_headers(town: WholeTown, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_redirect_to_https_carries_the_headers(town: WholeTown, settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = Client().get("/brud/")
    assert answer.status_code == 301
    assert not missing_headers(answer)


def test_downloaded_file_is_sandboxed(town: WholeTown) -> None:
    breach, file = case_with_file(town)
    answer = client_for(town, "employee").get(f"/brud/{breach.number}/filer/{file}/")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("token", [None, "a" * 64, "", "0" * 32, "æ"])
def test_every_unsafe_address_wants_the_seal(town: WholeTown, keys: Keys, token: str | None) -> None:
    wrong: list[str] = []
    before = rows_of_documents()
    for role, path in product(("stranger", "gdpr", "director", "administrator"), addresses(keys)):
        client = client_for(town, role, enforce_csrf_checks=True)
        data = {} if token is None else {"csrfmiddlewaretoken": token}
        status = client.post(path, data).status_code
        if status not in (403, 404, 405) and not (status == 302 and role == "stranger"):
            wrong.append(f"{role} {path}: {status}")
    assert not wrong, "\n".join(wrong)
    assert Breach.objects.get().state == "reported"
    assert rows_of_documents() == before


def rows_of_documents() -> dict[str, list[object]]:
    models = [model for model in our_models() if model._meta.app_label in ("policy", "meetings")]
    return {model._meta.label: list(model._default_manager.order_by("pk").values()) for model in models}


def test_no_address_that_a_session_opens_is_exempt_from_the_seal() -> None:
    """Only the identity provider's door is: it takes a key that no browser sends by itself, and no session opens it."""
    exempt = {name for name, pattern in patterns() if getattr(pattern.callback, "csrf_exempt", False)}
    assert exempt == {page.name for page in PAGES if page.path.startswith("/scim/v2/")}


def test_reading_changes_nothing_of_a_case_or_a_document(town: WholeTown, keys: Keys) -> None:
    """Opening a case counts as read; nothing else may follow from GET, and nothing at all from HEAD."""
    breach = Breach.objects.get()
    before = Breach.objects.values().get(), Message.objects.count(), rows_of_documents()
    for role in ("gdpr", "employee", "administrator"):
        client = client_for(town, role)
        for path in addresses(keys):
            client.head(path)
            assert not breach.told.exclude(read_at=None).exists(), path
    for role, path in product(("gdpr", "director"), addresses(keys)):
        client_for(town, role).get(path)
    assert (Breach.objects.values().get(), Message.objects.count(), rows_of_documents()) == before


HOSTS = ("evil.example", "testserver.evil.example", "testserver@evil.example", "evil.example:80", "[::1]:x", "")


@pytest.mark.parametrize("host", HOSTS)
def test_foreign_host_is_refused_or_ignored(town: WholeTown, host: str) -> None:
    for path in ("/", "/log-ind/", "/brud/meld/", "/healthz"):
        answer = Client().get(path, headers={"host": host}) if host else Client().get(path, HTTP_HOST="evil.example")
        assert answer.status_code == 400
        assert b"evil.example" not in answer.content


@pytest.mark.parametrize("header", ["HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED", "HTTP_X_HOST", "HTTP_X_ORIGINAL_URL"])
def test_forwarded_host_reaches_no_mail_and_no_page(town: WholeTown, header: str) -> None:
    client = client_for(town, "employee", **{header: "host=evil.example" if "ED" in header[-2:] else "evil.example"})
    data = {
        "description": "En mail", "noticed_on": "2026-01-05", "noticed_time": "08:00", "involves_personal_data": "yes",
    }  # fmt: skip
    before = set(Message.objects.values_list("pk", flat=True))
    page = client.post("/brud/meld/", data)
    assert page.status_code == 200
    assert b"evil.example" not in page.content
    written = Message.objects.exclude(pk__in=before)
    assert written.exists()
    for message in written:
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
def test_no_redirect_leaves_the_site(town: WholeTown, name: str) -> None:
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


def test_files_are_not_served_by_their_path(town: WholeTown, tmp_path: Path) -> None:
    breach, file = case_with_file(town)
    stored = files.StoredFile.objects.get(pk=file)
    for prefix in ("/static/", "/media/", "/files/", "/data/files/", "/static/../data/files/", "/static/%2e%2e/files/"):
        assert client_for(town, "gdpr").get(prefix + stored.path_name).status_code in (400, 404)
