"""What a sensor is told of its bus, and tells of it."""

from typing import Protocol

from drivers.errors import DriverError
from gateway.sampling.bus_care import Blame


class Care(Protocol):
    """Who looks after a bus as a whole; `Wire` does."""

    def not_before_ns(self, sensor: str) -> int:
        """It is not to be tried before that; 0 = whenever it wants."""
        ...

    def succeeded(self, sensor: str) -> None:
        """It was opened, polled or read."""
        ...

    def slipped(self, sensor: str, error: DriverError) -> None:
        """A transfer of it failed, and it goes on as if nothing had happened."""
        ...

    def failed(self, sensor: str, error: DriverError) -> Blame:
        """It was not; whose failure that is."""
        ...


class NoCare(Care):
    """Each sensor is by itself."""

    def not_before_ns(self, sensor: str) -> int:
        return 0

    def succeeded(self, sensor: str) -> None:
        pass

    def slipped(self, sensor: str, error: DriverError) -> None:
        pass

    def failed(self, sensor: str, error: DriverError) -> Blame:
        return Blame.SENSOR
