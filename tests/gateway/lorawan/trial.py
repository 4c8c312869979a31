"""A site under the eyes of the oracle: bounded steps, findings, and what is expected in the end."""

from pathlib import Path

from drivers.lorawan.modem_model import ModemModel
from gateway.model import Finding
from gateway.ways import RADIO_LIMIT_S
from tests.gateway.lorawan.oracle import Oracle
from tests.gateway.lorawan.site import QUARTER_S, Site

HOUR_S = 3_600
DAY_S = 86_400
MOST_STEPS_AN_HOUR = HOUR_S // 4


class Trial:
    """A site under the oracle's eyes."""

    def __init__(self, folder: Path, family: str, **options: object) -> None:
        self.family = family
        told = {"options": ", data_rate: 5", **options}
        self.site = Site(folder, family=family, **told)  # type: ignore[arg-type]
        self.oracle = Oracle(self.site)
        self.seen: dict[str, Finding] = {}
        """Findings since they were last forgotten, by their problem."""

    def run(self, seconds: float) -> None:
        """With bounded steps, of bounded length."""
        site, before = self.site, self.site.steps
        site.run(seconds, self._look)
        assert site.steps - before <= 20 + MOST_STEPS_AN_HOUR * seconds / HOUR_S, "a busy loop"
        assert site.longest_step_s < RADIO_LIMIT_S

    def exchange(self, model: ModemModel) -> None:
        """Somebody pulls out what is there and plugs in that one."""
        wire = self.site.wire
        wire.gone = True
        self.run(60)
        wire.gone, wire.model = False, model

    def problems(self) -> set[str]:
        """As they are now."""
        return {one.problem for one in self.site.carrier.findings()}

    def is_well_again(self, within_s: float = 3 * HOUR_S) -> None:
        """Nothing is wrong any more, and all counts have arrived."""
        past_s = (self.site.now_s + within_s) % QUARTER_S
        self.run(within_s + QUARTER_S - past_s + 60)
        assert self.site.carrier.findings() == []
        assert self.site.counted() == self.site.truth

    def _look(self) -> None:
        for one in self.oracle.look():
            self.seen[one.problem] = one
