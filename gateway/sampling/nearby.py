"""What the driver of one sensor is told of the air before a read, by other sensors of its node.

Theory: a value is told while it is fresh and nothing is suspect about it. What is unknown is left
out. The part then keeps what it was told last: the air of an hour ago is nearer to the truth than
any default.
"""

from collections.abc import Mapping

from gateway.sampling.neighbours import Neighbours


class Nearby:
    """`by`: for each quantity that the driver wants, the name of the sensor that measures it."""

    def __init__(self, neighbours: Neighbours, by: Mapping[str, str]) -> None:
        self._neighbours = neighbours
        self._by = by

    def air(self) -> dict[str, float]:
        """What is known, in the units of the quantities."""
        found = {name: self._neighbours.value(sensor, name) for name, sensor in self._by.items()}
        return {name: value for name, value in found.items() if value is not None}
