"""Recognises a part of the PMS family; a PMS5003 and a PMS7003 say the same.

Awake it speaks every second, in passive mode when it is asked. Asleep, as a program with
`sleep_between` leaves it, it hears nothing but the wake-up: then it is woken, and put to sleep
again when it has spoken. Neither survives a power cut.
"""

from drivers.asking import frame
from drivers.bus.ports import Serial
from drivers.environment.pms import codec
from drivers.environment.pms.codec import Frame, Measurement
from drivers.probe import SerialProbe

_ANSWERS_WITHIN_S = 0.5
_WAKES_WITHIN_S = 4.0
"""The fan starts, then up to 2.3 s pass between frames while the air is steady."""


def _hears(data: bytes) -> str | None:
    frames = [frame for frame in codec.parser().feed(data) if _is_measurement(frame)]
    return f"speaks, frames with right sums: {len(frames)}" if frames else None


def _asks(port: Serial) -> str | None:
    if _answers(port, codec.command(codec.READ, 0), _ANSWERS_WITHIN_S):
        return "speaks when asked (passive mode)"
    if not _answers(port, codec.command(codec.SLEEP, 1), _WAKES_WITHIN_S):
        return None
    port.write(codec.command(codec.SLEEP, 0))
    return "speaks when woken; it was asleep, and is so again"


def _answers(port: Serial, command: bytes, seconds: float) -> bool:
    return frame(port, codec.parser(), command, _is_measurement, seconds) is not None


def _is_measurement(frame: Frame) -> bool:
    return isinstance(frame, Measurement)


PROBE = SerialProbe(codec.BAUDRATE, _hears, _asks)
