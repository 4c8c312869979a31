"""A pair of break beams: who went in, who went out, and for how long nobody could be seen.

For doors of about 1 m and people in single file; `drivers.people.direction` says what a pair of
beams cannot tell. A sensor without supply looks like a clear beam: no error can show it.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import msgspec

from drivers.bus.ports import Edge, Gpio, Pull
from drivers.contract import Sample
from drivers.people.beam_pair import codec
from drivers.people.direction import DirectionCounter
from drivers.people.lines import LineDriver
from drivers.people.pair_passage import CLEAR
from drivers.quantities import BLIND_TIME, COUNT_IN, COUNT_OUT, Quantity

DEBOUNCE_NS = 10_000_000

Line = Annotated[int, msgspec.Meta(ge=0, le=27)]


class BeamPairConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`line_a` is the outer beam, `line_b` the inner one (BCM numbers, not header pins).

    `broken` is the level of a broken beam; NPN outputs pull it low and need the pull-up.
    `spacing_mm` is the distance between the beams: 50 to 150, less than a body is deep.
    """

    line_a: Line
    line_b: Line
    broken: Literal["low", "high"] = "low"
    pull: Pull = "up"
    spacing_mm: Annotated[int, msgspec.Meta(ge=20, le=250)] = 100

    def __post_init__(self) -> None:
        if self.line_a == self.line_b:
            raise ValueError("line_a and line_b must be two lines")

    @property
    def lines(self) -> tuple[int, int]:
        return self.line_a, self.line_b


class BeamPair(LineDriver):
    """Passages since construction, and `blind_time`.

    `blind_time` is all time in which nobody could be counted: each stretch of more than 5 s in
    which a beam was broken (clear for less than 40 ms does not end it), from when it was broken;
    the time before `open` and after `close`; and the time between two polls if edges were lost.
    The counter jumps by the first 5 s of a stretch when they are over, so a short interval can show
    more blind time than it is long.
    """

    channels: ClassVar[tuple[Quantity, ...]] = (COUNT_IN, COUNT_OUT, BLIND_TIME)
    debounce_ns: ClassVar[int] = DEBOUNCE_NS

    def __init__(self, bus: Gpio, config: BeamPairConfig) -> None:
        super().__init__(bus, config.lines, config.pull)
        self._wiring = codec.Wiring(*config.lines, broken_is_high=config.broken == "high")
        self._direction = DirectionCounter(CLEAR, bus.time.now_ns())

    def read(self) -> Sample:
        self.poll()
        return {
            "count_in": self._direction.counted_in,
            "count_out": self._direction.counted_out,
            "blind_time": self._direction.blind_ns / 1e9,
        }

    def _begin(self, levels: Mapping[int, bool], now_ns: int) -> None:
        self._direction.restart(codec.state(levels, self._wiring), now_ns)

    def _follow(self, levels: Mapping[int, bool], edges: list[Edge], settled_ns: int) -> None:
        for state, at_ns in codec.states(levels, edges, self._wiring):
            self._direction.feed(state, at_ns)
        self._direction.settle(settled_ns)
