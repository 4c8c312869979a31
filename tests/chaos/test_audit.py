"""What a consumer has missed, `gateway audit` names to the number, and the node brings it again."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.form import report
from tests.chaos.outpost import Arrived, Outpost, Pulse
from tests.mosquitto import StartMosquitto
from tests.waiting import until

PULSE = Pulse(2, 5, "50ms", last=300)
SMALL = (
    "keepalive: 2s, batch: 20, reconnect: {first: 500ms, longest: 1s}, "
    "backlog: {messages: 10000, bytes: 1GB, spread: 0}"
)
REPAIRS = 4
STILL_S = 10.0
KEEPING = "allow_anonymous true\npersistence true\n"
OVERFLOWING = "allow_anonymous true\nmax_queued_messages 5\nmax_inflight_messages 1\n"

Built = list[Outpost]
pytestmark = pytest.mark.mosquitto


@pytest.fixture
def built() -> Iterator[Built]:
    built: Built = []
    yield built
    for outpost in built:
        outpost.close()


def measure(outpost: Outpost, more: int) -> None:
    """Wait until so many readings more were given out."""
    before = outpost.given_out()
    until(lambda: outpost.given_out() >= before + more, outpost.daemon.log.read_text)


def audited(outpost: Outpost) -> None:
    """Wait until all gauges have ended, and the consumer was told of a number behind them."""
    until(lambda: outpost.given_out() == PULSE.last * 10, outpost.given_out)
    until(lambda: outpost.uplink()["backlog"] < 5, outpost.daemon.status)
    before = Arrived(outpost.heard).audited_to
    outpost.report_status()
    until(lambda: Arrived(outpost.heard).audited_to > before, outpost.daemon.log.read_text)


def named(told: dict[str, Any]) -> set[int]:
    """The numbers of `missing`."""
    return {number for first, last in told["ranges"] for number in range(first, last + 1)}


def judge(outpost: Outpost, state: Path, what: str) -> None:
    """It has missed something, all of which is named, brought, and then there as it was given."""
    arrived = Arrived(outpost.heard)
    expected = set(range(1, arrived.audited_to + 1)) - arrived.numbers
    assert expected, "nothing is missing: the test has not seen what it is about"
    assert arrived.faults(outpost)
    code, before = outpost.audit("--file", str(outpost.heard), "--state", str(state))
    assert (code, named(before["epochs"][0]["missing"])) == (1, expected)
    code, repaired = outpost.repair("--state", str(state))
    assert code == 0, repaired
    _bring_what_the_queue_lost_again(outpost, state)
    code, after = outpost.audit("--file", str(outpost.heard))
    assert (code, after["judgement"]) == (0, "complete"), after
    assert after["epochs"][0]["audits"]["agree"] > 0
    arrived = Arrived(outpost.heard)
    assert (arrived.doubled, arrived.contradictions) == ([], set())
    report(
        f"audit: {what} has missed {len(expected):,} of {arrived.audited_to:,} numbers in "
        f"{len(before['epochs'][0]['missing']['ranges'])} ranges; all were named, asked for by "
        f"{repaired['repair']['asked']} replays, and came"
    )


def _bring_what_the_queue_lost_again(outpost: Outpost, state: Path) -> None:
    """Replays overflow the same queue, and whoever repairs hears at the broker, not behind it."""
    for again in range(REPAIRS):
        if _has_all(outpost):
            return
        anew = state.with_name(f"{state.name}-{again}")
        outpost.audit("--file", str(outpost.heard), "--state", str(anew))
        code, told = outpost.repair("--state", str(anew))
        assert code == 0, told
    until(lambda: not _faults(outpost), lambda: _faults(outpost))


def _has_all(outpost: Outpost) -> bool:
    """Whether nothing is missing once nothing has come for a while."""
    with suppress(AssertionError):
        until(lambda: not _faults(outpost), lambda: _faults(outpost), STILL_S)
    return not _faults(outpost)


def _faults(outpost: Outpost) -> list[str]:
    return Arrived(outpost.heard).faults(outpost)


def test_a_consumer_that_died_and_began_anew(
    tmp_path: Path, mosquitto: StartMosquitto, built: Built
) -> None:
    built.append(outpost := Outpost(tmp_path, mosquitto(), PULSE, SMALL))
    outpost.collect()
    outpost.start()
    for _ in range(2):
        measure(outpost, 500)
        outpost.kill_collector()
        measure(outpost, 500)
        outpost.collect()
    audited(outpost)
    judge(outpost, tmp_path / "state", "a consumer that died twice")


def test_a_queue_that_overflows_while_the_consumer_is_away(
    tmp_path: Path, mosquitto: StartMosquitto, built: Built
) -> None:
    built.append(outpost := Outpost(tmp_path, mosquitto(OVERFLOWING), PULSE, SMALL))
    outpost.collect("platform")
    outpost.start()
    measure(outpost, 500)
    outpost.kill_collector()
    measure(outpost, 500)
    outpost.collect("platform")
    audited(outpost)
    assert "being dropped for client platform" in outpost.broker.log.read_text()
    judge(outpost, tmp_path / "state", "a consumer whose queue overflowed")


def test_a_queue_that_is_lost_with_its_broker(
    tmp_path: Path, mosquitto: StartMosquitto, built: Built
) -> None:
    """What it had acknowledged was not on its disk yet."""
    built.append(outpost := Outpost(tmp_path, mosquitto(KEEPING), PULSE, SMALL))
    outpost.collect("platform")
    outpost.broker.stop()
    outpost.broker.start()
    outpost.start()
    measure(outpost, 500)
    outpost.kill_collector()
    measure(outpost, 500)
    outpost.broker.kill()
    outpost.broker.start()
    outpost.collect("platform")
    audited(outpost)
    judge(outpost, tmp_path / "state", "a consumer whose broker was killed")
