"""What the sample configurations of docs/sensors.md show as defaults is that."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from drivers import registry

PAGE = (Path(__file__).parents[1] / "docs" / "sensors.md").read_text()
SAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def sensors(sample: str) -> list[dict[str, Any]]:
    """With its commented lines taken in: they show the defaults."""
    text = re.sub(r"^(\s*)# (\s*\w+:)", r"\1\2", sample, flags=re.MULTILINE)
    return list(yaml.safe_load(text).get("sensors", []))


@pytest.mark.parametrize("sample", SAMPLES)
def test_what_is_commented_out_is_the_default(sample: str) -> None:
    for shown, taken in zip(yaml.safe_load(sample)["sensors"], sensors(sample), strict=True):
        part = registry.part(shown["driver"])
        if "options" not in shown:
            options = msgspec.convert(taken.get("options", {}), part.config)
            assert options == part.config()
