"""The agenda: what it fills itself with, and what people put on it, change, put off and take off."""

from collections.abc import Iterable
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from glostrup_isms.kit import audit, files
from glostrup_isms.kit.files import StoredFile
from glostrup_isms.kit.workflow import StepNotOpen
from meetings.actions.next_steps import ask_for_next
from meetings.actions.shared import (
    add_event,
    hide_follow_ups,
    lock_body,
    lock_item,
    lock_meeting,
    require_preparer,
    save,
)
from meetings.effects import stamp_of
from meetings.enums import AHEAD, ItemKind, ItemState, MeetingState
from meetings.models import AgendaFile, AgendaItem, Meeting
from meetings.workflow import ITEM_FLOW
from roles.models import User

FIRST = (ItemKind.OPENING, ItemKind.FOLLOW_UP)
ORDER = {kind: number for number, kind in enumerate([*FIRST, *(one for one in ItemKind if one not in FIRST)])}
STANDING = "standing:"  # the key of a standing point begins so
NOTHING_NEW = "Der er ikke noget nyt."  # what a standing point says when no source has anything
STANDING_TEXT = {ItemKind.OPENING: "Er der bemærkninger til dagsordenen eller til det seneste referat?"}
COPIED = ("kind", "title", "text", "proposal", "content_type_id", "object_id", "url", "is_confidential")


# ── What it fills itself with ────────────────────────────────────────────────────────────────────
def fill_agenda(meeting: Meeting, *, by: Any = None, only_put_off: bool = False) -> int:
    """Add what the sources suggest and what earlier meetings put off; refresh what nobody has touched, and drop it when
    it is suggested no more. Once the papers are out nothing is dropped, and what is new is marked. Answers how many
    points were added; a second time none. A written procedure, and a meeting whose time is over, are left alone.
    `only_put_off`: nothing of the sources but what earlier meetings put off."""
    from meetings.agenda import suggestions  # sources may lean on these actions

    with transaction.atomic():
        body = lock_body(meeting.body)
        fresh = lock_meeting(meeting)
        if fresh.is_written or fresh.state not in AHEAD or fresh.ends_at <= timezone.now():
            return 0
        rows = AgendaItem.objects.left_to(fresh).select_for_update(of=("self",), no_key=True)
        put_off = list(rows.order_by("meeting__starts_at", "position"))
        if only_put_off and not put_off:
            return 0
        taken = _taken(fresh)
        wanted = [one for one in suggestions(body, fresh.held_on) if one.is_status or one.key not in taken]
        agenda = _Agenda(fresh, by)
        agenda.carry(put_off, {one.key: one for one in wanted})
        if not only_put_off:
            agenda.take(wanted)
            agenda.stand(body.standing)
        agenda.number()
        if agenda.added:
            add_event(fresh, f"{by or 'Portalen'}: Satte {_points(agenda.added)} på dagsordenen.")
            audit.record("meeting.fill", by=by, obj=fresh, added=agenda.added)
    return agenda.added


def _taken(meeting: Meeting) -> set[str]:
    """What stands on another agenda: a sooner one, one whose papers are out, or where somebody has touched it. The
    rest of a later agenda gives way to this one, and leaves that one when it is filled again."""
    elsewhere = AgendaItem.objects.waiting().filter(meeting__body=meeting.body).exclude(meeting=meeting)
    stays = ~Q(meeting__state=MeetingState.PLANNED) | Q(meeting__starts_at__lt=meeting.starts_at) | Q(is_touched=True)
    return set(elsewhere.filter(stays).values_list("source_key", flat=True))


def unplaced(meeting: Meeting) -> list[Any]:
    """What is suggested to the meeting's body about a thing that can be decided on, and is left for this meeting."""
    from meetings.agenda import suggestions

    placed = _taken(meeting) | set(meeting.items.values_list("source_key", flat=True))
    found = suggestions(meeting.body, meeting.held_on)
    return [one for one in found if one.concerns is not None and one.key not in placed]


class _Agenda:
    """The points of one meeting while they are being filled in, in their order."""

    def __init__(self, meeting: Meeting, by: Any) -> None:
        self.meeting, self.by, self.added = meeting, by, 0
        self.is_late = meeting.state != MeetingState.PLANNED
        rows = AgendaItem.objects.select_for_update(of=("self",), no_key=True).filter(meeting=meeting)
        self.items = list(rows.order_by("position", "pk"))

    def carry(self, put_off: list[AgendaItem], wanted: dict[str, Any]) -> None:
        """What people wrote comes as they wrote it, with its papers. What is the source's own comes as the source tells
        it today, and not at all when it was settled meanwhile."""
        for old in put_off:
            same = self._named(old.source_key)
            if old.is_touched or not old.source_key:
                new = self._carry_words(old, same)
            elif old.source_key not in wanted or (same and same.carried_from_id):
                continue
            else:
                new = same or self._put(old.source_key, _values(wanted[old.source_key]))
            new.carried_from = old
            save(new, self.by)
            for row in old.recusals.all():
                given = {"reason": row.reason, "noted_by_id": row.noted_by_id}
                new.recusals.get_or_create(person_id=row.person_id, defaults=given)
            for paper in old.files.all():
                AgendaFile.objects.get_or_create(item=new, stored_id=paper.stored_id)

    def _carry_words(self, old: AgendaItem, same: AgendaItem | None) -> AgendaItem:
        """Into the point of the same key where nobody has written; else beside it."""
        values = {name: getattr(old, name) for name in COPIED} | {"is_touched": True}
        if same is None or not self._may_change(same) or same.carried_from_id:
            return self._put("" if same else old.source_key, values)
        self._refresh(same, values)
        return same

    def take(self, wanted: list[Any]) -> None:
        keys = {one.key for one in wanted}
        for item in list(self.items):
            if item.source_key and item.source_key not in keys and not item.source_key.startswith(STANDING):
                self._drop(item)
        for one in wanted:
            known = self._named(one.key)
            if known is None:
                self._put(one.key, _values(one))
            else:
                self._refresh(known, _values(one))

    def stand(self, kinds: list[ItemKind]) -> None:
        """Standing points, where nothing of the kind is on the agenda."""
        filled = {item.kind for item in self.items if not item.source_key.startswith(STANDING)}
        for item in list(self.items):
            if item.source_key.startswith(STANDING) and (item.kind in filled or item.kind not in kinds):
                self._drop(item)
        for kind in kinds:
            if kind not in filled and self._named(f"{STANDING}{kind}") is None:
                text = STANDING_TEXT.get(kind, NOTHING_NEW)
                self._put(f"{STANDING}{kind}", {"kind": kind, "title": kind.label, "text": text})

    def number(self) -> None:
        for number, item in enumerate(self.items, 1):
            if item.position != number:
                item.position = number
                save(item, self.by)

    def _named(self, key: str) -> AgendaItem | None:
        return next((item for item in self.items if key and item.source_key == key), None)

    def _may_change(self, item: AgendaItem) -> bool:
        return not (self.is_late or item.is_touched) and item.state == ItemState.OPEN

    def _put(self, key: str, values: dict[str, Any]) -> AgendaItem:
        """In the place of the standing point of its kind, while that says nothing; else after the last point that
        belongs before it; at the end once the papers are out and their numbers known."""
        item = self._named(f"{STANDING}{values['kind']}")
        if item is None or not is_blank(item):
            before = [place for place, one in enumerate(self.items, 1) if ORDER[one.kind] <= ORDER[values["kind"]]]  # type: ignore[index]
            place = len(self.items) if self.is_late else max(before, default=0)
            item = AgendaItem(meeting=self.meeting, position=place + 1)
            self.items.insert(place, item)
        self._write(item, {**values, "source_key": key, "is_added_late": self.is_late})
        self.added += 1
        return item

    def _refresh(self, item: AgendaItem, values: dict[str, Any]) -> None:
        if self._may_change(item) and any(getattr(item, name) != value for name, value in values.items()):
            self._write(item, values)

    def _write(self, item: AgendaItem, values: dict[str, Any]) -> None:
        for name, value in values.items():
            setattr(item, name, value)
        item.stamp = stamp_of(item) if self.is_late else ""
        item.revision += item.pk is not None
        save(item, self.by)

    def _drop(self, item: AgendaItem) -> None:
        if self._may_change(item):
            self.items.remove(item)
            item._history_user = self.by
            item.delete()


def _values(one: Any) -> dict[str, Any]:
    """The fields of what a source suggests."""
    has_thing = one.concerns is not None
    return {
        "kind": one.kind, "title": one.title[:200], "text": one.text, "proposal": one.proposal, "url": one.url[:200],
        "is_confidential": one.is_confidential,
        "content_type": ContentType.objects.get_for_model(one.concerns) if has_thing else None,
        "object_id": one.concerns.pk if has_thing else None,
    }  # fmt: skip


def is_blank(item: AgendaItem) -> bool:
    """A standing point that nobody and nothing has filled."""
    return item.source_key.startswith(STANDING) and not item.is_touched and item.state == ItemState.OPEN


def _points(count: int) -> str:
    return "ét punkt" if count == 1 else f"{count} punkter"


# ── By hand ──────────────────────────────────────────────────────────────────────────────────────
def add_item(
    meeting: Meeting, *, title: str, by: User, kind: ItemKind = ItemKind.FREE, text: str = "", proposal: str = "",
    is_confidential: bool = False, uploads: Iterable[StoredFile] = (), about: str = "",
) -> AgendaItem:  # fmt: skip
    """A point written by hand: in the place of the standing point of its kind, while that says nothing, else last.
    `about`: the key of what a source suggests and nobody has put on an agenda yet; the point is about that. Raises
    PermissionDenied, StepNotOpen, ValidationError."""
    with transaction.atomic():
        lock_body(meeting.body)
        fresh = lock_meeting(meeting)
        require_preparer(by, fresh.body)
        _refuse_closed_agenda(fresh)
        found = next((one for one in unplaced(fresh) if one.key == about), None) if about else None
        if about and found is None:
            raise ValidationError({"about": "Det står allerede på en dagsorden. Vælg noget andet."})
        kind = found.kind if found else kind
        rows = AgendaItem.objects.select_for_update(of=("self",), no_key=True).filter(meeting=fresh)
        blank = next((one for one in rows if one.kind == kind and is_blank(one)), None)
        item = blank or AgendaItem(meeting=fresh, position=len(rows) + 1, kind=kind)
        item.title, item.text, item.proposal = _title(title), text, proposal
        item.is_confidential, item.is_touched = is_confidential, True
        item.is_added_late = fresh.state != MeetingState.PLANNED
        item.revision += blank is not None
        if found:
            item.source_key, item.url, item.concerns = found.key, found.url, found.concerns
            item.is_confidential = is_confidential or found.is_confidential
        item.stamp = stamp_of(item) if item.is_added_late else ""
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
        is_to_be_hidden = is_confidential and not fresh.is_confidential
        fresh.is_confidential, fresh.is_touched = is_confidential, True
        fresh.revision += 1
        save(fresh, by)
        if is_to_be_hidden:
            hide_follow_ups(fresh, by)
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
        lock_body(item.meeting.body)  # nothing is carried on meanwhile
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
