"""What lies inside an uploaded file: signatures, picture sizes, PDF names and the parts of Office packages.

Works on `bytes` or a memory map. Everything unpacked is counted against a ceiling, and nothing is executed, rendered
or fetched. A Fault is the second half of a Danish sentence: “Filen X …”.
"""

import io
import re
import stat
import struct
import zipfile
import zlib
from typing import Any

UNPACKED_MAX = 250 * 1024 * 1024  # bytes over all parts of a package
RATIO_MAX = 200  # unpacked to packed, for packages that unpack to more than RATIO_FREE
RATIO_FREE = 20 * 1024 * 1024
PARTS_MAX = 5_000
DIRECTORY_MAX = 1024 * 1024  # bytes of a package's table of contents, read into memory
NESTED_MAX = 20 * 1024 * 1024  # bytes of an Office document inside another
STREAM_MAX = 4 * 1024 * 1024  # bytes unpacked of one PDF stream
STREAMS_MAX = 512 * 1024 * 1024  # and of all of them
STREAM_COUNT_MAX = 200_000
SLASH_COST = 50  # looking at a slash, where a name may begin, takes as long as so many other bytes
CHUNK = 256 * 1024

LOCKED = "er beskyttet med adgangskode. Gem den uden adgangskode, og prøv igen"
BROKEN = "er beskadiget eller ufuldstændig. Gem den igen, og prøv igen"
BOMB = "fylder alt for meget, når den pakkes ud. Gem en mindre udgave, og prøv igen"
ACTIVE = "indeholder makroer eller andet, der kan køre af sig selv. Gem den som pdf eller uden makroer, og prøv igen"
ACTIVE_PDF = (
    "indeholder programkode eller indlejrede filer. Vælg Udskriv og “Gem som pdf”, eller tag et skærmbillede, "
    "og vedhæft det i stedet"
)
TWO_THINGS = "er sat sammen af flere slags filer. Gem den igen i sit eget format, og prøv igen"
UNSAFE_PARTS = "er pakket på en usikker måde. Åbn den, gem den igen, og prøv igen"


class Fault(Exception):
    """Why a file is not taken: the rest of a Danish sentence, without its full stop."""


# ── What kind of content ─────────────────────────────────────────────────────────────────────────
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
MARKUP_START = re.compile(
    rb"\s*(?:<!--|<!doctype|<\?xml|<(?:html|head|body|script|svg|iframe|img|style|title|meta|table|div|a|p|h1|br)[\s/>])",
    re.I,
)


def kind_of(data: Any) -> str:
    """The kind that the content has by its signature: "pdf", "png", …, "text", or "" when none is known."""
    head = data[:32]
    for start, kind in (
        (b"%PDF-", "pdf"),
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"\xff\xd8\xff", "jpg"),
        (b"GIF87a", "gif"),
        (b"GIF89a", "gif"),
        (b"PK\x03\x04", "zip"),
    ):
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return "heic" if brand in HEIC_BRANDS else "mov" if brand == b"qt  " else "mp4"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _compound_kind(data)
    return "text" if is_text(data) else ""


def _compound_kind(data: Any) -> str:
    """Outlook mail, a locked Office document, or another old Office format; the directory holds the names."""
    if data.find("EncryptedPackage".encode("utf-16-le")) >= 0:
        return "encrypted"
    return "msg" if data.find("__properties_version1.0".encode("utf-16-le")) >= 0 else "ole"


def is_text(data: Any) -> bool:
    """Readable text in UTF-8, in UTF-16 with its mark, or in an eight-bit Western set; no control characters."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
    control = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
    if encoding:
        reader = io.TextIOWrapper(io.BytesIO(data[:]), encoding)
        try:
            while piece := reader.read(CHUNK):
                if control.search(piece):
                    return False
        except UnicodeError:
            return False
        return True
    return re.search(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]", data) is None


def starts_like_markup(data: Any) -> bool:
    """Whether a browser that guesses would take the text for a page, a drawing or XML."""
    head = data[:2048]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", "ignore").encode()
    return MARKUP_START.match(head.removeprefix(b"\xef\xbb\xbf")) is not None


def has_mail_headers(data: Any) -> bool:
    """Header lines come first, and at least one is a header that every mail has."""
    head = data[: 64 * 1024].removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    head = re.split(rb"\r?\n\r?\n", head, maxsplit=1)[0]
    if not re.match(rb"(?:From [^\n]*\n)?[!-9;-~]+[ \t]*:", head):
        return False
    return re.search(rb"^(?:From|Received|Subject|Date|Message-ID|Return-Path)[ \t]*:", head, re.I | re.M) is not None


def check_not_two_things(data: Any, kind: str) -> None:
    """Refuse what is one thing to us and another to somebody's program: a picture that is a zip."""
    head = data[:1024]
    binary = kind != "text"
    if kind != "pdf" and b"%PDF-" in head:
        raise Fault(TWO_THINGS)
    if binary and re.search(rb"<(?:html|script|svg|body|iframe|!doctype html)[\s>/]", head, re.I):
        raise Fault(TWO_THINGS)
    if kind not in {"zip", "msg"} and _is_package(data):
        raise Fault(TWO_THINGS)


# ── Pictures: size from the header only ──────────────────────────────────────────────────────────
def dimensions(data: Any) -> tuple[int, int] | None:
    """(width, height) in pixels as the header says, or None when the header is broken."""
    try:
        head = data[:64]
        if head[:4] == b"\x89PNG":
            size = struct.unpack(">II", head[16:24]) if head[12:16] == b"IHDR" else None
        elif head[:3] == b"GIF":
            size = struct.unpack("<HH", head[6:10])
        elif head[:4] == b"RIFF":
            size = _webp_size(head)
        elif head[4:8] == b"ftyp":
            size = _heic_size(data)
        else:
            size = _jpeg_size(data)
    except (struct.error, IndexError):
        return None
    return (size[0], size[1]) if size and size[0] and size[1] else None


def _webp_size(head: bytes) -> tuple[int, int] | None:
    form = head[12:16]
    if form == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if form == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if form == b"VP8 ":
        width, height = struct.unpack("<HH", head[26:30])
        return width & 0x3FFF, height & 0x3FFF
    return None


def _heic_size(data: Any) -> tuple[int, int] | None:
    """The largest `ispe` property among the file's properties, which stand near the beginning."""
    found = [struct.unpack(">II", m[1]) for m in re.finditer(rb"ispe\x00\x00\x00\x00(.{8})", data[: 1 << 20], re.S)]
    return max(found, key=lambda size: size[0] * size[1], default=None)


def _jpeg_size(data: Any) -> tuple[int, int] | None:
    at = 2
    for _ in range(2_000):  # segments; a real picture has fewer than a hundred
        while data[at] == 0xFF and data[at + 1] == 0xFF:
            at += 1
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        if marker in (0xD9, 0xDA):
            return None
        at += 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
    return None


# ── PDF: names that let something run, open or hide ──────────────────────────────────────────────
def _pdf_names(*names: str) -> re.Pattern[bytes]:
    """Matches the names also when letters are written as #hh (ISO 32000-1, 7.3.5)."""
    spelled = ("".join(f"(?:{c}|#{ord(c):02x}|#{ord(c):02X})" for c in name) for name in names)
    first = "".join(sorted({name[0] for name in names}))
    return re.compile(f"/(?=[{first}#])(?:".encode() + "|".join(spelled).encode() + rb")(?=[\s/<>\[\]()%]|$)")


PDF_ACTIVE = _pdf_names("JavaScript", "Launch", "EmbeddedFile", "EmbeddedFiles", "RichMedia", "Rendition", "XFA")
PDF_LOCKED = _pdf_names("Encrypt")


def check_pdf(data: Any) -> None:
    """Refuse locked PDFs and those with script, programs to start, embedded files or media.

    The names are sought in the whole file and in every packed stream, so that no trick with the file's structure
    hides them from us but not from a reader. A name that only stands in the text is refused too; it is rare.
    """
    if data.rfind(b"startxref") < 0:
        raise Fault(BROKEN)
    if PDF_LOCKED.search(data):
        raise Fault(LOCKED)
    if PDF_ACTIVE.search(data):
        raise Fault(ACTIVE_PDF)
    left = STREAMS_MAX
    for count, start in enumerate(re.finditer(rb"stream[ \t]*(?:\r\n|\n|\r)?", data)):
        body = _unpack(data, start.end())
        left -= len(body) + SLASH_COST * body.count(b"/")
        if left < 0 or count > STREAM_COUNT_MAX:
            raise Fault(BOMB)
        if PDF_ACTIVE.search(body):
            raise Fault(ACTIVE_PDF)


def _unpack(data: Any, at: int) -> bytes:
    """At most STREAM_MAX bytes of the Flate stream that begins at `at`; nothing when none begins there."""
    if data[at : at + 1] and data[at] & 0x0F != 8:  # no zlib header: a picture, or the word was something else
        return b""
    unpacker, body, step = zlib.decompressobj(), b"", 4096
    try:
        while len(body) < STREAM_MAX and not unpacker.eof and (piece := data[at : at + step]):
            body += unpacker.decompress(piece, STREAM_MAX - len(body))
            at, step = at + len(piece), 64 * 1024
    except zlib.error:
        pass  # what came out before the fault is looked at all the same
    return body


# ── Office packages ──────────────────────────────────────────────────────────────────────────────
MAIN_PARTS = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}
ODF_TYPES = {
    "odt": b"application/vnd.oasis.opendocument.text",
    "ods": b"application/vnd.oasis.opendocument.spreadsheet",
    "odp": b"application/vnd.oasis.opendocument.presentation",
}
ACTIVE_PART = re.compile(
    r"vbaproject|vbadata|oleobject\d*\.bin$|/activex/|^basic/|^scripts/|\.(?:exe|js|vbs|bat|cmd|ps1|dll)$"
)
XML_PART = re.compile(r"\.(?:xml|rels|vml|rdf)$")
DECLARATIONS = [text.encode(form) for text in ("<!DOCTYPE", "<!ENTITY") for form in ("ascii", "utf-16-le", "utf-16-be")]
ENCODINGS = {b"utf-8", b"utf-16", b"us-ascii", b"iso-8859-1", b"windows-1252"}
RELATION = re.compile(rb"<Relationship\b[^>]{0,4000}>")
FETCHES = re.compile(rb"/(?:attachedTemplate|oleObject|frame|subDocument)[\"']", re.I)
RELATIONS_MAX = 2 * 1024 * 1024  # bytes of one part that lists relations


def _directory(data: Any) -> tuple[int, int] | None:
    """(size, entries) of the zip table of contents at the end of the file, or None when there is none."""
    tail = data[max(0, len(data) - 65_557) :]
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        return None
    if tail[max(0, at - 20) : at].startswith(b"PK\x06\x07"):  # the large form, which no file of our size needs
        return len(data), 0xFFFF
    entries, size = struct.unpack("<HI", tail[at + 10 : at + 16])
    return size, entries


def _is_package(data: Any) -> bool:
    """A zip with at least one part, wherever in the file it begins."""
    directory = _directory(data)
    if directory is None:
        return False
    if directory[0] > DIRECTORY_MAX:
        return directory[0] <= len(data)
    try:
        with zipfile.ZipFile(_Reader(data)) as package:
            return bool(package.infolist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error):
        return False


class _Reader(io.RawIOBase):
    """Reads `bytes` or a memory map without a copy, and leaves it open."""

    def __init__(self, data: Any) -> None:
        self.data, self.at = data, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = max(0, (0, self.at, len(self.data))[whence] + offset)
        return self.at

    def tell(self) -> int:
        return self.at

    def read(self, size: int | None = -1) -> bytes:
        end = len(self.data) if size is None or size < 0 else self.at + size
        piece = bytes(self.data[self.at : end])
        self.at += len(piece)
        return piece


def check_package(data: Any, extension: str, depth: int = 0) -> None:
    """Refuse an Office package that is not of its kind, is locked, unpacks to too much, or holds what can run."""
    directory = _directory(data)
    if directory is None:
        raise Fault(BROKEN)
    if directory[0] > DIRECTORY_MAX or directory[1] > PARTS_MAX:
        raise Fault(BOMB)
    try:
        with zipfile.ZipFile(_Reader(data)) as package:  # type: ignore[arg-type]
            _check_parts(package, len(data), extension)
            for part in package.infolist():
                _check_content(package, part, depth)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, struct.error, OSError) as error:
        raise Fault(BROKEN) from error


def _check_parts(package: zipfile.ZipFile, packed: int, extension: str) -> None:
    parts = package.infolist()
    names = [part.filename for part in parts]
    if not parts:
        raise Fault(BROKEN)
    total = sum(part.file_size for part in parts)
    if len(parts) > PARTS_MAX or total > UNPACKED_MAX or (total > RATIO_FREE and total > RATIO_MAX * packed):
        raise Fault(BOMB)
    if any(part.flag_bits & 1 for part in parts):
        raise Fault(LOCKED)
    if any(_is_unsafe(part) for part in parts) or len({name.casefold() for name in names}) < len(names):
        raise Fault(UNSAFE_PARTS)
    if min(part.header_offset for part in parts) != 0:
        raise Fault(TWO_THINGS)
    if any(ACTIVE_PART.search(name.casefold()) for name in names):
        raise Fault(ACTIVE)
    if extension in MAIN_PARTS:
        right = MAIN_PARTS[extension] in names and "[Content_Types].xml" in names
    else:
        right = "mimetype" in names and "content.xml" in names
        with package.open("mimetype" if right else names[0]) as reader:
            right = right and reader.read(100) == ODF_TYPES[extension]
    if not right:
        raise Fault(f"er ikke en .{extension}-fil. Åbn den, gem den igen i det rigtige format, og prøv igen")


def _is_unsafe(part: zipfile.ZipInfo) -> bool:
    name = part.orig_filename
    return (
        name.startswith("/")
        or "\\" in name
        or "\0" in name
        or ":" in name
        or ".." in name.split("/")
        or stat.S_ISLNK(part.external_attr >> 16)
        or part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    )


def _check_content(package: zipfile.ZipFile, part: zipfile.ZipInfo, depth: int) -> None:
    """Read one part to its end, which also proves the size and checksum that the table of contents states."""
    with package.open(part) as reader:
        head = reader.read(4096)
        if head.startswith(b"PK\x03\x04"):
            kind = part.filename.rpartition(".")[2].casefold()
            if depth or kind not in MAIN_PARTS or part.file_size > NESTED_MAX:
                raise Fault(UNSAFE_PARTS)
            check_package(head + reader.read(), kind, depth + 1)
        elif head.startswith((b"MZ", b"\x7fELF", b"\xd0\xcf\x11\xe0")):
            raise Fault(ACTIVE)
        elif XML_PART.search(part.filename.casefold()) or head.lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(b"<"):
            if part.filename.casefold().endswith(".rels"):
                _check_relations(head + reader.read(RELATIONS_MAX))
                if part.file_size > RELATIONS_MAX:
                    raise Fault(UNSAFE_PARTS)
                reader.seek(len(head))
            _check_xml(head, reader)
        while reader.read(CHUNK):
            pass


def _check_relations(text: bytes) -> None:
    """Refuse a document that would fetch a template, an object or another document when it is opened."""
    for relation in RELATION.finditer(text):
        if re.search(rb"TargetMode\s*=\s*[\"']External", relation[0], re.I) and FETCHES.search(relation[0]):
            raise Fault(UNSAFE_PARTS)


def _check_xml(piece: bytes, reader: Any) -> None:
    named = re.search(rb"<\?xml[^>]*encoding\s*=\s*[\"']([^\"']*)", piece[:400])
    if named and named[1].lower() not in ENCODINGS:
        raise Fault(UNSAFE_PARTS)
    before = b""
    while piece:
        window = before + piece
        if any(mark in window for mark in DECLARATIONS):
            raise Fault(UNSAFE_PARTS)
        if b"macroEnabled" in window:
            raise Fault(ACTIVE)
        if b"manifest:encryption-data" in window:
            raise Fault(LOCKED)
        before = window[-64:]
        piece = reader.read(CHUNK)
