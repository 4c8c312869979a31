"""What a platform asks for by downlinks: checked, bounded, and without an answer of its own.

A downlink is acted on as soon as it comes. Each says what is to be, not what is to change, so one
that comes twice does nothing the second time. What makes no sense is counted and left; the more of
it comes the less of it is logged.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.lorawan.contract import Downlink
from gateway.clock import Clock
from gateway.clock.anchor import Anchor
from gateway.clock.lorawan import PORT, ClockSync
from gateway.encoding.compact.downlinks import PORT as COMMANDS
from gateway.encoding.compact.downlinks import Ack, Command, Replay, SetInterval, decode

logger = logging.getLogger(__name__)

MOST_REPLAYS = 4
"""That wait at once; of more the oldest is dropped, a platform can ask again."""
ASK_TIME_S = (600.0, 86_400.0)
"""How soon the time is asked for again, and at last: an answer costs one downlink of the budget."""
_MOST_DOUBLINGS = 16


@dataclass
class Orders:
    """`hear` takes in what a network tells of the time; `window_s` divides each interval."""

    clock: Clock
    hear: Callable[[Anchor], None]
    window_s: int
    refused: int = 0
    acks: list[Ack] = field(default_factory=list)
    replays: list[Replay] = field(default_factory=list)
    interval_s: int | None = None
    _sync: ClockSync = field(default_factory=ClockSync)
    _ask_ns: int = 0
    _asked: int = 0

    def take(self, downlink: Downlink) -> None:
        """Act on it."""
        try:
            self._understand(downlink)
        except ValueError as error:
            self.refused += 1
            rare = self.refused & (self.refused - 1) == 0  # the 1st, 2nd, 4th, 8th ...
            level = logging.WARNING if rare else logging.DEBUG
            logger.log(level, "a downlink on port %d makes no sense: %s", downlink.port, error)

    @property
    def wants_time(self) -> bool:
        """Whether the network should be asked for it now."""
        return self.clock.source is None and self.clock.now_ns() >= self._ask_ns

    def question(self) -> bytes:
        """The payload for PORT, which has to go out at once."""
        return self._sync.request(self.clock.now_ns())

    def asked(self) -> None:
        """The question was on the air, or may have been."""
        first_s, longest_s = ASK_TIME_S
        wait_s = min(longest_s, first_s * 2 ** min(self._asked, _MOST_DOUBLINGS))
        self._ask_ns = self.clock.now_ns() + round(wait_s * 1e9)
        self._asked += 1

    def _understand(self, downlink: Downlink) -> None:
        if downlink.port == PORT:
            self._time(downlink.payload)
        elif downlink.port == COMMANDS:
            for command in decode(downlink.payload):
                self._obey(command)
        else:
            raise ValueError("nobody listens there")

    def _time(self, payload: bytes) -> None:
        anchor = self._sync.answered(payload)
        if anchor is not None:
            self._asked = 0
            self._ask_ns = self.clock.now_ns() + round(ASK_TIME_S[1] * 1e9)
            self.hear(anchor)

    def _obey(self, command: Command) -> None:
        match command:
            case Ack():
                self.acks = [*self.acks, command][-MOST_REPLAYS:]
            case Replay():
                self.replays = [*self.replays, command][-MOST_REPLAYS:]
            case SetInterval(seconds):
                if seconds % self.window_s or 86_400 % seconds:
                    raise ValueError(f"an interval of {seconds} s: windows have {self.window_s} s")
                self.interval_s = seconds
