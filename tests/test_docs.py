"""What the documentation says of quantities, messages and verbs is what the code does."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from drivers.quantities import QUANTITIES
from gateway.cli import VERBS
from gateway.cli.verb import CONFIGURATION, FINDING, TRY_AGAIN, USAGE, WELL
from gateway.encoding import native
from gateway.model import Instant, Quality, StoredReading

DOCS = Path(__file__).parents[1] / "docs"
MESSAGES = (DOCS / "messages.md").read_text()
CONTRIBUTING = (DOCS.parent / "CONTRIBUTING.md").read_text()
CLI = (DOCS / "cli.md").read_text()


def test_every_quantity_stands_in_the_table_with_its_unit_resolution_and_kind() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\S+) \| ([\d.]+) \| (\w+) \|$", MESSAGES, re.MULTILINE)
    told = {name: (unit, float(resolution), kind) for name, unit, resolution, kind in rows}
    assert told == {q.name: (q.unit, q.resolution, q.kind) for q in QUANTITIES.values()}


def test_the_example_has_the_fields_of_a_real_message() -> None:
    [block] = re.findall(r"```json\n(.*?)```", MESSAGES, re.DOTALL)
    moment, interval = json.loads(block)
    assert _shape(moment) == _shape(_encoded(moment, None))
    assert _shape(interval) == _shape(_encoded(interval, 900_000_000_000))


def test_every_verb_and_exit_code_is_told() -> None:
    assert re.findall(r"^\| `gateway (\w+)", CLI, re.MULTILINE) == list(VERBS)
    codes = [WELL, FINDING, USAGE, TRY_AGAIN, CONFIGURATION]
    assert re.findall(r"^\| (\d+) \|", CLI, re.MULTILINE) == [str(code) for code in codes]


def test_the_example_for_driver_authors_runs(capsys: pytest.CaptureFixture[str]) -> None:
    [example] = re.findall(r"```python\n(.*?)```", CONTRIBUTING, re.DOTALL)
    exec(example, {})
    assert "'temperature': 21.0" in capsys.readouterr().out


def _encoded(example: dict[str, Any], span_ns: int | None) -> dict[str, Any]:
    """The example, sent by the code."""
    values = example["values"]
    packed = json.dumps(list(values.values()))[1:-1].replace(" ", "")
    at = Instant(example["boot"], example["up"] * 1_000_000, 1, Quality(example["clock"]))
    reading = StoredReading(22, example["sensor"], tuple(values), packed, span_ns, at)
    [message] = json.loads(native.encode("brandis/rathaus-01", 7, [reading], at))
    assert message["values"] == values
    sent: dict[str, Any] = message
    return sent


def _shape(message: dict[str, Any]) -> dict[str, type]:
    return {name: type(value) for name, value in message.items()}
