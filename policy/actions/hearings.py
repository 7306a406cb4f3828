"""Asking about a text, and answering. The lawyers and the DPO are asked unless somebody says why not (P-26, P-27)."""

from collections.abc import Sequence
from datetime import date

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from duties.actions import create_duty, finish_duties
from duties.enums import Kind
from glostrup_isms.kit import audit, outbox
from glostrup_isms.kit.dates import da_date
from policy import notifications
from policy.actions.shared import add_event, lock
from policy.enums import OPEN, State
from policy.models import Hearing, HearingPart, Version
from policy.workflow import VERSION_FLOW
from roles.enums import Role
from roles.models import Appointment, User, today

ALWAYS_ASKED = (Role.LAWYER, Role.DPO)


def open_hearing(
    version: Version, roles: Sequence[Role], due_on: date, *, by: User, seen: str | None = None, message: str = "",
    left_out_why: str = "",
) -> Version:  # fmt: skip
    """Lay the text before the roles until a day; each gets a duty and a message, and whoever asks the duty to end it.
    Raises PermissionDenied, StepNotOpen, ValidationError, Changed."""
    if not roles:
        raise ValidationError({"roles": "Vælg, hvem der skal spørges."})
    if due_on <= today():
        raise ValidationError({"due_on": "Svarfristen skal ligge efter i dag."})
    if set(ALWAYS_ASKED) - set(roles) and not left_out_why.strip():
        raise ValidationError({"left_out_why": "Skriv, hvorfor jurister eller DPO ikke bliver spurgt."})
    if empty := [role for role in roles if not Appointment.objects.in_force().filter(role=role).exists()]:
        names = ", ".join(str(role.label) for role in empty)
        raise ValidationError({"roles": f"Ingen har lige nu rollen: {names}. Fravælg den, eller udpeg en først."})

    def follow(moved: Version) -> None:
        hearing = Hearing.objects.create(
            version=moved, revision=moved.revision, text=moved.text, due_on=due_on, message=message,
            left_out_why=left_out_why.strip(), opened_by=by,
        )  # fmt: skip
        HearingPart.objects.bulk_create(HearingPart(hearing=hearing, role=role) for role in roles)
        url = f"{moved.get_absolute_url()}#hoering"
        for part in hearing.parts.all():
            create_duty(
                f"Svar på høring af {moved.document.number} {moved.title}"[:200], due_on=due_on, role=Role(part.role),
                dedup_key=_duty(part), concerns=moved, url=url, by=by, by_hand=False, kind=Kind.DOCUMENT,
                in_mail=f"Svar på høring af {moved.document.number}",
            )  # fmt: skip
            notifications.ask_in_hearing(part)
        create_duty(
            f"Læs svarene, og afslut høringen af {moved.document.number} {moved.title}"[:200], due_on=due_on, holder=by,
            dedup_key=_duty_to_end(hearing), concerns=moved, url=url, by=by, by_hand=False, kind=Kind.DOCUMENT,
            in_mail=f"Afslut høringen af {moved.document.number}",
        )  # fmt: skip
        names = ", ".join(str(role.label) for role in roles)
        reason = (
            f" Begrundelse for at udelade jurister eller DPO: {left_out_why.strip()}" if left_out_why.strip() else ""
        )
        add_event(moved, f"{by}: Sendt i høring hos {names} til {da_date(due_on)}.{reason}")

    with transaction.atomic():
        moved: Version = VERSION_FLOW.move(lock(version, seen), "hear", by=by, note=left_out_why, then=follow)
        outbox.nudge()
    return moved


def _duty(part: HearingPart) -> str:
    return f"hearing:{part.pk}"


def _duty_to_end(hearing: Hearing) -> str:
    return f"hearing-end:{hearing.pk}"


def answer_hearing(part: HearingPart, text: str, *, has_remarks: bool, by: User) -> HearingPart:
    """What the role says of the text. It may be said anew until the hearing ends; the timeline keeps both. Those who
    wrote the text learn it when nobody is waited for any more. Raises PermissionDenied, ValidationError."""
    if has_remarks and not text.strip():
        raise ValidationError({"text": "Skriv dine bemærkninger, eller vælg, at der ingen er."})
    with transaction.atomic():
        lock(part.hearing.version)  # the hearing does not end meanwhile
        part = (
            HearingPart.objects.select_for_update(of=("self",), no_key=True)
            .select_related("hearing__version__document")
            .get(pk=part.pk)
        )
        if not by.has_role(Role(part.role)):
            raise PermissionDenied(f"Kun »{part.get_role_display()}« svarer her.")
        if part.hearing.closed_at:
            raise ValidationError(
                "Høringen er afsluttet, så svaret kan ikke sendes. Din tekst er her stadig: send den til den, der "
                "skriver dokumentet."
            )
        part.text, part.has_remarks, part.answered_by, part.answered_at = text.strip(), has_remarks, by, timezone.now()
        part.save()
        said = f"»{text.strip()}«" if text.strip() else "Ingen bemærkninger."
        add_event(part.hearing.version, f"{by} svarer for {part.get_role_display()}: {said}")
        if not part.hearing.parts.filter(answered_at=None).exists():
            notifications.tell_all_have_answered(part.hearing, by)
        finish_duties(_duty(part), by=by)
        audit.record("hearing.answer", by=by, obj=part.hearing.version, role=part.role, has_remarks=has_remarks)
        outbox.nudge()
    return part


def end_hearing(version: Version, *, by: User, seen: str | None = None) -> Version:
    """The hearing is over: the text may be mended after the answers. Raises PermissionDenied, StepNotOpen, Changed."""

    def follow(moved: Version) -> None:
        close_hearings(moved, by=by)
        add_event(moved, f"{by}: Høringen er afsluttet.")

    with transaction.atomic():
        moved: Version = VERSION_FLOW.move(lock(version, seen), "end_hearing", by=by, then=follow)
    return moved


def close_hearings(version: Version, *, by: User, is_void: bool = False) -> None:
    """No more answers; whoever was asked and has not answered need not."""
    for hearing in version.hearings.filter(closed_at=None):
        hearing.closed_at, hearing.is_void = timezone.now(), is_void
        hearing.save()
        for part in hearing.parts.filter(answered_at=None):
            finish_duties(_duty(part), by=by)
        finish_duties(_duty_to_end(hearing), by=by)


def may_comment(version: Version, by: User) -> bool:
    """Whoever works with the documents, and those asked in a hearing that is open; of what is on its way or applies."""
    if version.state not in (*OPEN, State.IN_FORCE):
        return False
    asked = HearingPart.objects.asked_of(by).open().filter(hearing__version=version)
    return by.has_perm("policy.view_drafts", version) or asked.exists()
