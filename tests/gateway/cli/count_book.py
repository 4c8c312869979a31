"""A node with a door, and a log that says who went through it, window by window."""

from pathlib import Path
from time import time

from gateway.buffer import Log
from gateway.model import Gap, Reading, Reason
from tests.gateway.buffer.logs import open_log
from tests.gateway.simulated_clock import SimulatedClock

CONFIG = """
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {folder}/run, timezone: {timezone}}}
buffer: {{path: {folder}/log.db, reserve: 0, commit_every: 100ms}}
buses: {{header: {{type: gpio, simulated: true}}, main: {{type: i2c, simulated: true}}}}
privacy: {{window: {interval}}}
sensors:
  - name: door
    driver: beam-pair
    bus: header
    options: {{line_a: 17, line_b: 27}}
  - {{name: air, driver: bme280, bus: main}}
{uplinks}
"""
CITY = "uplinks: [{type: mqtt, name: city, host: no-such-broker.test, tls: false}]"
S = 10**9
QUARTER = 900
BEGIN = (int(time()) // 86_400 - 1) * 86_400 + 36_000
"""10:00 UTC of yesterday."""


def configured(
    folder: Path, interval: str = "15min", uplinks: str = "", timezone: str = "Etc/UTC"
) -> str:
    path = folder / "gateway.yaml"
    text = CONFIG.format(folder=folder, interval=interval, uplinks=uplinks, timezone=timezone)
    path.write_text(text)
    return str(path)


class Book:
    """A log of the real class that is written as the gateway writes it, window by window."""

    def __init__(self, folder: Path, begin_s: int, length_s: int = QUARTER) -> None:
        self._clock = SimulatedClock(utc_at_boot_ns=begin_s * S - S)
        self._length_s = length_s
        self.log: Log = open_log(folder, self._clock)
        self.log.add_anchor(self._clock.anchor())

    def wait_until(self, begin_s: int) -> None:
        """Nothing is measured before that time."""
        self._clock.sleep(begin_s - self._clock.wall_ns / S)

    def window(self, inward: int, outward: int, blind_s: float = 0.0, late_s: float = 0.0) -> None:
        self._clock.sleep(self._length_s + late_s)
        values = {"count_in": inward, "count_out": outward, "blind_time": blind_s}
        span_ns = round((self._length_s + late_s) * S)
        self.log.append(Reading("door", values, self._clock.now_ns(), span_ns))
        self.log.commit()

    def gap(self) -> None:
        begin = (self._clock.boot_id, self._clock.now_ns())
        self._clock.sleep(self._length_s)
        end = (self._clock.boot_id, self._clock.now_ns())
        self.log.append_gap(Gap(Reason.NOT_MEASURED, "door", None, 1, begin, end))
        self.log.commit()
