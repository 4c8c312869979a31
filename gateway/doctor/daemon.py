"""Whether the daemon runs, and what it says itself."""

from pathlib import Path

from gateway.clock import Clock
from gateway.doctor.check import Check, ill, judged, unseen
from gateway.errors import GatewayError
from gateway.model import Finding
from gateway.status import NotRunning, Status, of_running

_NAME = "daemon"


def check(runtime_dir: Path, clock: Clock) -> tuple[Status | None, Check]:
    """Its status document if it runs; its findings are taken over as they are."""
    try:
        status = of_running(runtime_dir, clock)
    except NotRunning as error:
        return None, _ill("does not run", error, clock)
    except GatewayError as error:
        if isinstance(error.__cause__, PermissionError):
            return None, unseen(_NAME, str(error))
        return None, _ill("cannot be understood", error, clock)
    return status, judged(_NAME, _told(status, clock), status.findings)


def _told(status: Status, clock: Clock) -> str:
    age_s = clock.now_ns() / 1e9 - status.clock.up_s
    measuring = sum(sensor.state == "measuring" for sensor in status.sensors)
    return (
        f"runs (process {status.pid}, version {status.version}), said {age_s:.0f} s ago: "
        f"{status.state}, {measuring} of {len(status.sensors)} sensors measure"
    )


def _ill(problem: str, error: GatewayError, clock: Clock) -> Check:
    return ill(_NAME, Finding(_NAME, problem, clock.now_ns(), str(error), error.hint))
