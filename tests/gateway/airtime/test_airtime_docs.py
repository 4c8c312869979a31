"""The table of what a day costs is what the code says."""

from pathlib import Path

import pytest

from drivers.lorawan.airtime import uplink_ns
from drivers.lorawan.eu868 import DATA_RATES, DEFAULT_CHANNELS_HZ, sub_band
from gateway.airtime import FAIR_USE, Ledger
from gateway.config import Budget
from tests.gateway.simulated_clock import SimulatedClock

DOC = (Path(__file__).parents[3] / "docs" / "lorawan.md").read_text()


def test_what_a_day_costs(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "airtime", SimulatedClock(), "radio")
    rows = [line for line in DOC.splitlines() if line.startswith("| DR")]
    assert rows == [_row(ledger, rate) for rate in range(len(DATA_RATES))]


@pytest.mark.parametrize(
    ("rate", "off_s", "uplinks"),
    [(0, 146.8, 20), (1, 81.5, 36), (2, 36.7, 80), (3, 20.4, 145), (4, 11.2, 265), (5, 6.1, 486)],
)
def test_what_others_have_reckoned(rate: int, off_s: float, uplinks: int) -> None:
    airtime_ns = uplink_ns(11, rate)
    assert sub_band(DEFAULT_CHANNELS_HZ[0]).off_ns(airtime_ns) / 1e9 == pytest.approx(
        off_s, abs=0.05
    )
    assert 30_000_000_000 // airtime_ns == uplinks


def test_the_budget_is_as_it_is_told() -> None:
    granted = Budget()
    day_s, downlinks = granted.airtime_per_day, granted.downlinks_per_day
    assert (day_s, downlinks, granted.confirmed_per_day) == FAIR_USE
    assert f"{day_s:.0f} s of uplinks and {downlinks} downlinks in any 24 h" in DOC
    assert f"{granted.confirmed_per_day} a day are allowed" in DOC


def _row(ledger: Ledger, rate: int) -> str:
    small_ns, large_ns = uplink_ns(12, rate), uplink_ns(51, rate)
    cells = (
        f"DR{rate}",
        f"{small_ns / 1e6:.0f} ms",
        f"{large_ns / 1e6:.0f} ms",
        f"{small_ns * 99 * 1.02 / 1e9:.1f} s",
        f"{30_000_000_000 // small_ns}",
        f"{30_000_000_000 // large_ns}",
        f"{ledger.spacing_s(12, rate) / 60:.1f} min",
        f"{ledger.spacing_s(51, rate) / 60:.1f} min",
    )
    return f"| {' | '.join(cells)} |"
