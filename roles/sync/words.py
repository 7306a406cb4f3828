"""A difference in Danish words: »3 personer lukkes, 2 enheder flyttes«."""

from roles.enums import ChangeKind

UNIT, PERSON, PLACE = ("enhed", "enheder"), ("person", "personer"), ("udpegning", "udpegninger")
# What there is one or more of, what will happen to them, and what has happened.
WORDS: dict[ChangeKind, tuple[tuple[str, str], str, str]] = {
    ChangeKind.UNIT_NEW: (UNIT, "oprettes", "er oprettet"),
    ChangeKind.UNIT_CHANGED: (UNIT, "rettes", "er rettet"),
    ChangeKind.UNIT_MOVED: (UNIT, "flyttes", "er flyttet"),
    ChangeKind.UNIT_CLOSED: (UNIT, "lukkes", "er lukket"),
    ChangeKind.UNIT_REOPENED: (UNIT, "genåbnes", "er genåbnet"),
    ChangeKind.PERSON_NEW: (PERSON, "kommer til", "er kommet til"),
    ChangeKind.PERSON_LINKED: (PERSON, "kobles til organisationssystemet", "er koblet til organisationssystemet"),
    ChangeKind.PERSON_CHANGED: (PERSON, "rettes", "er rettet"),
    ChangeKind.PERSON_LEFT: (PERSON, "lukkes", "er lukket"),
    ChangeKind.PERSON_BACK: (PERSON, "genåbnes", "er genåbnet"),
    ChangeKind.PLACE_NEW: (PLACE, "begynder", "er begyndt"),
    ChangeKind.PLACE_CHANGED: (PLACE, "ændres", "er ændret"),
    ChangeKind.PLACE_ENDED: (PLACE, "slutter", "er sluttet"),
}
# What takes something away comes first: that is what a yes must be weighed against.
ORDER = (
    ChangeKind.PERSON_LEFT,
    ChangeKind.UNIT_CLOSED,
    ChangeKind.PLACE_ENDED,
    ChangeKind.UNIT_MOVED,
    *(kind for kind in ChangeKind if kind not in ("person_left", "unit_closed", "place_ended", "unit_moved")),
)
TONES = {
    ChangeKind.PERSON_LEFT: "late",
    ChangeKind.UNIT_CLOSED: "late",
    ChangeKind.PLACE_ENDED: "due",
    ChangeKind.UNIT_MOVED: "due",
    ChangeKind.PERSON_NEW: "done",
    ChangeKind.PERSON_BACK: "done",
    ChangeKind.UNIT_NEW: "done",
    ChangeKind.UNIT_REOPENED: "done",
    ChangeKind.PLACE_NEW: "done",
}


def lines(counts: dict[str, int], *, is_done: bool = False) -> list[tuple[ChangeKind, int, str]]:
    """Kind, number and the words after it: (PERSON_LEFT, 3, "personer lukkes")."""
    found = []
    for kind in ORDER:
        if count := counts.get(kind, 0):
            (one, many), will, has = WORDS[kind]
            found.append((kind, count, f"{one if count == 1 else many} {has if is_done else will}"))
    return found


def sentence(counts: dict[str, int], *, is_done: bool = False) -> str:
    """All of it on one line."""
    told = [f"{count:,}".replace(",", ".") + f" {words}" for _, count, words in lines(counts, is_done=is_done)]
    return ", ".join(told) or "Ingen ændringer"
