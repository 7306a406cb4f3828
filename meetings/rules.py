"""Chair and quorum: who counts on a point, how many are needed, and how a written vote came out."""

from dataclasses import dataclass

from meetings.enums import Choice, ItemState, Presence
from meetings.models import AgendaItem, Meeting, Seat, Vote
from meetings.permissions import in_words
from roles.models import User


@dataclass(frozen=True)
class Quorum:
    """How many may decide on a point, how many are needed, and whether one of them may chair (P-46)."""

    counted: int
    needed: int
    seats: int
    has_chair: bool
    chair_in_words: str
    recused_chair: str  # who is there and would have chaired

    @property
    def refusal(self) -> str | None:
        """Why nothing can be decided, as a Danish sentence."""
        if self.counted < self.needed:
            return (
                f"Mødet er ikke beslutningsdygtigt om punktet: {self.counted} af {self.seats} er til stede uden at "
                f"være inhabile, og der skal være {self.needed}. Punktet kan udsættes."
            )
        if not self.has_chair and self.recused_chair:
            return (
                f"{self.recused_chair} er inhabil på punktet, og der er ingen anden til stede, som kan lede det. "
                "Punktet kan udsættes."
            )
        if not self.has_chair:
            return (
                f"Formanden ({self.chair_in_words}) er ikke til stede, og det er formandens stedfortræder heller ikke. "
                "Punktet kan udsættes."
            )
        return None


def people_at(meeting: Meeting, seats: list[Seat] | None = None) -> dict[int, User]:
    """Those of whom a conflict of interest may be noted: the members, those who sit there for one who is away, and
    whoever is written down as there."""
    people: dict[int, User] = {}
    for seat in meeting.seats() if seats is None else seats:
        people |= {one.pk: one for one in (seat.person, *(seat.deputies if seat.is_away else ()))}
    return people | {row.person_id: row.person for row in meeting.attendances.select_related("person")}


def present_on(item: AgendaItem) -> set[int]:
    """Who counts on the point: those there who have no conflict of interest. A deputy without a seat of her own counts
    only while the one she acts for does not."""
    rows = [row for row in item.meeting.attendances.all() if row.presence == Presence.PRESENT]
    recused = {one.person_id for one in item.recusals.all()}
    members = {row.person_id for row in rows if row.role} - recused
    deputies = {row.person_id for row in rows if not row.role and row.acts_for_id not in members} - recused
    return members | deputies


def decided_by_others(item: AgendaItem) -> list[User]:
    """Who counted when the point was decided, where that is not what the meeting's list of those there says."""
    counted = list(item.counted.all()) if item.state == ItemState.DECIDED else []
    return counted if counted and {person.pk for person in counted} != present_on(item) else []


def quorum(item: AgendaItem, seats: list[Seat] | None = None) -> Quorum:
    """As things stand in the meeting now."""
    meeting = item.meeting
    body = meeting.body
    seats = meeting.seats() if seats is None else seats
    counted = present_on(item)
    chair = body.body_kind.chair
    if chair is None:  # whoever chairs was chosen at the meeting
        may_chair = {row.person_id for row in meeting.attendances.all() if row.is_chairing}
    else:
        chairs = [seat for seat in seats if seat.is_chair]
        may_chair = {person.pk for seat in chairs for person in (seat.person, *seat.deputies)}
        may_chair |= {row.person_id for row in meeting.attendances.all() if row.acts_for_id in may_chair}
    recused = may_chair & {one.person_id for one in item.recusals.all()}
    rows = [row for row in meeting.attendances.all() if row.presence == Presence.PRESENT]
    names = " og ".join(str(row.person) for row in rows if row.person_id in recused)
    return Quorum(
        len(counted), body.needed(len(seats)), len(seats), bool(counted & may_chair),
        in_words([chair]) if chair else "den, der leder mødet", names,
    )  # fmt: skip


@dataclass(frozen=True)
class Tally:
    """How a written vote stands."""

    votes: list[Vote]
    needed: int

    def count(self, choice: Choice) -> int:
        return sum(vote.choice == choice for vote in self.votes)

    @property
    def is_quorate(self) -> bool:
        return len(self.votes) >= self.needed

    @property
    def is_carried(self) -> bool:
        """The quorum has voted, and more than half of those are for."""
        return self.is_quorate and 2 * self.count(Choice.FOR) > len(self.votes)

    @property
    def sentence(self) -> str:
        said = (
            f"{self.count(Choice.FOR)} for, {self.count(Choice.AGAINST)} imod, "
            f"{self.count(Choice.ABSTAINS)} undlod at stemme."
        )
        if not self.is_quorate:
            return f"Ikke besluttet: {len(self.votes)} stemte, og der skulle være {self.needed}. {said}"
        return f"{'Vedtaget' if self.is_carried else 'Ikke vedtaget'}: {said}"


def may_vote(item: AgendaItem, seats: list[Seat]) -> set[int]:
    """Whose seats are to vote on the point: nobody votes on a recused member's."""
    return {seat.person.pk for seat in seats} - {one.person_id for one in item.recusals.all()}


def tally(item: AgendaItem, seats: list[Seat] | None = None) -> Tally:
    """The votes that count: one for each seat that there is now, none of the recused or in their stead, and none of a
    deputy whose holder has voted herself."""
    seats = item.meeting.seats() if seats is None else seats
    recused = {one.person_id for one in item.recusals.all()}
    voting = may_vote(item, seats)
    counted: dict[int, Vote] = {}
    for vote in item.votes.all():
        seat = vote.acts_for_id or vote.person_id
        is_own = vote.acts_for_id is None
        if seat in voting and vote.person_id not in recused and (is_own or seat not in counted):
            counted[seat] = vote
    return Tally(list(counted.values()), item.meeting.body.needed(len(seats)))
