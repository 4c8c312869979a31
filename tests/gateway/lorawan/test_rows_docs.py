"""How long rows get, as docs/lorawan.md tells it, is what comes of a day in simulation."""

import re
from pathlib import Path

import pytest

from tests.gateway.lorawan.site import Site

DOC = (Path(__file__).parents[3] / "docs" / "lorawan.md").read_text()
ROWS = dict(re.findall(r"^\| (\d)(?: to 5)? \| (\d+) min \| ", DOC, re.MULTILINE))


@pytest.mark.parametrize("data_rate", [2, 3])
def test_how_long_rows_get(tmp_path: Path, data_rate: int) -> None:
    assert sorted(ROWS) == ["0", "1", "2", "3"]
    site = Site(tmp_path, f", data_rate: {data_rate}, adr: false")
    site.run(86_400)
    assert site.carrier.interval_s == 60 * int(ROWS[str(data_rate)])
    site.end()
