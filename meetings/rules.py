"""Chair and quorum: who counts on a point, how many are needed, and how a written vote came out."""

from dataclasses import dataclass

from meetings.enums import Choice, Presence
from meetings.models import AgendaItem, Seat, Vote
from meetings.permissions import in_words


@dataclass(frozen=True)
class Quorum:
    """How many may decide on a point, how many are needed, and whether one of them may chair (P-46)."""

    counted: int
    needed: int
    seats: int
    has_chair: bool
    chair_in_words: str

    @property
    def refusal(self) -> str | None:
        """Why nothing can be decided, as a Danish sentence."""
        if self.counted < self.needed:
            return (
                f"Mødet er ikke beslutningsdygtigt om punktet: {self.counted} af {self.seats} er til stede uden at "
                f"være inhabile, og der skal være {self.needed}. Punktet kan udsættes."
            )
        if not self.has_chair:
            return (
                f"Formanden ({self.chair_in_words}) er ikke til stede, og det er formandens stedfortræder heller ikke. "
                "Punktet kan udsættes."
            )
        return None


def present_on(item: AgendaItem) -> set[int]:
    """Who counts on the point: those there who have no conflict of interest. A deputy without a seat of her own counts
    only while the one she acts for does not."""
    rows = [row for row in item.meeting.attendances.all() if row.presence == Presence.PRESENT]
    recused = {one.person_id for one in item.recusals.all()}
    members = {row.person_id for row in rows if row.role} - recused
    deputies = {row.person_id for row in rows if not row.role and row.acts_for_id not in members} - recused
    return members | deputies


def quorum(item: AgendaItem, seats: list[Seat] | None = None) -> Quorum:
    """As things stand in the meeting now."""
    meeting = item.meeting
    body = meeting.body
    seats = body.seats(meeting.decided_on) if seats is None else seats
    counted = present_on(item)
    chair = body.body_kind.chair
    if chair is None:  # whoever chairs was chosen at the meeting
        may_chair = {row.person_id for row in meeting.attendances.all() if row.is_chairing}
    else:
        chairs = [seat for seat in seats if seat.is_chair]
        may_chair = {person.pk for seat in chairs for person in (seat.person, *seat.deputies)}
        may_chair |= {row.person_id for row in meeting.attendances.all() if row.acts_for_id in may_chair}
    words = in_words([chair]) if chair else "den, der leder mødet"
    return Quorum(len(counted), body.needed(len(seats)), len(seats), bool(counted & may_chair), words)


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


def tally(item: AgendaItem, seats: int | None = None) -> Tally:
    """The votes that count: one for each seat's person, none of the recused, and none of a deputy whose holder has
    voted herself."""
    body = item.meeting.body
    seats = len(body.seats(item.meeting.decided_on)) if seats is None else seats
    recused = {one.person_id for one in item.recusals.all()}
    votes = [vote for vote in item.votes.all() if vote.person_id not in recused]
    own = {vote.person_id for vote in votes if vote.acts_for_id is None}
    counted: list[Vote] = []
    stood_in: set[int | None] = set()
    for vote in votes:
        if vote.acts_for_id is None or vote.acts_for_id not in own | stood_in:
            counted.append(vote)
            stood_in.add(vote.acts_for_id)
    return Tally(counted, body.needed(seats))
