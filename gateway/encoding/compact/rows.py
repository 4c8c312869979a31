"""What a compact frame holds: rows, each of one interval, with a part for each sensor."""

from collections.abc import Mapping
from typing import NamedTuple


class Interval(NamedTuple):
    """Half-open, in whole seconds of UTC since 1970."""

    begins_s: int
    ends_s: int


class Part(NamedTuple):
    """What one sensor says of the interval of its row.

    `sensor` is its place in the node's list (`meta`: lorawan.sensors). `values` by quantity: None =
    the part says that the value is bad, absent = not measured. What counts has the numbers of its
    readings (`first` to `last`, `merged` of them), which are those of the copy over MQTT; of gauges
    and states, which are told as the mean or the newest of the interval, all three are None.
    `coverage` is the share of the interval in which the sensor could see, None = all of it. `span`
    is what carried counts belong to, where that is not the interval of the row.
    """

    sensor: int
    values: Mapping[str, float | None]
    first: int | None = None
    last: int | None = None
    merged: int | None = None
    coverage: float | None = None
    span: Interval | None = None


class Row(NamedTuple):
    """Parts of one interval, in the order of their sensors.

    `ends_s`: UTC in seconds since 1970, None where nobody knows; `length_s` 0 = a moment.
    """

    ends_s: int | None
    length_s: int
    parts: tuple[Part, ...]


class Frame(NamedTuple):
    """One uplink. `epoch` is the low byte of the epoch to which all its numbers belong."""

    epoch: int
    rows: tuple[Row, ...]
