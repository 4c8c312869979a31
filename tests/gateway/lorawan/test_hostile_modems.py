"""Modems and networks that do all that they should not: no crash, no lie, no busy loop, a finding.

After each step the oracle compares what the carrier believes with what was on the air.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.lorawan.radio import frames
from drivers.lorawan.radio.membership import Queued
from drivers.lorawan.simulated import MODELS
from drivers.simulation.scene import View
from gateway.encoding.compact import downlinks
from tests.chaos.form import rounds
from tests.gateway.lorawan.site import APP_KEY, DEV_EUI, DOORS
from tests.gateway.lorawan.trial import DAY_S, HOUR_S, Trial

FAMILIES = ("la66", "lora-e5", "rak3172", "rn2483")
FEW = FAMILIES[2 : 2 + rounds(1, 2)] + FAMILIES[: rounds(0, 2)]
"""For what is the same for all: one, and all in the long form."""
OTHER = {"rn2483": "rak3172", "rak3172": "lora-e5", "lora-e5": "la66", "la66": "rn2483"}
JOIN_BY_THEMSELVES = ("la66",)
"""At power on, and until they have; no command bounds that."""
BACK_OFF = ((0, 1, 3600 / 22), (1, 11, 36_000 / 127), (11, 24, 13))
"""From and up to which hour so many JoinRequests may be sent, at most (LoRaWAN 1.0.4, DR5)."""
OTHER_EUI = "0004A30B001C0531"


MakeTrial = Callable[..., Trial]


@pytest.fixture(params=FAMILIES)
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def make_trial(tmp_path: Path) -> Iterator[MakeTrial]:
    trials: list[Trial] = []

    def make(family: str, **options: object) -> Trial:
        trials.append(Trial(tmp_path, family, **options))
        return trials[-1]

    yield make
    for trial in trials:
        trial.site.end()


NO_MODEM = "cannot use its modem"
SILENT = "has a modem that does not send"
UNHEARD = "is not heard by the network"


@pytest.mark.parametrize("fault", ["garbage", "mute"])
def test_garbage_or_nothing_for_an_hour(make_trial: MakeTrial, family: str, fault: str) -> None:
    trial = make_trial(family)
    trial.run(2 * HOUR_S)
    faults = trial.site.model.faults
    setattr(faults, fault, True)
    trial.run(HOUR_S)
    assert trial.problems() & {NO_MODEM, SILENT}
    setattr(faults, fault, False)
    trial.is_well_again()


@pytest.mark.parametrize("slow_s", [1, 2, 5, 13, 40])
def test_late_answers(make_trial: MakeTrial, family: str, slow_s: int) -> None:
    trial = make_trial(family)
    trial.run(1.5 * HOUR_S)
    trial.site.model.faults.slow_s = slow_s
    trial.run(2 * HOUR_S)
    if slow_s > 2:
        assert trial.problems() & {NO_MODEM, SILENT}
    trial.site.model.faults.slow_s = 0
    trial.is_well_again()


def test_busy_for_an_hour(make_trial: MakeTrial, family: str) -> None:
    trial = make_trial(family)
    trial.run(2 * HOUR_S)
    trial.site.model.keep_busy(HOUR_S)
    trial.run(HOUR_S - 60)
    assert SILENT in trial.problems()
    assert "busy" in trial.seen[SILENT].evidence
    trial.is_well_again()


@pytest.mark.parametrize("family", FEW)
def test_a_backlog_costs_little_time(make_trial: MakeTrial, family: str) -> None:
    """A frame that has to wait is not made anew with each step: a small computer would do no more
    than that."""
    trial = make_trial(family)
    trial.site.model.keep_busy(HOUR_S)
    trial.run(HOUR_S)
    made, frames_of = list[int](), trial.site.carrier._frames
    following = frames_of.next
    frames_of.next = lambda *given: (made.append(1), following(*given))[1]  # type: ignore[func-returns-value,method-assign]
    trial.run(3 * HOUR_S)
    assert 3 < len(made) < 3 * 80


@pytest.mark.parametrize("how", ["gone", "nobody"])
def test_pulled_out_for_an_hour(make_trial: MakeTrial, family: str, how: str) -> None:
    trial = make_trial(family)
    trial.run(2 * HOUR_S)
    wire, model = trial.site.wire, trial.site.model
    wire.gone, wire.model = how == "gone", None
    trial.run(HOUR_S)
    assert trial.problems() & {NO_MODEM, SILENT}
    wire.gone, wire.model = False, model
    trial.oracle.reset_modem()
    trial.is_well_again()


@pytest.mark.parametrize("configured", [True, False])
def test_a_modem_of_another_family(make_trial: MakeTrial, family: str, configured: bool) -> None:
    own = f", data_rate: 5, modem: {family}" if configured else ", data_rate: 5"
    trial = make_trial(family, options=own)
    site = trial.site
    trial.run(2 * HOUR_S)
    site.register(OTHER_EUI)
    before = site.model
    trial.exchange(MODELS[OTHER[family]](site.air, site.clock, OTHER_EUI, seed=3))
    trial.run(2 * HOUR_S)
    if configured:
        assert NO_MODEM in trial.problems()
        trial.exchange(before)
        trial.oracle.reset_modem()
    trial.is_well_again(6 * HOUR_S)


def test_another_modem_of_the_same_family(make_trial: MakeTrial, family: str) -> None:
    trial = make_trial(family)
    site = trial.site
    trial.run(2 * HOUR_S)
    trial.exchange(MODELS[family](site.air, site.clock, OTHER_EUI, seed=3))
    trial.run(2 * HOUR_S)
    assert UNHEARD in trial.problems(), "the network does not know it"
    site.register(OTHER_EUI)
    trial.is_well_again(14 * HOUR_S)
    assert site.carrier.link.identity is not None
    assert site.carrier.link.identity.dev_eui == OTHER_EUI


def test_a_modem_with_a_session_of_its_own(make_trial: MakeTrial, family: str) -> None:
    """Which leads to another network: it came from another site and was never powered down."""
    trial = make_trial(family)
    site = trial.site
    trial.run(2 * HOUR_S)
    site.register(OTHER_EUI)
    other = MODELS[family](site.air, site.clock, OTHER_EUI, seed=3)
    other.mac.set_keys("70B3D57ED0000001", APP_KEY)
    other.mac.join(site.clock.now_ns())
    site.clock.sleep(10)
    other.step(View(0.0))
    assert other.mac.joined
    trial.oracle.forget_the_air()
    trial.exchange(other)
    trial.is_well_again()
    joins = [
        one
        for one in site.air.transmissions
        if one.sender == OTHER_EUI and frames.kind(one.phy) is frames.Kind.JOIN_REQUEST
    ]
    assert len(joins) >= 2, "it has joined for this node"


@pytest.mark.parametrize("family", FEW)
def test_a_wrong_key_for_a_day(make_trial: MakeTrial, family: str) -> None:
    """The join back-off holds over restarts of the program and of the modem."""
    trial = make_trial(family)
    site = trial.site
    (site.folder / "key").write_text("0" * 32)
    site.restart()
    for _ in range(24):
        trial.run(HOUR_S)
        assert UNHEARD in trial.seen
        site.restart()
        trial.oracle.reset_modem()
    assert "AppKey" in trial.seen[UNHEARD].cure
    asked_ns = trial.oracle.joins_ns
    assert site.server.refused["mic"] > 20
    for begin_h, end_h, most in () if family in JOIN_BY_THEMSELVES else BACK_OFF:
        hours = [(at_ns - asked_ns[0]) / 1e9 / HOUR_S for at_ns in asked_ns]
        assert 0 < sum(begin_h <= hour < end_h for hour in hours) <= most
    (site.folder / "key").write_text(APP_KEY)
    site.restart()
    trial.is_well_again(6 * HOUR_S)


def test_the_registration_has_changed_while_the_node_was_off(
    make_trial: MakeTrial, family: str
) -> None:
    """A session of the old one is not gone on with, also after a restart between."""
    trial = make_trial(family)
    site = trial.site
    trial.run(2 * HOUR_S)
    other = "00112233445566778899AABBCCDDEEFF"
    (site.folder / "key").write_text(other)
    site.restart()
    trial.run(HOUR_S)
    assert site.carrier.state == "disconnected"
    site.restart()
    trial.run(HOUR_S)
    assert site.carrier.state == "disconnected", "nor by what was seen in between"
    site.register(DEV_EUI, other)
    trial.is_well_again(13 * HOUR_S)


@pytest.mark.parametrize("family", FEW)
def test_a_network_that_forgets_the_session(make_trial: MakeTrial, family: str) -> None:
    trial = make_trial(family)
    site = trial.site
    trial.run(2 * HOUR_S)
    site.server.restart(sessions_kept=False)
    for _ in range(6):
        trial.run(8 * HOUR_S)
        site.restart()
    assert UNHEARD in trial.seen
    assert "acknowledged" in trial.seen[UNHEARD].evidence
    assert site.server.member(DEV_EUI).session is not None, "it has joined again by itself"
    assert trial.problems() == set()
    since_s = site.uplinks[-1].utc_ns // 10**9
    trial.run(6 * HOUR_S)
    for door in DOORS:
        due = {end for end in site.truth[door] if since_s < end < site.now_s - 60}
        assert due <= site.counted()[door].keys()


@pytest.mark.parametrize("family", FEW)
def test_without_confirmed_uplinks_nobody_notices_that(make_trial: MakeTrial, family: str) -> None:
    """As the documentation of `confirmed_per_day` says."""
    trial = make_trial(family, options=", data_rate: 5, budget: {confirmed_per_day: 0}")
    site = trial.site
    trial.run(2 * HOUR_S)
    site.server.restart(sessions_kept=False)
    heard, sent = len(site.uplinks), len(site.sent)
    trial.run(2 * DAY_S)
    assert len(site.sent) > sent + 100
    assert len(site.uplinks) == heard
    assert trial.seen == {}
    assert site.carrier.state == "connected"


@pytest.mark.parametrize("family", FEW)
def test_a_network_that_is_deaf_for_days(make_trial: MakeTrial, family: str) -> None:
    trial = make_trial(family)
    site = trial.site
    trial.run(2 * HOUR_S)
    site.server.running = False
    trial.run(rounds(1, 2) * DAY_S)
    assert UNHEARD in trial.problems()
    site.server.running = True
    back_s = site.now_s
    trial.run(DAY_S)
    assert trial.problems() == set()
    for door in DOORS:
        due = {end for end in site.truth[door] if back_s + 3600 < end < site.now_s - 60}
        assert due <= site.counted()[door].keys()


@settings(
    max_examples=rounds(6, 100),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    family=st.sampled_from(FAMILIES),
    resets=st.lists(st.tuples(st.floats(0.1, 7200), st.floats(0, 9)), min_size=1, max_size=4),
)
def test_a_reset_at_any_moment(
    tmp_path_factory: pytest.TempPathFactory, family: str, resets: list[tuple[float, float]]
) -> None:
    """`resets`: seconds that follow, and how long after the next begin of a transmission."""
    trial = Trial(tmp_path_factory.mktemp("site"), family)
    clock, oracle, air = trial.site.clock, trial.oracle, trial.site.air
    due: list[int] = []
    begin, sleep = air.begin, clock.sleep

    def begun(*given: object, **named: object) -> object:
        if armed:
            due.append(clock.now_ns() + round(armed.pop() * 1e9))
        return begin(*given, **named)  # type: ignore[arg-type]

    def slept(seconds: float) -> None:
        sleep(seconds)
        if due and clock.now_ns() >= due[0]:
            due.pop()
            oracle.reset_modem()

    armed: list[float] = []
    air.begin, clock.sleep = begun, slept  # type: ignore[method-assign,assignment]
    try:
        for wait_s, after_s in resets:
            armed.append(after_s)
            trial.run(wait_s)
        armed.clear()
        trial.is_well_again(6 * HOUR_S)
    finally:
        trial.site.end()


def test_downlinks_of_all_kinds(make_trial: MakeTrial, family: str) -> None:
    trial = make_trial(family)
    site = trial.site
    trial.run(HOUR_S)
    for port, payload in (
        (downlinks.PORT, b"\xff" * 51),
        (downlinks.PORT, b"\x01"),
        (downlinks.PORT, b"\x02" + b"\xff" * 8),
        (77, b"\x00" * 51),
        (223, b"\x01"),
        (202, b"\x00" * 20),
        (1, b""),
    ):
        site.server.push(DEV_EUI, Queued(port, payload), site.clock.now_ns())
    trial.run(12 * HOUR_S)
    assert trial.problems() == set()
    assert site.counted() == site.truth


FLOOD = {
    "rn2483": "mac_rx {port} {digits}",
    "rak3172": "+EVT:RX_1:-70:8:UNICAST:{port}:{digits}",
    "la66": "Run AT+RECVB=? to see detail",
    "lora-e5": '+MSGHEX: PORT: {port}; RX: "{digits}"',
}


def test_ten_thousand_downlinks(make_trial: MakeTrial, family: str) -> None:
    """From a modem that is out of its mind; no network can send so many."""
    trial = make_trial(family)
    site = trial.site
    trial.run(HOUR_S)
    for number in range(10_000):
        line = FLOOD[family].format(port=1 + number % 223, digits="0102" * (number % 12))
        site.model._say(line, 0.0)
    trial.run(3 * HOUR_S)
    site.model._said.clear()
    trial.is_well_again(12 * HOUR_S)
