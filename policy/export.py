"""The public pages as files in a folder, for any web server: the very bytes that the portal answers with.

`/politik/` becomes `politik/index.html`; styles, pictures and fonts come along, so that the folder stands alone. PDFs
and JSON are also there under names that hold their checksum, for caches that need never ask again. `manifest.json`
names every file; what it named before and names no more is removed, and nothing else in the folder is ever touched.
"""

import fcntl
import json
import mimetypes
import os
import posixpath
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage

from glostrup_isms.kit.pdf import PdfTooLarge
from policy.publication import HTML, JSON, PDF, Page, addresses, current_stamp, draw

MANIFEST = "manifest.json"
TRIES = 5
IN_PAGE = re.compile(r'(?:href|src)="([^"?#]+)"')
IN_STYLE = re.compile(r"""url\(["']?([^"')?#]+)""")

Manifest = dict[str, dict[str, Any]]  # path in the folder → what the file is


class ExportRefused(Exception):
    """Nothing more was written; the message is a Danish sentence."""


@dataclass
class Changes:
    """Paths in the folder, sorted, and the addresses whose PDF cannot be made."""

    written: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def export(folder: Path) -> Changes:
    """Make the folder hold what the public may read now. A file whose bytes are the same is not touched.

    Raises ExportRefused, PdfUnavailable.
    """
    if folder.exists() and not folder.is_dir():
        raise ExportRefused(f"{folder} er en fil. Vælg en mappe.")
    files, left_out = everything()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone_in(folder):
            changes = _write(folder, files)
    except OSError as error:
        raise ExportRefused(f"Der kan ikke skrives i {folder}: {error.strerror or error}.") from error
    changes.left_out = left_out
    return changes


# ── What is written ──────────────────────────────────────────────────────────────────────────────
def everything() -> tuple[dict[str, Page], list[str]]:
    """Each path in the folder and its content, all of one moment; and the addresses whose PDF is too large to make."""
    for _ in range(TRIES):
        stamp, pages = current_stamp(), {address: _draw(address) for address in addresses()}
        if stamp == current_stamp():
            break
    else:
        raise ExportRefused("Dokumenterne bliver ændret lige nu. Prøv igen om lidt.")
    files: dict[str, Page] = {}
    for address, page in pages.items():
        path = address.removeprefix("/") + ("index.html" if address.endswith("/") else "")
        if page is not None:
            files[path] = page
            if page.content_type in (PDF, JSON):
                files[_with_checksum(path, page)] = page
    assets = _assets(page for page in files.values() if page.content_type == HTML)
    return assets | files, [address for address, page in pages.items() if page is None]  # first what pages refer to


def _draw(address: str) -> Page | None:
    """One document that is too long for a PDF must not keep the others from being published."""
    try:
        return draw(address)
    except PdfTooLarge:
        return None


def _with_checksum(path: str, page: Page) -> str:
    """`politik/politik.pdf` → `politik/politik.1f2e3d4c5b6a.pdf`."""
    stem, end = posixpath.splitext(path)
    return f"{stem}.{page.sha256[:12]}{end}"


def _assets(pages: Iterable[Page]) -> dict[str, Page]:
    """The static files that the pages refer to, and those that their styles refer to."""
    found: dict[str, Page] = {}
    wanted = {address for page in pages for address in IN_PAGE.findall(page.body.decode())}
    while wanted:
        address = wanted.pop()
        path = address.removeprefix("/")
        if not address.startswith(settings.STATIC_URL) or path in found:
            continue
        body = _asset(address.removeprefix(settings.STATIC_URL))
        found[path] = Page(body, mimetypes.guess_type(path)[0] or "application/octet-stream")
        if path.endswith(".css"):
            folder = posixpath.dirname(address)
            wanted |= {posixpath.normpath(posixpath.join(folder, name)) for name in IN_STYLE.findall(body.decode())}
    return found


def _asset(name: str) -> bytes:
    """As the portal serves it: collected under a name of its own, or straight from where it lies."""
    path = finders.find(name) or staticfiles_storage.path(name)
    try:
        return Path(str(path)).read_bytes()
    except FileNotFoundError as error:
        raise ExportRefused(f"Filen {name} mangler. Kør manage.py collectstatic først.") from error


# ── Writing it ───────────────────────────────────────────────────────────────────────────────────
@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """One export at a time."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ExportRefused(f"En anden eksport skriver i {folder}. Prøv igen, når den er færdig.") from error
        yield
    finally:
        os.close(handle)


def _write(folder: Path, files: dict[str, Page]) -> Changes:
    before = _read_manifest(folder)
    after = {path: _entry(page) for path, page in sorted(files.items())}
    _write_manifest(
        folder, before | after
    )  # an export that is broken off leaves no file that the next knows nothing of
    changes = Changes()
    for path, page in files.items():
        (changes.written if _put(folder, path, page.body) else changes.unchanged).append(path)
    for path in before.keys() - after.keys():
        _remove(folder, path)
        changes.removed.append(path)
    _write_manifest(folder, after)
    for paths in (changes.written, changes.unchanged, changes.removed):
        paths.sort()
    return changes


def _entry(page: Page) -> dict[str, Any]:
    return {
        "sha256": page.sha256, "size": len(page.body), "content_type": page.content_type, "etag": page.etag,
    }  # fmt: skip


def _read_manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST
    if not path.exists():
        return {}
    try:
        files = json.loads(path.read_bytes())["files"]
        if not all(isinstance(name, str) and _is_plain(name) for name in [*files.keys()]):
            raise ValueError
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ExportRefused(f"{path} er ikke skrevet af portalen. Flyt den, eller vælg en anden mappe.") from error
    return dict(files)


def _is_plain(path: str) -> bool:
    """`politik/index.html`, never `../x`, `/x` or what is not the same path when it is written out."""
    return (
        bool(path) and "\0" not in path and ".." not in path.split("/") and str(PurePosixPath("/", path)) == f"/{path}"
    )


def _write_manifest(folder: Path, files: Manifest) -> None:
    whole = {"site": settings.BASE_URL, "files": dict(sorted(files.items()))}
    _put(folder, MANIFEST, json.dumps(whole, ensure_ascii=False, indent=1).encode())


def _target(folder: Path, path: str) -> Path:
    """Where the file goes; refuses to follow a link out of the folder."""
    target = folder / path
    if not (_is_plain(path) and target.parent.resolve().is_relative_to(folder.resolve())):
        raise ExportRefused(f"{target} fører ud af mappen. Fjern det link, der gør det.")
    return target


def _put(folder: Path, path: str, content: bytes) -> bool:
    """Write the file, whole or not at all, unless it holds just that; whether it was written."""
    target = _target(folder, path)
    if target.is_file() and not target.is_symlink() and target.read_bytes() == content:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.ny")
    with open(unfinished, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(target)
    return True


def _remove(folder: Path, path: str) -> None:
    """Remove the file, and the folders that it leaves empty."""
    target = _target(folder, path)
    target.unlink(missing_ok=True)
    for parent in target.parents:
        if parent == folder or not parent.is_dir() or any(parent.iterdir()):
            break
        parent.rmdir()
