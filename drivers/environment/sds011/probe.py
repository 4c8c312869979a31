"""Recognises a SDS011 by a frame, or by the firmware that it tells when asked. Nothing is set.

Any command wakes one that sleeps, and the first may be lost. It has slept if the first was lost, or
if it was silent though it is set to speak by itself: then it is put to sleep again, which is no
setting. One that pauses by a working period of its own is left to it.
"""

from drivers.asking import frame
from drivers.bus.ports import Serial
from drivers.environment.sds011 import codec
from drivers.environment.sds011.codec import Answer, Measurement
from drivers.probe import SerialProbe

_ANSWERS_WITHIN_S = 0.5


def _hears(data: bytes) -> str | None:
    frames = [frame for frame in codec.parser().feed(data) if isinstance(frame, Measurement)]
    return f"speaks, frames with right sums: {len(frames)}" if frames else None


def _asks(port: Serial) -> str | None:
    first = _answer(port, codec.FIRMWARE)
    firmware = first or _answer(port, codec.FIRMWARE)
    if firmware is None:
        return None
    told = f"firmware of {codec.firmware(firmware.data)}"
    if not _has_slept(port, lost=first is None):
        return told
    port.write(codec.command(codec.SLEEP, 1, 0))
    return f"{told}; it was asleep, and is so again"


def _has_slept(port: Serial, lost: bool) -> bool:
    period, reporting = _answer(port, codec.PERIOD), _answer(port, codec.REPORTING)
    if period is not None and period.data[1]:
        return False
    return lost or (reporting is not None and reporting.data[1] == codec.ACTIVE)


def _answer(port: Serial, number: int) -> Answer | None:
    found = frame(
        port,
        codec.parser(),
        codec.command(number),
        lambda frame: isinstance(frame, Answer) and frame.command == number,
        _ANSWERS_WITHIN_S,
    )
    return found if isinstance(found, Answer) else None


PROBE = SerialProbe(codec.BAUDRATE, _hears, _asks)
