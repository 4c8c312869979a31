"""How long to wait after a failure: exponential with full jitter, by tenacity's strategy."""

from tenacity import RetryCallState, Retrying, wait_random_exponential


class Backoff:
    """Waits between 0 and `first`, twice that, four times that ... up to `longest` seconds.

    A success counts only after `good_after` seconds, so that a link that keeps breaking right
    after its login is not met with ever fresh attempts.
    """

    def __init__(self, first: float, longest: float, good_after: float = 0.0) -> None:
        self._wait = wait_random_exponential(multiplier=first, max=longest)
        self._good_after_ns = good_after * 1e9
        self._state = RetryCallState(Retrying(), None, (), {})
        self._state.attempt_number = 0
        self._good_since_ns: int | None = None

    def failed(self, now_ns: int) -> float:
        """Seconds to wait before the next attempt."""
        if self._was_good(now_ns):
            self._state.attempt_number = 0
        self._good_since_ns = None
        self._state.attempt_number += 1
        return float(self._wait(self._state))

    def succeeded(self, now_ns: int) -> None:
        """The attempt worked; from now on the link is being good."""
        if self._good_since_ns is None:
            self._good_since_ns = now_ns

    def _was_good(self, now_ns: int) -> bool:
        since = self._good_since_ns
        return since is not None and now_ns - since >= self._good_after_ns
