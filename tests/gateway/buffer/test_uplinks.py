"""Each uplink has its own place in the log, and nothing is deleted that one still owes."""

from tests.gateway.buffer.node import (
    Node,
    everything,
    numbers,
    reading,
    readings,
    settle_all,
)


def test_an_acknowledgement_survives_a_kill_without_a_commit(node: Node) -> None:
    opened = node.start(uplinks={"city": "everything", "county": "everything"})
    for value in range(4):
        opened.append(reading(value))
        if value == 1:
            opened.commit()
    for _ in range(2):
        batch = opened.reader("city").take(2)
        assert batch is not None
        opened.reader("city").settle(batch)
    node.kill()
    again = node.start(uplinks={"city": "everything", "county": "everything"})
    assert again.reader("city").position == 4
    assert again.reader("county").position == 0


def test_an_acknowledgement_of_what_a_power_cut_took_is_forgotten(node: Node) -> None:
    opened = node.start()
    opened.append(reading())
    settle_all(opened)
    node.cut_power()
    again = node.start()
    again.append(reading())
    assert len(readings(everything(again))) == 1


def test_a_new_uplink_begins_where_it_was_told_to(node: Node) -> None:
    opened = node.start()
    opened.append(reading())
    opened.close()
    uplinks = {"city": "now", "all": "everything", "new": "now"}
    opened = node.start(uplinks=uplinks)
    assert {name: opened.reader(name).position for name in uplinks} == {
        "city": 0, "all": 0, "new": 1,
    }  # fmt: skip
    assert opened.reader("new").backlog == 0
    opened.append(reading())
    opened.close()
    assert numbers(everything(node.start(uplinks=uplinks), "new")) == [2]


def test_nothing_is_deleted_that_some_uplink_still_owes(node: Node) -> None:
    uplinks = {"city": "everything", "county": "everything"}
    opened = node.start(uplinks=uplinks, hold_back=0)
    for _ in range(5):
        opened.append(reading())
    settle_all(opened)
    opened.commit()
    opened.keep()
    assert opened.store is not None
    assert len(opened.store.chunk(0, 9)) == 5
    batch = opened.reader("county").take(2)
    assert batch is not None
    opened.reader("county").settle(batch)
    node.clock.sleep(60)
    opened.keep()
    assert [row.position for row in opened.store.chunk(0, 9)] == [3, 4, 5]


def test_a_removed_uplink_holds_nothing_back_and_begins_anew_when_it_returns(node: Node) -> None:
    both = {"city": "everything", "gone": "now"}
    opened = node.start(uplinks=both)
    for _ in range(3):
        opened.append(reading())
    opened.close()
    opened = node.start(hold_back=0)
    settle_all(opened)
    opened.commit()
    opened.keep()
    assert opened.store is not None
    assert [row.position for row in opened.store.chunk(0, 9)] == [3]
    opened.close()
    assert node.start(uplinks=both).reader("gone").position == 3


def test_what_went_out_beside_the_backlog_is_left_as_it_is(node: Node) -> None:
    opened = node.start()
    for _ in range(10):
        opened.append(reading())
    reader = opened.reader("city")
    reader.rewind()
    for _ in range(5_000):
        opened.append(reading())
    news = reader.take_news(5_000)
    assert news is not None
    under_way = opened.readers.under_way
    assert any(span.holds(5_010) for span in under_way)
    reader.settle(news)
    assert reader.position == 0
    assert any(span.holds(5_010) for span in opened.readers.under_way)
    backlog = reader.take_backlog(10)
    assert backlog is not None
    reader.settle(backlog)
    assert reader.position == 5_010
    assert not any(span.holds(5_010) for span in opened.readers.under_way)
