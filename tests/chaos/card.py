"""A node that measures ten readings a second in simulated time and writes them to a real disk.

Prints the bytes that this process has caused to be written per reading, over whole periods of the
write-ahead log: from one folding back to the last that lies `SECONDS` later or less.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from gateway.buffer import Log, logfile, migrations
from gateway.config import Buffer
from gateway.model import Reading
from gateway.writer import Writer
from tests.gateway.simulated_clock import SimulatedClock

SECOND = 10**9
WARM_UP_S = 2 * 3600
SECONDS = 4 * 3600


class Card:
    """`deliver`: an uplink has everything within the second."""

    def __init__(self, disk: Path, memory: Path, deliver: bool) -> None:
        disk.mkdir()
        self.clock = SimulatedClock(utc_at_boot_ns=1_790_000_000 * SECOND)
        buffer = Buffer(path=str(disk / "log.db"), reserve=0)
        self.log = Log(buffer, memory, self.clock, {"city": "everything"}, under_way=4000)
        self._writer = Writer(self.log, self.clock)
        self._deliver = deliver
        self._wal = disk / "log.db-wal"
        anchor = self.clock.anchor()
        assert anchor is not None
        self.log.add_anchor(anchor)

    def second(self) -> None:
        self.clock.sleep(1)
        now = self.clock.now_ns()
        n = now // SECOND
        for index in range(8):
            values = {
                "temperature": 20 + (n * 7 + index * 13) % 500 / 100,
                "humidity": 40 + (n * 31 + index) % 3000 / 100,
                "pressure": 101_325 + (n * 3 + index) % 900 / 10,
            }
            self.log.append(Reading(f"hall-{index}", values, now + index * 1234567))
        for index in range(2):
            counts = {"count_in": (n + index) % 4, "count_out": n % 3}
            self.log.append(Reading(f"door-{index}", counts, now + index * 1234567, SECOND))
        reader = self.log.reader("city")
        while self._deliver and (batch := reader.take(200)):
            reader.settle(batch)
        while self._writer.commit_once() == 0:
            pass

    def foldings(self, seconds: int) -> Iterator[int]:
        """Bytes written so far, each time that the write-ahead log begins anew."""
        salt = self._salt()
        for _ in range(seconds):
            self.second()
            if self._salt() != salt:
                salt = self._salt()
                yield write_bytes()

    def _salt(self) -> bytes:
        """It changes whenever the file is begun anew: https://www.sqlite.org/fileformat2.html"""
        with self._wal.open("rb") as wal:
            return wal.read(32)[12:24]


def write_bytes() -> int:
    """What this process has caused to be sent to disks: proc(5)."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("write_bytes")).split()[1])


def main(disk: str, memory: str, options: str) -> None:
    chosen = json.loads(options)
    setattr(migrations, "PAGE_SIZE", chosen["page_size"])  # noqa: B010 - they have it from sqlite
    setattr(logfile, "CHECKPOINT_PAGES", 8000 * 512 // chosen["page_size"])  # noqa: B010
    card = Card(Path(disk), Path(memory), chosen["deliver"])
    for _ in card.foldings(WARM_UP_S):
        pass
    marks = [(card.log.window.last_position, written) for written in card.foldings(SECONDS)]
    (first, before), (last, after) = marks[0], marks[-1]
    sys.stdout.write(json.dumps((after - before) / (last - first)))
    card.log.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
