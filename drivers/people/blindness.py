"""How long nobody could be seen, each moment once, whatever the causes were."""


class BlindTime:
    """The union of stretches that are told as they go on; times are ns of one clock."""

    def __init__(self, at_ns: int) -> None:
        self.total_ns = 0
        self._told_until_ns = at_ns

    def add(self, since_ns: int, now_ns: int) -> None:
        """Nobody could be seen from `since_ns` to now; what was told of it counts once."""
        self.total_ns += max(0, now_ns - max(since_ns, self._told_until_ns))
        self._told_until_ns = max(self._told_until_ns, now_ns)
