"""How an end device sends a frame and listens after it; both yield the moment they wait for."""

from collections.abc import Callable, Generator, Iterable
from typing import Generic, NamedTuple, TypeVar

from drivers.lorawan.eu868 import DATA_RATES, RX2_DATA_RATE, RX2_HZ
from drivers.lorawan.radio.air import Air, Levels
from drivers.lorawan.radio.channels import DutyCycle
from drivers.lorawan.radio.session import Windows

SECOND = 1_000_000_000
JOIN_DELAY_S = 5
_PREAMBLE_SYMBOLS = 8

T = TypeVar("T")


class Sent(NamedTuple):
    """A transmission that has come to its end."""

    ends_ns: int
    frequency_hz: int
    data_rate: int


class Window(NamedTuple):
    """When and where the receiver is on."""

    at_ns: int
    frequency_hz: int
    data_rate: int

    def silent_ns(self) -> int:
        """When it gives up: no preamble for 8 symbols."""
        rate = DATA_RATES[self.data_rate]
        symbol_ns = (SECOND << (rate.spreading_factor or 7)) // rate.bandwidth_hz
        return self.at_ns + _PREAMBLE_SYMBOLS * symbol_ns


class Caught(NamedTuple, Generic[T]):
    """A frame for this device, in which of the windows, and when it had ended."""

    frame: T
    levels: Levels
    window: int
    at_ns: int


def data_windows(sent: Sent, windows: Windows) -> tuple[Window, Window]:
    """After a data frame."""
    opens_ns = sent.ends_ns + windows.delay_s * SECOND
    data_rate = max(sent.data_rate - windows.rx1_offset, 0)
    return (
        Window(opens_ns, sent.frequency_hz, data_rate),
        Window(opens_ns + SECOND, windows.rx2_hz, windows.rx2_data_rate),
    )


def join_windows(sent: Sent) -> tuple[Window, Window]:
    """After a JoinRequest: as the region has them, whatever a session has said."""
    return data_windows(sent, Windows(JOIN_DELAY_S, 0, RX2_HZ, RX2_DATA_RATE))


class Transceiver:
    """The radio of the device `dev_eui`."""

    def __init__(self, air: Air, dev_eui: str) -> None:
        self._air = air
        self._dev_eui = dev_eui

    def transmit(
        self, phy: bytes, data_rate: int, frequency_hz: int, at_ns: int, duty_cycle: DutyCycle
    ) -> Generator[int, None, Sent]:
        """From that moment on; returns when all of it has been sent."""
        begun = self._air.begin(at_ns, frequency_hz, data_rate, phy, self._dev_eui)
        duty_cycle.used(frequency_hz, begun.ends_ns, begun.airtime_ns)
        yield begun.ends_ns
        self._air.end(begun)
        return Sent(begun.ends_ns, frequency_hz, data_rate)

    def listen(
        self, windows: Iterable[Window], accept: Callable[[bytes], T]
    ) -> Generator[int, None, tuple[int, Caught[T] | None]]:
        """When it is over, and what was caught. `accept` raises ValueError for others' frames."""
        over_ns = 0
        for number, window in enumerate(windows, 1):
            if window.at_ns < over_ns:
                break
            yield window.at_ns
            heard = self._air.listen(*window)
            over_ns = heard.transmission.ends_ns if heard else window.silent_ns()
            yield over_ns
            if heard:
                try:
                    frame = accept(heard.transmission.phy)
                except ValueError:
                    continue
                return over_ns, Caught(frame, heard.levels, number, over_ns)
        return over_ns, None
