"""The agenda: what it fills itself with, and what people put on it, change, put off and take off."""

from collections.abc import Iterable
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import transaction

from glostrup_isms.kit import audit, files
from glostrup_isms.kit.files import StoredFile
from glostrup_isms.kit.workflow import StepNotOpen
from meetings.actions.next_steps import ask_for_next
from meetings.actions.shared import add_event, lock_body, lock_item, lock_meeting, require_preparer, save
from meetings.enums import AHEAD, ItemKind, ItemState, MeetingState
from meetings.models import AgendaFile, AgendaItem, Meeting
from meetings.workflow import ITEM_FLOW
from roles.models import User

FIRST = (ItemKind.OPENING, ItemKind.FOLLOW_UP)
ORDER = {kind: number for number, kind in enumerate([*FIRST, *(one for one in ItemKind if one not in FIRST)])}
STANDING = "standing:"  # the key of a standing point begins so
# What a standing point says when no source has anything.
STANDING_TEXT = {
    ItemKind.OPENING: "Er der bemærkninger til dagsordenen eller til det seneste referat?",
    ItemKind.RISKS: "Skriv selv, hvilke risici der skal ses på.",
    ItemKind.SUPERVISION: "Skriv selv, hvad tilsyn og kontrol har vist.",
    ItemKind.PROCUREMENT: "Skriv selv, hvilke indkøb der er på vej.",
}
NOTHING_NEW = "Der er ikke noget nyt."
COPIED = ("kind", "title", "text", "proposal", "source_key", "content_type_id", "object_id", "url", "is_confidential")


# ── What it fills itself with ────────────────────────────────────────────────────────────────────
def fill_agenda(meeting: Meeting, *, by: Any = None) -> int:
    """Add what the sources suggest and what earlier meetings put off; refresh what nobody has touched, and drop it when
    it is suggested no more. Once the papers are out nothing is dropped, and what is new is marked. Answers how many
    points were added; a second time none. A written procedure, and a meeting that is over, are left alone."""
    from meetings.agenda import suggestions  # sources may lean on these actions

    with transaction.atomic():
        body = lock_body(meeting.body)
        fresh = lock_meeting(meeting)
        if fresh.state not in AHEAD or fresh.is_written:
            return 0
        agenda = _Agenda(fresh, by)
        agenda.carry(AgendaItem.objects.left_over().filter(meeting__body=body).exclude(meeting=fresh))
        elsewhere = AgendaItem.objects.waiting().filter(meeting__body=body).exclude(meeting=fresh)
        taken = set(elsewhere.exclude(source_key__startswith=STANDING).values_list("source_key", flat=True))
        agenda.take([one for one in suggestions(body, fresh.held_on) if one.key not in taken])
        agenda.stand(body.standing)
        agenda.number()
        if agenda.added:
            add_event(fresh, f"{by or 'Portalen'}: Satte {_points(agenda.added)} på dagsordenen.")
            audit.record("meeting.fill", by=by, obj=fresh, added=agenda.added)
    return agenda.added


class _Agenda:
    """The points of one meeting while they are being filled in, in their order."""

    def __init__(self, meeting: Meeting, by: Any) -> None:
        self.meeting, self.by, self.added = meeting, by, 0
        self.is_late = meeting.state != MeetingState.PLANNED
        rows = AgendaItem.objects.select_for_update(of=("self",), no_key=True).filter(meeting=meeting)
        self.items = list(rows.order_by("position", "pk"))

    def carry(self, left_over: Iterable[AgendaItem]) -> None:
        for old in left_over.order_by("meeting__starts_at", "position"):  # type: ignore[attr-defined]
            same = self._named(old.source_key)
            if same is None:
                values = {name: getattr(old, name) for name in COPIED}
                new = self._insert(AgendaItem(**values, carried_from=old, is_touched=True))
                for paper in old.files.all():
                    AgendaFile.objects.create(item=new, stored_id=paper.stored_id)
            elif same.carried_from_id is None:
                same.carried_from, same.is_touched = old, True
                save(same, self.by)

    def take(self, wanted: list[Any]) -> None:
        keys = {one.key for one in wanted}
        for item in list(self.items):
            if item.source_key and item.source_key not in keys and not item.source_key.startswith(STANDING):
                self._drop(item)
        for one in wanted:
            has_thing = one.concerns is not None
            values = {
                "kind": one.kind, "title": one.title[:200], "text": one.text, "proposal": one.proposal,
                "url": one.url[:200], "is_confidential": one.is_confidential,
                "content_type": ContentType.objects.get_for_model(one.concerns) if has_thing else None,
                "object_id": one.concerns.pk if has_thing else None,
            }  # fmt: skip
            known = self._named(one.key)
            if known is None:
                self._insert(AgendaItem(source_key=one.key, **values))
            else:
                self._refresh(known, values)

    def stand(self, kinds: list[ItemKind]) -> None:
        """Standing points, where nothing of the kind is on the agenda."""
        filled = {item.kind for item in self.items if not item.source_key.startswith(STANDING)}
        for item in list(self.items):
            if item.source_key.startswith(STANDING) and (item.kind in filled or item.kind not in kinds):
                self._drop(item)
        for kind in kinds:
            if kind not in filled and self._named(f"{STANDING}{kind}") is None:
                text = STANDING_TEXT.get(kind, NOTHING_NEW)
                self._insert(AgendaItem(source_key=f"{STANDING}{kind}", kind=kind, title=kind.label, text=text))

    def number(self) -> None:
        for number, item in enumerate(self.items, 1):
            if item.position != number:
                item.position = number
                save(item, self.by)

    def _named(self, key: str) -> AgendaItem | None:
        return next((item for item in self.items if key and item.source_key == key), None)

    def _may_change(self, item: AgendaItem) -> bool:
        return not (self.is_late or item.is_touched) and item.state == ItemState.OPEN

    def _insert(self, item: AgendaItem) -> AgendaItem:
        """After the last point that belongs before it; at the end once the papers are out and their numbers known."""
        item.meeting, item.is_added_late = self.meeting, self.is_late
        before = [place for place, one in enumerate(self.items, 1) if ORDER[one.kind] <= ORDER[item.kind]]  # type: ignore[index]
        place = len(self.items) if self.is_late else max(before, default=0)
        self.items.insert(place, item)
        item.position = place + 1
        save(item, self.by)
        self.added += 1
        return item

    def _refresh(self, item: AgendaItem, values: dict[str, Any]) -> None:
        if self._may_change(item) and any(getattr(item, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(item, name, value)
            item.revision += 1
            save(item, self.by)

    def _drop(self, item: AgendaItem) -> None:
        if self._may_change(item):
            self.items.remove(item)
            item._history_user = self.by
            item.delete()


def _points(count: int) -> str:
    return "ét punkt" if count == 1 else f"{count} punkter"


# ── By hand ──────────────────────────────────────────────────────────────────────────────────────
def add_item(
    meeting: Meeting, *, title: str, by: User, kind: ItemKind = ItemKind.FREE, text: str = "", proposal: str = "",
    is_confidential: bool = False, uploads: Iterable[StoredFile] = (),
) -> AgendaItem:  # fmt: skip
    """A point written by hand, last on the agenda. Raises PermissionDenied, StepNotOpen, ValidationError."""
    with transaction.atomic():
        fresh = lock_meeting(meeting)
        require_preparer(by, fresh.body)
        _refuse_closed_agenda(fresh)
        item = AgendaItem(
            meeting=fresh, position=fresh.items.count() + 1, kind=kind, title=_title(title), text=text,
            proposal=proposal, is_confidential=is_confidential, is_touched=True,
            is_added_late=fresh.state != MeetingState.PLANNED,
        )  # fmt: skip
        save(item, by)
        _attach(item, uploads)
        add_event(fresh, f"{by}: Satte punkt {item.position} på dagsordenen.")
        audit.record("agendaitem.add", by=by, obj=item)
    return item


def edit_item(
    item: AgendaItem, *, title: str, by: User, text: str = "", proposal: str = "", is_confidential: bool = False,
    uploads: Iterable[StoredFile] = (), seen: int | None = None,
) -> AgendaItem:  # fmt: skip
    """Its words, and whether it is confidential. From now on no source changes it. Raises PermissionDenied,
    StepNotOpen, ValidationError, Changed."""
    with transaction.atomic():
        fresh = lock_item(item, seen)
        require_preparer(by, fresh.meeting.body)
        _refuse_closed_agenda(fresh.meeting)
        if fresh.state != ItemState.OPEN:
            raise StepNotOpen(f"Punktet kan ikke rettes: det er »{fresh.get_state_display()}«.")
        fresh.title, fresh.text, fresh.proposal = _title(title), text, proposal
        fresh.is_confidential, fresh.is_touched = is_confidential, True
        fresh.revision += 1
        save(fresh, by)
        _attach(fresh, uploads)
        add_event(fresh.meeting, f"{by}: Rettede punkt {fresh.position}.")
        audit.record("agendaitem.edit", by=by, obj=fresh)
    return fresh


def shift_item(item: AgendaItem, *, up: bool, by: User) -> AgendaItem:
    """One place up or down, until the papers are out and their numbers known. Raises PermissionDenied, StepNotOpen."""
    with transaction.atomic():
        meeting = lock_meeting(item.meeting)
        require_preparer(by, meeting.body)
        if meeting.state != MeetingState.PLANNED:
            raise StepNotOpen("Punkterne bliver stående i den rækkefølge, som medlemmerne har fået.")
        items = list(AgendaItem.objects.select_for_update(of=("self",), no_key=True).filter(meeting=meeting))
        place = next(number for number, one in enumerate(items) if one.pk == item.pk)
        other = place - 1 if up else place + 1
        if not 0 <= other < len(items):
            return items[place]
        items[place], items[other] = items[other], items[place]
        for number, one in enumerate(items, 1):
            if one.position != number:
                one.position = number
                save(one, by, "Flyttet")
        audit.record("agendaitem.shift", by=by, obj=items[other])
    return items[other]


def withdraw_item(item: AgendaItem, *, by: User, note: str) -> AgendaItem:
    """It is not dealt with; it stays to be seen, with the reason. Raises PermissionDenied, StepNotOpen."""
    return _step(item, "withdraw", by, note, "Trak")


def postpone_item(item: AgendaItem, *, by: Any, note: str = "") -> AgendaItem:
    """To the body's next meeting, where it comes by itself. Raises PermissionDenied, StepNotOpen."""
    return _step(item, "postpone", by, note, "Udsatte")


def reopen_item(item: AgendaItem, *, by: User) -> AgendaItem:
    """It is taken up after all. Raises PermissionDenied, StepNotOpen."""
    return _step(item, "reopen", by, "", "Tog", " op igen")


def _step(item: AgendaItem, key: str, by: Any, note: str, verb: str, after: str = "") -> AgendaItem:
    with transaction.atomic():
        fresh = lock_item(item)
        values: dict[str, Any] = {"note": note.strip()[:500], "revision": fresh.revision + 1, "outcome": ""}

        def follow(moved: AgendaItem) -> None:
            add_event(moved.meeting, f"{by}: {verb} punkt {moved.position}{after}.")
            ask_for_next(moved.meeting)

        moved: AgendaItem = ITEM_FLOW.move(fresh, key, by=by, note=note, values=values, then=follow)
    return moved


def _refuse_closed_agenda(meeting: Meeting) -> None:
    """Points come and change until the meeting is over; in a written procedure only until the vote begins."""
    may = (MeetingState.PLANNED,) if meeting.is_written else (*AHEAD, MeetingState.OPEN)
    if meeting.state not in may:
        raise StepNotOpen(f"Dagsordenen kan ikke ændres: mødet er »{meeting.state_label}«.")


def _title(title: str) -> str:
    title = " ".join(title.split())
    if not title:
        raise ValidationError({"title": "Skriv, hvad punktet handler om."})
    return title[:200]


def _attach(item: AgendaItem, uploads: Iterable[StoredFile]) -> None:
    for stored in uploads:
        AgendaFile.objects.create(item=item, stored=files.attach(stored))
