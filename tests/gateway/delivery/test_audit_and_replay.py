"""What an uplink tells of its acknowledgements, and sends again (promise 13b)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.config import Backlog
from gateway.delivery.herald import AUDIT_S, HEALTH_S
from gateway.delivery.replay import MOST_NUMBERS, MOST_WAITING
from gateway.model import Gap, Numbers, Reason, StoredReading
from gateway.uplink.contract import Payload
from tests.chaos import form
from tests.gateway.delivery.far_side import Rig
from tests.gateway.delivery.garbage import garbage


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path, batch=4)
    rig.connect()
    yield rig
    rig.log.close()


def audits(rig: Rig) -> list[tuple[int, int, int]]:
    return [(one["from"], one["to"], one["n"]) for one in rig.far.told("audit")]


def ask(rig: Rig, command: str, **parameters: Any) -> list[dict[str, Any]]:
    """The replies to it, once all is delivered."""
    before = len(rig.far.told("reply"))
    body = json.dumps(parameters).encode()
    rig.far.says.append(Payload(f"cmd/{command}", body))
    rig.deliver(30)
    return rig.far.told("reply")[before:]


def replay(rig: Rig, first: int, last: int, **more: Any) -> list[dict[str, Any]]:
    epoch = rig.log.window.identities.epoch
    return ask(rig, "replay", **({"id": "x", "epoch": epoch, "from": first, "to": last} | more))


def test_audits_are_told_after_each_connection_and_hourly_and_are_contiguous(rig: Rig) -> None:
    assert audits(rig) == [(1, 0, 0)]
    rig.measure(5)
    rig.deliver(3)
    rig.far.drop()
    rig.deliver(100)
    assert audits(rig) == [(1, 0, 0), (1, 5, 5)]
    rig.measure(3)
    rig.deliver(3)
    rig.clock.sleep(AUDIT_S)
    rig.deliver(3)
    assert audits(rig) == [(1, 0, 0), (1, 5, 5), (6, 8, 3)]


def test_health_is_told_now_and_then(rig: Rig) -> None:
    rig.clock.sleep(HEALTH_S)
    rig.deliver(3)
    assert len(rig.far.told("health")) == 2


def test_what_the_node_is_is_told_again_only_when_it_has_changed(rig: Rig) -> None:
    for seconds in (HEALTH_S, HEALTH_S):
        rig.clock.sleep(seconds)
        rig.deliver(3)
    assert len(rig.far.told("meta")) == 1
    rig.voice.version = "1"
    rig.clock.sleep(HEALTH_S)
    rig.deliver(3)
    rig.clock.sleep(HEALTH_S)
    rig.deliver(3)
    assert [one["version"] for one in rig.far.told("meta")] == ["0", "1"]


def test_an_audit_sums_the_counters_and_tells_what_gap_records_tell(rig: Rig) -> None:
    rig.count(4)
    rig.count(3)
    rig.count(2, "gate")
    epoch = rig.log.window.identities.epoch
    now = (rig.clock.boot_id, rig.clock.now_ns())
    for first in (7, 8):
        numbers = Numbers(epoch, first, first)
        rig.log.append_gap(Gap(Reason.STORE_DAMAGED, "", numbers, 1, None, now))
    rig.log.commit()
    rig.deliver(3)
    rig.measure(1)  # not acknowledged before the audit
    rig.clock.sleep(AUDIT_S)
    rig.forward()
    rig.deliver(3)
    audit = rig.far.told("audit")[-1]
    assert (audit["from"], audit["to"], audit["n"]) == (1, 5, 5)
    assert audit["sums"] == {"door": {"count_in": 7}, "gate": {"count_in": 2}}
    assert audit["gaps"] == [{"gap": "store_damaged", "epoch": epoch, "from": 7, "to": 8}]
    assert audit["oldest_unacknowledged"] == 6
    assert audit["kept"] == [{"epoch": epoch, "first": 1, "last": 6}]


def test_an_audit_counts_nothing_twice_and_nothing_behind_a_hole(rig: Rig) -> None:
    rig.measure(12)
    rig.forward()
    rig.far.accept(2)
    rig.forward()
    rig.far.drop()
    rig.deliver(100)
    rig.clock.sleep(AUDIT_S)
    rig.deliver(3)
    assert audits(rig)[1:] == [(1, 0, 0), (1, 12, 12)]


def test_after_a_restart_it_says_where_it_begins(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.connect()
    rig.measure(4)
    rig.deliver(3)
    rig.log.commit()
    rig.log.close()
    later = Rig(tmp_path)
    later.connect()
    assert audits(later) == [(5, 4, 0)]
    later.measure(1)
    later.deliver(3)
    later.clock.sleep(AUDIT_S)
    later.deliver(3)
    assert audits(later)[-1] == (5, 5, 1)
    later.log.close()


def test_an_epoch_that_is_over_has_an_audit_of_its_own(rig: Rig) -> None:
    rig.measure(3)
    with rig.log.lock:
        rig.log.window.begin()
    rig.measure(2)
    rig.deliver(5)
    rig.clock.sleep(AUDIT_S)
    rig.deliver(3)
    assert audits(rig)[1:] == [(1, 3, 3), (1, 2, 2)]
    assert len({one["epoch"] for one in rig.far.told("audit")[1:]}) == 2


def test_what_is_asked_for_is_sent_again_and_moves_nothing(rig: Rig) -> None:
    rig.measure(20)
    rig.deliver(10)
    rig.far.has.clear()
    position = rig.reader.position
    accepted, done = replay(rig, 5, 12)
    assert (accepted["state"], accepted["id"], accepted["command"]) == ("accepted", "x", "replay")
    assert (done["state"], done["id"]) == ("done", "x")
    assert done["result"]["sent"] == 8
    assert done["result"]["absent"] == []
    assert rig.far.has == list(range(5, 13))
    assert set(rig.far.hist) == set(range(5, 13))
    assert rig.reader.position == position


def test_what_is_gone_is_told_as_absent(rig: Rig) -> None:
    rig.measure(20)
    rig.deliver(10)
    rig.log.commit()
    assert rig.log.store is not None
    rig.log.store.prune(8)
    rig.far.has.clear()
    _, done = replay(rig, 5, 12)
    assert (done["result"]["sent"], done["result"]["absent"]) == (4, [[5, 8]])
    assert rig.far.has == [9, 10, 11, 12]


def test_a_merged_reading_comes_if_any_of_its_numbers_was_asked_for(rig: Rig) -> None:
    for _ in range(300):
        rig.measure(1, "air")
        rig.measure(1, "hall")
        rig.clock.sleep(1)
    rig.log.commit()
    assert rig.log.store is not None
    while (gap := rig.log.store.plan(0.91, [])) is not None:
        rig.log.append_gap(gap)
        rig.log.commit()
    rig.deliver(30)
    entries = rig.log.feed.entries(0, 10**6).entries
    first = next(e for e in entries if isinstance(e, StoredReading) and e.first < e.number)
    rig.far.has.clear()
    _, done = replay(rig, first.first, first.first)
    assert first.number in rig.far.has
    assert done["result"]["absent"] == []
    assert done["result"]["sent"] == len(rig.far.has) < 5


def test_of_another_epoch_all_is_absent(rig: Rig) -> None:
    rig.measure(20)
    rig.deliver(10)
    _, done = replay(rig, 5, 12, epoch=4)
    assert (done["result"]["sent"], done["result"]["absent"]) == (0, [[5, 12]])


def test_what_is_on_its_way_already_is_not_sent_twice(tmp_path: Path) -> None:
    rig = Rig(tmp_path, batch=4, backlog=Backlog(share=1, messages=0.01, bytes=10**9, spread=0))
    rig.measure(20)
    rig.connect()
    accepted, *_ = replay(rig, 1, 30)
    assert accepted["state"] == "accepted"
    assert len(rig.far.has) == len(set(rig.far.has))
    rig.log.close()


def test_a_replay_outlives_its_connection(rig: Rig) -> None:
    rig.measure(20)
    rig.deliver(10)
    delivered = rig.forwarder.delivered
    rig.far.has.clear()
    body = {"id": "x", "epoch": rig.log.window.identities.epoch, "from": 1, "to": 20}
    rig.far.says.append(Payload("cmd/replay", json.dumps(body).encode()))
    while not rig.far.under_way:
        rig.forward()
        rig.clock.sleep(1)
    rig.far.drop()
    rig.deliver(100)
    assert set(rig.far.has) == set(range(1, 21))
    assert rig.far.told("reply")[-1]["result"]["sent"] == 20
    assert rig.forwarder.delivered == delivered  # that was done before


@pytest.mark.parametrize("last", [MOST_NUMBERS + 1, 0])
def test_too_much_at_once_is_refused(rig: Rig, last: int) -> None:
    [refused] = replay(rig, 1, last)
    assert refused["state"] == "refused"
    assert refused["problem"]


def test_too_many_requests_are_refused(rig: Rig) -> None:
    rig.measure(20)
    rig.deliver(10)
    rig.far.reachable = True
    replays = rig.correspondence.replays
    body = {"epoch": rig.log.window.identities.epoch, "from": 1, "to": 20}
    for _ in range(MOST_WAITING + 2):
        rig.far.says.append(Payload("cmd/replay", json.dumps(body).encode()))
        rig.correspondence.hear(rig.far.heard())
        rig.clock.sleep(1)
    assert len(replays._waiting) == MOST_WAITING
    rig.deliver(300)
    states = [one["state"] for one in rig.far.told("reply")]
    assert (states.count("refused"), states.count("done")) == (2, MOST_WAITING)


def confirm(rig: Rig, upto: int, epoch: int | None = None) -> None:
    epoch = rig.log.window.identities.epoch if epoch is None else epoch
    rig.far.says.append(Payload("ack", json.dumps({"epoch": epoch, "upto": upto}).encode()))
    rig.forward()


@pytest.fixture
def confirming(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path, batch=4, acknowledge="platform")
    rig.connect()
    rig.measure(20)
    rig.deliver(10)
    yield rig
    rig.log.close()


def test_what_the_platform_has_not_confirmed_is_not_done(confirming: Rig) -> None:
    assert (confirming.reader.acknowledged, confirming.reader.position) == (20, 0)
    confirm(confirming, 7)
    assert confirming.reader.position == 7
    assert confirming.problems() == []


def test_what_stays_unconfirmed_is_sent_again_less_and_less_often(confirming: Rig) -> None:
    rig = confirming
    confirm(rig, 7)
    rig.far.has.clear()
    for _ in range(24 * 60):
        rig.deliver(10)
        rig.clock.sleep(50)
    assert set(rig.far.has) == set(range(8, 21))
    assert rig.far.has.count(8) == 7  # after 0:15, 0:45, 1:45, 3:45, 7:45, 13:45 and 19:45
    assert rig.problems() == ["is not confirmed by the platform"]
    confirm(rig, 20)
    rig.deliver(3)
    assert rig.problems() == []
    assert rig.reader.position == 20


@pytest.mark.parametrize("upto", [21, 2**53])
def test_a_confirmation_of_what_was_never_sent_deletes_nothing(confirming: Rig, upto: int) -> None:
    confirm(confirming, upto)
    assert confirming.reader.position == 0
    assert confirming.problems() == ["is sent confirmations without sense"]
    confirm(confirming, 20)
    assert confirming.reader.position == 20
    assert confirming.problems() == []


def test_a_confirmation_of_another_epoch_deletes_nothing(confirming: Rig) -> None:
    confirm(confirming, 5, epoch=4)
    assert confirming.reader.position == 0


def test_no_confirmation_without_sense_does_anything(confirming: Rig) -> None:
    rig, most = confirming, 0
    confirm(rig, 5)
    epoch = rig.log.window.identities.epoch
    valid = ((b'{"epoch": %d, "upto": 7}' % epoch, "ack"), (b'{"epoch": 4, "upto": 3}', "ack"))
    for body, _ in garbage(valid, form.rounds(20_000, 1_000_000)):
        rig.correspondence.hear([Payload("ack", body)])
        most = max(most, rig.reader.position)
    assert 5 < most <= rig.reader.acknowledged


def test_without_being_configured_confirmations_are_not_heard(rig: Rig) -> None:
    rig.measure(4)
    rig.forward()
    confirm(rig, 4)
    assert (rig.reader.position, rig.problems()) == (0, [])
