"""What people and programs are told of a capture, whatever becomes of it."""

import msgspec

from gateway.capture.capture import Capture, State
from gateway.model import Finding

_RESTART = "remove it from `privacy.captures`, then: sudo systemctl restart gateway"
_CURE = {
    State.WAITING: f"let it reach a time server: gateway clock; or {_RESTART}",
    State.RUNNING: f"when it is done {_RESTART}; and delete the file",
    State.OVER: _RESTART,
}


class CaptureStatus(msgspec.Struct, frozen=True):
    """Raw data of that sensor, wanted `until` then; `state`: `waiting`, `running` or `over`.

    `told` is in one line why it waits or is over, or until when it runs, and what is in its `file`
    (null before it began): so many `bytes`; `lost` lines are not in there.
    """

    sensor: str
    state: str
    until: str
    told: str
    file: str | None
    bytes: int
    lost: int


def capture_status(capture: Capture) -> CaptureStatus:
    """For `gateway status`."""
    return CaptureStatus(
        capture.sensor,
        capture.state,
        capture.until,
        capture.told,
        None if capture.path is None else str(capture.path),
        capture.size,
        capture.lost,
    )


def finding(capture: Capture) -> Finding:
    """It is one as long as it is configured."""
    about, state = f"raw data of {capture.sensor}", capture.state
    problem = "are being captured" if state is State.RUNNING else "are not captured"
    return Finding(about, problem, capture.since_ns, capture.told, _CURE[state])
