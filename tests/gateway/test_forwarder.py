"""The forwarder: position and acknowledgements, at an uplink whose answers the test chooses."""

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.backoff import Backoff
from gateway.buffer import Log
from gateway.config import Buffer
from gateway.errors import UplinkUnavailable
from gateway.forwarder import ACKNOWLEDGE_TIMEOUT_S, LINGER_S, Forwarder
from gateway.model import Entry, Finding, Gap, Instant, Reading, Reason
from gateway.uplink.contract import Outcome, Payload, Settled, Uplink
from tests.gateway.simulated_clock import SimulatedClock


class FarSide(Uplink):
    """Takes payloads, and settles them when and how the test says."""

    name = "city"

    def __init__(self, window: int = 3) -> None:
        self.window = window
        self.max_body = 10**6
        self.wake = threading.Event()
        self.reachable = True
        self.has: list[int] = []
        self.connects = 0
        self.payloads = 0
        self._sent: dict[int, list[int]] = {}
        self._token = 0
        self._answers: list[Settled] = []
        self._up = False

    def connect(self, _will: Payload | None = None) -> None:
        self.connects += 1
        if not self.reachable:
            raise UplinkUnavailable("nobody there", "look")
        self._up, self._sent, self._answers = True, {}, []

    def send(self, payload: Payload) -> int:
        self._check()
        self._token += 1
        self.payloads += 1
        self._sent[self._token] = [int(number) for number in payload.body.split()]
        return self._token

    def settled(self) -> list[Settled]:
        self._check()
        answers, self._answers = self._answers, []
        return answers

    def heard(self) -> list[Payload]:
        return []

    def findings(self) -> list[Finding]:
        return []

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
        self._answers.append(Settled(token, Outcome.FORBIDDEN, "Not authorized"))

    def drop(self) -> None:
        self._up = False

    def _check(self) -> None:
        if not self._up:
            raise UplinkUnavailable("connection lost")


def encode(entries: Sequence[Entry], _since: Instant) -> Payload:
    return Payload("data", b" ".join(b"%d" % entry.number for entry in entries))


class Rig:
    def __init__(self, folder: Path, batch: int = 2, window: int = 3) -> None:
        self.clock = SimulatedClock()
        buffer = Buffer(path=str(folder / "log.db"), commit_every=10.0, reserve=0)
        self.log = Log(buffer, folder, self.clock, {"city": "everything"})
        self.reader = self.log.reader("city")
        self.far = FarSide(window)
        self.forwarder = Forwarder(
            self.far, self.reader, encode, self.clock, batch, Backoff(1.0, 60.0, 60.0)
        )

    def measure(self, count: int) -> None:
        for _ in range(count):
            self.log.append(Reading("s", {"motion": 1}, self.clock.now_ns()))

    def miss(self) -> None:
        now = (self.clock.boot_id, self.clock.now_ns())
        self.log.append_gap(Gap(Reason.NOT_MEASURED, "s", None, 1, None, now))

    def wait_and_forward(self) -> None:
        self.clock.sleep(self.forwarder.forward_once() or 0)
        self.forwarder.forward_once()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    yield rig
    rig.log.close()


def test_batches_go_out_until_the_window_is_full(rig: Rig) -> None:
    rig.measure(10)
    rig.forwarder.forward_once()
    assert rig.far.under_way == [[1, 2], [3, 4], [5, 6]]
    assert (rig.reader.position, rig.reader.backlog) == (0, 10)


def test_the_position_moves_on_the_acknowledgement_of_that_very_payload(rig: Rig) -> None:
    rig.measure(10)
    rig.forwarder.forward_once()
    rig.far.accept()
    rig.forwarder.forward_once()
    assert rig.reader.position == 2
    assert rig.far.under_way == [[3, 4], [5, 6], [7, 8]]


def test_the_position_waits_for_the_oldest_whatever_the_order_of_answers(rig: Rig) -> None:
    rig.measure(6)
    rig.forwarder.forward_once()
    rig.far.accept(2)
    rig.far.accept(1)
    rig.forwarder.forward_once()
    assert rig.reader.position == 0
    rig.far.accept(0)
    rig.forwarder.forward_once()
    assert (rig.reader.position, rig.forwarder.delivered, rig.reader.backlog) == (6, 6, 0)


def test_after_a_loss_everything_unsettled_is_sent_again(rig: Rig) -> None:
    rig.measure(6)
    rig.forwarder.forward_once()
    rig.far.accept(0)
    rig.far.accept(1)  # [5, 6], before [3, 4]
    rig.forwarder.forward_once()
    rig.far.drop()
    rig.wait_and_forward()
    assert rig.far.under_way == [[3, 4], [5, 6]]
    assert rig.reader.position == 2


def test_a_late_answer_to_what_was_lost_settles_nothing(rig: Rig) -> None:
    rig.measure(4)
    rig.forwarder.forward_once()
    rig.far.accept(0)
    rig.far.drop()  # before the answer was heard
    rig.wait_and_forward()
    rig.forwarder.forward_once()
    assert rig.reader.position == 0
    assert rig.far.under_way == [[1, 2], [3, 4]]


def test_what_is_not_committed_yet_goes_out_already(rig: Rig) -> None:
    rig.measure(2)
    rig.forwarder.forward_once()
    assert (rig.log.accepted, rig.far.under_way) == (0, [[1, 2]])


def test_readings_and_gaps_go_out_in_one_payload(rig: Rig) -> None:
    rig.measure(1)
    rig.miss()
    rig.forwarder.forward_once()
    assert rig.far.under_way == [[1, 2]]
    rig.far.accept()
    rig.forwarder.forward_once()
    assert (rig.reader.position, rig.forwarder.delivered) == (2, 2)


def test_the_first_payload_does_not_wait_to_be_full(rig: Rig) -> None:
    rig.measure(1)
    rig.forwarder.forward_once()
    assert rig.far.under_way == [[1]]


def test_a_payload_that_is_not_full_waits_until_a_second_after_the_one_before(rig: Rig) -> None:
    rig.measure(1)
    rig.forwarder.forward_once()
    rig.clock.sleep(0.25)
    rig.measure(1)
    assert rig.forwarder.forward_once() == pytest.approx(LINGER_S - 0.25)
    assert rig.far.under_way == [[1]]
    rig.clock.sleep(LINGER_S - 0.25)
    rig.forwarder.forward_once()
    assert rig.far.under_way == [[1], [2]]


def test_a_full_payload_waits_for_nothing_and_the_rest_behind_it_waits(rig: Rig) -> None:
    rig.measure(1)
    rig.forwarder.forward_once()
    rig.measure(3)
    rig.forwarder.forward_once()
    assert rig.far.under_way == [[1], [2, 3]]
    rig.clock.sleep(LINGER_S)
    rig.forwarder.forward_once()
    assert rig.far.under_way == [[1], [2, 3], [4]]


def test_it_is_woken_by_one_reading_or_while_a_payload_fills_by_what_fills_it(rig: Rig) -> None:
    rig.forwarder.forward_once()
    rig.reader.wake.clear()
    rig.measure(1)
    assert rig.reader.wake.is_set()
    rig.forwarder.forward_once()
    rig.forwarder._limit = 3
    rig.measure(1)
    rig.forwarder.forward_once()
    rig.reader.wake.clear()
    rig.measure(1)
    assert not rig.reader.wake.is_set()
    rig.measure(1)
    assert rig.reader.wake.is_set()


@pytest.mark.parametrize("every_s", [0.01, 0.4, 3.0])
def test_however_fast_readings_come_there_is_a_payload_a_second_at_most(
    rig: Rig, every_s: float
) -> None:
    rig.forwarder._limit = 1000
    steps = round(30 / every_s)
    for _ in range(steps):
        rig.measure(1)
        rig.forwarder.forward_once()
        while rig.far.under_way:
            rig.far.accept()
        rig.clock.sleep(every_s)
    assert rig.far.payloads == pytest.approx(min(steps, 30), abs=5)


def test_a_refused_payload_loses_nothing_and_is_not_sent_hot(rig: Rig) -> None:
    rig.measure(2)
    rig.forwarder.forward_once()
    rig.far.refuse()
    rig.forwarder.forward_once()
    finding = rig.forwarder.trouble.finding
    assert finding is not None
    assert "Not authorized" in finding.evidence
    assert rig.reader.position == 0
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
    assert rig.reader.position == 0


def test_an_unknown_acknowledgement_moves_nothing(rig: Rig) -> None:
    rig.measure(4)
    rig.forwarder.forward_once()
    rig.far._answers.append(Settled(4711))
    rig.forwarder.forward_once()
    assert rig.reader.position == 0


EVENTS = ("measure", "miss", "commit", "forward", "accept", "accept last", "drop", "wait", "linger")


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from(EVENTS), max_size=40), st.integers(1, 4), st.integers(1, 4))
def test_whatever_happens_the_position_never_passes_what_the_far_side_has(
    tmp_path_factory: pytest.TempPathFactory, events: list[str], batch: int, window: int
) -> None:
    rig = Rig(tmp_path_factory.mktemp("log"), batch, window)
    happen: dict[str, Callable[[], object]] = {
        "measure": lambda: rig.measure(3),
        "miss": rig.miss,
        "commit": rig.log.commit,
        "forward": rig.forwarder.forward_once,
        "accept": lambda: rig.far.accept(0),
        "accept last": lambda: rig.far.accept(-1),
        "drop": rig.far.drop,
        "wait": lambda: rig.clock.sleep(100),
        "linger": lambda: rig.clock.sleep(LINGER_S / 2),
    }
    for event in events:
        happen[event]()
        assert set(range(1, rig.reader.position + 1)) <= set(rig.far.has)
    for _ in range(200):
        rig.wait_and_forward()
        while rig.far.under_way:
            rig.far.accept()
    assert rig.reader.backlog == 0
    assert set(rig.far.has) == set(range(1, rig.log.window.last_position + 1))
    rig.log.close()
