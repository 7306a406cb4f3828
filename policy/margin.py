"""What stands after each clause: for everybody whom it binds; for those who work with the text also what shows that it
is kept, what was said of it, and who wrote it."""

from collections.abc import Callable, Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from glostrup_isms.kit.dates import da_date
from policy.models import Clause, Comment
from policy.text.blocks import Block

COMMENT = (
    '<a class="no-print" href="?punkt={}#skriv-kommentar">Kommentér<span class="visually-hidden"> punkt {}</span></a>'
)
After = Callable[[Block, int], str]


def bound(clauses: Iterable[Clause]) -> After:
    """For the public and the PDF: only whom each clause binds."""
    return margin(clauses, (), evidence=False, can_comment=False, authors=False)


def margin(
    clauses: Iterable[Clause], comments: Iterable[Comment], *, evidence: bool, can_comment: bool, authors: bool
) -> After:
    """For `policy.text.html.render`: whom the clause binds. `evidence`: also what shows that it is kept; `authors`: who
    wrote it last, and when."""
    by_place = {clause.position: clause for clause in clauses}
    said: dict[object, list[Comment]] = {}
    for comment in comments:
        if comment.closed_at is None:
            said.setdefault(comment.clause_key, []).append(comment)

    def after(block: Block, position: int) -> str:
        clause = by_place.get(position)
        if clause is None or not block.is_clause:
            return ""
        words: list[str | SafeString] = []
        if clause.roles:
            words.append("Gælder for: " + ", ".join(clause.role_labels))
        if evidence and clause.evidence:
            words.append("Vises af: " + ", ".join(clause.evidence_labels))
        if authors:
            words.append(f"Skrevet af {clause.written_by or 'ingen'}, {da_date(clause.written_at)}")
        if here := said.get(clause.key):
            count = "1 kommentar" if len(here) == 1 else f"{len(here)} kommentarer"
            words.append(format_html('<a href="#kommentar-{}">{} til punkt {}</a>', here[0].pk, count, clause.number))
        if can_comment:
            words.append(format_html(COMMENT, clause.number, clause.number))
        if not words:
            return ""
        return format_html('<span class="binds">{}</span>', format_html_join(" · ", "{}", ((one,) for one in words)))

    return after
