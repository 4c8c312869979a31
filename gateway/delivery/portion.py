"""How large payloads are while nobody knows whether they are why the link breaks.

Theory: some brokers answer a packet that they do not want by closing the connection, without a
word. So when the link was lost twice in a row before anything was taken, payloads become half as
large, one under way at a time, down to one entry; each that is taken allows twice as many again.
"""

_ENOUGH = 2
"""Losses in a row: one alone is weather."""


class Portion:
    """At most `most` entries."""

    def __init__(self, most: int) -> None:
        self.entries = most
        self._most = most
        self._losses = 0
        self._sent = False

    @property
    def is_small(self) -> bool:
        """Whether only one should be under way."""
        return self.entries < self._most

    def sent(self) -> None:
        """One is under way."""
        self._sent = True

    def taken(self) -> None:
        """The far side has one."""
        self._losses, self._sent = 0, False
        self.entries = min(self._most, self.entries * 2)

    def lost(self) -> None:
        """The link was lost, with or without something under way."""
        if self._sent:
            self._losses += 1
            self._sent = False
        if self._losses >= _ENOUGH:
            self.entries = max(1, self.entries // 2)
