"""What may be uploaded: a file's name, size and content are judged before anything is stored.

The type is read from the content, and the name must agree with it. Nothing is decoded or unpacked to disk; whatever is
unpacked to be looked at has a ceiling. The list of types, limits and refusals is in docs/uploads.md (ASVS V5.1.1,
V5.2.1-V5.2.6). Refusals are Danish sentences that tell the person what to do instead.
"""

import codecs
import mmap
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.defaultfilters import filesizeformat

from glostrup_isms.kit import upload_parts

NAME_MAX_BYTES = 150
PIXELS_MAX = 120_000_000  # phones take pictures of 108 million pixels
SIDE_MAX = 40_000
HEAD = 1024  # readers of PDF and HTML look for a beginning this far in
ALLOWED = "billeder, pdf, Word, Excel, PowerPoint, tekst, e-mails (eml, msg) og korte videoer (mp4, mov)"


class UploadRefused(Exception):
    """The file is not taken; the text is a Danish sentence for the person who sent it."""


@dataclass(frozen=True)
class CheckedUpload:
    """A file that may be stored: the upload itself, a name safe to show and the type that its content has."""

    upload: Any
    name: str
    content_type: str
    size: int


def _pdf(data: Any, name: str) -> None:
    upload_parts.check_pdf(data)


def _picture(data: Any, name: str) -> None:
    size = upload_parts.dimensions(data)
    if size is None:
        raise upload_parts.Fault("er beskadiget. Prøv at tage eller gemme billedet igen")
    if size[0] * size[1] > PIXELS_MAX or max(size) > SIDE_MAX:
        raise upload_parts.Fault("er et alt for stort billede. Gem det i en mindre størrelse, og prøv igen")


def _package(data: Any, name: str) -> None:
    upload_parts.check_package(data, _extension(name))


def _text(data: Any, name: str) -> None:
    if upload_parts.starts_like_markup(data):
        raise upload_parts.Fault("er en webside og kan ikke vedhæftes. Tag et skærmbillede i stedet")


def _mail(data: Any, name: str) -> None:
    if not upload_parts.has_mail_headers(data):
        raise upload_parts.Fault("er ikke en e-mail. Gem e-mailen igen fra dit mailprogram")


def _nothing(data: Any, name: str) -> None:
    return None


# extension -> (kind that the content must have, content type when served, what else is looked at)
TYPES: dict[str, tuple[str, str, Callable[[Any, str], None]]] = {
    "pdf": ("pdf", "application/pdf", _pdf),
    "png": ("png", "image/png", _picture),
    "jpg": ("jpg", "image/jpeg", _picture),
    "jpeg": ("jpg", "image/jpeg", _picture),
    "gif": ("gif", "image/gif", _picture),
    "webp": ("webp", "image/webp", _picture),
    "heic": ("heic", "image/heic", _picture),
    "heif": ("heic", "image/heic", _picture),
    "txt": ("text", "text/plain", _text),
    "log": ("text", "text/plain", _text),
    "csv": ("text", "text/csv", _text),
    "eml": ("text", "message/rfc822", _mail),
    "msg": ("msg", "application/vnd.ms-outlook", _nothing),
    "mp4": ("mp4", "video/mp4", _nothing),
    "mov": ("mov", "video/quicktime", _nothing),
    "docx": ("zip", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", _package),
    "xlsx": ("zip", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _package),
    "pptx": ("zip", "application/vnd.openxmlformats-officedocument.presentationml.presentation", _package),
    "odt": ("zip", "application/vnd.oasis.opendocument.text", _package),
    "ods": ("zip", "application/vnd.oasis.opendocument.spreadsheet", _package),
    "odp": ("zip", "application/vnd.oasis.opendocument.presentation", _package),
}
# Phones and chat programs give pictures and films wrong names, or none: the name is put right instead of refused.
NAMED_BY_CONTENT = {"png", "jpg", "gif", "webp", "heic", "mp4", "mov", "pdf"}
INTERCHANGEABLE = ({"png", "jpg", "gif", "webp", "heic"}, {"mp4", "mov"})
HINTS = {
    "zip": "Pak filen ud, og vedhæft filerne hver for sig.",
    "ole": "Gem den som docx, xlsx, pptx eller pdf, og prøv igen.",
    "doc": "Gem den som docx eller pdf, og prøv igen.",
    "xls": "Gem den som xlsx, og prøv igen.",
    "ppt": "Gem den som pptx eller pdf, og prøv igen.",
    "svg": "Gem tegningen som png, og prøv igen.",
    "html": "Tag et skærmbillede af siden i stedet.",
}
HINTS |= dict.fromkeys(("7z", "rar", "gz", "tar", "tgz", "bz2", "xz", "cab", "iso"), HINTS["zip"])
HINTS |= dict.fromkeys(("htm", "xhtml", "mht", "mhtml"), HINTS["html"])
HINTS |= dict.fromkeys(("docm", "xlsm", "pptm", "dotm", "xlam"), "Gem den uden makroer, og prøv igen.")


def check(upload: Any) -> CheckedUpload:
    """Judge one uploaded file. Raises UploadRefused with a Danish sentence."""
    name = display_name(str(upload.name or ""))
    size = upload.size
    if not size:
        raise UploadRefused(f"Filen “{name}” er tom. Vælg filen igen.")
    if size > settings.UPLOAD_MAX_BYTES:
        most = filesizeformat(settings.UPLOAD_MAX_BYTES)
        raise UploadRefused(f"Filen “{name}” fylder {filesizeformat(size)}. En fil må højst fylde {most}.")
    extension = _extension(name)
    with_type = extension in TYPES
    if not with_type and "." in name and (extension in HINTS or not _plain_stem(extension)):
        raise UploadRefused(_wrong_type(name, extension))
    data = _content(upload)
    try:
        kind = upload_parts.kind_of(data)
        wanted = TYPES[extension][0] if with_type else ""
        if not kind or kind != wanted:
            may_rename = kind in NAMED_BY_CONTENT and (
                not with_type or any({kind, wanted} <= group for group in INTERCHANGEABLE)
            )
            if not may_rename:
                raise UploadRefused(_disagreement(name, extension, kind, with_type))
            name = display_name(f"{name.rpartition('.')[0] if with_type else name}.{kind}")
        upload_parts.check_not_two_things(data, kind)
        _, content_type, look = TYPES[_extension(name)]
        look(data, name)
    except upload_parts.Fault as fault:
        raise UploadRefused(f"Filen “{name}” {fault}.") from fault
    finally:
        if isinstance(data, mmap.mmap):
            data.close()
        upload.seek(0)
    return CheckedUpload(upload, name, content_type, size)


def check_number(count: int) -> None:
    """Raises UploadRefused when more files are sent at once than allowed (files kept from before counted in)."""
    if count > settings.UPLOAD_MAX_FILES:
        raise UploadRefused(f"Du kan højst vedhæfte {settings.UPLOAD_MAX_FILES} filer ad gangen. Du har valgt {count}.")


def display_name(raw: str) -> str:
    """A name that is safe on a page, in a header and on anybody's disk; never used as a path here.

    Keeps the last part of a path, drops what cannot be seen (also marks that turn the reading direction), replaces
    markup, quotes and reserved characters, and shortens to 150 bytes with the extension kept.
    """
    text = unicodedata.normalize("NFC", raw.encode("utf-8", "ignore").decode()).replace("\\", "/").rsplit("/", 1)[-1]
    text = "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    text = " ".join(re.sub(r"[<>:\"'`|?*%;&$#{}“”]", "_", text).split()).strip(" .")
    stem, dot, extension = text.rpartition(".")
    if not dot or not stem.strip(" ._") or len(extension) > 10:
        stem, dot, extension = text, "", ""
    room = NAME_MAX_BYTES - len((dot + extension).encode())
    stem = stem.encode()[:room].decode("utf-8", "ignore").strip(" .")
    return (stem if stem.strip("_") else "fil") + dot + extension


def _extension(name: str) -> str:
    return name.rpartition(".")[2].casefold() if "." in name else ""


def _plain_stem(extension: str) -> bool:
    """Whether what follows the last dot is part of a name, as in “Skærmbillede 12.30”, and no extension."""
    return " " in extension or extension.isdigit()


def _content(upload: Any) -> Any:
    """The whole content as something that can be searched: mapped when it lies on disk, else as it lies in memory."""
    inner = getattr(upload, "file", upload)
    upload.seek(0)
    try:
        return mmap.mmap(inner.fileno(), 0, access=mmap.ACCESS_READ)
    except (AttributeError, OSError):  # in memory: at most FILE_UPLOAD_MAX_MEMORY_SIZE
        data = upload.read(settings.UPLOAD_MAX_BYTES + 1)
        return data if isinstance(data, bytes) else codecs.encode(data, "utf-8")


def _wrong_type(name: str, extension: str) -> str:
    hint = HINTS.get(extension, f"Du kan vedhæfte {ALLOWED}.")
    return f"Filen “{name}” er af en type, der ikke kan vedhæftes. {hint}"


def _disagreement(name: str, extension: str, kind: str, with_type: bool) -> str:
    if kind == "encrypted":
        return f"Filen “{name}” er beskyttet med adgangskode. Gem den uden adgangskode, og prøv igen."
    if kind == "ole":
        return f"Filen “{name}” er i et ældre format. {HINTS['ole']}"
    if not with_type:
        return _wrong_type(name, kind)
    return (
        f"Filen “{name}” er ikke det, som navnet siger (.{extension}). "
        "Åbn den, gem den igen i det rigtige format, og prøv igen."
    )
