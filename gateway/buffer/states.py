"""What is known of the sensors at both ends of the pending rows: before the first, after the last.

Theory: a running total may never run backwards, whatever becomes of the rows that raised it. So
the totals before the rows are kept apart from those after them: what was counted in rows that had
to give way is added to those before, and stands in the journal and in the store with them.
"""

from collections.abc import Iterable, Mapping

from gateway.buffer import sensors
from gateway.buffer.held import Recovered
from gateway.buffer.rows import Row
from gateway.buffer.sensors import SensorState


class SensorStates:
    """`before` the pending rows, and `now`.

    `totals_known` is False until the log or a journal could be read: readings go without totals
    then, and what `now` counts begins at nothing.
    """

    def __init__(self) -> None:
        self.before: dict[str, SensorState] = {}
        self.now: dict[str, SensorState] = {}
        self.totals_known = False

    def totals(self, sensor: str) -> Mapping[str, int] | None:
        """Those that its next reading goes on from; None while they are not known."""
        return self.now.get(sensor, _NOTHING_YET).totals if self.totals_known else None

    def take(self, row: Row) -> None:
        """One more row is pending."""
        name = row.layout.sensor
        state = sensors.moved(self.now.get(name), row)
        if state is not None:
            self.now[name] = state

    def accept(self, rows: Iterable[Row]) -> None:
        """The oldest rows are stored."""
        self.before |= sensors.after(self.before, rows)

    def keep_counts(self, rows: Iterable[Row]) -> dict[str, SensorState]:
        """Only these rows are left; returns what had to be raised before them."""
        raised = {}
        for name, state in sensors.before(self.now, rows).items():
            known = self.before.get(name, SensorState())
            more = sensors.later(known, state._replace(until=None))
            if more.totals != known.totals:
                raised[name] = more
        self.before |= raised
        return raised

    def totals_before(self) -> dict[str, Mapping[str, int]]:
        """By sensor, where there are any."""
        return {name: state.totals for name, state in self.before.items() if state.totals}

    def recover(self, found: Recovered) -> None:
        """Go on from what a journal held."""
        self.before, self.totals_known = sensors.latest({}, found.totals), found.totals_known
        self.now = self.before | sensors.after(self.before, found.rows)

    def go_on(self, states: Mapping[str, SensorState]) -> None:
        """Nothing is pending, and that is what the store knows."""
        self.before, self.now = dict(states), dict(states)
        self.totals_known = True


_NOTHING_YET = SensorState()
