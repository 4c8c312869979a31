"""The first session that any of the brokers gives, in a version of MQTT that it knows."""

from collections.abc import Callable, Mapping

from gateway.clock import Clock
from gateway.errors import UplinkUnavailable
from gateway.uplink.brokers import Broker, Version, Versions
from gateway.uplink.endings import Closed, VersionRefused
from gateway.uplink.session import Session

_LATEST_ATTEMPT_NS = 60_000_000_000
"""After the first: one more takes 45 s at most, and the watchdog waits for 120 s."""
_MOST_REASON = 300

Attempt = Callable[[Broker, Version], Session]


def first_session(versions: Mapping[Broker, Versions], attempt: Attempt, clock: Clock) -> Session:
    """Of the brokers in that order. Raises UplinkUnavailable with what all of them said."""
    latest_ns = clock.now_ns() + _LATEST_ATTEMPT_NS
    failures: list[UplinkUnavailable] = []
    for broker, known in versions.items():
        if clock.now_ns() > latest_ns:
            break
        try:
            return _session_with(broker, known, attempt, clock, latest_ns)
        except UplinkUnavailable as error:
            failures.append(error)
    if len(failures) == 1:
        raise failures[0]
    told = "; ".join(str(failure)[:_MOST_REASON] for failure in failures)
    raise UplinkUnavailable(f"no broker can be used: {told}", failures[0].hint)


def _session_with(
    broker: Broker, known: Versions, attempt: Attempt, clock: Clock, latest_ns: int
) -> Session:
    """In the version that it knows; which one is noted for the next time."""
    while True:
        version = known.version(clock.now_ns())
        try:
            session = attempt(broker, version)
        except VersionRefused:
            if not known.refused(version) or clock.now_ns() > latest_ns:
                raise
        except Closed:
            if not known.closed(version) or clock.now_ns() > latest_ns:
                raise
        except UplinkUnavailable:
            known.failed()
            raise
        else:
            known.answered(version, clock.now_ns())
            return session
