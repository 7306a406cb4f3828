"""Where a version was published outside the portal (P-83)."""

from datetime import date

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from glostrup_isms.kit import audit
from glostrup_isms.kit.dates import da_date
from policy.actions.shared import add_event, lock, public_site_changed
from policy.models import Posting, Version
from policy.permissions import POST
from roles.models import User, today


def record_posting(version: Version, url: str, published_on: date, *, by: User) -> Posting:
    """Write in where on the municipality's website the version stands, and since when; the same address with another
    day corrects the day. Raises PermissionDenied, ValidationError."""
    _may_post(version, by)
    if not version.is_published:
        raise ValidationError("Udgaven gælder ikke endnu, så den kan ikke være offentliggjort.")
    if published_on > today():
        raise ValidationError(
            {"published_on": "Datoen ligger i fremtiden. Skriv den ind, når teksten er offentliggjort."}
        )
    if version.effective_on and published_on < version.effective_on:
        raise ValidationError({"published_on": f"Udgaven gælder først fra {da_date(version.effective_on)}."})
    with transaction.atomic():
        version = lock(version, publishes=True)
        posting, made = Posting.objects.get_or_create(
            version=version, url=url, defaults={"published_on": published_on, "recorded_by": by}
        )
        if made:
            add_event(version, f"{by}: Offentliggjort {da_date(published_on)} på {url}")
        elif posting.published_on != published_on:
            posting.published_on = published_on
            posting.save(update_fields=["published_on"])
            add_event(version, f"{by}: Datoen for offentliggørelse på {url} er rettet til {da_date(published_on)}")
        else:
            return posting
        public_site_changed()
        audit.record("version.posting", by=by, obj=version, url=url, published_on=published_on)
    return posting


def withdraw_posting(posting: Posting, *, by: User) -> None:
    """Take an address away again: the version does not stand there. Raises PermissionDenied."""
    _may_post(posting.version, by)
    with transaction.atomic():
        version = lock(posting.version, publishes=True)
        count, _ = Posting.objects.filter(pk=posting.pk).delete()
        if count:  # else somebody else just did
            add_event(version, f"{by}: Adressen {posting.url} er fjernet. Udgaven er ikke offentliggjort der.")
            public_site_changed()
            audit.record("version.posting_withdrawn", by=by, obj=version, url=posting.url)


def _may_post(version: Version, by: User) -> None:
    if not by.has_perm(POST, version):
        raise PermissionDenied("Kun sekretariatet og de, der skriver dokumenter, skriver adressen ind.")
