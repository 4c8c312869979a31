"""The first session that any of the brokers gives, in a version of MQTT that it knows."""

from collections.abc import Callable, Mapping

from gateway.clock import Clock
from gateway.errors import UplinkUnavailable
from gateway.uplink.brokers import Broker, Version, Versions
from gateway.uplink.endings import Closed, VersionRefused
from gateway.uplink.session import Session

LATEST_ATTEMPT_NS = 60_000_000_000
"""After the first: one more takes 40 s at most."""
_MOST_REASON = 300

Attempt = Callable[[Broker, Version], Session]


def first_session(versions: Mapping[Broker, Versions], attempt: Attempt, clock: Clock) -> Session:
    """In the order of the brokers. Raises UplinkUnavailable with what all of them said."""
    begin_ns = clock.now_ns()
    failures: list[UplinkUnavailable] = []
    for broker, known in versions.items():
        if failures and clock.now_ns() - begin_ns > LATEST_ATTEMPT_NS:
            break
        try:
            return _session_with(broker, known, attempt, clock)
        except UplinkUnavailable as error:
            failures.append(error)
    if len(failures) == 1:
        raise failures[0]
    told = "; ".join(str(failure)[:_MOST_REASON] for failure in failures)
    raise UplinkUnavailable(f"no broker can be used: {told}", failures[0].hint)


def _session_with(broker: Broker, known: Versions, attempt: Attempt, clock: Clock) -> Session:
    while True:
        version = known.version(clock.now_ns())
        try:
            session = attempt(broker, version)
        except VersionRefused:
            if not known.refused(version):
                raise
        except Closed:
            if not known.closed(version):
                raise
        except UplinkUnavailable:
            known.failed()
            raise
        else:
            known.answered(version, clock.now_ns())
            return session
