"""How small counts of people are hidden from one uplink, in whatever it takes of the log."""

from collections.abc import Iterator

from drivers.quantities import quantity
from gateway.buffer.feed import Stretch
from gateway.buffer.protected import History
from gateway.buffer.rows import Row
from gateway.config import SmallCounts
from gateway.model import Entry, Moment, Names, Span, StoredReading
from gateway.privacy.carrying import Amount, Settled
from gateway.privacy.columns import Columns, columns, packed
from gateway.privacy.rounding import Hide, Values, round5, suppressing
from gateway.privacy.walking import DayOf, Walkers


class Protection:
    """The `Protect` of an uplink with a mode other than none; it belongs to that uplink's thread.

    `day` numbers the local civil day of a UTC in ns.
    """

    def __init__(self, mode: SmallCounts, small_below: int, day: DayOf) -> None:
        self._mode = mode
        self._small_below = small_below
        self._day = day
        self._hide: Hide = round5 if mode == "round5" else suppressing(small_below)
        self._walkers: dict[str, Walkers] = {}

    def forget(self) -> None:
        """The positions of rows have changed."""
        self._walkers.clear()

    def hidden(
        self, history: History, stretch: Stretch, entries: list[Entry]
    ) -> list[Entry] | None:
        """Those entries, of these rows, as they may go out; None: nobody can know that now."""
        people = {
            place: (one, told)
            for place, one in enumerate(entries)
            if isinstance(one, StoredReading) and (told := columns(one.names)) is not None
        }
        if self._mode != "carry":
            for place, (one, _) in people.items():
                entries[place] = self._by_itself(one)
            return entries
        settled = self._settled(history, stretch, [stretch.rows[place] for place in people])
        if settled is None:
            return None
        for place, (one, told) in people.items():
            out = settled[stretch.rows[place].position]
            entries[place] = _carried(history, one, told, out)
        return entries

    def _by_itself(self, reading: StoredReading) -> StoredReading:
        values = self._hide(reading.names, reading.packed.split(","))
        return _with(reading, self._mode, values)

    def _settled(
        self, history: History, stretch: Stretch, rows: list[Row]
    ) -> dict[int, Settled] | None:
        """By position, of all sensors."""
        by_sensor: dict[str, list[Row]] = {}
        for row in rows:
            by_sensor.setdefault(row.layout.sensor, []).append(row)
        settled: dict[int, Settled] = {}
        for sensor, windows in by_sensor.items():
            walkers = self._walkers.get(sensor) or self._begun(sensor)
            found = walkers.settled(history, stretch, windows)
            if found is None:
                return None
            settled |= found
        for sensor in self._walkers.keys() - by_sensor.keys():
            self._walkers[sensor].passed(stretch)
        return settled

    def _begun(self, sensor: str) -> Walkers:
        self._walkers[sensor] = Walkers(sensor, self._small_below, self._day)
        return self._walkers[sensor]


def _carried(
    history: History, reading: StoredReading, told: Columns, settled: Settled
) -> StoredReading:
    """With what goes out with it in the place of its own counts."""
    texts = reading.packed.split(",") if reading.packed else []
    kept = {reading.names[place]: texts[place] for place in told.plain}
    for name, amount in settled.items():
        kept |= _amount(name, amount)
    order = (*reading.names, *(name for name in kept if name not in reading.names))
    names = tuple(name for name in order if name in kept)
    values = Values(names, tuple(kept[name] for name in names))
    spans = tuple(_spans(history, reading, settled, names))
    return _with(reading, "carry", values)._replace(spans=spans)


def _amount(name: str, amount: Amount) -> dict[str, str]:
    """With the running total at its end."""
    total = quantity(name).total
    found = {name: packed(name, amount.value)}
    return (
        found
        if total is None or amount.total is None
        else found | {total: packed(total, amount.total)}
    )


def _spans(
    history: History, reading: StoredReading, settled: Settled, names: Names
) -> Iterator[Span]:
    """Of what is not of the reading's own interval."""
    at, since = reading.at, reading.since or reading.at
    own: tuple[Moment, Moment] = (since.boot, since.up_ns), (at.boot, at.up_ns)
    for name in names:
        amount = settled.get(name)
        if amount is not None and (amount.since, amount.until) != own:
            begin, end = history.date(amount.since), history.date(amount.until)
            yield Span(name, begin, end, amount.measured_ns)


def _with(reading: StoredReading, mode: str, values: Values) -> StoredReading:
    texts = ",".join(values.texts)
    return reading._replace(names=values.names, packed=texts, protection=mode)
