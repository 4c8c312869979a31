"""What is on an I2C bus. A channel of a multiplexer is one more bus.

Theory, presence: each address is asked by a write of no bytes, as `i2cdetect` does: it carries
nothing, and a Sensirion part refuses to be read before it was told what to say. Two ranges are read
by one byte instead, unless a part of ours may be there: 30-37, where memory modules take a write
for their protection, and 50-5F, where an old EEPROM (AT24RF08) does so. A read could stop a clock
generator at 69, so it is not the rule. An address at which nobody answers costs one transfer.

Theory, questions: those who may be at an address are asked in the order of `order.py`, until one
says yes; nobody else is asked there. A part that carries out a command acknowledges nothing, half
a second for the stop of a SCD4x; so addresses at which a known part may be and none was found are
looked at once more, half a second later.

Theory, multiplexers: what is behind open channels shows on the bus itself. So they are sought
first, and their channels are closed while the rest is looked at.

Theory, a stuck bus: each transfer on it ends by a time-out of the kernel, a second or so. Three
addresses in a row that fail otherwise than by "nobody answers" are the bus, and no part. SDA held
low is an acknowledge to some controllers: on a bus where three quarters of all addresses answer,
nobody is asked.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager

from drivers.asking import acknowledged
from drivers.bus.ports import I2c
from drivers.errors import BadData, BusError, BusErrorKind
from drivers.probe import I2cProbe
from drivers.scanning import order
from drivers.scanning.found import Found, Scan
from drivers.scanning.known import MUX
from drivers.scanning.known_i2c import MUX_ADDRESSES

ADDRESSES = range(0x08, 0x78)
"""All others are reserved."""

_READ_ONLY = (*range(0x30, 0x38), *range(0x50, 0x60))
_IN_A_ROW = 3
_MOST = len(ADDRESSES) * 3 // 4
_AGAIN_S = 0.5
_HELD = (
    "SDA or SCL is stuck low: switch its supply off and on, then take off one part after another"
)

Candidates = order.Candidates[I2cProbe]


def scan(bus: I2c, elsewhere: Collection[int] = ()) -> Scan:
    """Everything that answers, by address. Leaves every part as it was (see their probes).

    Nothing is asked at addresses that answer `elsewhere`: on the bus that a channel comes from,
    its multiplexer among them.
    """
    return _Round(bus, elsewhere).scan()


class _Broken(Exception):
    def __init__(self, error: BusError) -> None:
        super().__init__(str(error))
        self.error = error


class _Round:
    """One scan of one bus."""

    def __init__(self, bus: I2c, elsewhere: Collection[int]) -> None:
        self._bus = bus
        self._elsewhere = elsewhere
        self._candidates = order.i2c()
        self._known = {address for _, probe in self._candidates for address in probe.addresses}
        self._found: dict[int, Found] = {}
        self._failed: list[int] = []
        self._seen: dict[int, bool] = {}

    def scan(self) -> Scan:
        problem = None
        try:
            muxes = self._muxes(self._present(MUX_ADDRESSES))
            with self._closed(muxes):
                self._look(address for address in ADDRESSES if address not in muxes)
                self._look_again()
        except _Broken as broken:
            problem = broken.error
        except BusError as error:  # a multiplexer that does not take back what it had
            problem = error
        return Scan([self._found[address] for address in sorted(self._found)], problem)

    def _muxes(self, present: list[int]) -> list[int]:
        """Those who are; without one, who is there need not be asked for a second time."""
        for address in present:
            found = self._ask(address, muxes_only=True)
            if found.names:
                self._found[address] = found
        muxes = sorted(self._found.keys() & set(present))
        self._seen = {} if muxes else {at: at in present for at in MUX_ADDRESSES}
        return muxes

    def _look(self, addresses: Iterable[int]) -> None:
        there = self._present(addresses)
        if len(there) > _MOST:
            raise _Broken(BusError(f"{len(there)} addresses answer, as if SDA were low", _HELD))
        for address in there:
            self._found[address] = self._ask(address)

    def _look_again(self) -> None:
        missed = [
            address
            for address in sorted(self._known)
            if address not in self._found or not self._found[address].names
        ]
        self._seen = {}
        self._bus.time.sleep(_AGAIN_S)
        self._look(missed)

    def _present(self, addresses: Iterable[int]) -> list[int]:
        return [
            address
            for address in addresses
            if address not in self._elsewhere
            and (self._seen[address] if address in self._seen else self._answers(address))
        ]

    @contextmanager
    def _closed(self, muxes: list[int]) -> Iterator[None]:
        """Their channels are off for as long as this lasts."""
        before = {mux: acknowledged(self._bus, mux, b"", 1) for mux in muxes}
        try:
            for mux in muxes:
                acknowledged(self._bus, mux, b"\x00")
            yield
        finally:
            self._give_back(before)

    def _give_back(self, settings: dict[int, bytes | None]) -> None:
        """To every multiplexer what it had; one that fails does not keep another from it."""
        failed = None
        for mux, setting in settings.items():
            try:
                acknowledged(self._bus, mux, setting or b"\x00")
            except BusError as error:
                failed = error
        if failed is not None:
            raise failed

    def _answers(self, address: int) -> bool:
        reads = address in _READ_ONLY and address not in self._known
        try:
            there = acknowledged(self._bus, address, b"", int(reads)) is not None
        except BusError as error:
            self._note(address, error)
            return False
        self._failed.clear()
        return there

    def _note(self, address: int, error: BusError) -> None:
        """One address that fails is a part, several in a row are the bus."""
        self._found[address] = Found((), str(error), address=address)
        self._failed.append(address)
        if len(self._failed) >= _IN_A_ROW or error.kind is BusErrorKind.GONE:
            for failed in self._failed:
                self._found.pop(failed, None)
            raise _Broken(error) from error

    def _ask(self, address: int, muxes_only: bool = False) -> Found:
        asked: list[str] = []
        for names, probe in self._candidates:
            if address not in probe.addresses or (muxes_only and MUX not in names):
                continue
            asked += names
            try:
                evidence = probe.ask(self._bus, address)
            except BadData:
                continue
            except BusError as error:
                return Found((), str(error), address=address)
            if evidence is not None:
                return Found(names, evidence, probe.sureness, address)
        told = f"answers, and is none of: {', '.join(asked)}" if asked else "answers"
        return Found((), told, address=address)
