"""The daemon as a process whose wall clock is wrong, stepped and false; over a real broker.

wall.c stands between the process and its wall clock; the time since boot is the machine's, and the
test's own clock is the truth.
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from time import sleep

import pytest

from tests.chaos.receiver import Receiver, ms
from tests.chaos.wall import Wall, true_utc_at_boot_s
from tests.e2e.daemon import Daemon
from tests.e2e.platform import PERSISTENT, Message, Platform
from tests.mosquitto import StartMosquitto
from tests.waiting import until

pytestmark = pytest.mark.mosquitto

DAY_S = 86_400
YEAR_S = 365 * DAY_S
SETTLED_S = 4
"""Long enough for the daemon to look at its clock, and for two readings."""


class Recorder(Platform):
    """Also the receiver that rebuilds the truth timeline."""

    def __init__(self, port: int) -> None:
        self.receiver = Receiver()
        super().__init__(port)

    def take(self, payload: bytes | bytearray) -> None:
        self.receiver.take(bytes(payload))
        super().take(payload)


class Lot:
    """A daemon, its wall clock, its broker, and who listens."""

    def __init__(self, folder: Path, mosquitto: StartMosquitto) -> None:
        self.wall = Wall(folder)
        self.broker = mosquitto(PERSISTENT)
        self.platform = Recorder(self.broker.port)
        self.daemon = Daemon(folder / "gateway.yaml")
        buffer = f"path: {folder}/log.db, commit_every: 1s"
        self.daemon.configure(self.broker.port, buffer, door_every="2s", air_every="1s")

    def start(self) -> None:
        environment = [f"{name}={value}" for name, value in self.wall.env().items()]
        self.daemon.start("env", *environment)

    def source(self) -> str | None:
        found: str | None = self.daemon.status()["clock"]["source"]
        return found

    def wait_for(self, source: str | None) -> None:
        until(lambda: self.source() == source, self.daemon.log.read_text)
        sleep(SETTLED_S)


@pytest.fixture
def lot(tmp_path: Path, mosquitto: StartMosquitto) -> Iterator[Lot]:
    made = Lot(tmp_path, mosquitto)
    yield made
    made.daemon.kill()
    made.platform.close()


def off_s(message: Message) -> float | None:
    """How far from the truth a message is dated; None if it is not."""
    t = ms(message["t"] if "t" in message else message["t1"])
    return None if t is None else t / 1000 - (true_utc_at_boot_s() + message["up"] / 1000)


def clocks(messages: list[Message]) -> set[str]:
    return {message["clock"] for message in messages}


def test_whatever_the_wall_clock_of_a_process_does_its_readings_are_dated_right(lot: Lot) -> None:
    wall, platform, broker = lot.wall, lot.platform, lot.broker
    wall.forget()
    broker.stop()
    lot.start()
    sleep(SETTLED_S)
    wall.set(0, synchronised=True)
    lot.wait_for("kernel")
    broker.start()
    until(lambda: len(platform.of("air")) > SETTLED_S, lot.daemon.log.read_text)
    early = platform.of("air")
    assert clocks(early) == {"repaired", "synced"}
    assert all(abs(off_s(one) or 0) < 1 for one in early)

    wall.set(-2 * DAY_S, synchronised=False)  # by hand
    lot.wait_for(None)
    wall.set(10 * YEAR_S, synchronised=False)
    sleep(SETTLED_S)
    wall.set(0, synchronised=True)
    lot.wait_for("kernel")
    wall.set(10 * YEAR_S, synchronised=True)  # a false server
    sleep(SETTLED_S)
    wall.set(0, synchronised=True)
    sleep(2 * SETTLED_S)
    lot.daemon.terminate()

    air, door = platform.of("air"), platform.of("door")
    assert {"repaired", "synced", "estimated"} <= clocks(air)
    false = [one for one in air if abs(off_s(one) or 0) >= 1]
    assert 1 <= len(false) <= 2 * SETTLED_S  # they went out while the false server was believed
    assert {one["clock"] for one in false} == {"synced"}
    truth = platform.receiver.truth()
    for one in (*air, *door):
        dated = truth[one["id"]]
        assert dated.t is not None
        assert abs(dated.t / 1000 - (true_utc_at_boot_s() + one["up"] / 1000)) < 1, (one, dated)
    assert not platform.unaccounted()
    assert all(one["up"] == after["up0"] for one, after in pairwise(door))
    lengths = [one["up"] - one["up0"] for one in door]
    assert sum(length < 1_000 for length in lengths) <= 1  # no burst: only the first cut
    aligned = [round((ms(one["t1"]) or 0) / 10) for one in door if one["clock"] == "synced"]
    assert sum(end % 200 == 0 for end in aligned) > len(aligned) / 2
