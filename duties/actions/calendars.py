"""A person's calendar address: made, exchanged for a new one, closed."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from duties.models import CalendarFeed
from duties.models.calendars import digest, new_token
from glostrup_isms.kit import audit
from roles.models import User

CHANGED = (
    "Der er lavet eller lukket en adresse, siden du åbnede siden. Se, hvad der gælder nu. Nåede du ikke at gemme den "
    "nye adresse, så lav en ny."
)


def make_address(*, by: User, seen: int | None) -> tuple[CalendarFeed, str]:
    """A new address of the person's own, and its secret token, which is kept nowhere. It ends the one that stands,
    whose key is `seen` (None: there was none). Raises ValidationError when that is no longer so."""
    try:
        with transaction.atomic():
            _end(by, seen)
            token = new_token()
            feed = CalendarFeed.objects.create(person=by, token_hash=digest(token))
            audit.record("calendar.make", by=by, obj=feed)
    except IntegrityError as error:  # another one was made in the same moment
        raise ValidationError(CHANGED) from error
    return feed, token


def close_address(*, by: User, seen: int | None) -> None:
    """End the address that stands. Raises ValidationError when it is another than the one seen."""
    with transaction.atomic():
        feed = _end(by, seen)
        if feed is None:
            raise ValidationError(CHANGED)
        audit.record("calendar.close", by=by, obj=feed)


def close_addresses_of_leavers() -> int:
    """Whose account is closed has no address, also when she comes back; answers how many were ended. Inside the
    transaction that closes the account."""
    return CalendarFeed.objects.standing().filter(person__is_active=False).update(revoked_at=timezone.now())


def _end(by: User, seen: int | None) -> CalendarFeed | None:
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=by.pk)  # first, as whoever closes her account does
    standing = CalendarFeed.objects.standing().filter(person=by).select_for_update(of=("self",), no_key=True).first()
    if (standing.pk if standing else None) != seen:
        raise ValidationError(CHANGED)
    if standing:
        standing.revoked_at = timezone.now()
        standing.save(update_fields=["revoked_at"])
    return standing
