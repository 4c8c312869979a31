"""What the failures of its sensors say of a bus, and when it may be tried again.

Theory: one failure says little. A part that does not acknowledge (NACK) shows even that the lines
work, for a held data line looks like an acknowledge. Held lines fail whoever is asked: by a
time-out, by a transfer that breaks off, or by rubbish, for the controller of a Raspberry Pi reads
zeros from a data line that is held low and calls them acknowledged. So the failures since anybody
last answered are looked at together, and a success ends them: whoever failed before it has failed
by itself.

stuck   at least three such failures with no NACK between, of two sensors where there are two, and
        of every sensor that used to answer, or for 20 s of all that were tried. A lone sensor
        cannot be told from its bus, nor need it be: the cure is the same. But rubbish of a lone
        sensor is its own.
gone    one failure tells: the device file is not there, which no part can do.
silent  two sensors at least, and every one that used to answer, do not acknowledge: their supply
        or their cable. Of a lone sensor nobody can know, so it is the sensor that does not answer.

Where nobody has answered since the start, "used to answer" is everybody. While a bus is stuck or
gone its sensors wait together, and one attempt is made at growing times, by the sensor that was
tried the longest ago. A success, or a NACK, ends that. A silent bus costs nobody time, so there
each sensor waits for itself. Until it is decided whether a bus is stuck, its sensors are not
blamed; who fails again after another one has succeeded is.
"""

from collections.abc import Collection
from enum import StrEnum

from drivers.errors import BusError, BusErrorKind, DriverError
from gateway.backoff import Backoff
from gateway.model import BusState

BAD_DATA = "bad_data"
"""Counted beside the kinds of `BusErrorKind`: bytes came, and made no sense."""

BUS_RETRY_S = (2.0, 60.0)
LEAST_WAIT_NS = 1_000_000_000
FAILURES = 3
PATIENCE_NS = 20_000_000_000
"""A sensor that is not tried within this time is not waited for."""
RECOVERY_EVERY_NS = 300_000_000_000
RECOVERY_TAKES_NS = 10_000_000_000
"""A bus is left alone for so long after its recovery was asked for."""

_HELD = frozenset({BusErrorKind.TIMEOUT, BusErrorKind.BROKEN_OFF})
_SUSPICIOUS = frozenset({*_HELD, BAD_DATA})


class Blame(StrEnum):
    """Whose failure it is: the sensor's, nobody's yet, or the bus's, for which all wait."""

    SENSOR = "sensor"
    OPEN = "open"
    BUS = "bus"


def cause_of(error: DriverError) -> str:
    """A `BusErrorKind`, or BAD_DATA."""
    return error.kind if isinstance(error, BusError) else BAD_DATA


class RollCall:
    """Who of some sensors answered, and who has not acknowledged since anybody did."""

    def __init__(self, sensors: Collection[str]) -> None:
        self._all = frozenset(sensors)
        self._heard: set[str] = set()
        self._missing: set[str] = set()

    @property
    def expected(self) -> Collection[str]:
        """Those that used to answer; everybody if nobody has yet."""
        return self._heard or self._all

    @property
    def silent(self) -> bool:
        """Whether nobody answers, as far as that can be known."""
        return len(self._missing) > 1 and self._missing.issuperset(self.expected)

    def answered(self, sensor: str) -> None:
        """It is there; whoever was missed before is not expected any more."""
        self._heard -= self._missing
        self._missing.clear()
        self._heard.add(sensor)

    def missed(self, sensor: str) -> None:
        """It has not acknowledged."""
        self._missing.add(sensor)


class BusCare:
    """One for all sensors of one wire; told of each failure and success, in their order."""

    def __init__(self, sensors: Collection[str], backoff: Backoff) -> None:
        self.state = BusState.WELL
        self.roll = RollCall(sensors)
        self._several = len(sensors) > 1
        self._backoff = backoff
        self._turns = list(sensors)
        self._suspects: dict[str, str] = {}
        self._failures = 0
        self._since_ns = self._not_before_ns = 0
        self._own: set[str] = set()
        self._recovery_ns: int | None = None

    def not_before_ns(self, sensor: str) -> int:
        """It is not to be tried before that, the next in turn first; 0 = whenever it wants."""
        if not self._not_before_ns:
            return 0
        return self._not_before_ns + self._turns.index(sensor)

    def succeeded(self, sensor: str, now_ns: int) -> None:
        """It answered, and what it should."""
        self.roll.answered(sensor)
        if sensor not in self._suspects:  # opening works and reading fails: it stays to blame
            self._own.discard(sensor)
        self._clear(now_ns)

    def failed(self, sensor: str, error: DriverError, now_ns: int) -> Blame:
        """It did not."""
        cause = cause_of(error)
        self._turns.remove(sensor)
        self._turns.append(sensor)
        if cause == BusErrorKind.GONE:
            return self._wait(BusState.GONE, now_ns)
        if cause == BusErrorKind.NO_ANSWER:
            return self._missed(sensor, now_ns)
        if cause in _SUSPICIOUS:
            return self._suspect(sensor, cause, now_ns)
        return Blame.BUS if self._waiting else Blame.SENSOR

    def take_recovery(self, now_ns: int) -> bool:
        """Whether recovery is to be asked for now, which then counts as done."""
        last_ns = self._recovery_ns
        due = last_ns is None or now_ns - last_ns >= RECOVERY_EVERY_NS
        if not (self._waiting and due):
            return False
        self._recovery_ns = now_ns
        self._not_before_ns = max(self._not_before_ns, now_ns + RECOVERY_TAKES_NS)
        return True

    @property
    def _waiting(self) -> bool:
        return self.state in (BusState.STUCK, BusState.GONE)

    def _missed(self, sensor: str, now_ns: int) -> Blame:
        self._clear(now_ns)
        self.roll.missed(sensor)
        if not self.roll.silent:
            return Blame.SENSOR
        self.state = BusState.SILENT
        return Blame.OPEN  # nobody's: it waits for itself, and the bus is what is told of

    def _suspect(self, sensor: str, cause: str, now_ns: int) -> Blame:
        if self.state is BusState.GONE:  # it is there again, and no better
            self._clear(now_ns)
        if not self._suspects:
            self._since_ns = now_ns
        self._suspects[sensor] = cause
        self._failures += 1
        if self.state is BusState.STUCK or self._is_stuck(now_ns):
            return self._wait(BusState.STUCK, now_ns)
        patient = now_ns - self._since_ns < PATIENCE_NS
        undecided = cause in _HELD and sensor not in self._own and patient
        return Blame.OPEN if undecided else Blame.SENSOR

    def _is_stuck(self, now_ns: int) -> bool:
        if self._failures < FAILURES:
            return False
        if len(self._suspects) == 1:
            return not self._several and not _HELD.isdisjoint(self._suspects.values())
        all_of_them = self._suspects.keys() >= set(self.roll.expected)
        impatient = now_ns - self._since_ns >= PATIENCE_NS
        return all_of_them or (impatient and not self._suspects.keys() <= self._own)

    def _wait(self, state: BusState, now_ns: int) -> Blame:
        self.state = state
        wait_ns = LEAST_WAIT_NS + round(self._backoff.failed(now_ns) * 1e9)
        self._not_before_ns = max(self._not_before_ns, now_ns + wait_ns)
        return Blame.BUS

    def _clear(self, now_ns: int) -> None:
        """The lines work: who was suspected with the bus has failed by itself."""
        self._own |= self._suspects.keys()
        self._suspects.clear()
        self._failures = 0
        if self.state is not BusState.WELL:
            self.state, self._not_before_ns = BusState.WELL, 0
            self._backoff.succeeded(now_ns)
