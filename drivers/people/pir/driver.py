"""A PIR motion sensor: activity, not a count of people."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import msgspec

from drivers.bus.ports import Edge, Gpio, Pull
from drivers.contract import Sample
from drivers.people.lines import LineDriver
from drivers.people.pir import codec
from drivers.people.pir.activity import Activity
from drivers.quantities import ACTIVATIONS, BLIND_TIME, MOTION, OCCUPIED_TIME, Quantity

DEBOUNCE_NS = 50_000_000


class PirConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`line` is a BCM number (not a header pin), `active` the level that means motion.

    `type` tells how long the part is deaf after a pulse. `warm_up_s`: seconds after the first
    `open` in which it gives false pulses.
    """

    line: Annotated[int, msgspec.Meta(ge=0, le=27)]
    type: codec.Type = "hc-sr501"
    active: Literal["high", "low"] = "high"
    warm_up_s: Annotated[float, msgspec.Meta(ge=0, le=600)] = 60.0

    @property
    def lines(self) -> tuple[int]:
        return (self.line,)

    @property
    def pull(self) -> Pull:
        """Towards "no motion", so that a broken wire is silent and not noisy."""
        return "down" if self.active == "high" else "up"


class Pir(LineDriver):
    """Motion now (1 or 0), and since construction activations, occupied and blind time.

    Motion is None while the part warms up, and while it is stuck: active for more than 15 min. Both
    are blind time, and so are the blocking time after each pulse, the time before `open` and after
    `close`, and the time between two polls if edges were lost. Each second counts once, and never
    as occupied too. The first 15 min of a stuck output stay occupied time.

    The warm-up runs once, from the first `open`. A later `open` follows a failure of the GPIO
    lines, which says nothing about the supply of the part, so it does not begin again.
    """

    channels: ClassVar[tuple[Quantity, ...]] = (MOTION, ACTIVATIONS, OCCUPIED_TIME, BLIND_TIME)
    debounce_ns: ClassVar[int] = DEBOUNCE_NS

    def __init__(self, bus: Gpio, config: PirConfig) -> None:
        super().__init__(bus, config.lines, config.pull)
        self._config = config
        blocking_ns = round(codec.BLOCKING_S[config.type] * 1e9)
        self._activity = Activity(bus.time.now_ns(), blocking_ns)
        self._warm_up_ns = round(config.warm_up_s * 1e9)

    def read(self) -> Sample:
        self.poll()
        activity = self._activity
        return {
            "motion": None if activity.motion is None else int(activity.motion),
            "activations": activity.activations,
            "occupied_time": activity.occupied_ns / 1e9,
            "blind_time": activity.blind_ns / 1e9,
        }

    def _begin(self, levels: Mapping[int, bool], now_ns: int) -> None:
        active = codec.is_active(levels[self._config.line], self._config.active)
        self._activity.watch(active, now_ns, self._warm_up_ns)
        self._warm_up_ns = 0

    def _follow(self, levels: Mapping[int, bool], edges: list[Edge], settled_ns: int) -> None:
        for edge in edges:
            self._activity.feed(codec.is_active(edge.high, self._config.active), edge.at_ns)
        self._activity.settle(settled_ns)
