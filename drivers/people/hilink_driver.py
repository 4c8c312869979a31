"""What the drivers of Hi-Link's radars have in common: reports that come unasked are taken in."""

from abc import abstractmethod
from typing import ClassVar, Generic, TypeVar

from drivers.bus.ports import Serial
from drivers.contract import Driver
from drivers.errors import BusError
from drivers.people.hilink import REPORT_NS, Ack, Parser
from drivers.people.hilink_dialogue import WIRING

R = TypeVar("R")

GIVE_UP_NS = 3_000_000_000
_CLOSEST_NS = REPORT_NS // 2


class HilinkDriver(Driver, Generic[R]):
    """`_heard_ns`: when the newest report is of."""

    poll_every: ClassVar[float | None] = 0.2

    def __init__(self, bus: Serial, parser: Parser[R]) -> None:
        self._bus = bus
        self._parser = parser
        self._heard_ns = bus.time.now_ns()
        self._garbage = 0

    @abstractmethod
    def _hear(self, report: R, at_ns: int) -> None:
        """A report of that moment, later than the one before; `_heard_ns` is still of that one."""

    def poll(self) -> None:
        """The newest report of a batch is of now, those before it are 100 ms apart."""
        data = self._bus.read()
        now_ns = self._bus.time.now_ns()
        frames = self._parser.feed(data)
        reports = [frame for frame in frames if not isinstance(frame, Ack)]
        self._garbage = 0 if reports else self._garbage + len(data)
        for age, report in zip(reversed(range(len(reports))), reports, strict=True):
            self._take(report, now_ns - age * REPORT_NS, now_ns)

    def close(self) -> None:
        self._bus.close()

    def _take(self, report: R, at_ns: int, now_ns: int) -> None:
        """Polls come unevenly, reports do not: hold them apart, but never ahead of time."""
        at_ns = max(at_ns, self._heard_ns + _CLOSEST_NS)
        if at_ns <= now_ns:
            self._hear(report, at_ns)
            self._heard_ns = at_ns

    def _no_report(self, silent_ns: int) -> BusError:
        came = f"{self._garbage} bytes of something else" if self._garbage else "nothing"
        return BusError(f"no valid report for {silent_ns / 1e9:.0f} s, {came} came", WIRING)
