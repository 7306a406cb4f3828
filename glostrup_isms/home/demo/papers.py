"""Small real files for the demo's cases, made when they are needed: a picture, a PDF, a text."""

import struct
import zlib

from django.core.files.uploadedfile import SimpleUploadedFile


def paper(name: str, text: str) -> SimpleUploadedFile:
    """A file whose content is what its name says (.png, .pdf or .txt)."""
    kind = name.rpartition(".")[2]
    content = _picture() if kind == "png" else _pdf(text) if kind == "pdf" else text.encode()
    return SimpleUploadedFile(name, content)


def _picture() -> bytes:
    """320 x 200 pixels: a pale window with a dark bar, like a screenshot without anybody's data."""
    dark, pale, grey = b"\x2b\x4a\x5e", b"\xf4\xf6\xf7", b"\xc4\xcf\xd6"
    bar, page, line = dark * 320, pale * 320, pale * 20 + grey * 280 + pale * 20
    rows = [bar if y < 28 else line if y % 24 in (10, 11, 12, 13) else page for y in range(200)]
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    header = struct.pack(">IIBBBBB", 320, 200, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _pdf(text: str) -> bytes:
    """One page with one line of text."""
    safe = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)").encode("cp1252", "replace")
    drawing = b"BT /F1 14 Tf 60 760 Td (" + safe + b") Tj ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica "
        b"/Encoding /WinAnsiEncoding >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawing), drawing),
    ]
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    return body + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (count, table, count, len(body))
    )
