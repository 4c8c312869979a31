"""What is at the far end of a serial port, whatever its speed.

Theory: a part hears nothing but noise from a port of another speed, so speeds are tried one after
the other, and at each the port first only listens. Who speaks by himself does so within 1.5 s at
9600 baud; faster parts do it ten times a second. Only who is not heard is asked, in the order of
`order.py`. One port has one part, so the first that is recognised ends it.

Bytes that are of no known part are told: somebody is there.
"""

from collections.abc import Collection

from drivers.bus.ports import Serial
from drivers.errors import BusError
from drivers.probe import SerialProbe
from drivers.scanning import order
from drivers.scanning.found import Found, Scan

SLOW_S = 1.5
QUICK_S = 0.5
_SLOW_BAUD = 9600
_LOOK_EVERY_S = 0.05
_MOST_BYTES = 50_000
"""More than comes at 256000 baud in the time; whoever says more is not understood better."""


def scan(port: Serial, expected: Collection[str] = ()) -> Scan:
    """The part that is there, if one is. Those whose names are `expected` are asked first."""
    try:
        found = _recognised(port, expected)
    except BusError as error:
        return Scan(problem=error)
    finally:
        port.close()
    return Scan(found)


def _recognised(port: Serial, expected: Collection[str]) -> list[Found]:
    everybody = order.serial()
    first = [candidate for candidate in everybody if not set(expected).isdisjoint(candidate[0])]
    came: dict[int, int] = {}
    for candidates in (first, everybody):
        for baudrate in dict.fromkeys(probe.baudrate for _, probe in candidates):
            of_speed = [one for one in candidates if one[1].baudrate == baudrate]
            found, came[baudrate] = _at(port, baudrate, of_speed)
            if found:
                return [found]
    return _somebody(came)


def _at(
    port: Serial, baudrate: int, candidates: order.Candidates[SerialProbe]
) -> tuple[Found | None, int]:
    """Who is heard or answers at that speed, and how many bytes came unasked."""
    port.open(baudrate)
    heard = _listen(port, SLOW_S if baudrate <= _SLOW_BAUD else QUICK_S)
    for names, probe in candidates:
        evidence = probe.hear(heard) if probe.hear else None
        if evidence is not None:
            return Found(names, evidence, probe.sureness, baudrate=baudrate), len(heard)
    for names, probe in candidates:
        evidence = probe.ask(port) if probe.ask else None
        if evidence is not None:
            return Found(names, evidence, probe.sureness, baudrate=baudrate), len(heard)
    return None, len(heard)


def _listen(port: Serial, seconds: float) -> bytes:
    end_ns = port.time.now_ns() + round(seconds * 1e9)
    heard = b""
    while port.time.now_ns() < end_ns and len(heard) < _MOST_BYTES:
        port.time.sleep(_LOOK_EVERY_S)
        heard += port.read()
    return heard


def _somebody(came: dict[int, int]) -> list[Found]:
    if not any(came.values()):
        return []
    told = ", ".join(f"{count} at {baudrate} baud" for baudrate, count in came.items() if count)
    return [Found((), f"bytes came that are of no known part: {told}")]
