"""Nobody can tell from anything that a node leaves when in a window somebody came.

The strong form: two days with as many people in each window, who came at other moments of it, leave
the same bytes. And a search for those moments in all of it.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

import pytest

from drivers.people.vl53l1x import model
from gateway.buffer.journal_format import decode
from gateway.sampling.counting import LEAST_NS
from tests.chaos.doorway import SECOND
from tests.chaos.form import report
from tests.chaos.observed import observing
from tests.chaos.privacy_days import DAY, OFFSET_NS, SHORT, Day, differences, two

PEOPLE = ("door", "hall")
TOPICS = {"data", "live/air", "live/door", "live/hall", "status", "meta", "health", "audit"}
FILES = {"run/journal", "run/status.json", "log.db", "log.db-wal", "log.db.legend", "clock"}


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Day, Day]]:
    """Two with as many people in each window."""
    with pytest.MonkeyPatch.context() as patch, observing(patch) as lives:
        yield two(lives, tmp_path_factory.mktemp("days"), DAY)


def test_two_days_that_differ_within_windows_leave_the_same(days: tuple[Day, Day]) -> None:
    one, other = days
    found = [told[:2000] for told in differences(one, other)]
    assert not found, "\n".join(found[:5])


def test_a_day_counts_everybody(days: tuple[Day, Day]) -> None:
    """Or the comparison would say nothing."""
    day, _ = days
    told = {message["id"]: message for message in day.messages}.values()
    counted = [
        one["values"]["count_in"] + one["values"]["count_out"]
        for one in told
        if one.get("sensor") == "door"
    ]
    assert sum(counted) == len(day.passages)
    assert sum(one["values"]["activations"] for one in told if one.get("sensor") == "hall") == len(
        day.passages
    )
    assert {sent.topic for sent in day.life.sent} == TOPICS
    assert {name for _, files in day.life.snapshots for name in files} == FILES


def test_no_artefact_tells_a_moment(days: tuple[Day, Day]) -> None:
    for day in days:
        moments = day.moments
        found = [f"{name}: {told}" for name, what in day.artefacts for told in moments.told(what)]
        assert not found, "\n".join(found[:20])
    day = days[0]
    report(
        f"privacy: a day of {len(day.passages)} passages and {len(day.life.edges)} edges, "
        f"{sum(len(what) for _, what in day.artefacts):,} bytes of artefacts: none tells when, and "
        "another day with as many leaves the same"
    )


def test_all_times_of_people_are_those_of_windows(days: tuple[Day, Day]) -> None:
    day, _ = days
    inside = [
        told for told in chain(_stored(day), _told(day), _noted(day)) if not _is_boundary(told[1])
    ]
    assert not inside, inside[:10]


def _is_boundary(up_ns: int) -> bool:
    return (up_ns + OFFSET_NS) % (DAY.window_s * SECOND) == 0


def _stored(day: Day) -> Iterator[tuple[str, int]]:
    for sensor, up_ns, span_ns in day.times:
        if sensor in PEOPLE:
            yield f"stored: {sensor}", up_ns
            yield f"stored: {sensor}", up_ns - (span_ns or 0)


def _told(day: Day) -> Iterator[tuple[str, int]]:
    for message in day.messages:
        if message.get("sensor") in PEOPLE:
            yield from ((f"{key} of {message}", message[key] * 1_000_000) for key in ("up", "up0"))
            for key in ("t0", "t1"):
                since = datetime.fromisoformat(message[key]) - datetime(1970, 1, 1, tzinfo=UTC)
                yield f"{key} of {message}", since // timedelta(microseconds=1) * 1000 - OFFSET_NS


def _noted(day: Day) -> Iterator[tuple[str, int]]:
    """In the journal; how long somebody has looked is told to 10 s, whoever came."""
    assert len(day.life.journals) == len(day.passages)
    later = [files["run/journal"] for _, files in day.life.snapshots]
    for journal in (*later, *day.life.journals):
        found = decode(journal)
        assert found is not None
        for row in found.rows:
            if row.layout.sensor in PEOPLE:
                yield f"{row}", row.up_ns
        for note in found.notes.values():
            yield f"{note}", note.since_ns
            yield f"{note}", note.ends_ns
            assert note.seen_ns % (10 * SECOND) == 0 or note.seen_ns == note.since_ns + LEAST_NS


def test_a_sensor_that_is_polled_forty_times_a_second_tells_no_moment_either(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(model, "DROPOUT", 0.0)  # or it may miss somebody on one of the days
    monkeypatch.setattr(model, "SIGMA_MM", 0)
    with observing(monkeypatch) as lives:
        one, other = two(lives, tmp_path, SHORT)
    found = [told[:2000] for told in differences(one, other)]
    assert not found, "\n".join(found[:5])
    told = {m["id"]: m["values"] for m in one.messages if m.get("sensor") == "door"}.values()
    assert sum(values["count_in"] + values["count_out"] for values in told) == len(one.passages)
    moments = one.moments
    found = [f"{name}: {told}" for name, what in one.artefacts for told in moments.told(what)]
    assert not found, "\n".join(found[:20])
