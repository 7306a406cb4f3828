"""From a file to Markdown with notes. Whatever the file is, the answer is an Imported or a sentence, never a traceback.

What the file is, is read from its content; the name only tells Markdown from other text. Nothing is fetched, and a Word
package is first judged like every other upload (`kit.uploads`).
"""

import codecs
import re
from pathlib import PurePath

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from glostrup_isms.kit import upload_parts, uploads
from glostrup_isms.kit.dates import da_date
from policy.importing import markdown, plain_text, word
from policy.importing.dates import decided_on
from policy.importing.pieces import (
    LINES_MAX,
    TEXT_MAX,
    TOO_LONG,
    TOO_MANY_LINES,
    Draft,
    Imported,
    ImportRefused,
    one_line,
    to_blocks,
)
from policy.text.blocks import HEADINGS, write

PDF = (
    "Afsnit og punkter kan ikke læses sikkert i en pdf. Hent helst den Word-fil, som pdf'en er lavet af. "
    "Ellers: Kopiér teksten fra pdf'en ind i en txt-fil, gem den som UTF-8, og hent den."
)
OTHER = "Filen er hverken Word (docx), Markdown (md) eller tekst (txt). Gem den som en af dem, og prøv igen."
PAGE = "Filen er en webside. Kopiér teksten fra siden ind i en txt-fil, gem den som UTF-8, og prøv igen."
RTF = "Filen er i det ældre format RTF. Åbn den i Word, gem den som docx, og prøv igen."
OPEN_DOCUMENT = "Filen er i formatet OpenDocument. Åbn den, gem den som docx, og prøv igen."
LETTERS = "Æ, ø og å i filen er blevet til andre tegn. Åbn den, hvor den kommer fra, gem den som UTF-8, og prøv igen."
UNREADABLE = "Tegnene i filen kan ikke læses. Gem den som UTF-8, og prøv igen."
EMPTY = "Vi fandt ingen tekst i filen. Er det et billede af teksten, så find den udgave, som det er lavet af."

_DOUBLE_ENCODED = re.compile("Ã[¦¸¥†˜…]")  # æøåÆØÅ in UTF-8, read as Windows-1252
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ufffe\uffff]")
_CONTROL_MOST = 0.02  # of all characters; more of them is no text
_OWN_SEPARATORS = str.maketrans({"\x1c": "\n", "\x1d": "\n", "\x1e": "-", "\x1f": None})  # as Word writes them
_MARKDOWN_HEADING = re.compile(r"(?m)^#{1,6} \S")


def read(name: str, content: bytes) -> Imported:
    """The title, the text as the portal's Markdown, and what to look at. Raises ImportRefused."""
    draft = _draft(name, content)
    notes = draft.notes
    if len(draft.pieces) > LINES_MAX:
        raise ImportRefused(TOO_MANY_LINES)
    blocks = to_blocks(draft.pieces, notes)
    text = write(blocks)
    if len(text) > TEXT_MAX:
        raise ImportRefused(TOO_LONG)
    if not blocks and not draft.title:
        raise ImportRefused(EMPTY)
    title = one_line(draft.title)
    if not title:
        title = one_line(PurePath(uploads.display_name(name)).stem.replace("_", " "))
        notes.append("Titlen er taget fra filens navn. Ret den, hvis dokumentet hedder noget andet.")
    if blocks and not any(block.kind in HEADINGS for block in blocks):
        notes.append("Vi fandt ingen overskrifter. Sæt ## foran dem, så bliver teksten delt i afsnit.")
    day = decided_on("\n".join([title, *(block.plain for block in blocks)]))
    if day:
        notes.append(f"Dokumentet er læst som godkendt den {da_date(day)}. Ret datoen, hvis den er forkert.")
    return Imported(title, text, list(dict.fromkeys(notes)), day)


def _draft(name: str, content: bytes) -> Draft:
    if len(content) > settings.UPLOAD_MAX_BYTES:
        most = settings.UPLOAD_MAX_BYTES // (1024 * 1024)
        raise ImportRefused(f"Filen fylder mere end {most} MB. Tag billeder ud, og prøv igen.")
    if not content.strip():
        raise ImportRefused("Filen er tom. Vælg filen igen.")
    kind = upload_parts.kind_of(content[:32]) if content[:4] != b"\xd0\xcf\x11\xe0" else upload_parts.kind_of(content)
    if kind == "pdf" or b"%PDF-" in content[:1024]:
        raise ImportRefused(PDF)
    if kind in ("zip", "ole", "encrypted", "msg"):
        _check(name, content)
        return word.read(content)
    if kind not in ("text", ""):
        raise ImportRefused(OTHER)
    if content.lstrip().startswith(b"{\\rtf"):
        raise ImportRefused(RTF)
    text, notes = _text(content)
    is_markdown = name.lower().endswith((".md", ".markdown"))
    if not is_markdown and upload_parts.starts_like_markup(text[:2048].encode()):
        raise ImportRefused(PAGE)
    is_markdown = is_markdown or (not name.lower().endswith(".txt") and bool(_MARKDOWN_HEADING.search(text)))
    draft = markdown.read(text) if is_markdown else plain_text.read(text)
    draft.notes[:0] = notes
    return draft


def _check(name: str, content: bytes) -> None:
    """Judge a package or an old document under the name that it would have as a Word file."""
    shown = uploads.display_name(name)
    extension = shown.rpartition(".")[2].casefold() if "." in shown else ""
    if extension not in uploads.HINTS or extension in ("zip", "doc"):
        shown = f"{PurePath(shown).stem}.docx"
    if content.startswith(b"PK") and b"mimetypeapplication/vnd.oasis.opendocument" in content[:100]:
        raise ImportRefused(OPEN_DOCUMENT)
    try:
        uploads.check(SimpleUploadedFile(shown, content))
    except uploads.UploadRefused as refusal:
        raise ImportRefused(str(refusal)) from refusal


def _text(content: bytes) -> tuple[str, list[str]]:
    """The characters, with notes on those that cannot be shown. UTF-8, UTF-16, else Windows-1252."""
    text = _decoded(content).removeprefix("\ufeff").translate(_OWN_SEPARATORS)
    if len(text) > TEXT_MAX:
        raise ImportRefused(TOO_LONG)
    if sum(map(text.count, "\n\r\f")) > LINES_MAX:
        raise ImportRefused(TOO_MANY_LINES)
    if _DOUBLE_ENCODED.search(text):
        raise ImportRefused(LETTERS)
    text, unseen = _CONTROL.subn("", text)
    if unseen > _CONTROL_MOST * (len(text) + unseen):
        raise ImportRefused(OTHER)
    notes = [f"{unseen} tegn, som ikke kan vises, er udeladt. Se efter, om der mangler bogstaver."] if unseen else []
    if "\ufffd" in text:
        notes.append("Teksten har tegn, som allerede var gået tabt i filen (\ufffd). Find dem, og ret dem.")
    return text, notes


def _decoded(content: bytes) -> str:
    evenly = len(content) // 2
    encodings = ["utf-8", "cp1252"]
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    elif content[1::2].count(0) > evenly * 0.7:
        encodings = ["utf-16-le"]
    elif content[::2].count(0) > evenly * 0.7:
        encodings = ["utf-16-be"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ImportRefused(OTHER if b"\0" in content else UNREADABLE)
