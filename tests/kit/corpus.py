"""Files that are fine, files that are not, and the answer each must get. Built when asked for; nothing hostile is
committed, and the scanner's test pattern is put together from two halves."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
OK = ""
KILO, MEGA = 1024, 1024 * 1024


@dataclass(frozen=True)
class Item:
    """`answer`: what the refusal says, or OK. `shown`: the name it gets; `served`: its content type."""

    label: str
    name: str
    content: bytes
    answer: str = OK
    shown: str = ""
    served: str = ""


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int = 4, height: int = 4) -> bytes:
    rows = zlib.compress(b"\0" * (min(height, 4) * (1 + 3 * min(width, 4))))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def jpg(width: int = 4, height: int = 4, exif: bytes = b"") -> bytes:
    start = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    if exif:
        start += b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    frame = b"\xff\xc0\x00\x0b\x08" + struct.pack(">HH", height, width) + b"\x01\x01\x11\x00"
    return start + frame + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x00" * 20 + b"\xff\xd9"


def gif(width: int = 4, height: int = 4) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\x00\x00" + b"\0" * 6 + b"\x3b"


def webp(width: int = 4, height: int = 4) -> bytes:
    body = b"WEBPVP8X\x0a\0\0\0\0\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", len(body)) + body


def heic(width: int = 4032, height: int = 3024) -> bytes:
    size = b"\0\0\0\x14ispe\0\0\0\0" + struct.pack(">II", width, height)
    return b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0\0\0\x40meta\0\0\0\0" + size + b"\0" * 40


def film(brand: bytes) -> bytes:
    return b"\0\0\0\x14ftyp" + brand + b"\0\0\0\0" + brand + b"\0\0\0\x08free" + b"\0\0\0\x10mdat" + b"\1" * 8


def pdf(catalog: bytes = b"", extra: bytes = b"", trailer: bytes = b"") -> bytes:
    return (
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R " + catalog + b" >>\nendobj\n"
        b"2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n"
        b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] >>\nendobj\n"
        + extra
        + b"\ntrailer\n<< /Size 9 /Root 1 0 R "
        + trailer
        + b" >>\nstartxref\n0\n%%EOF\n"
    )


def stream(body: bytes, about: bytes = b"") -> bytes:
    packed = zlib.compress(body, 9)
    return b"7 0 obj\n<< %s /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream\nendobj\n" % (
        about,
        len(packed),
        packed,
    )


def package(parts: dict[str, bytes], stored: tuple[str, ...] = ()) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, body in parts.items():
            file.writestr(name, body, zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED)
    return out.getvalue()


MAIN = {
    "docx": ("word/document.xml", b"wordprocessingml.document.main"),
    "xlsx": ("xl/workbook.xml", b"spreadsheetml.sheet.main"),
    "pptx": ("ppt/presentation.xml", b"presentationml.presentation.main"),
}


def office(kind: str = "docx", types: bytes = b"", body: bytes = b"<w/>", **more: bytes) -> bytes:
    main, name = MAIN[kind]
    content_types = b'<?xml version="1.0" encoding="UTF-8"?><Types>' + (types or name) + b"</Types>"
    parts = {"[Content_Types].xml": content_types, "_rels/.rels": b"<Relationships/>", main: body}
    return package(parts | {key.replace("__", "/"): value for key, value in more.items()})


def with_parts(more: dict[str, bytes], kind: str = "docx") -> bytes:
    return office(kind, **{name.replace("/", "__"): body for name, body in more.items()})


def open_document(kind: str = "text", manifest: bytes = b"<manifest:manifest/>") -> bytes:
    parts = {
        "mimetype": b"application/vnd.oasis.opendocument." + kind.encode(),
        "content.xml": b"<office/>",
        "META-INF/manifest.xml": manifest,
    }
    return package(parts, stored=("mimetype",))


def compound(name: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + name.encode("utf-16-le") + b"\0" * 512


def zeros(gigabytes: float) -> bytes:
    """So many zeros as a raw Deflate stream, joined of equal blocks so that making it costs nothing."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packer.compress(b"\0" * MEGA)
    packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b"\0" * MEGA) + packer.flush(zlib.Z_FULL_FLUSH)
    return block * int(gigabytes * 1024) + packer.flush()


def with_packed_part(packed: bytes, sizes: list[int]) -> bytes:
    """A document with further parts whose packed bytes and stated sizes are given; checksums are 0."""
    out = io.BytesIO(office())
    with zipfile.ZipFile(out, "a") as file:
        for number, size in enumerate(sizes):
            part = zipfile.ZipInfo(f"word/media/image{number}.bin")
            part.compress_type, part.compress_size, part.file_size = zipfile.ZIP_DEFLATED, len(packed), size
            part.header_offset, part.CRC = file.start_dir, 0
            out.seek(file.start_dir)
            out.write(part.FileHeader() + packed)
            file.start_dir = out.tell()
            file.filelist.append(part)
            file.NameToInfo[part.filename] = part
        file._didModify = True
    return out.getvalue()


def bomb(gigabytes: float) -> bytes:
    """A document that unpacks to so much, in four parts."""
    each = gigabytes / 4
    return with_packed_part(zeros(each), [int(each * 1024) * MEGA] * 4)


def lying_bomb() -> bytes:
    """Unpacks to a gigabyte; the table of contents says 5,000 bytes."""
    return with_packed_part(zeros(1), [5000])


def claims_gigabytes() -> bytes:
    """The table of contents says 10 GB; the packed bytes are few."""
    content = bytearray(with_parts({"media/zeros.bin": b"\0" * KILO}))
    at = content.rfind(b"PK\x01\x02")
    parts = 3
    for _ in range(parts):  # the last parts of the table claim nearly 4 GB each
        content[at + 24 : at + 28] = struct.pack("<I", 0xFFFFFFF0)
        at = content.rfind(b"PK\x01\x02", 0, at)
    return bytes(content)


def locked_flag(content: bytes) -> bytes:
    changed = bytearray(content)
    at = changed.find(b"PK\x01\x02")
    changed[at + 8] |= 1
    return bytes(changed)


def symlink() -> bytes:
    out = io.BytesIO(with_parts({}))
    with zipfile.ZipFile(out, "a") as file:
        link = zipfile.ZipInfo("word/link")
        link.external_attr = 0o120777 << 16
        file.writestr(link, "/etc/passwd")
    return out.getvalue()


def twice() -> bytes:
    out = io.BytesIO(with_parts({}))
    with zipfile.ZipFile(out, "a") as file:
        file.writestr("WORD/DOCUMENT.XML", b"<other/>")
    return out.getvalue()


def with_nul_name() -> bytes:
    return with_parts({"word/a_b.xml": b"<w/>"}).replace(b"word/a_b.xml", b"word/a\0b.xml")


PAGE = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
MAIL = (
    b"Received: from mx.example.org\r\nFrom: a@example.org\r\nTo: b@example.org\r\nSubject: Vind en telefon\r\n"
    b"Content-Type: text/html; charset=utf-8\r\n\r\n" + PAGE
)
XXE = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><w>&x;</w>'
REMOTE = (
    b'<Relationships><Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
    b'attachedTemplate" Target="http://198.51.100.7/t.dotm" TargetMode="External"/></Relationships>'
)
LINK = (
    b'<Relationships><Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
    b'hyperlink" Target="https://example.org/" TargetMode="External"/></Relationships>'
)


def good() -> Iterator[Item]:
    """What people in a hurry send, and must get through with."""
    yield Item("screenshot", "Skærmbillede 2026-11-24.png", png(1170, 2532), served="image/png")
    yield Item(
        "screenshot without extension",
        "Skærmbillede 2026-11-24 kl. 12.30.15",
        png(),
        shown="Skærmbillede 2026-11-24 kl. 12.30.15.png",
        served="image/png",
    )
    yield Item("phone picture", "IMG_0042.HEIC", heic(), served="image/heic")
    yield Item("phone picture under a wrong name", "image.jpg", heic(), shown="image.heic", served="image/heic")
    yield Item("picture that a chat renamed", "billede.jpeg", webp(), shown="billede.webp", served="image/webp")
    yield Item("picture by number", "1000012345", jpg(), shown="1000012345.jpg", served="image/jpeg")
    yield Item("camera picture", "DSC1.JPG", jpg(12000, 9000, exif=b"Exif\0\0" + b"x" * 500), served="image/jpeg")
    yield Item("motion picture", "PXL.jpg", jpg() + film(b"isom"), served="image/jpeg")
    yield Item("gif", "vis.gif", gif(), served="image/gif")
    yield Item("film", "klip.mp4", film(b"isom"), served="video/mp4")
    yield Item("film from a phone", "klip.mov", film(b"qt  "), served="video/quicktime")
    yield Item("pdf", "brev.pdf", pdf(), served="application/pdf")
    yield Item("pdf with packed objects", "brev.pdf", pdf(extra=stream(b"4 0 << /Type /Font >>", b"/Type /ObjStm")))
    yield Item("pdf with a link", "brev.pdf", pdf(extra=b"<< /S /URI /URI (https://example.org/launch) >>"))
    yield Item("text", "noter.txt", "Blåbær og æble\r\n".encode(), served="text/plain")
    yield Item("text from old Windows", "noter.txt", "Blåbær\r\n".encode("cp1252"), served="text/plain")
    yield Item("text from Notepad", "noter.txt", "Blåbær\r\n".encode("utf-16"), served="text/plain")
    yield Item("log", "server.log", b"\x1b[31mERROR\x1b[0m no\n" * 1000, served="text/plain")
    yield Item("table", "liste.csv", b"navn;by\r\n=1+1;Glostrup\r\n", served="text/csv")
    yield Item("mail as evidence", "Vind.eml", MAIL, served="message/rfc822")
    yield Item("Outlook mail", "Vind.msg", compound("__properties_version1.0"), served="application/vnd.ms-outlook")
    for kind in MAIN:
        yield Item(f"plain {kind}", f"fil.{kind}", office(kind), served="application/vnd.openxmlformats-officedocument")
    yield Item("docx with a web link", "fil.docx", with_parts({"word/_rels/document.xml.rels": LINK}))
    yield Item("docx with a sheet inside", "fil.docx", with_parts({"word/embeddings/Sheet1.xlsx": office("xlsx")}))
    yield Item("odt", "fil.odt", open_document(), served="application/vnd.oasis.opendocument.text")
    yield Item("ods", "fil.ods", open_document("spreadsheet"), served="application/vnd.oasis.opendocument.spreadsheet")
    yield Item("many pages", "rapport.pdf", pdf(extra=stream(b"0 0 m\n" * 100_000) * 50))


def bad() -> Iterator[Item]:
    """What is refused, and with which words."""
    two, active, locked = "flere slags filer", "makroer", "adgangskode"
    broken, unsafe, huge, web = "beskadiget", "usikker måde", "fylder alt for meget", "webside"
    other, program = "ikke det, som navnet siger", "programkode"
    yield Item("empty", "tom.pdf", b"", "er tom")
    yield Item("too big", "stor.txt", b"a" * (25 * MEGA + 1), "højst fylde")
    yield Item("program", "regning.exe", b"MZ\x90\0" + b"\0" * 100, "type, der ikke")
    yield Item("program as picture", "regning.png", b"MZ\x90\0" + b"\0" * 100, other)
    yield Item("program without extension", "regning", b"\x7fELF" + b"\0" * 100, "type, der ikke")
    yield Item("script", "kør.ps1", b"Get-Item\n", "type, der ikke")
    yield Item("page", "side.html", PAGE, "skærmbillede")
    yield Item("page as pdf", "side.pdf", PAGE, other)
    yield Item("page as text", "side.txt", PAGE, web)
    yield Item("page as text, UTF-16", "side.txt", PAGE.decode().encode("utf-16"), web)
    yield Item("page as picture", "side.jpg", PAGE, other)
    yield Item("page as mail", "side.eml", PAGE, "ikke en e-mail")
    yield Item("page in a pdf's head", "side.pdf", b"%PDF-1.7\n" + PAGE + pdf()[9:], two)
    yield Item("pdf in name only", "side.pdf", b"%PDF-1.7\nhello", broken)
    yield Item("pdf after other bytes", "side.pdf", b"hello\n" + pdf(), other)
    yield Item("drawing", "tegning.svg", SVG, "som png")
    yield Item("drawing as png", "tegning.png", SVG, other)
    yield Item("drawing as text", "tegning.txt", SVG, web)
    yield Item("xml as text", "a.csv", XXE, web)
    yield Item("double extension", "a.pdf.html", pdf(), "skærmbillede")
    yield Item("pdf and zip in one", "a.pdf", pdf() + package({"a.class": b"x"}), two)
    yield Item("picture and archive in one", "a.gif", gif() + package({"a.class": b"x"}), two)
    yield Item("picture and zip with a comment", "a.png", png() + package({"a.js": b"x"})[:-2] + b"\x05\0hello", two)
    yield Item("pdf in a picture", "a.jpg", jpg(exif=b"Exif\0\0" + pdf()), two)
    yield Item("page in a picture", "a.gif", gif() + b"<script>alert(1)</script>", two)
    yield Item("document after other bytes", "a.docx", b"PK\x03\x04" + b"\0" * 30 + office(), two)
    yield Item("pixel flood", "flod.png", png(60_000, 60_000), "stort billede")
    yield Item("pixel flood, jpg", "flod.jpg", jpg(65_000, 65_000), "stort billede")
    yield Item("pixel flood, gif", "flod.gif", gif(65_535, 65_535), "stort billede")
    yield Item("pixel flood, webp", "flod.webp", webp(16_000_000, 16_000_000), "stort billede")
    yield Item("pixel flood, heic", "flod.heic", heic(90_000, 90_000), "stort billede")
    yield Item("picture without size", "flod.png", png(0, 0), broken)
    yield Item("cut picture", "flod.jpg", jpg()[:20], broken)
    yield Item("zip", "filer.zip", package({"a.txt": b"x"}), "Pak filen ud")
    yield Item("scanner pattern in a zip", "e.zip", package({"e.com": EICAR}), "Pak filen ud")
    yield Item("nested zip", "filer.zip", package({"a.zip": package({"b.zip": package({"c": b"0"})})}), "Pak filen")
    yield Item("zip as docx", "a.docx", package({"a.txt": b"x"}), "ikke en .docx-fil")
    yield Item("zip slip", "a.docx", with_parts({"../../etc/passwd": b"x"}), unsafe)
    yield Item("absolute name", "a.docx", package({"/etc/passwd": b"x"}), unsafe)
    yield Item("Windows name", "a.docx", with_parts({"C:\\x.xml": b"x"}), unsafe)
    yield Item("NUL in a name", "a.docx", with_nul_name(), unsafe)
    yield Item("symlink", "a.docx", symlink(), unsafe)
    yield Item("same part twice", "a.docx", twice(), unsafe)
    yield Item("bomb of 10 GB", "a.docx", bomb(10), huge)
    yield Item("bomb that lies about its size", "a.docx", lying_bomb(), broken)
    yield Item("bomb by its table", "a.xlsx", claims_gigabytes(), f"{huge}|{unsafe}|{broken}|ikke en .xlsx-fil")
    yield Item("too many parts", "a.docx", with_parts({f"word/{n}.xml": b"" for n in range(6000)}), huge)
    nested = with_parts({"word/embeddings/a.docx": with_parts({"word/embeddings/b.docx": office()})})
    yield Item("document in a document in a document", "a.docx", nested, unsafe)
    yield Item("zip in a document", "a.docx", with_parts({"word/media/a.zip": package({"a": b"x"})}), unsafe)
    yield Item("bomb in a document", "a.docx", with_parts({"word/embeddings/a.docx": bomb(0.3)}), huge)
    yield Item("macros", "a.docx", with_parts({"word/vbaProject.bin": b"x"}), active)
    yield Item("macros under another name", "a.docx", office(types=b"vnd.ms-word.document.macroEnabled"), active)
    yield Item("macro document", "a.docm", office(), active)
    yield Item("object with a program", "a.docx", with_parts({"word/embeddings/oleObject1.bin": b"x"}), active)
    yield Item("program in a document", "a.docx", with_parts({"word/media/image1.png": b"MZ\x90"}), active)
    yield Item("entities", "a.docx", office(body=XXE), unsafe)
    yield Item("entities far in", "a.docx", office(body=b"<!--" + b"x" * MEGA + b"-->" + XXE[21:]), unsafe)
    yield Item("entities in UTF-16", "a.docx", office(body=XXE[21:].decode().encode("utf-16")), unsafe)
    odd = b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE'
    yield Item("odd encoding", "a.docx", office(body=odd), unsafe)
    yield Item("template from the network", "a.docx", with_parts({"word/_rels/settings.xml.rels": REMOTE}), unsafe)
    yield Item("locked docx", "a.docx", compound("EncryptedPackage"), locked)
    yield Item("locked zip parts", "a.docx", locked_flag(office()), locked)
    yield Item("locked odt", "a.odt", open_document(manifest=b"<manifest:encryption-data/>"), locked)
    yield Item("odt with macros", "a.odt", package({"mimetype": b"x", "Basic/a.xml": b"x"}), active)
    yield Item("sheet as text document", "a.odt", open_document("spreadsheet"), "ikke en .odt-fil")
    yield Item("old Word", "a.doc", compound("WordDocument"), "som docx")
    yield Item("old Excel as xlsx", "a.xlsx", compound("Workbook"), "ældre format")
    yield Item("old Word as mail", "a.msg", compound("WordDocument"), "ældre format")
    yield Item("cut docx", "a.docx", office()[:-30], broken)
    yield Item("locked pdf", "a.pdf", pdf(trailer=b"/Encrypt 9 0 R"), locked)
    yield Item("pdf with script", "a.pdf", pdf(b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"), program)
    yield Item("pdf with hidden script", "a.pdf", pdf(b"/OpenAction << /S /J#61vaScr#69pt /JS (x) >>"), program)
    packed = stream(b"4 0 << /S/JavaScript/JS(x) >>", b"/Type /ObjStm /N 1 /First 4")
    yield Item("pdf with packed script", "a.pdf", pdf(extra=packed), program)
    yield Item("pdf that starts a program", "a.pdf", pdf(b"/OpenAction << /S /Launch /F (cmd.exe) >>"), program)
    yield Item("pdf with a file inside", "a.pdf", pdf(b"/Names << /EmbeddedFiles 4 0 R >>"), program)
    yield Item("pdf with a film inside", "a.pdf", pdf(extra=b"<< /Subtype /RichMedia >>"), program)
    yield Item("pdf bomb", "a.pdf", pdf(extra=stream(b"\0" * 8 * MEGA) * 200), huge)
    yield Item("pdf that takes long to look at", "a.pdf", pdf(extra=stream(b"/JavaScrip" * 400_000) * 127), huge)
    yield Item("bytes as text", "a.txt", b"hello\0world", other)
    yield Item("mail without headers", "a.eml", b"hello world\r\n", "ikke en e-mail")


# name sent -> name shown; the content is always a small PNG
NAMES = {
    "../../etc/passwd.png": "passwd.png",
    "/etc/cron.d/job.png": "job.png",
    "C:\\Windows\\System32\\a.png": "a.png",
    "..\\..\\a.png": "a.png",
    "a\0.exe\0.png": "a.exe.png",
    "faktura\u202egnp.exe.png": "fakturagnp.exe.png",
    "usynlig\u200b\ufeff.png": "usynlig.png",
    "a\r\nSet-Cookie: x=1.png": "a Set-Cookie_ x=1.png",
    'a"; filename="b.exe.png': "a__ filename=_b.exe.png",
    "<script>alert(1)</script>.png": "script_.png",
    "<img src=x onerror=alert(1)>.png": "_img src=x onerror=alert(1)_.png",
    "{{ 7*7 }}.png": "__ 7_7 __.png",
    "=cmd|' /C calc'!A0.png": "C calc_!A0.png",
    ".htaccess.png": "htaccess.png",
    "....png": "png.png",
    ".png": "png.png",
    "": "fil.png",
    "   .png": "png.png",
    "CON.png": "CON.png",
    "æøå Ærø.png": "æøå Ærø.png",
    "A\u030a.png": "Å.png",
    "ø" * 300 + ".png": "ø" * 73 + ".png",
    "x" * 300 + ".png": "x" * 146 + ".png",
    "\ud800a.png": "a.png",
    "a.b.c.png": "a.b.c.png",
}
