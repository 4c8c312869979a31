"""chrony, by its own `chronyc tracking`; it says nothing to the kernel without `rtcsync`.

The answer with -c is one line of 14 values (chronyc(1), tracking): the reference, its name, its
stratum, time of the last measurement, how far the clock is from NTP time (s), last and mean offset,
frequency and its two errors, root delay and root dispersion (s), update interval, leap status. Half
the root delay and the root dispersion bound how wrong that NTP time may be; the dispersion grows
while no server answers.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence

from gateway.clock.sources import MOST_OFF_S, Clocks, SourceState

COMMAND = ("chronyc",)
TIME_OUT_S = 1.0
"""The service is on this computer: it answers in milliseconds, or it hangs."""
VALID_NS = 150_000_000_000
"""An answer counts so long: two and a half times the interval at which it is asked."""
_OWN_CLOCK = "7F7F0101"
"""The reference under which chrony serves its own clock (directive `local`), true or not."""
_FIELDS = 14


class Chrony:
    """`command` is chronyc, with options if need be."""

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        self._command = command
        self._answered: tuple[SourceState, Clocks] | None = None
        """The last answer and when it was given; replaced as one, for several threads look."""

    def state(self, now: Clocks) -> SourceState:
        """What the last answer still is worth."""
        answered = self._answered
        if answered is None or now.up_ns - answered[1].up_ns > VALID_NS:
            return SourceState("chrony", False, "not asked while another vouches")
        answer, asked = answered
        if answer.vouches and now.stepped(asked):
            return SourceState("chrony", False, "the clock was set since it was asked")
        return answer

    def ask(self, now: Clocks) -> None:
        """Ask it, which takes `TIME_OUT_S` at worst."""
        self._answered = self._answer(), now

    def _answer(self) -> SourceState:
        program = shutil.which(self._command[0])
        if program is None:
            return SourceState("chrony", False, "is not installed")
        try:
            done = subprocess.run(  # noqa: S603 - no word of it comes from outside
                (program, *self._command[1:], "-c", "-n", "tracking"),
                check=False,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=TIME_OUT_S,
                env={**os.environ, "LC_ALL": "C"},
            )
        except subprocess.TimeoutExpired:
            return SourceState("chrony", False, f"does not answer within {TIME_OUT_S:g} s")
        except OSError as error:
            return SourceState("chrony", False, f"cannot be asked: {error}")
        return understood((done.stdout or done.stderr).decode("ascii", "replace"))


def understood(answer: str) -> SourceState:
    """What a line of `chronyc -c tracking` says; anything else is what went wrong."""
    values = answer.strip().split(",")
    try:
        off_s, delay_s, spread_s = (abs(float(values[index])) for index in (4, 10, 11))
    except (IndexError, ValueError):
        told = " ".join(answer.split())[:80] or "no answer"
        return SourceState("chrony", False, f"does not run, or may not be asked: {told}")
    most_s = off_s + delay_s / 2 + spread_s
    if len(values) != _FIELDS or values[-1] not in ("Normal", "Insert second", "Delete second"):
        return SourceState("chrony", False, f"leap status: {values[-1]}")
    if values[0] == _OWN_CLOCK:
        return SourceState("chrony", False, "follows its own clock, no server")
    if not most_s <= MOST_OFF_S:
        return SourceState("chrony", False, f"the clock may still be {most_s:.1f} s off")
    return SourceState("chrony", True, f"synchronised to {values[1]}, within {most_s:.2g} s")
