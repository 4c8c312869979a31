"""What dates the moments of one boot: anchors, each the same moment on both clocks.

Between steps of the wall clock its distance from the time since boot is constant (the kernel slews
both alike), so one anchor dates every reading of its boot until the next step.
"""

from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

from gateway.model import Quality

STEP_NS = 10_000_000
"""A wall clock this far from where its last anchor put it has been stepped."""


class Anchor(NamedTuple):
    """The same moment on both clocks."""

    up_ns: int
    utc_ns: int
    quality: Quality = Quality.SYNCED


class Timeline:
    """The anchors of one boot, and the UTC that they give to any moment of it."""

    def __init__(self, anchors: Iterable[Anchor] = ()) -> None:
        self._anchors = sorted(anchors)

    def add(self, anchor: Anchor) -> bool:
        """Take the anchor if it tells something new: the first one, or one after a step."""
        if self._anchors:
            utc_ns, _ = self.date(anchor.up_ns)
            if utc_ns is not None and abs(anchor.utc_ns - utc_ns) < STEP_NS:
                return False
        self._anchors.append(anchor)
        return True

    def date(self, up_ns: int) -> tuple[int | None, Quality]:
        """UTC by the last anchor before that moment, else by the first one after it."""
        if not self._anchors:
            return None, Quality.UNKNOWN
        index = bisect_right(self._anchors, up_ns, key=_up_ns) - 1
        anchor = self._anchors[max(index, 0)]
        quality = Quality.REPAIRED if index < 0 else Quality.SYNCED
        if anchor.quality is Quality.ESTIMATED:
            quality = anchor.quality
        return anchor.utc_ns + up_ns - anchor.up_ns, quality


def _up_ns(anchor: Anchor) -> int:
    return anchor.up_ns
