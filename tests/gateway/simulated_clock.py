"""A clock that only moves when a test says so, and the true time beside it.

The node sees the time since boot, a wall clock, and whether somebody vouches for that. The test
knows the true UTC of every moment. While the clock is disciplined the time since boot is as fast as
the truth; undisciplined it is `drift_ppm` faster. The wall clock keeps its distance from the time
since boot but for steps, as the kernel does it.
"""

from bisect import bisect_right
from collections.abc import Callable
from operator import itemgetter

from drivers.timebase import VirtualTimebase
from gateway.clock import Anchor, Clocks, SourceState
from gateway.model import Quality

_BEGIN_NS = 1_000_000_000


class SimulatedClock(VirtualTimebase):
    """One boot; somebody vouches for UTC once `utc_at_boot_ns` is set.

    `truth_ns` is the true UTC now: without it, what the wall clock says, which is 1970 if nobody
    vouches. `rtc` is whether a battery-backed clock is configured, which is then to be believed a
    little.
    """

    def __init__(
        self,
        boot_id: str = "b00t0001",
        utc_at_boot_ns: int | None = None,
        *,
        truth_ns: int | None = None,
        drift_ppm: int = 0,
        rtc: bool = False,
    ) -> None:
        super().__init__(now_ns=_BEGIN_NS)
        self.boot_id = boot_id
        self.drift_ppm = drift_ppm
        self.rtc = rtc
        self._wall_at_boot_ns = utc_at_boot_ns or 0
        self._trusted = utc_at_boot_ns is not None
        begin_ns = self.wall_ns if truth_ns is None else truth_ns
        self._truth: list[tuple[int, int, bool]] = [(_BEGIN_NS, begin_ns, self._trusted)]
        """From which moment on: UTC there, and whether the clock is disciplined."""

    @property
    def source(self) -> str | None:
        return "test" if self._trusted else None

    @property
    def utc_at_boot_ns(self) -> int | None:
        """By the wall clock; None while nobody vouches for it."""
        return self._wall_at_boot_ns if self._trusted else None

    @utc_at_boot_ns.setter
    def utc_at_boot_ns(self, utc_ns: int | None) -> None:
        self._truth.append((self.now_ns(), self.truth_ns, utc_ns is not None))
        self._trusted = utc_ns is not None
        if utc_ns is not None:
            self._wall_at_boot_ns = utc_ns

    def sources(self) -> list[SourceState]:
        return [SourceState("test", self.source is not None, "as the test says")]

    def anchor(self) -> Anchor | None:
        if self.source is not None:
            return Anchor(self.now_ns(), self.wall_ns)
        return Anchor(self.now_ns(), self.wall_ns, Quality.ESTIMATED) if self.rtc else None

    @property
    def wall_ns(self) -> int:
        """What the wall clock says, right or wrong."""
        return self._wall_at_boot_ns + self.now_ns()

    @property
    def truth_ns(self) -> int:
        """The true UTC now."""
        return self.truth_at(self.now_ns())

    def truth_at(self, up_ns: int) -> int:
        """The true UTC of a moment of this boot."""
        index = max(0, bisect_right(self._truth, up_ns, key=itemgetter(0)) - 1)
        since_ns, truth_ns, disciplined = self._truth[index]
        drift_ppm = 0 if disciplined else self.drift_ppm
        return truth_ns + (up_ns - since_ns) * 1_000_000 // (1_000_000 + drift_ppm)

    def drift_ns(self, up_ns: int) -> int:
        """By how much nobody can know better: drift up to the only trusted moment beside it."""
        begins = [at for at, _, disciplined in self._truth if disciplined]
        ends = [
            self._truth[i + 1][0] if i + 1 < len(self._truth) else self.now_ns()
            for i, one in enumerate(self._truth)
            if one[2]
        ]
        if not begins or begins[0] <= up_ns <= ends[-1]:
            return 0
        away_ns = max(begins[0] - up_ns, up_ns - ends[-1])
        return away_ns * abs(self.drift_ppm) // 1_000_000

    def synchronise(self) -> None:
        """A time server is heard: the wall clock is stepped to the truth, and is trusted."""
        self.believe(0)

    def believe(self, off_ns: int) -> None:
        """A time server that is wrong by so much is heard, and trusted."""
        self.utc_at_boot_ns = self.truth_ns + off_ns - self.now_ns()

    def lose(self) -> None:
        """No time server is heard any more, and the kernel knows it."""
        self.utc_at_boot_ns = None

    def step_by_hand(self, step_ns: int) -> None:
        """Somebody sets the wall clock, which nobody vouches for then."""
        self.lose()
        self._wall_at_boot_ns += step_ns

    def leap(self) -> None:
        """A leap second is inserted: UTC says the same second once more."""
        self._jump(-1_000_000_000)
        self._wall_at_boot_ns -= 1_000_000_000

    def suspend(self, seconds: float, off_ns: int = 0) -> None:
        """Time that nobody runs in; both clocks come back wrong by so much."""
        self.sleep(seconds + off_ns / 1e9)
        self._jump(-off_ns)

    def run(self, seconds: float, each: Callable[[], object], step_s: float = 1.0) -> None:
        """Let time pass in steps, and do that after each."""
        for _ in range(round(seconds / step_s)):
            self.sleep(step_s)
            each()

    def reboot(self, boot_id: str, off_s: float = 0.0) -> "SimulatedClock":
        """The clock of the next boot, after the node was off for so long: in 1970, unless `rtc`."""
        truth_ns = self.truth_ns + round(off_s * 1e9) + _BEGIN_NS
        rebooted = SimulatedClock(
            boot_id, truth_ns=truth_ns, drift_ppm=self.drift_ppm, rtc=self.rtc
        )
        if self.rtc:
            rebooted._wall_at_boot_ns = self.wall_ns + round(off_s * 1e9)
        return rebooted

    def _jump(self, by_ns: int) -> None:
        """Of the truth, against the time since boot."""
        disciplined = self._truth[-1][2]
        self._truth.append((self.now_ns(), self.truth_ns + by_ns, disciplined))

    def clocks(self) -> Clocks:
        return Clocks(self.now_ns(), self.wall_ns)

    def hear(self, told: Anchor) -> None:
        """It has no RTC that would have to be silent."""

    def ask(self, not_before_ns: int | None) -> None:
        """Nobody here takes his time."""
