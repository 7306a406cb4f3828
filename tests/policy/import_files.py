"""Word documents for the tests of importing: made with python-docx, and with the XML that it has no words for."""

import io
import zipfile
from typing import Any

import docx
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.text.paragraph import Paragraph
from lxml import etree

from policy.importing import Imported, read

W = nsdecls("w", "r", "wp", "a")
MORE = (
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)


def new() -> Document:
    return docx.Document()


def saved(document: Document) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def element(xml: str) -> Any:
    """One element of WordprocessingML; the namespaces are put into its first tag."""
    head, gap, rest = xml.partition(">")
    closing = "/" if head.endswith("/") else ""
    return parse_xml(f"{head.removesuffix('/')} {W} {MORE}{closing}{gap}{rest}")


def add(paragraph: Paragraph, *xml: str) -> Paragraph:
    for one in xml:
        paragraph._p.append(element(one))
    return paragraph


def add_block(document: Document, xml: str) -> None:
    """Put before the section's properties, which stand last."""
    document.element.body.insert(len(document.element.body) - 1, element(xml))


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def field(code: str, shown: str) -> list[str]:
    """A field as Word writes it: begin, code, separate, what it shows, end."""
    return [
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>',
        f'<w:r><w:instrText xml:space="preserve"> {code} </w:instrText></w:r>',
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>',
        run(shown),
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>',
    ]


def brought_in(document: Document) -> Imported:
    return read("regler.docx", saved(document))


def told(imported: Imported, words: str) -> bool:
    return any(words in note for note in imported.notes)


def with_heading() -> Document:
    document = new()
    document.add_heading("Regler for nøgler", 0)
    document.add_heading("Formål", 1)
    return document


def with_part(content: bytes, name: str, xml: str) -> bytes:
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a") as package:
        package.writestr(name, etree.tostring(element(xml)))
    return out.getvalue()
