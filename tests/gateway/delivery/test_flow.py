"""What goes first, what is refused, what is forbidden (promises 14 and 15)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.config import Backlog
from gateway.delivery import doubts
from gateway.delivery.hold import FORBIDDEN_S
from gateway.delivery.loading import LINGER_S
from gateway.model import Numbers, Reason
from gateway.uplink.contract import Outcome
from tests.gateway.delivery.far_side import Rig

SLOW = Backlog(share=1.0, messages=0.5, bytes=10**9, spread=0)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path, batch=4)
    rig.connect()
    rig.clock.sleep(LINGER_S)
    yield rig
    rig.log.close()


def refuse_all_with(rig: Rig, unwanted: set[int], rounds: int = 100) -> None:
    """A far side that refuses each payload in which one of these numbers is."""
    for _ in range(rounds):
        rig.forwarder.forward_once()
        while rig.far.under_way:
            if unwanted & set(rig.far.under_way[0]):
                rig.far.refuse()
            else:
                rig.far.accept()
        rig.clock.sleep(1)
    rig.forwarder.forward_once()


def test_a_refused_payload_is_halved_down_to_the_one_reading_and_that_becomes_a_gap(
    rig: Rig,
) -> None:
    rig.measure(12)
    refuse_all_with(rig, {7})
    assert sorted(rig.far.has) == [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13]
    [gap] = rig.gaps()
    epoch = rig.log.window.identities.epoch
    assert (gap.reason, gap.numbers, gap.n) == (Reason.REFUSED, Numbers(epoch, 7, 7), 1)
    assert rig.reader.backlog == 0
    assert rig.problems() == ["does not want some readings"]


def test_a_batch_is_settled_when_all_its_halves_are(rig: Rig) -> None:
    rig.measure(4)
    rig.forward()
    rig.far.refuse()
    rig.forward()
    assert rig.far.under_way == [[1, 2], [3, 4]]
    rig.far.accept(0)
    rig.forward()
    assert rig.reader.position == 0
    rig.far.accept(0)
    rig.forward()
    assert rig.reader.position == 4


def test_no_reading_is_given_up_before_another_was_taken_after_it(rig: Rig) -> None:
    rig.measure(1)
    rig.forward()
    rig.far.refuse()
    rig.forward()
    assert (rig.gaps(), rig.reader.position) == ([], 0)
    rig.clock.sleep(LINGER_S)
    rig.measure(1)
    rig.forward()
    rig.far.accept()
    rig.forward()
    assert [gap.reason for gap in rig.gaps()] == [Reason.REFUSED]


def test_a_far_side_that_refuses_everything_empties_nothing(rig: Rig) -> None:
    rig.measure(40)
    refuse_all_with(rig, set(range(1, 1_000)), rounds=1_000)
    assert (rig.gaps(), rig.reader.position) == ([], 0)
    assert "may not deliver" in rig.problems()
    assert rig.far.payloads < 200  # about 17 minutes: nothing of it was hot
    rig.deliver()
    assert set(rig.far.has) == set(range(1, 41))
    assert rig.gaps() == []


def test_a_refused_record_of_a_refusal_is_not_told_of_again(rig: Rig) -> None:
    rig.measure(2)
    refuse_all_with(rig, {1, 3})  # 3 tells of 1
    rig.measure(1)
    refuse_all_with(rig, {1, 3})
    assert [gap.reason for gap in rig.gaps()] == [Reason.REFUSED]
    assert rig.reader.backlog == 0


def test_a_reading_larger_than_the_far_side_takes_is_given_up_without_being_sent(
    rig: Rig,
) -> None:
    rig.measure(9)
    rig.far.max_body = 1  # in this test's words, numbers of one digit
    rig.measure(1)
    rig.deliver(20)
    assert rig.gaps() == []
    rig.far.max_body = 10
    rig.measure(1)
    rig.deliver(20)
    assert sorted(rig.far.has) == [*range(1, 10), 11, 12]
    assert [gap.numbers and gap.numbers.first for gap in rig.gaps()] == [10]


def test_payloads_are_cut_to_what_the_far_side_takes(rig: Rig) -> None:
    rig.measure(8)
    rig.far.max_body = 4
    rig.deliver()
    assert sorted(rig.far.has) == list(range(1, 9))
    assert rig.far.payloads >= 4


def test_what_is_forbidden_is_parked_and_cured_without_a_new_connection(rig: Rig) -> None:
    rig.measure(8)
    rig.forward()
    while rig.far.under_way:
        rig.far.refuse(Outcome.FORBIDDEN)
    rig.forward()
    assert (rig.far.under_way, rig.far.connects) == ([], 1)
    assert rig.problems() == ["may not deliver"]
    rig.clock.sleep(FORBIDDEN_S)
    rig.forward()
    assert len(rig.far.under_way) == 1  # to see
    rig.far.refuse(Outcome.FORBIDDEN)
    assert rig.forward() == pytest.approx(FORBIDDEN_S)
    rig.clock.sleep(FORBIDDEN_S)
    rig.forward()
    rig.far.accept()
    rig.deliver(5)
    assert sorted(rig.far.has) == list(range(1, 9))
    assert (rig.problems(), rig.far.connects, rig.gaps()) == ([], 1, [])


def test_what_was_forbidden_is_tried_at_once_on_a_new_connection(rig: Rig) -> None:
    rig.measure(4)
    rig.forward()
    rig.far.refuse(Outcome.FORBIDDEN)
    rig.forward()
    rig.far.drop()
    rig.wait_and_forward()
    assert rig.far.under_way == [[1, 2, 3, 4]]


def test_a_letter_that_is_forbidden_is_a_finding_and_the_readings_go_on(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.far.forbidden = {"health"}
    rig.connect()
    rig.measure(2)
    rig.deliver(3)
    assert rig.far.has == [1, 2]
    assert rig.problems() == ["may not tell all"]
    rig.far.forbidden = set()
    rig.far.drop()
    rig.deliver(3)
    assert rig.problems() == []
    assert len(rig.far.told("health")) == 1
    rig.log.close()


def test_news_go_first_while_the_backlog_drains(tmp_path: Path) -> None:
    rig = Rig(tmp_path, batch=2, backlog=SLOW)
    rig.measure(20)
    rig.connect()
    for _ in range(5):
        rig.clock.sleep(LINGER_S)
        rig.measure(1)
        rig.forward()
        newest = rig.log.window.last_position
        assert [newest] in rig.far.under_way
        while rig.far.under_way:
            rig.far.accept()
    rig.deliver()
    assert set(rig.far.has) == set(range(1, 26))
    assert sorted(rig.far.hist) == list(range(1, 21))
    assert rig.reader.backlog == 0
    rig.log.close()


def test_news_go_before_the_backlog_also_where_only_one_may_be_under_way(tmp_path: Path) -> None:
    rig = Rig(tmp_path, window=1, batch=2)
    rig.measure(20)
    rig.connect()
    assert rig.far.under_way == [[1, 2]]
    rig.measure(1)
    rig.far.accept()
    rig.clock.sleep(LINGER_S)
    rig.forward()
    assert rig.far.under_way == [[21]]
    rig.log.close()


def test_the_backlog_keeps_its_pace(tmp_path: Path) -> None:
    rig = Rig(tmp_path, batch=2, backlog=SLOW)
    rig.measure(100)
    rig.deliver(20)
    assert len(rig.far.has) == pytest.approx(20, abs=2)  # 2 readings every 2 s
    rig.log.close()


def test_links_that_break_before_anything_is_taken_make_payloads_smaller(rig: Rig) -> None:
    """A broker that closes the connection on packets that it does not want."""
    rig.measure(16)
    for _ in range(200):
        rig.forwarder.forward_once()
        for numbers in rig.far.under_way:
            if len(numbers) > 1:
                rig.far.drop()
            else:
                rig.far.accept(rig.far.under_way.index(numbers))
        rig.clock.sleep(100)
    assert sorted(set(rig.far.has)) == list(range(1, 17))
    assert rig.reader.backlog == 0


def until_sent(rig: Rig) -> None:
    """Whatever back-off there is."""
    while not rig.far.under_way:
        rig.clock.sleep(rig.forward())


def test_small_payloads_are_under_way_one_at_a_time(rig: Rig) -> None:
    rig.measure(40)
    for _ in range(4):
        until_sent(rig)
        rig.far.drop()
    until_sent(rig)
    for _ in range(10):
        rig.forward()
    assert [len(numbers) for numbers in rig.far.under_way] == [1]
    rig.deliver(100)
    assert set(rig.far.has) == set(range(1, 41))


def test_a_link_that_was_good_for_a_minute_is_tried_soon_again(rig: Rig) -> None:
    rig.far.reachable = False
    rig.far.drop()
    for _ in range(8):
        rig.clock.sleep(rig.forward())
    rig.far.reachable = True
    rig.wait_and_forward()
    rig.deliver(61)
    rig.far.drop()
    assert rig.forward() <= 1.0  # `reconnect.first`


def test_what_was_to_be_said_on_a_lost_link_is_not_said_on_the_next(tmp_path: Path) -> None:
    rig = Rig(tmp_path, window=1, batch=50, live=True)
    rig.connect()
    rig.deliver(2)
    rig.measure(3, "air")
    rig.forward()  # the reading itself takes all of the window
    rig.far.drop()
    rig.deliver(100)
    assert [one.topic for one in rig.far.letters if "live" in one.topic] == []
    rig.log.close()


def test_many_doubts_are_a_doubt_of_the_far_side(rig: Rig) -> None:
    rig.measure(1)
    for _ in range(doubts.MOST):
        rig.forward()
        rig.far.refuse()
        rig.forward()
        rig.clock.sleep(LINGER_S)
        rig.measure(1)
    assert "may not deliver" in rig.problems()
    assert rig.gaps() == []


def test_a_goodbye_is_said_at_the_end(rig: Rig) -> None:
    rig.forwarder.close()
    birth, goodbye = rig.far.told("status")
    assert (birth["state"], goodbye["state"]) == ("online", "offline")
    assert birth["session"] == goodbye["session"] == "life-1"


def test_each_connection_has_a_session_and_a_will_of_its_own(rig: Rig) -> None:
    assert rig.far.will is not None
    assert (rig.far.will.topic, rig.far.will.retain) == ("status", True)
    assert b'"life-1"' in rig.far.will.body
    rig.far.drop()
    rig.wait_and_forward()
    assert b'"life-2"' in rig.far.will.body
    assert [one["session"] for one in rig.far.told("status")] == ["life-1", "life-2"]


def test_the_newest_reading_of_each_sensor_is_live_and_never_from_the_backlog(
    tmp_path: Path,
) -> None:
    rig = Rig(tmp_path, batch=50, live=True)
    rig.measure(3, "air")
    rig.connect()
    rig.deliver(3)
    assert [one.topic for one in rig.far.letters if one.topic.startswith("live")] == []
    rig.measure(3, "air")
    rig.measure(2, "door")
    rig.deliver(3)
    rig.measure(1, "air")
    rig.deliver(3)
    live = [(one.topic, one.body, one.retain) for one in rig.far.letters if "live" in one.topic]
    assert live == [
        ("live/air", b"6", True),
        ("live/door", b"8", True),
        ("live/air", b"9", True),
    ]
    rig.log.close()


def test_live_comes_once_a_second_at_most(tmp_path: Path) -> None:
    rig = Rig(tmp_path, batch=1, live=True)
    rig.connect()
    for _ in range(100):
        rig.measure(1)
        rig.forward()
        while rig.far.under_way:
            rig.far.accept()
        rig.clock.sleep(0.1)
    rig.deliver(3)
    live = [one.body for one in rig.far.letters if one.topic == "live/s"]
    assert 9 <= len(live) <= 12
    assert live[-1] == b"100"
    rig.log.close()
