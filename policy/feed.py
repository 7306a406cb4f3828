"""The Atom feed of the policy (RFC 4287): an entry for each version, the same whoever asks and whenever."""

from collections.abc import Iterable
from datetime import UTC, datetime

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape

from glostrup_isms.kit.dates import da_date
from glostrup_isms.kit.pdf import UNPRINTABLE
from meetings.enums import Outcome
from meetings.models import Decision
from policy.enums import State
from policy.models import Version


class _Feed(Atom1Feed):
    def latest_post_date(self) -> datetime:
        """An empty feed is of no particular day: Django would say now, and every copy would be another."""
        return super().latest_post_date() if self.items else datetime(2000, 1, 1, tzinfo=UTC)


def feed(versions: Iterable[Version]) -> bytes:
    """The entries in the given order. An entry is news: it changes when its version is withdrawn, not when a newer
    version takes its place. One query besides."""
    base = settings.BASE_URL
    drawn = _Feed(
        title=f"Informationssikkerhedspolitik, {settings.MUNICIPALITY}", link=f"{base}/politik/", language="da",
        description="", subtitle="Nye udgaver af informationssikkerhedspolitikken",
        feed_url=f"{base}/politik/feed.atom", author_name=settings.MUNICIPALITY,
    )  # fmt: skip
    withdrawn_at = _withdrawn_at()
    for version in versions:
        page, title = f"{base}/politik/versioner/{version.number}/", f"{version.title}, udgave {version.number}"
        news = f"Gælder fra {da_date(version.effective_on)}. {version.change_note}"  # type: ignore[arg-type]
        published = version.published_at or version.created_at
        updated = published
        if version.state == State.WITHDRAWN:
            title += " (trukket tilbage)"
            news = f"Trukket tilbage {da_date(version.ended_on)}. {version.withdrawn_why}"  # type: ignore[arg-type]
            updated = withdrawn_at.get(version.pk, published)
        drawn.add_item(
            title=_xml(title), link=page, unique_id=page, pubdate=published, updateddate=updated,
            description=escape(_xml(news).strip()),  # a reader takes it for HTML
        )  # fmt: skip
    return drawn.writeString("utf-8").encode()


def _withdrawn_at() -> dict[int, datetime]:
    """When each version's withdrawal was written in."""
    kind = ContentType.objects.get_for_model(Version)
    rows = Decision.objects.standing().filter(content_type=kind, outcome=Outcome.WITHDRAWN)
    return dict(rows.values_list("object_id", "recorded_at"))


def _xml(text: str) -> str:
    """Without what XML cannot hold."""
    return UNPRINTABLE.sub(" ", text)
