"""The simulated I2C bus: chips in memory, their faults, switches, and lines that are held.

It answers from memory and its time passes only when a driver sleeps or the world moves on, so
nothing waits for a simulated conversion; with a time base and a wire it is as slow as a real one.
Behind switches there are further segments. All chips that
are connected hear a transfer; where several answer the line is low where one of them pulls it low.
"""

import errno
import random
from abc import abstractmethod
from collections.abc import Sequence
from functools import reduce
from operator import and_
from typing import Literal, NamedTuple

from drivers.bus.linux_i2c import i2c_error
from drivers.bus.ports import I2c
from drivers.bus.resets import OpenDrain, ResetLines
from drivers.bus.sim_lines import InterruptedRead, Levels
from drivers.contract import I2cModel
from drivers.simulation.scene import View
from drivers.simulation.world import AIR_STEP_S
from drivers.timebase import Timebase, VirtualTimebase

I2cFault = Literal["nack", "timeout", "noise", "stuck"]


class Wire(NamedTuple):
    """How long a transfer takes of `time`: 9 bits a byte, and one for the address of a message."""

    time: Timebase
    clock_hz: int = 100_000

    def carry(self, written: int, read: int) -> None:
        """The bus is taken for so long, and with it whoever has asked for the transfer."""
        messages = max(1, bool(written) + bool(read))
        self.time.sleep(9 * (messages + written + read) / self.clock_hz)


class I2cSwitch(I2cModel):
    """A chip that connects further segments to its own, from the end of a transfer on."""

    segments: Sequence["SimulatedI2c"]

    @property
    @abstractmethod
    def connected(self) -> Sequence["SimulatedI2c"]:
        """Those that are connected now."""

    @property
    def step_s(self) -> float:
        return min(segment.step_s for segment in self.segments)

    def step(self, view: View) -> None:
        for segment in self.segments:
            segment.show(view)


class SimulatedI2c(I2c):
    """One segment; `faults` maps an address on it to what is wrong there.

    `time`: what drivers wait on, None = a virtual one. `wire`: None = transfers take no time.
    """

    def __init__(
        self, seed: int = 0, time: Timebase | None = None, wire: Wire | None = None
    ) -> None:
        self._virtual = time is None
        self.time: Timebase = time or VirtualTimebase()
        self._wire = wire
        self.resets = ResetLines(lambda: _SimulatedLines(self))
        self.faults: dict[int, I2cFault] = {}
        self.scl_shorted = False
        self._held: InterruptedRead | None = None
        self._models: dict[int, I2cModel] = {}
        self._switches: list[I2cSwitch] = []
        self._is_simple = True
        """No switch, and no chip that can move to another address: each is where its slot says."""
        self._began = False
        self._last: dict[tuple[int, bytes, int], bytes] = {}
        self._random = random.Random(seed)
        self._seen_s: float | None = None

    @property
    def step_s(self) -> float:
        """As often as the chip that has to see the world most often."""
        return min([AIR_STEP_S, *(model.step_s for model in self._models.values())])

    def attach(self, model: I2cModel) -> None:
        """Plug the chip and its `others` in, in place of what was in their slots."""
        for chip in (model, *model.others):
            self._models[chip.slot] = chip
        self._look_at_chips()

    def detach(self, address: int) -> None:
        """Pull the chip out."""
        self._models.pop(address, None)
        self._look_at_chips()

    def at(self, address: int) -> I2cModel | None:
        """The chip that is plugged in there."""
        return self._models.get(address)

    def hold(self, bits: int) -> None:
        """A chip is in the midst of a read: transfers time out until so many clocks and a STOP."""
        self._held = InterruptedRead(bits)

    def drive(self, host: Levels) -> Levels:
        """The host's ends of the lines are let be so, by GPIO; returns what the lines are then."""
        reached = self._reached()
        for segment in reached:
            if segment._held is not None:
                segment._held.see(host)
                segment._held = None if segment._held.over else segment._held
        scl = host.scl and not any(segment.scl_shorted for segment in reached)
        sda = host.sda and not any(one._held and one._held.pulls_sda for one in reached)
        return Levels(scl, sda)

    def transfer(self, address: int, write: bytes, read: int = 0) -> bytes:
        if self._wire is not None:
            self._wire.carry(len(write), read)
        if not self._began:
            self._began = True
            self.resets.hold_all()
        if self._is_simple and not (self.faults or self._last or self._held or self.scl_shorted):
            model = self._models.get(address)
            answer = None if model is None else model.transfer(write, read, self.time.now_ns())
            return self._heard(address, []) if answer is None else answer
        reached, now_ns = self._reached(), self.time.now_ns()
        answers: list[bytes] = []
        for segment in reached:
            if segment._held or segment.scl_shorted:
                raise i2c_error(errno.ETIMEDOUT, address)
        for segment in reached:
            answers += segment._asked(address, write, read, now_ns)
        return self._heard(address, answers)

    def step(self, view: View) -> None:
        """Show the world to every chip and let bus time follow it, if that is virtual."""
        if self._virtual and self._seen_s is not None:
            self.time.sleep(max(0.0, view.now_s - self._seen_s))
        self._seen_s = view.now_s
        self.show(view)

    def show(self, view: View) -> None:
        """The same without the time."""
        for model in self._models.values():
            model.step(view)

    def line(self, line: int, low: bool) -> None:
        """A reset line is pulled low, or let go; behind switches, too."""
        for model in self._models.values():
            if model.reset_line == line:
                model.hold(low, self.time.now_ns())
        for switch in self._switches:
            for segment in switch.segments:
                segment.line(line, low)

    def close(self) -> None:
        self.resets.close()

    def _heard(self, address: int, answers: list[bytes]) -> bytes:
        """What is on a wire that each of them may pull low."""
        if not answers:
            raise i2c_error(errno.EREMOTEIO, address)
        if len(answers) == 1:
            return answers[0]
        return bytes(reduce(and_, together) for together in zip(*answers, strict=True))

    def _reached(self) -> list["SimulatedI2c"]:
        """The segment itself and all that are connected to it now."""
        if not self._switches:
            return [self]
        connected = [one for switch in self._switches for one in switch.connected]
        return [self, *(further for one in connected for further in one._reached())]

    def _look_at_chips(self) -> None:
        self._switches = [one for one in self._models.values() if isinstance(one, I2cSwitch)]
        moving = [one for one in self._models.values() if type(one).slot is not I2cModel.slot]
        self._is_simple = not self._switches and not moving

    def _asked(self, address: int, write: bytes, read: int, now_ns: int) -> list[bytes]:
        """What the chips of this segment say that acknowledge: mostly one, or none."""
        fault = self.faults.get(address)
        if fault == "nack":
            return []
        answers: list[bytes] = []
        for model in self._models.values():
            if model.address == address:
                if fault == "timeout":
                    raise i2c_error(errno.ETIMEDOUT, address)
                answer = model.transfer(write, read, now_ns)
                answers += [] if answer is None else [answer]
        if fault is None:
            self._last.pop((address, write, read), None)
            return answers
        return [self._spoilt(fault, (address, write, read), answer) for answer in answers]

    def _spoilt(self, fault: I2cFault | None, key: tuple[int, bytes, int], answer: bytes) -> bytes:
        if fault == "noise":
            return bytes(byte ^ self._random.getrandbits(8) for byte in answer)
        if fault == "stuck":
            return self._last.setdefault(key, answer)
        self._last.pop(key, None)
        return answer


class _SimulatedLines(OpenDrain):
    """Reset lines that end at the models."""

    def __init__(self, bus: SimulatedI2c) -> None:
        self._bus = bus
        self._low: set[int] = set()

    def low(self, line: int) -> None:
        self._low.add(line)
        self._bus.line(line, low=True)

    def let_go(self, line: int) -> None:
        self._low.discard(line)
        self._bus.line(line, low=False)

    def close(self) -> None:
        for line in tuple(self._low):
            self.let_go(line)
