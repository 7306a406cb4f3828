"""Loading the demo documents through the same actions as the pages use, each act moved back to its day afterwards.

What nobody was heard about was decided before the portal, and is adopted. The rest have gone the whole way.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from duties.models import Duty
from glostrup_isms.home.demo.library import (
    DOCUMENTS,
    Answer,
    Assessment,
    Day,
    Decision,
    DemoDocument,
    DemoVersion,
)
from glostrup_isms.home.demo.organisation import Organisation
from glostrup_isms.kit import outbox
from glostrup_isms.kit.dates import COPENHAGEN, da_date
from meetings.models import Decision as Decided
from policy import actions
from policy.actions.review_sweep import tell_late
from policy.actions.reviews import LATE, PART
from policy.enums import State
from policy.importing import propose
from policy.models import Document, Hearing, HearingPart, Review, ReviewPart, Version
from policy.models.reviews import opens_before
from policy.text.blocks import parse
from roles.enums import EMPLOYMENTS, LEADING_ROLES, Role
from roles.models import User, today

TAKEN_INTO_USE = 500  # days ago: what was decided before that was brought in then
REACHED = (  # how far a version has come, in order
    State.DRAFT, State.HEARING, State.HEARD, State.SUBMITTED, State.RECOMMENDED, State.DECIDED, State.IN_FORCE,
    State.SUPERSEDED,
)  # fmt: skip


def on(day: Day) -> date:
    """The date: given, or so many days before the load."""
    return day if isinstance(day, date) else today() - timedelta(days=day)


class DocumentLoader:
    """One document with its versions."""

    def __init__(self, plan: DemoDocument, organisation: Organisation) -> None:
        self.plan, self.organisation = plan, organisation
        self.version: Version

    def load(self) -> Document:
        for number, plan in enumerate(self.plan.versions):
            self._begin(plan, is_first=number == 0)
            self._talk(plan)
            self._decide(plan)
        self._review()
        return self.version.document

    def _person(self, key: str) -> User:
        return User.objects.get(pk=self.organisation.people[key].pk)

    def _role(self, key: str) -> Role:
        """The office for which somebody is asked: what she answers for, before where she is employed."""
        offices = [office.role for office in self._person(key).offices]
        return next((role for role in offices if role in LEADING_ROLES), None) or next(
            role for role in offices if role not in (*EMPLOYMENTS, Role.COMMITTEE)
        )

    def _begin(self, plan: DemoVersion, *, is_first: bool) -> None:
        by = self._person(plan.written_by)

        def begin() -> None:
            if is_first:
                self.version = actions.create_document(
                    self.plan.kind, self.plan.title, by=by, text=plan.text, bindings=self._bindings(plan.text),
                    owner_role=self.plan.owner, audience=self.plan.audience, confidentiality=self.plan.confidentiality,
                    review_months=self.plan.review_months, journal_number=self.plan.journal,
                    category=self.plan.category or "", is_breach_plan=self.plan.key == "brud",
                    policy_section=f"Punkt {', '.join(self.plan.fills_out)}" if self.plan.fills_out else "",
                )  # fmt: skip
            else:
                self.version = actions.start_version(self.version.document, by=by)
            self._save(plan, by)

        is_old = plan.decided and not plan.hearing
        self._act(TAKEN_INTO_USE if is_old else plan.begun_on, begin)

    def _bindings(self, text: str) -> list[tuple[Any, Any]]:
        return [(proposal.roles, proposal.evidence) for proposal in propose(parse(text))]

    def _save(self, plan: DemoVersion, by: User) -> None:
        self.version = actions.save_text(
            self.version, plan.text, title=self.plan.title, by=by, revision=self.version.revision,
            change_note=plan.changes,
        )  # fmt: skip
        proposed = dict(zip(self.version.clauses.all(), self._bindings(plan.text), strict=True))
        unsaid = {clause.key: pair for clause, pair in proposed.items() if not clause.roles and pair[0]}
        self.version = actions.bind_clauses(self.version, unsaid, by=by, revision=self.version.revision)

    def _talk(self, plan: DemoVersion) -> None:
        """Hearing, answers, comments. What was said without a hearing was said by those who see drafts."""
        writer = self._person(plan.written_by)
        if hearing := plan.hearing:
            roles = list(dict.fromkeys(self._role(key) for key in hearing.asked))
            left_out = "" if {Role.LAWYER, Role.DPO} <= set(roles) else "Teksten rører ikke ved, hvad loven kræver."
            due = on(hearing.due_on)
            length = timedelta(days=(due - on(hearing.sent_on)).days)
            self._act(
                hearing.sent_on,
                lambda: actions.open_hearing(self.version, roles, today() + length, by=writer, left_out_why=left_out),
                {da_date(today() + length): da_date(due)},
            )
            Hearing.objects.filter(version=self.version).update(due_on=max(due, on(hearing.sent_on)))
            Duty.objects.filter(dedup_key__startswith="hearing:", due_on=today() + length).update(due_on=due)
            for answer in hearing.answers:
                self._act(answer.on, lambda answer=answer: self._answer(answer))  # type: ignore[misc]
        for remark in sorted(plan.remarks, key=lambda one: on(one.on)):
            self._act(remark.on, lambda remark=remark: self._remark(remark, writer))  # type: ignore[misc]
        if plan.hearing and REACHED.index(plan.state) > REACHED.index(State.HEARING):
            self._act(plan.hearing.due_on, lambda: actions.end_hearing(self.version, by=writer))

    def _answer(self, answer: Answer) -> None:
        by = self._person(answer.by)
        part = HearingPart.objects.get(hearing__version=self.version, role=self._role(answer.by))
        actions.answer_hearing(part, answer.text, has_remarks=not answer.text.startswith("Ingen"), by=by)

    def _remark(self, remark: Any, writer: User) -> None:
        made = actions.comment(self.version, remark.text, by=self._person(remark.by), clause_number=remark.clause)
        if remark.reply:
            actions.close_comment(made, remark.reply, by=writer)

    def _decide(self, plan: DemoVersion) -> None:
        far = REACHED.index(plan.state)
        if plan.decided and not plan.hearing:
            self._adopt(plan, plan.decided)
        elif far >= REACHED.index(State.SUBMITTED):
            sent = (on(plan.recommended.on) if plan.recommended else today()) - timedelta(days=3)
            self._act(sent, lambda: actions.submit(self.version, by=self._person(plan.written_by)))
            if plan.recommended:
                self._record(plan.recommended, actions.recommend)
            if plan.decided and far >= REACHED.index(State.DECIDED):
                later = on(plan.in_force_on or 0) if plan.state == State.DECIDED else None
                self._record(plan.decided, actions.decide, statement=plan.consistency, effective_on=later)
        for again in plan.reapproved:
            self._record(again, actions.reapprove)

    def _adopt(self, plan: DemoVersion, decided: Decision) -> None:
        self._act(TAKEN_INTO_USE, lambda: actions.decide(
            self.version, by=self._person(decided.by), decided_on=on(decided.on), reference=decided.reference,
            text=decided.text, step="adopt",
        ))  # fmt: skip

    def _record(self, decided: Decision, write: Callable[..., Any], **more: Any) -> None:
        self._act(decided.on, lambda: write(
            self.version, by=self._person(decided.by), decided_on=today(), reference=decided.reference,
            text=decided.text, **more,
        ))  # fmt: skip

    def _review(self) -> None:
        """The yearly review, if its time has come: opened then, answered by some, late from the day after its day."""
        document = Document.objects.to_review().filter(pk=self.version.document_id).first()
        if document is None or document.next_review_on is None:
            return
        due_on = document.next_review_on
        opened_on = max(due_on - opens_before(document.review_months), on(TAKEN_INTO_USE))
        before = Review(document=document, due_on=due_on, opened_at=timezone.now()).answers_due_on
        opened_at = datetime.combine(opened_on, time(10), COPENHAGEN)
        after = Review(document=document, due_on=due_on, opened_at=opened_at).answers_due_on
        self._act(opened_on, actions.open_reviews, {da_date(before): da_date(after)})
        Duty.objects.filter(dedup_key__startswith=PART, due_on=before).update(due_on=after)
        for one in self.plan.assessed:
            self._act(one.on, lambda one=one: self._assess(one))  # type: ignore[misc]
        if due_on < today():
            late_on = max(due_on + timedelta(days=1), opened_on)
            self._act(late_on, tell_late)
            Duty.objects.filter(dedup_key__startswith=LATE, due_on=today()).update(due_on=late_on)

    def _assess(self, one: Assessment) -> None:
        by = self._person(one.by)
        parts = ReviewPart.objects.of_roles(by).waiting().filter(review__document=self.version.document_id)
        actions.assess(parts[0], one.needs_change, by=by, changes=one.changes, text=one.text)

    # ── Time ────────────────────────────────────────────────────────────────────────────────────
    def _act(self, day: Day, act: Callable[[], Any], words: dict[str, str] | None = None) -> None:
        begun = timezone.now()
        act()
        self.version = Version.objects.select_related("document").get(pk=self.version.pk)
        self._move_back(begun, on(day), words or {})
        self.version.refresh_from_db()
        self.version.document.refresh_from_db()

    def _move_back(self, begun: datetime, day: date, words: dict[str, str]) -> None:
        """Whatever was written since `begun` happened on the day, and says so."""
        at, version, document = datetime.combine(day, time(10), COPENHAGEN), self.version, self.version.document
        words = {da_date(today()): da_date(day), **words}
        for event in version.document.versions.model.objects.filter(document=document):
            for line in event.events.filter(at__gte=begun):
                for written, meant in words.items():
                    line.sentence = line.sentence.replace(written, meant)
                line.at = at
                line.save()
        versions = Version.objects.filter(document=document)
        decisions = Decided.objects.filter(object_id__in=versions.values("pk"), recorded_at__gte=begun)
        decisions.filter(decided_on=today()).update(decided_on=day)
        decisions.update(recorded_at=at)
        if moved := versions.filter(effective_on=today(), published_at__gte=begun).first():
            versions.filter(ended_on=today()).update(ended_on=day)
            versions.filter(pk=moved.pk).update(effective_on=day)
        duties = Duty.objects.filter(object_id__in=[str(pk) for pk in versions.values_list("pk", flat=True)])
        hearings = Hearing.objects.filter(version__document=document)
        parts = HearingPart.objects.filter(hearing__in=hearings)
        reviews = Review.objects.filter(document=document)
        answers = ReviewPart.objects.filter(review__in=reviews)
        rows: tuple[tuple[Any, str], ...] = (
            (versions, "created_at"), (versions, "submitted_at"), (versions, "published_at"),
            (version.history, "history_date"), (version.clauses, "written_at"),
            (version.comments, "created_at"), (version.comments, "closed_at"),
            (version.contributions, "first_at"), (version.contributions, "last_at"),
            (hearings, "opened_at"), (hearings, "closed_at"), (parts, "answered_at"),
            (reviews, "opened_at"), (reviews, "late_at"), (answers, "answered_at"),
            (Document.objects.filter(pk=document.pk), "created_at"), (document.history, "history_date"),
            (duties, "created_at"), (duties, "done_at"),
        )  # fmt: skip
        for some, name in rows:
            some.filter(**{f"{name}__gte": begun}).update(**{name: at})
        versions.filter(published_at=at).update(told_at=at)  # so long ago that everybody has been told
        if version.state == State.IN_FORCE and decisions_since(version, at):
            review = actions.next_review(document, actions.last_approval(document))
            Document.objects.filter(pk=document.pk).update(next_review_on=review)
        self._move_messages_back(begun, at)

    def _move_messages_back(self, begun: datetime, at: datetime) -> None:
        new = outbox.Message.objects.filter(kind__startswith="policy_", created_at__gte=begun)
        is_old = at < timezone.now() - timedelta(days=14)
        new.filter(state=outbox.State.QUEUED).update(
            state=outbox.State.SENT, sent_at=at + timedelta(seconds=4), attempts=1
        )
        new.update(created_at=at, next_try_at=at, read_at=F("created_at") if is_old else None)


def decisions_since(version: Version, at: datetime) -> bool:
    """Whether something was decided of the version in this act."""
    return Decided.objects.filter(object_id=version.pk, recorded_at=at).exists()


def load(organisation: Organisation) -> int:
    """Every demo document; answers how many."""
    for plan in DOCUMENTS:
        DocumentLoader(plan, organisation).load()
    return len(DOCUMENTS)


def look_around() -> None:
    """What has changed around the documents under review, once the cases are there."""
    actions.ask_for_reviews()
