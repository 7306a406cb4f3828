"""The XML parts of a Word package, with ceilings on what is unpacked and parsed. Nothing outside it is read."""

import io
import re
import zipfile
from collections.abc import Iterator

from lxml import etree

from policy.importing.pieces import ImportRefused
from policy.importing.word_styles import Node, child, children, value

PART_MAX = 64 * 1024 * 1024  # bytes of one part
MARKS_MAX = 6_000_000  # elements and attributes of one part; each takes a hundred bytes or more when parsed

BROKEN = "Dokumentet er beskadiget. Åbn det i Word, gem det igen som docx, og prøv igen."
TOO_LARGE = "Dokumentet er for stort. Tag billeder og bilag ud, eller del det i flere, og prøv igen."
_AROUND = re.compile(r"word/(?:header|footer)\d*\.xml")
_JUNK_TITLE = re.compile(r"(?i)microsoft word|\.docx?$|^(?:titel|title|dokument|document|præsentation)\d*$|^\W*$")


class Package:
    """A checked .docx. Raises ImportRefused when its XML cannot be read."""

    def __init__(self, content: bytes) -> None:
        self.zip = zipfile.ZipFile(io.BytesIO(content))  # every part has been read to its end by the check
        document = self.part("document")
        if document is None:
            raise ImportRefused(BROKEN)
        self.document = document

    def part(self, name: str) -> Node | None:
        """The root of word/<name>.xml, or None when the document has no such part."""
        return self._parse(f"word/{name}.xml")

    def addresses(self, part: str) -> dict[str, str]:
        """What the part's links lead to outside the document, by their id."""
        relations = self._parse(f"word/_rels/{part}.xml.rels")
        return {
            value(one, "Id"): value(one, "Target")
            for one in children(relations, "Relationship")
            if value(one, "TargetMode") == "External"
        }

    def around(self) -> Iterator[Node]:
        """Headers and footers."""
        for name in sorted(self.zip.namelist()):
            if _AROUND.fullmatch(name) and (part := self._parse(name)) is not None:
                yield part

    @property
    def title(self) -> str:
        """The title among the document's properties, unless a program made it up."""
        title = child(self._parse("docProps/core.xml"), "title")
        words = " ".join((title.text or "").split()) if title is not None else ""
        return "" if _JUNK_TITLE.search(words) else words

    def _parse(self, name: str) -> Node | None:
        if name not in self.zip.namelist():
            return None
        with self.zip.open(name) as reader:
            content = reader.read(PART_MAX + 1)
        if len(content) > PART_MAX or content.count(b"<") + content.count(b"=") > MARKS_MAX:
            raise ImportRefused(TOO_LARGE)
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True,
                                 remove_pis=True)  # fmt: skip
        try:
            return etree.fromstring(content, parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise ImportRefused(BROKEN) from error
