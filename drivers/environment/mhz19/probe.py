"""Recognises an MH-Z19 by its answer to the one question that changes nothing (86).

It never speaks unasked. The calibrations (87, 88), the range (99) and ABC (79) are never sent.
"""

from drivers.asking import frame
from drivers.bus.ports import Serial
from drivers.environment.mhz19 import codec
from drivers.probe import SerialProbe

_ANSWERS_WITHIN_S = 1.0


def _says(port: Serial) -> str | None:
    answer = frame(
        port,
        codec.parser(),
        codec.command(codec.READ),
        lambda answer: answer.command == codec.READ,
        _ANSWERS_WITHIN_S,
    )
    return None if answer is None else f"answers, {int.from_bytes(answer.data[:2], 'big')} ppm"


PROBE = SerialProbe(codec.BAUDRATE, ask=_says)
