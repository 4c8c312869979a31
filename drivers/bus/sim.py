"""Simulated buses: the same ports, with models behind them instead of chips, and faults.

I2C answers from memory and its time passes only when a driver sleeps or the world moves on, so
nothing waits for a simulated conversion. Serial is a pseudo-terminal behind the real serial
adapter; GPIO is gpiozero's mock pins behind the real GPIO adapter; 1-wire is a folder made like
sysfs behind the real 1-wire adapter.
"""

import errno
import os
import random
import shutil
import termios
import tty
from collections.abc import Sequence
from contextlib import suppress
from functools import reduce
from operator import and_
from pathlib import Path
from typing import Literal

from drivers.bus.linux_gpio import LinuxGpio, mock_factory
from drivers.bus.linux_i2c import i2c_error
from drivers.bus.linux_onewire import LinuxOneWire
from drivers.bus.linux_serial import CHUNK, LinuxSerial
from drivers.bus.ports import GpioInput, I2c, Pull
from drivers.bus.resets import OpenDrain, ResetLines
from drivers.contract import GpioModel, I2cModel, OneWireModel, SerialModel
from drivers.simulation.scene import View
from drivers.simulation.world import AIR_STEP_S, PEOPLE_STEP_S
from drivers.timebase import Timebase, VirtualTimebase

I2cFault = Literal["nack", "timeout", "noise", "stuck"]
SerialFault = Literal["silence", "noise"]


class SimulatedI2c(I2c):
    """Routes transfers to models by address; `faults` maps an address to what is wrong there.

    Several may answer at one address: all hear what is written, and a low bit of any is low.
    """

    def __init__(self, seed: int = 0) -> None:
        self.time: Timebase = VirtualTimebase()
        self.resets = ResetLines(lambda: _SimulatedLines(self))
        self.faults: dict[int, I2cFault] = {}
        self._models: dict[int, I2cModel] = {}
        self._last: dict[tuple[int, bytes, int], bytes] = {}
        self._random = random.Random(seed)
        self._seen_s: float | None = None
        self._held = False

    @property
    def step_s(self) -> float:
        """As often as the chip that has to see the world most often."""
        return min([AIR_STEP_S, *(model.step_s for model in self._models.values())])

    def attach(self, model: I2cModel) -> None:
        """Plug the chip in, in place of what was in its slot."""
        self._models[model.slot] = model

    def detach(self, address: int) -> None:
        """Pull the chip out."""
        self._models.pop(address, None)

    def transfer(self, address: int, write: bytes, read: int = 0) -> bytes:
        if not self._held:
            self._held = True
            self.resets.hold_all()
        fault = self.faults.get(address)
        if fault == "nack":
            raise i2c_error(errno.EREMOTEIO, address)
        if fault == "timeout":
            raise i2c_error(errno.ETIMEDOUT, address)
        now_ns = self.time.now_ns()
        there = [model for model in self._models.values() if model.address == address]
        answers = [model.transfer(write, read, now_ns) for model in there]
        heard = [answer for answer in answers if answer is not None]
        if not heard:
            raise i2c_error(errno.EREMOTEIO, address)
        return self._spoilt(fault, (address, write, read), _wired_and(heard))

    def line(self, line: int, low: bool) -> None:
        """A reset line is pulled low, or let go."""
        for model in self._models.values():
            if model.reset_line == line:
                model.hold(low, self.time.now_ns())

    def step(self, view: View) -> None:
        """Show the world to every chip and let bus time follow it."""
        if self._seen_s is not None:
            self.time.sleep(max(0.0, view.now_s - self._seen_s))
        self._seen_s = view.now_s
        for model in self._models.values():
            model.step(view)

    def close(self) -> None:
        self.resets.close()

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


def _wired_and(answers: list[bytes]) -> bytes:
    """What is on a wire that each of them may pull low."""
    if len(answers) == 1:
        return answers[0]
    return bytes(reduce(and_, column) for column in zip(*answers, strict=True))


class SimulatedSerial(LinuxSerial):
    """One end of a pseudo-terminal; the model speaks at the other.

    `path` is a link that stays the same when the port is pulled and plugged in again.
    """

    step_s = PEOPLE_STEP_S

    def __init__(self, path: Path, seed: int = 0) -> None:
        super().__init__(str(path))
        self.path = path
        self.fault: SerialFault | None = None
        self._random = random.Random(seed)
        self._model: SerialModel | None = None
        self._far_end: int | None = None
        self.plug()

    def attach(self, model: SerialModel) -> None:
        """Put the part at the far end of the wire."""
        self._model = model

    def plug(self) -> None:
        """Make the port appear under its path."""
        self._far_end, near_end = os.openpty()
        tty.setraw(near_end, termios.TCSANOW)
        os.set_blocking(self._far_end, False)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(near_end))
        os.close(near_end)

    def unplug(self) -> None:
        """Make the port disappear, as a USB adapter does."""
        if self._far_end is not None:
            os.close(self._far_end)
            self._far_end = None
        self.path.unlink(missing_ok=True)

    def step(self, view: View) -> None:
        """Let the part send what is due, and hear what the host has sent."""
        if self._model is None or self._far_end is None:
            return
        sent = self._model.step(view)
        heard = self._heard(self._far_end)
        answer = self._model.receive(heard) if heard else b""
        self._put(self._far_end, self._spoilt(answer + sent))

    def _spoilt(self, sent: bytes) -> bytes:
        if self.fault == "silence":
            return b""
        if self.fault == "noise":
            return bytes(byte ^ self._random.getrandbits(8) for byte in sent)
        return sent

    def _heard(self, far_end: int) -> bytes:
        try:
            return os.read(far_end, CHUNK)
        except OSError:
            return b""  # nothing was sent, or nobody has the port open

    def _put(self, far_end: int, data: bytes) -> None:
        with suppress(OSError):  # nobody reads and the buffer is full: an overrun, as on a UART
            os.write(far_end, data)


class SimulatedGpio(LinuxGpio):
    """Mock pins that the models drive; `time` stamps the edges, None = the machine's."""

    step_s = PEOPLE_STEP_S

    def __init__(self, time: Timebase | None = None) -> None:
        self._pins = mock_factory()
        self._models: list[GpioModel] = []
        self._driven: dict[int, bool] = {}
        super().__init__(lambda: self._pins, time)

    def attach(self, model: GpioModel) -> None:
        """Wire the part to its lines."""
        self._models.append(model)

    def claim(self, lines: Sequence[int], pull: Pull) -> GpioInput:
        claimed = super().claim(lines, pull)
        for line in lines:
            if line in self._driven:
                self.drive(line, self._driven[line])  # an output is stronger than the pull
        return claimed

    def step(self, view: View) -> None:
        """Let every part drive its lines."""
        for model in self._models:
            for line, high in model.step(view).items():
                self.drive(line, high)

    def drive(self, line: int, high: bool) -> None:
        """Set one line from outside; an edge follows if it changes."""
        self._driven[line] = high
        pin = self._pins.pin(line)
        if bool(pin.state) != high:
            pin.drive_high() if high else pin.drive_low()
            pin.clear_states()  # the mock keeps every state it ever had


class SimulatedOneWire(LinuxOneWire):
    """A folder as the kernel would fill it, emptied at first; a conversion takes no time."""

    step_s = AIR_STEP_S

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "w1_bus_master1").mkdir(parents=True)
        self._models: dict[str, OneWireModel] = {}

    def attach(self, model: OneWireModel) -> None:
        """Plug the device in; the kernel has found it."""
        self._models[model.device] = model
        self._tell(model.device, model.step(View(0.0)))

    def detach(self, device: str) -> None:
        """Pull the device out; the kernel has noticed."""
        self._models.pop(device, None)
        self._tell(device, None)

    def step(self, view: View) -> None:
        """Show the world to every device."""
        for device, model in self._models.items():
            self._tell(device, model.step(view))

    def _tell(self, device: str, told: bytes | None) -> None:
        folder = self._folder / device
        if told is None:
            shutil.rmtree(folder, ignore_errors=True)
            return
        folder.mkdir(exist_ok=True)
        written = folder / "w1_slave.new"
        written.write_bytes(told)
        written.replace(folder / "w1_slave")  # whoever reads it meanwhile sees the one or the other
