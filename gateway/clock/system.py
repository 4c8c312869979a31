"""The clock of this machine, and who vouches for it. The one module that reads the wall clock."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, Self

from drivers.timebase import SystemTimebase, Timebase
from gateway.clock.anchor import Anchor
from gateway.clock.chrony import Chrony
from gateway.clock.kernel import Kernel
from gateway.clock.rtc import Rtc
from gateway.clock.sources import Clocks, Source, SourceState, plain_span
from gateway.clock.timesyncd import Timesyncd

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Clock(Timebase, Protocol):
    """The time of one boot."""

    boot_id: str

    @property
    def source(self) -> str | None:
        """Who vouches for the wall clock; None while nobody does."""
        ...

    def sources(self) -> list[SourceState]:
        """Everybody who might, and what he says."""
        ...

    def anchor(self) -> Anchor | None:
        """Now, on both clocks, `synced`; None while nobody vouches for the wall clock.

        Without anybody who ever did since the start, but with an RTC: its moment, `estimated`,
        the same each time.
        """
        ...

    def clocks(self) -> Clocks:
        """Now, on both clocks, true or not."""
        ...

    def hear(self, told: Anchor) -> None:
        """A network has told the time of that moment: `sources` name it, an RTC counts no more."""
        ...

    def ask(self, not_before_ns: int | None) -> None:
        """Ask those who take their time, a second or so, if nobody else vouches.

        An RTC that is behind `not_before_ns` (UTC) is not believed.
        """
        ...


class SystemClock(SystemTimebase):
    """The clock of this machine.

    `fast` are asked each time, the first who vouches is the source; `chrony` and `rtc` in `ask`.
    """

    def __init__(
        self,
        rtc: Rtc | None = None,
        fast: Sequence[Source] | None = None,
        chrony: Chrony | None = None,
    ) -> None:
        self.boot_id = _BOOT_ID.read_text().strip()[:8]
        self._fast = (Kernel(), Timesyncd()) if fast is None else tuple(fast)
        self._chrony = chrony or Chrony()
        self._rtc = rtc
        self._trusted_once = False
        self._network: Anchor | None = None

    @classmethod
    def with_rtc(cls, name: str | None) -> Self:
        """With the RTC of that name, if the configuration names one."""
        return cls(None if name is None else Rtc(name))

    @property
    def source(self) -> str | None:
        return self._source(self.clocks())

    def sources(self) -> list[SourceState]:
        now = self.clocks()
        states = [source.state(now) for source in (*self._fast, self._chrony)]
        if self._network is not None:
            ago = plain_span((now.up_ns - self._network.up_ns) / 1e9)
            states.append(SourceState("network", False, f"told the time {ago} ago"))
        return states if self._rtc is None else [*states, self._rtc.state()]

    def anchor(self) -> Anchor | None:
        now = self.clocks()
        if self._source(now) is not None:
            self._trusted_once = True
            return Anchor(*now)
        return None if self._trusted_once or self._rtc is None else self._rtc.estimate

    def clocks(self) -> Clocks:
        before = self.now_ns()
        wall_ns = time.time_ns()
        return Clocks((before + self.now_ns()) // 2, wall_ns)

    def hear(self, told: Anchor) -> None:
        self._network, self._trusted_once = told, True

    def ask(self, not_before_ns: int | None) -> None:
        now = self.clocks()
        if any(source.state(now).vouches for source in self._fast):
            return
        self._chrony.ask(now)
        now = self.clocks()
        if self._rtc is not None and self._source(now) is None and self._rtc.estimate is None:
            self._rtc.look(now, not_before_ns)

    def set_wall(self, utc_ns: int) -> None:
        """Set the machine's clock. Raises PermissionError unless root does it."""
        time.clock_settime_ns(time.CLOCK_REALTIME, utc_ns)

    def _source(self, now: Clocks) -> str | None:
        """Asks no further than the first who vouches: this is done every second."""
        states = (source.state(now) for source in (*self._fast, self._chrony))
        return next((state.name for state in states if state.vouches), None)
