"""Word documents (.docx) as the reader of Word sees them: insertions accepted, deletions gone, fields as they show.

The package is checked before it comes here (`reading`). Only its own XML is read, without DTDs or entities, and nothing
is fetched. Every text of the body is either in the result or told of in a note. Source of the element names: ECMA-376
part 1, WordprocessingML.
"""

import re
from collections import Counter

from policy.importing.pages import quoted
from policy.importing.pieces import TEXT_MAX, TOO_LONG, Draft, ImportRefused, Piece, one_line, plain
from policy.importing.plain_text import typed_item, typed_number
from policy.importing.word_headings import Found, take_title, with_bold_headings
from policy.importing.word_package import Package
from policy.importing.word_runs import FIELDS, Field, Run, markdown, trimmed
from policy.importing.word_styles import Node, Shape, Styles, child, children, is_on, number, tag, value
from policy.text.blocks import MAX_DEPTH, escape, table_text

FIELDS_MAX = 200  # fields inside each other; Word itself nests a few
TOO_DEEP = "Dokumentet har alt for mange lag inden i hinanden. Gem en enklere udgave."
COLUMNS_MAX = 63  # as in Word itself

_SILENT = {"pPr", "rPr", "sectPr", "tblPr", "tblGrid", "trPr", "tcPr", "sdtPr", "sdtEndPr", "delText", "delInstrText",
           "del", "moveFrom", "instrText", "pgNum", "rt", "rubyPr", "fldData"}  # fmt: skip
# By the last byte of their code in Word's symbol fonts.
_SYMBOLS = {
    "b7": "•",
    "a7": "▪",
    "fc": "✓",
    "fe": "☑",
    "a8": "☐",
    "6f": "☐",
    "e0": "→",
    "e8": "→",
    "d8": "➢",
    "2d": "-",
}


def read(content: bytes) -> Draft:
    """The title, if the document shows one, and the pieces. Raises ImportRefused."""
    package = Package(content)
    try:
        reader = Reader(package)
        reader.container(child(package.document, "body"))
        if reader.fields:  # a table of contents that never ends would take the rest of the document with it
            reader = Reader(package, drops_fields=False)
            reader.container(child(package.document, "body"))
    except RecursionError as error:
        raise ImportRefused(TOO_DEEP) from error
    draft = Draft(notes=reader.notes())
    draft.title, found = take_title(with_bold_headings(reader.found, draft.notes))
    if not draft.title and package.title:
        draft.title = package.title
        draft.notes.append("Titlen er taget fra dokumentets egenskaber i Word. Ret den, hvis den er forkert.")
    draft.pieces = [one.piece for one in found]
    return draft


class Reader:
    """Walks through the body once; `found` grows in reading order, `left` counts what the notes tell of."""

    def __init__(self, package: Package, *, drops_fields: bool = True) -> None:
        self.package = package
        self.dropped_fields = FIELDS if drops_fields else {}
        self.styles = Styles(package.part("styles"), package.part("numbering"))
        self.found: list[Found] = []
        self.left: Counter[str] = Counter()
        self.fields: list[Field] = []
        self.runs: list[Run] = []
        self.after: list[Found] = []  # text boxes, and notes to headings: what comes after the paragraph
        self.shape = Shape()
        self.length = 0
        self.addresses = package.addresses("document")
        self.lists: set[tuple[str, int]] = set()
        self.footnotes: dict[str, dict[str, list[Run]]] = {"footnote": {}, "endnote": {}}
        self.footnotes = {kind: self._notes(kind) for kind in ("footnote", "endnote")}
        self.length = 0  # a note counts where it is referred to

    # ── Blocks ───────────────────────────────────────────────────────────────────────────────────
    def container(self, parent: Node | None) -> None:
        """The body, a cell or a text box: also the text of a last paragraph whose end is deleted."""
        self.walk(parent)
        if self.runs or self.after:
            runs, self.runs = self.runs, []
            self._add(Shape(), runs)

    def walk(self, parent: Node | None) -> None:
        for node in parent if parent is not None else ():
            name = tag(node)
            if name == "p":
                self.paragraph(node)
            elif name == "tbl":
                self.table(node)
            elif name == "sdt":
                if value(child(node, "sdtPr", "docPartObj", "docPartGallery")) == "Table of Contents":
                    self.left["contents"] += 1
                else:
                    self.walk(child(node, "sdtContent"))
            elif name == "altChunk":
                self.left["chunks"] += 1
            elif name == "AlternateContent":
                self.walk(next(iter(node), None))
            elif name in ("del", "moveFrom"):
                self.left["deleted"] += 1
            elif name not in _SILENT:
                self.walk(node)

    def paragraph(self, node: Node) -> None:
        """One paragraph; when its end is deleted, its text waits for the next one's."""
        properties = child(node, "pPr")
        outer, self.shape = self.shape, self.styles.shape(properties)
        self.inline(node)
        self.fields = [field for field in self.fields if field.shows]  # a code does not go past its paragraph
        mark = child(properties, "rPr")
        if child(mark, "del") is not None or child(mark, "moveFrom") is not None:
            self.left["deleted"] += 1
        else:
            runs, self.runs = self.runs, []
            self._add(self.shape, runs)
        self.shape = outer

    def _add(self, shape: Shape, runs: list[Run]) -> None:
        words = one_line(plain("".join(run.text for run in runs)))
        after, self.after = self.after, []
        if shape.is_contents and words:
            self.left["contents"] += 1
        elif words:
            weighed = [run for run in runs if run.text.strip()]
            is_bold = all(run.is_bold for run in weighed)
            self.left["bold"] += not is_bold and any(run.is_bold for run in weighed)
            self.found.append(Found(self._piece(shape, words, runs), words, shape.is_title, is_bold))
        self.found += after

    def _piece(self, shape: Shape, words: str, runs: list[Run]) -> Piece:
        text = markdown(runs)
        if shape.heading and not shape.is_title:
            marker, rest = typed_number(words) or ("", "")
            if marker and (not rest or rest[0].isupper()) and not any(run.address for run in runs):
                return Piece("heading", escape(rest), shape.heading, marker=marker)
            return Piece("heading", text, shape.heading)
        if shape.listed and not shape.is_title:
            return self._item(shape.listed, shape.ordered, text)
        typed = typed_item(words)
        if typed and not any(run.address for run in runs):
            return Piece("item", escape(typed[1]), 1, marker=typed[0])
        return Piece("paragraph", text)

    def _item(self, listed: tuple[str, int], ordered: bool | None, text: str) -> Piece:
        form = self.styles.format(listed)
        if form == "none":
            return Piece("paragraph", text)
        ordered = form != "bullet" if ordered is None else ordered
        if ordered:
            self.left["letters"] += form not in ("decimal", "decimalZero", "bullet")
            goes_on = self.found and self.found[-1].piece.kind == "item"
            self.left["interrupted"] += listed in self.lists and not goes_on
            self.lists.add(listed)
        return Piece("item", text, min(listed[1], MAX_DEPTH), ordered)

    # ── Tables ───────────────────────────────────────────────────────────────────────────────────
    def table(self, node: Node) -> None:
        outer, self.found = self.found, []
        rows: list[list[list[Found]]] = []
        for row in self._parts(node, "tr"):
            if child(row, "trPr", "del") is not None:
                self.left["deleted"] += 1
                continue
            cells: list[list[Found]] = [[]] * _span(child(row, "trPr", "gridBefore"), 0)
            for cell in self._parts(row, "tc"):
                self.container(cell)
                cells.append(self.found)
                cells += [[]] * min(_span(child(cell, "tcPr", "gridSpan"), 1) - 1, COLUMNS_MAX - len(cells))
                self.found = []
            if any(cells):
                rows.append(cells)
        self.found = outer
        self._count(len(rows) * max(map(len, rows), default=0))
        if rows and max(map(len, rows)) == 1:
            self.left["frames"] += 1
            self.found += [one for row in rows for cell in row for one in cell]
        elif rows:
            self.left["nested"] += any(one.piece.kind == "table" for row in rows for cell in row for one in cell)
            text = table_text([[_cell(cell) for cell in row] for row in rows])
            self.found.append(Found(Piece("table", text)))

    def _parts(self, node: Node, name: str) -> list[Node]:
        """Rows of a table or cells of a row, also those within content controls."""
        parts: list[Node] = []
        for one in node:
            if tag(one) == name:
                parts.append(one)
            elif tag(one) in ("sdt", "sdtContent", "customXml", "ins", "moveTo"):
                parts += self._parts(one, name)
        return parts

    # ── Inside a paragraph ───────────────────────────────────────────────────────────────────────
    def inline(self, node: Node, address: str = "", bold: bool = False) -> None:
        for one in node:
            name = tag(one)
            if name == "t":
                self.emit(one.text or "", address, bold)
            elif name == "r":
                self._run(one, address)
            elif name in ("tab", "ptab", "br", "cr"):
                self.emit(" ", address, bold)
            elif name == "noBreakHyphen":
                self.emit("-", address, bold)
            elif name == "sym":
                self._symbol(one, address, bold)
            elif name == "hyperlink":
                self.inline(one, self.addresses.get(value(one, "id"), ""), bold)
            elif name == "fldSimple":
                self.fields.append(Field(value(one, "instr"), shows=True))
                self.inline(one, address or self.fields[-1].address, bold)
                self._end_field()
            elif name == "fldChar":
                self._field(value(one, "fldCharType"))
            elif name in ("footnoteReference", "endnoteReference"):
                self._footnote(name.removesuffix("Reference"), value(one, "id"))
            elif name == "commentReference":
                self.left["comments"] += 1
            elif name in ("drawing", "pict", "object"):
                self._drawing(one)
            elif name == "AlternateContent":
                self.inline(next(iter(one), one), address, bold)  # the first choice; the others are the same again
            elif name == "sdt":
                if is_on(child(one, "sdtPr", "showingPlcHdr")):
                    self.left["prompts"] += 1
                else:
                    self.inline(
                        child(one, "sdtContent") if child(one, "sdtContent") is not None else one, address, bold
                    )
            elif name in ("instrText", "delInstrText"):
                if self.fields and not self.fields[-1].shows:
                    self.fields[-1].code += one.text or ""
            elif name in ("del", "moveFrom"):
                self.left["deleted"] += 1
            elif name == "oMath":
                self.left["formulas"] += 1
                self.inline(one, address, bold)
            elif name not in _SILENT:
                self.left["inserted"] += name in ("ins", "moveTo")
                self.inline(one, address, bold)

    def _run(self, run: Node, address: str) -> None:
        properties = child(run, "rPr")
        if is_on(child(properties, "vanish")):
            self.left["hidden"] += any(one.text for one in children(run, "t"))
            return
        self.inline(run, address, self.styles.is_bold(properties, self.shape))

    def emit(self, text: str, address: str = "", bold: bool = False) -> None:
        """Text that shows, unless it stands in a field's code or in one that belongs to the paper."""
        if any(not field.shows or field.name in self.dropped_fields for field in self.fields):
            return
        address = address or next((field.address for field in self.fields if field.address), "")
        self._count(len(text))
        self.runs.append(Run(text, address, bold))

    def _count(self, length: int) -> None:
        self.length += length
        if self.length > TEXT_MAX:
            raise ImportRefused(TOO_LONG)

    def _field(self, kind: str) -> None:
        if kind == "begin":
            if len(self.fields) == FIELDS_MAX:
                raise ImportRefused(TOO_DEEP)
            self.fields.append(Field())
        elif self.fields and kind == "separate":
            self.fields[-1].shows = True
        elif self.fields and kind == "end":
            self._end_field()

    def _end_field(self) -> None:
        self.left[self.dropped_fields.get(self.fields.pop().name, "")] += 1

    def _symbol(self, node: Node, address: str, bold: bool) -> None:
        code = value(node, "char").lower()
        known = _SYMBOLS.get(code[-2:], "") if code.startswith("f0") else ""
        self.left["symbols"] += not known
        self.emit(known, address, bold)

    def _drawing(self, node: Node) -> None:
        """A picture is counted; the text of a text box comes after the paragraph, once."""
        boxes = _boxes(node)
        self.left["boxes" if boxes else "pictures"] += 1
        outer = self.found, self.runs, self.shape, self.fields
        for box in boxes:
            self.found, self.runs, self.fields = [], [], []
            after, self.after = self.after, []
            self.container(box)
            self.after = after + self.found
        self.found, self.runs, self.shape, self.fields = outer

    # ── Footnotes ────────────────────────────────────────────────────────────────────────────────
    def _notes(self, kind: str) -> dict[str, list[Run]]:
        """The text of each foot- or endnote."""
        texts: dict[str, list[Run]] = {}
        outer, self.addresses = self.addresses, self.package.addresses(f"{kind}s")
        for note in children(self.package.part(f"{kind}s"), kind):
            if value(note, "type") in ("", "normal"):
                for paragraph in note.iter("{*}p"):
                    if next(paragraph.iterancestors("{*}Fallback"), None) is None:  # the same again, for old programs
                        self.emit(" " if self.runs else "")
                        self.inline(paragraph)
                texts[value(note, "id")], self.runs, self.fields, self.after = trimmed(self.runs), [], [], []
        self.addresses = outer
        return texts

    def _footnote(self, kind: str, note_id: str) -> None:
        runs = self.footnotes[kind].get(note_id, [])
        if not runs:
            return
        self.left["footnotes"] += 1
        if self.shape.heading or self.shape.is_title:
            words = one_line(plain("".join(run.text for run in runs)))
            self._count(len(words))
            self.after.append(Found(Piece("paragraph", f"({markdown(runs)})"), words))
            return
        self.emit(" (")
        for run in runs:
            self.emit(run.text, run.address)
        self.emit(")")

    # ── What the notes say ───────────────────────────────────────────────────────────────────────
    def notes(self) -> list[str]:
        said = [sentence.format(self.left[what]) for what, sentence in NOTES.items() if self.left[what]]
        around = [words for part in self.package.around() if (words := self._words(part))]
        if around:
            said.append(f"Sidehoved og sidefod er udeladt: {quoted(around)}.")
        return said

    def _words(self, part: Node) -> str:
        self.runs, self.fields = [], []
        self.inline(part)
        return one_line(plain("".join(run.text for run in self.runs)))


NOTES = {
    "bold": "Ord med fed skrift er blevet almindelige. Sæt ** før og efter dem, der skal være fede.",
    "contents": "Indholdsfortegnelsen er udeladt, fordi portalen laver sin egen.",
    "pictures": "Billeder, figurer og indlejrede filer er udeladt ({}). Beskriv i teksten, hvad de viser.",
    "deleted": "Dokumentet har rettelser, som er sporet. Det slettede er udeladt.",
    "inserted": "Dokumentet har rettelser, som er sporet. Det indsatte er med, som om det er godkendt.",
    "comments": "Kommentarer er udeladt ({}).",
    "footnotes": "Fodnoter og slutnoter er sat i parentes, hvor de hører til ({}).",
    "boxes": "Tekst i tekstbokse er sat ind efter det afsnit, de hører til ({}). Se efter, om den står rigtigt.",
    "hidden": "Skjult tekst er udeladt.",
    "prompts": "Felter, som ikke er udfyldt, er udeladt ({}).",
    "formulas": "Formler er læst som almindelig tekst ({}). Se efter, om de kan forstås.",
    "symbols": "Tegn fra symbolskrifter er udeladt ({}).",
    "chunks": "Et dokument, der er sat ind i dokumentet, er ikke hentet. Hent det for sig selv.",
    "frames": "En tabel med én kolonne er læst som almindelig tekst.",
    "nested": "Tabeller inden i tabeller er skrevet ud som tekst. Se efter, om de kan forstås.",
    "letters": "Lister med bogstaver eller romertal har fået almindelige tal. Ret henvisninger til dem.",
    "interrupted": "En nummereret liste, der fortsatte efter et andet afsnit, begynder nu forfra på 1.",
}


def _span(node: Node | None, default: int) -> int:
    return number(value(node), COLUMNS_MAX, default)


def _boxes(node: Node) -> list[Node]:
    """The outermost text boxes, in order; a fallback says the same again."""
    boxes, left = [], [node]
    while left:
        one = left.pop()
        if tag(one) == "txbxContent":
            boxes.append(one)
        elif tag(one) != "Fallback":
            left += reversed(one)
    return boxes


def _cell(found: list[Found]) -> str:
    """The text of a table's cell on one line."""
    texts = []
    for one in found:
        text = " ".join(filter(None, (escape(one.piece.marker), one.piece.text)))
        if one.piece.kind == "table":
            rows = [line.strip("| ") for line in text.split("\n") if set(line) - set("|- ")]
            text = "; ".join(re.sub(r"\s*(?<!\\)\|\s*", " / ", row).replace(r"\|", "|") for row in rows)
        texts.append(f"• {text}" if one.piece.kind == "item" else text)
    return " ".join(texts)
