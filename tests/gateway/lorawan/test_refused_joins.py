"""A modem that does not ask to join: nothing is charged, nothing untrue is told, nothing loops."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.errors import BusError
from drivers.lorawan.contract import Fate, Joined, Sent
from tests.gateway.lorawan.asked import OWN, Node, waits
from tests.gateway.lorawan.trial import HOUR_S, Trial

BUSY = Joined(refusal=Sent(Fate.BUSY))
SILENT = "has a modem that does not send"
UNHEARD = "is not heard by the network"
LONGEST_BACK_OFF_S = 120
REFUSES = ("lora-e5", "rak3172", "rn2483")
"""The la66 never says that it has not asked."""


@pytest.fixture
def make_trial(tmp_path: Path) -> Iterator[Callable[[str], Trial]]:
    trials: list[Trial] = []

    def make(family: str) -> Trial:
        trials.append(Trial(tmp_path, family))
        return trials[-1]

    yield make
    for trial in trials:
        trial.site.end()


@pytest.mark.parametrize("family", REFUSES)
def test_busy_for_an_hour(make_trial: Callable[[str], Trial], family: str) -> None:
    """It joins as soon as it can, within the back-off of refusals, and says why it did not."""
    trial = make_trial(family)
    site = trial.site
    site.model.keep_busy(HOUR_S)
    trial.run(HOUR_S - 60)
    told = site.carrier.link.ledger.told(11, 3)
    assert (told.joins, told.airtime_day_s) == (0, 0)
    assert trial.seen.keys() == {SILENT}
    assert "busy" in trial.seen[SILENT].evidence
    assert trial.oracle.joins_ns == []
    trial.run(60 + LONGEST_BACK_OFF_S + 15)
    assert trial.problems() == set()
    assert site.carrier.link.session is not None
    assert len(trial.oracle.joins_ns) == 1
    trial.is_well_again()
    assert trial.seen.keys() == {SILENT}


def test_busy_for_an_hour_where_nobody_knows_what_it_does(
    make_trial: Callable[[str], Trial],
) -> None:
    """The la66 may ask by itself: what it may have sent counts, and the network is not blamed."""
    trial = make_trial("la66")
    site = trial.site
    site.model.keep_busy(HOUR_S)
    trial.run(HOUR_S - 60)
    assert site.carrier.link.ledger.told(11, 3).joins > 0
    assert trial.seen.keys() == {SILENT}
    assert "does not say that it has asked" in trial.seen[SILENT].evidence
    trial.is_well_again()


def test_a_refusal_costs_neither_airtime_nor_back_off(tmp_path: Path) -> None:
    node = Node(tmp_path, lambda: BUSY)
    node.run(HOUR_S)
    assert node.joins == 0
    assert node.problems == {SILENT}
    node.modem.answer = Joined
    refused = len(node.modem.times)
    node.run(2 * LONGEST_BACK_OFF_S)
    asked = node.modem.times[refused:]
    assert node.joins == len(asked) > 2
    assert node.problems == {UNHEARD}, "it has asked, and nobody has accepted"
    assert max(waits(asked)) < 45, "the back-off of joins begins with the first request"


def test_refusals_are_waited_for(tmp_path: Path) -> None:
    node = Node(tmp_path, lambda: BUSY)
    node.run(4 * HOUR_S)
    between = waits(node.modem.times)
    assert 4 * HOUR_S / LONGEST_BACK_OFF_S < len(between) < 4 * HOUR_S / 30
    assert min(between) >= 1
    assert max(between) < LONGEST_BACK_OFF_S + 6


@pytest.mark.parametrize(("told_s", "least_s"), [(600.0, 600), (None, 60), (0.0, 60), (1e9, 3600)])
def test_a_modem_without_a_channel_is_not_asked_before_it_has_one(
    tmp_path: Path, told_s: float | None, least_s: float
) -> None:
    """Also after a restart, where it has said for how long; it may be silent for a day at most."""
    node = Node(tmp_path, lambda: Joined(refusal=Sent(Fate.NO_CHANNEL, told_s)))
    node.run(5)
    if told_s:
        node.start()
    node.run(2 * HOUR_S)
    between = waits(node.modem.times)
    assert min(between, default=HOUR_S) >= least_s
    assert node.joins == 0
    assert node.ledger.findings() == [] or told_s == 1e9
    answers = iter([Joined(OWN)])
    node.modem.answer = lambda: next(answers)
    node.run(25 * HOUR_S)
    assert node.link.session == OWN
    assert node.problems == set()


class Killed(Exception):
    """The process, while the modem was asked."""


@pytest.mark.parametrize("error", [Killed(), BusError("it is gone", "look")])
def test_a_charge_stands_until_the_modem_has_said_that_it_did_not_ask(
    tmp_path: Path, error: Exception
) -> None:
    def raises() -> Joined:
        raise error

    node = Node(tmp_path, raises)
    if isinstance(error, Killed):
        with pytest.raises(Killed):
            node.run(60)
    else:
        node.run(10)
    assert node.joins == len(node.modem.times) == 1
    node.start()
    assert node.joins == 1
    assert node.ledger.join_wait_s(3) > 0
    node.modem.answer = lambda: BUSY
    node.run(60)
    assert node.joins == 1, "only what was refused is given back"
