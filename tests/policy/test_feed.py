"""What machines read: the feed is Atom (RFC 4287), and the JSON can be checked against what was decided."""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from meetings.models import Decision
from policy import actions
from policy.models import Version
from roles.models import today
from tests.desk import Desk, fresh
from tests.policy.payloads import MARKUP

ATOM = "{http://www.w3.org/2005/Atom}"


def read(client: Client) -> ElementTree.Element:
    answer = client.get("/politik/feed.atom")
    assert answer.status_code == 200
    return ElementTree.fromstring(answer.content)


def one(element: ElementTree.Element, name: str) -> str:
    (found,) = element.findall(f"{ATOM}{name}")
    return (found.text or "").strip()


def when(element: ElementTree.Element, name: str) -> datetime:
    return datetime.fromisoformat(one(element, name))


def entries(feed: ElementTree.Element) -> dict[str, ElementTree.Element]:
    return {one(entry, "id"): entry for entry in feed.findall(f"{ATOM}entry")}


def decide_next(desk: Desk, version: Version) -> Version:
    return desk.in_force(fresh(actions.start_version(version.document, by=desk.writer)))


def test_feed_is_atom(desk: Desk, client: Client) -> None:
    first = desk.adopted(desk.policy())
    second = decide_next(desk, first)
    feed = read(client)
    assert feed.tag == f"{ATOM}feed"
    assert one(feed, "id") == "http://testserver/politik/"
    assert one(feed, "title")
    assert one(feed.find(f"{ATOM}author"), "name") == "Glostrup Kommune"  # type: ignore[arg-type]
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links == {"alternate": "http://testserver/politik/", "self": "http://testserver/politik/feed.atom"}
    found = entries(feed)
    assert [*found] == [f"http://testserver/politik/versioner/{number}/" for number in (2, 1)]
    for version, (address, entry) in zip((second, first), found.items(), strict=True):
        assert one(entry, "title") == f"{version.title}, udgave {version.number}"
        assert when(entry, "published") == when(entry, "updated") == fresh(version).published_at
        assert one(entry, "summary").startswith("Gælder fra ")
        assert [link.get("href") for link in entry.findall(f"{ATOM}link")] == [address]
    assert when(feed, "updated") == max(when(entry, "updated") for entry in found.values())


def test_entry_is_news_and_changes_only_when_its_version_is_withdrawn(desk: Desk, client: Client) -> None:
    begin = timezone.now()
    with time_machine.travel(begin + timedelta(days=1)):
        first = desk.in_force(desk.policy())
    states = [read(client)]
    with time_machine.travel(begin + timedelta(days=400)):
        second = decide_next(desk, first)
    states.append(read(client))
    with time_machine.travel(begin + timedelta(days=401)):
        actions.withdraw(second, by=desk.secretariat, note="En fejl.", reference="Sag 3", decided_on=today())
    states.append(read(client))

    updated = [when(feed, "updated") for feed in states]
    assert updated == sorted(set(updated))  # later each time
    of_first = [ElementTree.tostring(entries(feed)["http://testserver/politik/versioner/1/"]) for feed in states]
    assert len({*of_first}) == 1
    before, after = (entries(feed)["http://testserver/politik/versioner/2/"] for feed in states[1:])
    assert one(before, "published") == one(after, "published")
    assert when(after, "updated") > when(before, "updated")
    assert one(after, "title").endswith("udgave 2 (trukket tilbage)")
    assert one(after, "summary").endswith("En fejl.")


def test_version_withdrawn_the_day_it_came_is_updated_after_it_was_published(desk: Desk, client: Client) -> None:
    version = desk.in_force(desk.policy())
    actions.withdraw(version, by=desk.secretariat, note="En fejl.", reference="Sag 3", decided_on=today())
    (entry,) = entries(read(client)).values()
    assert when(entry, "updated") >= when(entry, "published")


def test_empty_feed_is_the_same_every_time(desk: Desk, client: Client) -> None:
    desk.policy()
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        before = client.get("/politik/feed.atom").content
    assert client.get("/politik/feed.atom").content == before
    assert not entries(ElementTree.fromstring(before))


def test_whatever_was_written_is_text_in_the_feed(desk: Desk, client: Client) -> None:
    """Also for a reader that takes the summary for HTML, as the feed says; and XML holds no control characters."""
    version = desk.policy()
    written = " ".join(MARKUP) + " \x0b\x1f\ufffe ]]> &lt;"
    version = desk.adopted(version)
    Version.objects.filter(pk=version.pk).update(title=written[-150:], change_note=written[-450:].replace("\x00", ""))
    actions.shared.public_site_changed()
    (entry,) = entries(read(client)).values()
    assert entry.find(f"{ATOM}summary").get("type") == "html"  # type: ignore[union-attr]
    assert "<" not in one(entry, "summary")
    assert entry.find(f"{ATOM}title").get("type") in (None, "text")  # type: ignore[union-attr]


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────
def test_checksum_of_what_was_decided_can_be_recomputed(desk: Desk, client: Client) -> None:
    """By the recipe in docs/publication.md."""
    text = desk.policy().text + '\nÆblegrød på ærø – »citat« \\ " \U0001f600 \u2028 1 < 2 &amp; 3.\n'
    draft = Version.objects.get()
    version = desk.in_force(
        fresh(actions.save_text(draft, text, title=draft.title, by=desk.writer, revision=draft.revision))
    )
    current = client.get("/politik/politik.json").json()["in_force"]
    whole = json.dumps(current["decided"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(whole.encode()).hexdigest() == current["sha256"] == version.sha256
    assert current["sha256"] == Decision.objects.get(pk=version.decision_id).sha256
    assert current["decided"]["text"] == version.text
    assert (current["version"], current["document"], current["state"]) == (1, "POL-001", "in_force")
    assert current["decided_by"] == "Kommunalbestyrelsen"
    assert current["url"] == "http://testserver/politik/versioner/1/"


def test_json_lists_every_version_that_was_public(desk: Desk, client: Client) -> None:
    first = desk.adopted(desk.policy())
    second = decide_next(desk, first)
    actions.start_version(second.document, by=desk.writer)
    versions: list[dict[str, Any]] = client.get("/politik/politik.json").json()["versions"]
    assert [(one["version"], one["state"]) for one in versions] == [(2, "in_force"), (1, "superseded")]
    assert versions[1]["ended_on"] == versions[0]["effective_on"]
    for version in versions:
        for address in (version["url"], version["pdf"]):
            assert client.get(address.removeprefix("http://testserver")).status_code == 200


def test_json_before_the_first_policy(desk: Desk, client: Client) -> None:
    desk.policy()
    data = client.get("/politik/politik.json").json()
    assert (data["in_force"], data["versions"]) == (None, [])


@pytest.mark.parametrize("path", ["/politik/politik.json", "/politik/feed.atom"])
def test_people_are_not_named(desk: Desk, client: Client, path: str) -> None:
    desk.in_force(desk.policy())
    said = client.get(path).content.decode()
    for person in (desk.writer, desk.secretariat, desk.committee):
        assert person.name not in said
