"""A link and the orders of a platform, against whatever a modem or a network may say."""

import logging
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import BadData, BusError, DriverError, WrongDevice
from drivers.lorawan.contract import (
    Downlink,
    Fate,
    Identity,
    Joined,
    Keys,
    Modem,
    Sent,
    Session,
    Settings,
)
from gateway.airtime import Budget, Ledger
from gateway.clock import Anchor
from gateway.encoding.compact import downlinks
from gateway.errors import NotNow, UplinkUnavailable
from gateway.lorawan.link import Link
from gateway.lorawan.orders import MOST_REPLAYS, Orders
from gateway.lorawan.ownership import Ownership
from gateway.lorawan.state import StateFile
from tests.chaos.form import rounds
from tests.gateway.simulated_clock import SimulatedClock

KEYS = Keys("70B3D57ED0000001", "B6B53F4A168A7A88BDF7EA135CE9CFCA")
ERRORS = (DriverError, BusError, BadData, WrongDevice)
REFUSALS = (Fate.BUSY, Fate.NO_CHANNEL)
WAITS_S = (None, 0.0, 1.0, 1e9)
UTC_NS = 1_800_000_000 * 10**9


class Whim(Modem):
    """Each call fails with that chance, or says anything that its type allows."""

    def __init__(self, clock: SimulatedClock, dice: Random, chance: float) -> None:
        self.transmissions = dice.choice((1, 1, 8))
        self.fates = dice.sample(list(Fate), dice.randint(1, len(Fate)))
        self._clock, self._dice, self._chance = clock, dice, chance

    def open(self) -> Identity:
        self._may_fail()
        return Identity("whim", "1", self._dice.choice(("0004A30B001C0530", "0004A30B001C0531")))

    def prepare(self, keys: Keys, settings: Settings) -> None:
        self._may_fail()

    def resume(self, known: Session | None) -> Session | None:
        return self.session()

    def join(self) -> Joined:
        if self._dice.random() < 0.3:
            return Joined(refusal=Sent(self._dice.choice(REFUSALS), self._dice.choice(WAITS_S)))
        return Joined(self.session())

    def session(self) -> Session | None:
        self._may_fail()
        if self._dice.random() < 0.3:
            return None
        counters = (None, 0, 1, 7, 2**32 - 1)
        return Session(
            self._dice.choice(("", "26011234", "26011235")),
            self._dice.randint(0, 7),
            self._dice.choice(counters),
            self._dice.choice(counters),
        )

    def max_payload(self) -> int:
        self._may_fail()
        return self._dice.randint(0, 242)

    def send(self, port: int, payload: bytes, confirmed: bool = False) -> Sent:
        self._may_fail()
        return Sent(self._dice.choice(self.fates), self._dice.choice(WAITS_S))

    def downlinks(self) -> list[Downlink]:
        self._may_fail()
        return [Downlink(11, b"\x01")] * self._dice.randint(0, 16)

    def close(self) -> None:
        """Always possible."""

    def _may_fail(self) -> None:
        self._clock.sleep(self._dice.random())
        if self._dice.random() < self._chance:
            raise self._dice.choice(ERRORS)("as it likes", "look at it")


def link(folder: Path, clock: SimulatedClock, connect: Callable[[], Modem]) -> Link:
    ledger = Ledger(folder / "airtime", clock, "radio", Budget())
    state = StateFile(folder / "state", "radio", clock)
    return Link("radio", connect, lambda: KEYS, Settings(), ledger, state, clock)


@settings(max_examples=rounds(6, 300), deadline=None)
@given(seed=st.integers(0, 2**32), chance=st.sampled_from((0.0, 0.02, 0.2, 0.7, 1.0)))
def test_a_modem_that_does_as_it_likes(
    tmp_path_factory: pytest.TempPathFactory, seed: int, chance: float
) -> None:
    clock, dice = SimulatedClock(utc_at_boot_ns=UTC_NS), Random(seed)
    own = link(tmp_path_factory.mktemp("link"), clock, lambda: Whim(clock, dice, chance))
    steps = Counter[str]()
    end_ns = clock.now_ns() + 2 * 3600 * 10**9
    while clock.now_ns() < end_ns:
        wait_s = own.ready()
        assert wait_s >= 0
        steps["all"] += 1
        if wait_s == 0:
            assert own.session is not None
            try:
                steps[own.send(10, bytes(dice.randint(1, 100)), dice.random() < 0.2)] += 1
            except (NotNow, UplinkUnavailable):
                steps["failed"] += 1
            wait_s = 0.5
        own.downlinks()
        for one in own.findings():
            assert all((one.about, one.problem, one.evidence, one.cure))
        clock.sleep(min(wait_s, 5.0))
    own.keep()
    own.close()
    assert steps["all"] < 2 * 3600 / 0.5
    assert steps[Fate.BUSY] < 2 * 3600 / 1.0


def test_a_modem_that_finds_everything_too_long(tmp_path: Path) -> None:
    """It is a finding, it is not asked in a loop, and its room is asked for again."""
    clock, dice = SimulatedClock(utc_at_boot_ns=UTC_NS), Random(1)

    class Long(Whim):
        def send(self, port: int, payload: bytes, confirmed: bool = False) -> Sent:
            return Sent(Fate.TOO_LONG)

        def session(self) -> Session | None:
            return Session("26011234", 5, 1, 1)

        def max_payload(self) -> int:
            return 222

    own = link(tmp_path, clock, lambda: Long(clock, dice, 0.0))
    rooms, asked = set(), 0
    for _ in range(4 * 3600):
        if own.ready() == 0:
            asked += 1
            with suppress(NotNow):  # what was too long may have been sent in part, and is charged
                own.send(10, bytes(min(own.room, 30)))
            rooms.add(own.room)
        clock.sleep(1)
    assert {222, 15} <= rooms
    assert 4 < asked < 1000
    [finding] = own.findings()
    assert (finding.problem, "too long" in finding.evidence) == (
        "has a modem that does not send",
        True,
    )


def test_what_was_only_seen_owns_no_session(tmp_path: Path) -> None:
    state = StateFile(tmp_path / "state", "radio", SimulatedClock())
    own, other = Identity("whim", "1", "0004A30B001C0530"), KEYS._replace(app_key="00" * 16)
    ownership = Ownership(state)
    ownership.meet(own, KEYS)
    ownership.keep(Session("26011234", 5, 1, 1))
    for told, keys, strange in (
        (own, KEYS, False),
        (own, other, True),
        (own._replace(dev_eui="0004A30B001C0531"), KEYS, True),
        (own._replace(dev_eui="0004A30B001C0531"), KEYS._replace(dev_eui=own.dev_eui), True),
        (own, KEYS, False),
    ):
        ownership = Ownership(state)
        ownership.meet(told, keys)
        assert ownership.is_strange is strange
        ownership.keep(None)
        assert ownership.is_strange is strange, "written down is only what was joined"


ORDERS = (
    downlinks.encode([downlinks.Replay(0, 900)]),
    downlinks.encode([downlinks.Ack(1, 1), downlinks.SetInterval(900)]),
    downlinks.encode([downlinks.SetInterval(61)]),
    bytes.fromhex("0100000000ff"),
)


def test_a_hundred_thousand_downlinks(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    clock, dice, heard = SimulatedClock(), Random(5), list[Anchor]()
    orders = Orders(clock, heard.append, 900)
    for number in range(100_000):
        payload = dice.choice((*ORDERS, dice.randbytes(dice.randint(0, 60))))
        port = dice.choice((0, 1, 11, 11, 11, 202, 223, 255))
        if number % 1000 == 0 and orders.wants_time:
            orders.question()
            orders.asked()
        orders.take(Downlink(port, payload))
        clock.sleep(1)
    assert len(orders.acks) <= MOST_REPLAYS
    assert len(orders.replays) <= MOST_REPLAYS
    assert orders.interval_s == 900
    assert orders.refused > 10_000
    assert len(caplog.records) < 20, "each is no line in the log"
