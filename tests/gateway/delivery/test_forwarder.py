"""The forwarder: position and acknowledgements, at an uplink whose answers the test chooses."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.delivery.loading import LINGER_S
from gateway.delivery.under_way import ACKNOWLEDGE_TIMEOUT_S
from gateway.uplink.contract import Outcome, Settled
from tests.gateway.delivery.far_side import Rig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    rig.connect()
    rig.clock.sleep(LINGER_S)
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
    assert rig.reader.position == 2
    rig.deliver()
    assert rig.far.has == [1, 2, 5, 6, 3, 4]  # what was settled is not sent again
    assert rig.far.hist == [3, 4]


def test_a_late_answer_to_what_was_lost_settles_nothing(rig: Rig) -> None:
    rig.measure(4)
    rig.forwarder.forward_once()
    rig.far.accept(0)
    rig.far.drop()  # before the answer was heard
    rig.wait_and_forward()
    rig.forwarder.forward_once()
    assert rig.reader.position == 0
    rig.deliver()
    assert rig.far.has == [1, 2, 1, 2, 3, 4]


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
    rig.forwarder._loading._portion.entries = rig.forwarder._loading._portion._most = 3
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
    rig.forwarder._loading._portion.entries = rig.forwarder._loading._portion._most = 1000
    steps = round(30 / every_s)
    for _ in range(steps):
        rig.measure(1)
        rig.forwarder.forward_once()
        while rig.far.under_way:
            rig.far.accept()
        rig.clock.sleep(every_s)
    assert rig.far.payloads == pytest.approx(min(steps, 30), abs=5)


def test_a_failed_payload_is_as_a_lost_link(rig: Rig) -> None:
    rig.measure(2)
    rig.forwarder.forward_once()
    rig.far.refuse(Outcome.FAILED)
    rig.forwarder.forward_once()
    assert rig.problems() == ["does not deliver"]
    assert (rig.reader.position, rig.far.connects) == (0, 1)
    rig.wait_and_forward()
    assert rig.far.under_way == [[1, 2]]


def test_a_far_side_that_is_away_is_asked_again_with_back_off(rig: Rig) -> None:
    rig.far.reachable = False
    rig.far.drop()
    rig.measure(2)
    for _ in range(6):
        wait = rig.forwarder.forward_once()
        assert wait is not None
        rig.clock.sleep(wait)
    assert rig.far.connects == 6
    rig.far.reachable = True
    rig.wait_and_forward()
    assert rig.far.under_way == [[1, 2]]
    rig.far.accept()
    rig.forwarder.forward_once()
    assert rig.forwarder.trouble.finding is None


def test_a_connection_on_which_nothing_is_owed_is_well(rig: Rig) -> None:
    rig.far.reachable = False
    rig.far.drop()
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
    rig.far.answer(Settled(4711))
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
    rig = Rig(tmp_path_factory.mktemp("log"), window, batch=batch)
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
