"""How a modem is recognised: by the answer to one question, and by nothing less."""

from drivers.bus.ports import Serial
from drivers.lorawan.dialogue import Dialect, Dialogue, End, Question
from drivers.lorawan.exchange import LOOK_EVERY_S
from drivers.lorawan.lines import shown
from drivers.probe import SerialProbe

_MOST_S = 2.0


def probe(baudrate: int, dialect: Dialect, version: Question) -> SerialProbe:
    """`version`: a question that only this family answers so."""
    return SerialProbe(baudrate, ask=lambda port: _asked(port, dialect, version))


def _asked(port: Serial, dialect: Dialect, version: Question) -> str | None:
    """Whoever is no modem hears some letters, an end of a line before them."""
    short = version._replace(within_s=_MOST_S / 4)
    dialogue = Dialogue(dialect._replace(harmless=(short,)))
    port.write(dialogue.ask(short, port.time.now_ns()))
    end_ns = port.time.now_ns() + round(_MOST_S * 1e9)
    while dialogue.outcome is None and port.time.now_ns() < end_ns:
        port.time.sleep(LOOK_EVERY_S)
        write = dialogue.step(port.read(), port.time.now_ns())
        if write:
            port.write(write)
    outcome = dialogue.outcome
    if outcome is None or outcome.end is not End.ANSWERED:
        return None
    return f"says {shown(outcome.lines[0])!r}"
