"""The annual wheel with very many duties, and a calendar of as many entries as one may have."""

import time
from datetime import date, timedelta
from functools import partial
from itertools import islice, product

from bench.client import Client, median, percentile, time_one
from bench.lists import count_queries, tidy_up
from bench.pages import BARE, by_turns, people, session_of
from bench.rig import Rig
from bench.tables import Report

DUTIES, TEMPLATES = 50_000, 40
ENTRIES = 500
TIMES = 40


def fill(report: Report) -> None:
    """A year of fixed duties of leaders and employees, half of it done; one person has 500 of her own besides."""
    from django.utils import timezone

    from duties.enums import Recurrence, State
    from duties.models import Duty, DutyTemplate
    from roles.enums import Role
    from roles.models import Appointment, today

    started = time.monotonic()
    roles = [role for role in Role if role not in (Role.EXTERNAL, Role.MAYOR)]
    templates = [
        DutyTemplate.objects.create(
            title=f"Fast opgave {number} til måling", role=roles[number % len(roles)], recurrence=Recurrence.MONTHLY,
            first_on=date(today().year, 1, 1 + number % 28), next_on=date(today().year + 1, 1, 1 + number % 28),
        )
        for number in range(TEMPLATES)
    ]  # fmt: skip
    places = list(Appointment.objects.in_force().values_list("person", "unit").order_by("pk"))
    holders = list(dict(places).items())
    kinds = list(islice(product(range(1, 13), templates, holders), DUTIES))
    if len(kinds) < DUTIES:
        report.say(f"only {len(kinds)} duties: too few people")
    rows = []
    for month, template, (person, unit) in kinds:
        day = date(today().year, month, 1 + template.pk % 28)
        is_done = day < today() - timedelta(days=20) or (person + month) % 3 == 0
        rows.append(
            Duty(
                title=template.title,
                template=template,
                planned_on=day,
                due_on=day,
                holder_id=person,
                holder_role=template.role,
                holder_unit_id=unit,
                is_discreet=False,
                opens_on=day - timedelta(days=30),
                state=State.DONE if is_done else State.OPEN,
                done_at=timezone.now() if is_done else None,
                dedup_key=f"bench:{template.pk}:{day}:{person}",
            )  # fmt: skip
        )
    own = people()["leader"]
    rows += [
        Duty(
            title=f"Egen opgave {number}, med komma; og æøå", holder=own, due_on=today() + timedelta(days=number % 200),
            is_discreet=False, dedup_key=f"bench:own:{number}",
        )
        for number in range(ENTRIES)
    ]  # fmt: skip
    Duty.objects.bulk_create(rows, batch_size=2000)
    tidy_up()
    report.say(f"{len(rows)} duties of {TEMPLATES} fixed ones written in {time.monotonic() - started:.0f} s")


def measure(rig: Rig, report: Report) -> None:
    from duties.models import Duty

    who = people()
    report.title(f"The annual wheel with {Duty.objects.count()} duties")
    port = rig.portal.port
    for name, user in who.items():
        session = session_of(user)
        for label, path in (
            ("the year", "/aarshjul/"),
            ("only mine", "/aarshjul/?mine=ja"),
            ("a ring", "/aarshjul/?rolle=ledere"),
        ):
            client = Client(port, session=session)
            milliseconds = percentile(time_one(client, path, TIMES), 95) * 1000
            queries = count_queries(path, user)
            report.row(f"{name}: {label}, p95", f"{milliseconds:.0f} ms")
            report.row("", f"{queries} queries", "≤ 12", queries <= 12)
    visit = partial(Client, port, session=session_of(who["leader"]))
    (bare_time, _), (seconds, _) = by_turns((partial(Client, port), BARE), (visit, "/aarshjul/"))
    report.row("leader: p50 / the bare page's", f"{seconds / bare_time:.1f} ×", f"bare {bare_time * 1000:.2f} ms")
    feed(rig, report)


def feed(rig: Rig, report: Report) -> None:
    from duties.actions.calendars import make_address
    from roles.models import User

    person = User.objects.get(pk=people()["leader"].pk)  # type: ignore[attr-defined]
    report.title(f"A calendar of {ENTRIES} entries")
    _, token = make_address(by=person, seen=None)
    path = f"/aarshjul/kalender/{token}.ics"
    client = Client(rig.portal.port)
    answer = client.get(path)
    entries = answer.text.count("BEGIN:VEVENT")
    report.row("entries", str(entries), f"{ENTRIES}", entries == ENTRIES)
    seconds = time_one(client, path, TIMES)
    report.at_most("the whole file, p50", median(seconds) * 1000, 200, "ms")
    report.at_most("the whole file, p95", percentile(seconds, 95) * 1000, 200, "ms")
    etag = answer.headers["etag"]
    started = time.perf_counter()
    statuses = {client.get(path, **{"If-None-Match": etag}).status for _ in range(TIMES)}
    report.row("unchanged", f"{(time.perf_counter() - started) / TIMES * 1000:.0f} ms", "304", statuses == {304})
