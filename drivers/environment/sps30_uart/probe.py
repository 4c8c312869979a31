"""Recognises a SPS30 on its UART by its product type; it measures on, or stays idle.

One that sleeps is not woken up.
"""

from drivers.asking import frame
from drivers.bus.ports import Serial
from drivers.environment.sps30_uart import codec
from drivers.probe import SerialProbe

_ANSWERS_WITHIN_S = 0.5


def _says(port: Serial) -> str | None:
    answer = frame(
        port,
        codec.Parser(),
        codec.command(codec.TYPE, codec.PRODUCT_TYPE),
        lambda answer: answer.command == codec.TYPE and not answer.refusal,
        _ANSWERS_WITHIN_S,
    )
    if answer is None or codec.product_type(answer.data) != codec.SPS30:
        return None
    return f"product type {codec.SPS30}"


PROBE = SerialProbe(codec.BAUDRATE, ask=_says)
