"""What the output of a PIR sensor is worth over time.

Theory of operation
-------------------
The output is active while the part sees motion and for its hold time afterwards; then it is deaf
for its blocking time. Each moment is exactly one of

    blind      not watched; or warming up; or inactive and within the blocking time after a pulse;
               or active for more than 15 min (stuck: turned-up pot, heater, sun), from then on
    occupied   active, and not blind
    idle       the rest

so every second is counted once at most. An edge ends the blocking time early: a part that reports
is not deaf. A pulse that begins while warming up is no activation.
"""

STUCK_AFTER_NS = 15 * 60 * 1_000_000_000


class Activity:
    """Activations, occupied and blind time since construction; times are ns of one clock.

    Nothing is watched before the first `watch`.
    """

    def __init__(self, at_ns: int, blocking_ns: int) -> None:
        self.activations = 0
        self.occupied_ns = 0
        self.blind_ns = 0
        self._blocking_ns = blocking_ns
        self._active = False
        self._now_ns = self._warm_ns = self._deaf_until_ns = self._stuck_from_ns = at_ns

    def watch(self, active: bool, at_ns: int, warm_up_ns: int = 0) -> None:
        """The output is so at `at_ns`; edges before that were missed, so that time is blind."""
        self.blind_ns += max(0, at_ns - self._now_ns)
        self._now_ns = at_ns
        self._warm_ns = max(self._warm_ns, at_ns + warm_up_ns)
        self._deaf_until_ns = max(self._warm_ns, self._deaf_until_ns)
        self._active = False
        if active:
            self._rise(at_ns)

    @property
    def motion(self) -> bool | None:
        """Whether there is motion; None while warming up or stuck."""
        if self._now_ns < self._warm_ns or self._stuck():
            return None
        return self._active

    def feed(self, active: bool, at_ns: int) -> None:
        """The output is so since `at_ns`."""
        self.settle(at_ns)
        if active == self._active:
            return
        if active:
            self.activations += at_ns >= self._warm_ns
            self._rise(at_ns)
        else:
            self._active = False
            self._deaf_until_ns = max(self._warm_ns, at_ns + self._blocking_ns)

    def settle(self, now_ns: int) -> None:
        """Nothing has changed up to `now_ns`."""
        began_ns, self._now_ns = self._now_ns, max(self._now_ns, now_ns)
        heard_ns = self._after(self._deaf_until_ns, began_ns)
        if self._active:
            heard_ns -= self._after(max(self._stuck_from_ns, self._deaf_until_ns), began_ns)
            self.occupied_ns += heard_ns
        self.blind_ns += self._now_ns - began_ns - heard_ns

    def _rise(self, at_ns: int) -> None:
        self._active = True
        self._stuck_from_ns = at_ns + STUCK_AFTER_NS
        self._deaf_until_ns = self._warm_ns

    def _stuck(self) -> bool:
        return self._active and self._now_ns > self._stuck_from_ns

    def _after(self, mark_ns: int, began_ns: int) -> int:
        """How much of the time from `began_ns` to now lies after `mark_ns`."""
        return max(0, self._now_ns - max(began_ns, mark_ns))
