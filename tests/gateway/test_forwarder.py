"""The forwarder: cursor and acknowledgements, against an uplink whose answers the test chooses."""

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.backoff import Backoff
from gateway.buffer import Log
from gateway.errors import UplinkUnavailable
from gateway.forwarder import ACKNOWLEDGE_TIMEOUT_S, Forwarder
from gateway.model import Instant, Reading, StoredReading
from gateway.uplink.contract import Payload, Settled, Uplink
from tests.gateway.simulated_clock import SimulatedClock


class FarSide(Uplink):
    """Takes payloads, and settles them when and how the test says."""

    name = "city"

    def __init__(self, window: int = 3) -> None:
        self.window = window
        self.wake = threading.Event()
        self.reachable = True
        self.has: list[int] = []
        self.connects = 0
        self._sent: dict[int, list[int]] = {}
        self._token = 0
        self._answers: list[Settled] = []
        self._up = False

    def connect(self) -> None:
        self.connects += 1
        if not self.reachable:
            raise UplinkUnavailable("nobody there", "look")
        self._up, self._sent, self._answers = True, {}, []

    def send(self, payload: Payload) -> int:
        self._check()
        self._token += 1
        self._sent[self._token] = [int(seq) for seq in payload.body.split()]
        return self._token

    def settled(self) -> list[Settled]:
        self._check()
        answers, self._answers = self._answers, []
        return answers

    def close(self) -> None:
        self._up = False

    @property
    def under_way(self) -> list[list[int]]:
        return list(self._sent.values())

    def accept(self, position: int = 0) -> None:
        if not self._sent:
            return
        token = list(self._sent)[position]
        self.has += self._sent.pop(token)
        self._answers.append(Settled(token))

    def refuse(self) -> None:
        token = next(iter(self._sent))
        del self._sent[token]
        self._answers.append(Settled(token, "Not authorized"))

    def drop(self) -> None:
        self._up = False

    def _check(self) -> None:
        if not self._up:
            raise UplinkUnavailable("connection lost")


def encode(readings: Sequence[StoredReading], _since: Instant) -> Payload:
    return Payload("data", b" ".join(b"%d" % reading.seq for reading in readings))


class Rig:
    def __init__(self, path: Path, batch: int = 2, window: int = 3) -> None:
        self.clock = SimulatedClock()
        self.log = Log(path, self.clock, uplinks=["city"])
        self.far = FarSide(window)
        self.forwarder = Forwarder(
            self.far, self.log, encode, self.clock, batch, Backoff(1.0, 60.0, 60.0)
        )

    def measure(self, count: int) -> None:
        for _ in range(count):
            self.log.append(Reading("s", {"motion": 1}, self.clock.now_ns()))
        self.log.commit()

    def wait_and_forward(self) -> None:
        self.clock.sleep(self.forwarder.forward_once() or 0)
        self.forwarder.forward_once()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path / "log.db")
    yield rig
    rig.log.close()


def test_batches_go_out_until_the_window_is_full(rig: Rig) -> None:
    rig.measure(10)
    rig.forwarder.forward_once()
    assert rig.far.under_way == [[1, 2], [3, 4], [5, 6]]
    assert (rig.forwarder.cursor, rig.forwarder.backlog) == (0, 10)


def test_the_cursor_moves_on_the_acknowledgement_of_that_very_payload(rig: Rig) -> None:
    rig.measure(10)
    rig.forwarder.forward_once()
    rig.far.accept()
    rig.forwarder.forward_once()
    assert rig.forwarder.cursor == 2
    assert rig.far.under_way == [[3, 4], [5, 6], [7, 8]]


def test_the_cursor_waits_for_the_oldest_whatever_the_order_of_answers(rig: Rig) -> None:
    rig.measure(6)
    rig.forwarder.forward_once()
    rig.far.accept(2)
    rig.far.accept(1)
    rig.forwarder.forward_once()
    assert rig.forwarder.cursor == 0
    rig.far.accept(0)
    rig.forwarder.forward_once()
    assert (rig.forwarder.cursor, rig.forwarder.delivered, rig.forwarder.backlog) == (6, 6, 0)


def test_after_a_loss_everything_unsettled_is_sent_again(rig: Rig) -> None:
    rig.measure(6)
    rig.forwarder.forward_once()
    rig.far.accept(0)
    rig.far.accept(1)  # [5, 6], before [3, 4]
    rig.forwarder.forward_once()
    rig.far.drop()
    rig.wait_and_forward()
    assert rig.far.under_way == [[3, 4], [5, 6]]
    assert rig.forwarder.cursor == 2


def test_a_refused_payload_loses_nothing_and_is_not_sent_hot(rig: Rig) -> None:
    rig.measure(2)
    rig.forwarder.forward_once()
    rig.far.refuse()
    rig.forwarder.forward_once()
    finding = rig.forwarder.trouble.finding
    assert finding is not None
    assert "Not authorized" in finding.evidence
    assert rig.forwarder.cursor == 0
    assert rig.far.connects == 1
    rig.wait_and_forward()
    assert rig.far.under_way == [[1, 2]]


def test_a_line_that_stays_refused_is_logged_once(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    rig.measure(2)
    rig.forwarder.forward_once()
    for _ in range(5):
        rig.far.refuse()
        rig.wait_and_forward()
    assert len(caplog.records) == 1
    rig.far.accept()
    rig.forwarder.forward_once()
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


def test_a_far_side_that_is_away_is_asked_again_with_back_off(rig: Rig) -> None:
    rig.far.reachable = False
    rig.measure(2)
    for _ in range(5):
        wait = rig.forwarder.forward_once()
        assert wait is not None
        rig.clock.sleep(wait)
    assert rig.far.connects == 5
    rig.far.reachable = True
    rig.forwarder.forward_once()
    assert rig.far.under_way == [[1, 2]]
    rig.far.accept()
    rig.forwarder.forward_once()
    assert rig.forwarder.trouble.finding is None


def test_a_connection_on_which_nothing_is_owed_is_well(rig: Rig) -> None:
    rig.far.reachable = False
    rig.forwarder.forward_once()
    assert rig.forwarder.trouble.finding is not None
    rig.far.reachable = True
    rig.wait_and_forward()
    assert rig.forwarder.trouble.finding is None


def test_a_far_side_that_never_acknowledges_is_left(rig: Rig) -> None:
    rig.measure(2)
    rig.forwarder.forward_once()
    rig.clock.sleep(ACKNOWLEDGE_TIMEOUT_S + 1)
    rig.forwarder.forward_once()
    finding = rig.forwarder.trouble.finding
    assert finding is not None
    assert "does not acknowledge" in finding.evidence
    assert rig.forwarder.cursor == 0


def test_an_unknown_acknowledgement_moves_nothing(rig: Rig) -> None:
    rig.measure(4)
    rig.forwarder.forward_once()
    rig.far._answers.append(Settled(4711))
    rig.forwarder.forward_once()
    assert rig.forwarder.cursor == 0


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.sampled_from(["measure", "forward", "accept", "accept last", "drop", "wait"])),
    st.integers(1, 4),
    st.integers(1, 4),
)
def test_whatever_happens_the_cursor_never_passes_what_the_far_side_has(
    tmp_path_factory: pytest.TempPathFactory, events: list[str], batch: int, window: int
) -> None:
    rig = Rig(tmp_path_factory.mktemp("log") / "log.db", batch, window)
    happen: dict[str, Callable[[], object]] = {
        "measure": lambda: rig.measure(3),
        "forward": rig.forwarder.forward_once,
        "accept": lambda: rig.far.accept(0),
        "accept last": lambda: rig.far.accept(-1),
        "drop": rig.far.drop,
        "wait": lambda: rig.clock.sleep(100),
    }
    for event in events:
        happen[event]()
        assert set(range(1, rig.forwarder.cursor + 1)) <= set(rig.far.has)
    for _ in range(200):
        rig.wait_and_forward()
        while rig.far.under_way:
            rig.far.accept()
    assert rig.forwarder.backlog == 0
    assert set(rig.far.has) == set(range(1, rig.log.accepted_seq + 1))
    rig.log.close()
