"""The reserve: numbers that may go out before the disk knows of them.

Theory: after a power cut nobody knows which numbers had gone out from memory. So the disk is told
ahead up to which number that may be, and the next boot begins behind it. A number that the disk
could not be told of is never given out: a new epoch, drawn at random, needs no reserve until its
beginning is stored. The reserve is renewed with a group, when less than half of it is left.
"""

import math

from gateway.buffer.group import Group
from gateway.buffer.window import Window

RESERVE = 100_000
"""Numbers that the disk is told of ahead; half of them are always left."""


class Reserve:
    """Of the window's newest epoch; `size` numbers. All but `make_number` are the writer's."""

    def __init__(self, window: Window) -> None:
        self.size = RESERVE
        self._window = window
        self._position = math.inf
        """Up to there the disk knows that numbers may be out."""

    def make_number(self, numbers: int = 1) -> None:
        """See to it that so many may be given out. Under the window's lock."""
        if self._window.next_position + numbers - 1 > self._position:
            self._window.begin()
            self.lift()

    def lift(self) -> None:
        """A new epoch has begun of which the disk knows nothing."""
        self._position = math.inf

    def reach(self, number: int) -> None:
        """The disk knows now that numbers of the newest epoch may have gone out up to there."""
        self._position = number + self._window.identities.segments[-1].shift

    def renewed(self, group: Group) -> Group:
        """The group, with a new reserve if one is due. Under the window's lock."""
        window = self._window
        newest = window.identities.segments[-1].first
        last = group.rows[-1].position if group.rows else window.stored_position
        left = self._position - window.next_position
        if newest <= last and not self.size // 2 <= left < math.inf:
            return group._replace(reserved=window.next_number + self.size)
        return group
