"""Whatever stands in the file: a configuration, or a ConfigError and nothing else."""

import tempfile
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.config import Config, ConfigError, load, parse

EXAMPLE = Path(__file__).parents[3] / "config" / "gateway.yaml"
KEYS = (
    "node", "municipality", "name", "runtime_dir", "buffer", "path", "commit_every", "buses",
    "max_size", "max_age", "reserve", "rank", "start", "clock", "rtc",
    "type", "device", "chip", "simulated", "sensors", "driver", "bus", "interval", "options",
    "address", "line", "line_a", "line_b", "ignore", "uplinks", "host", "port", "tls", "password",
    "password_file", "protocol", "keepalive", "simulation", "seed", "people", "<<", "=",
)  # fmt: skip
WORDS = (
    "i2c", "serial", "gpio", "mqtt", "bme280", "ld2450", "pir", "beam-pair", "main", "/dev/i2c-1",
    "onewire", "5s", "512MB", "400d", "alarm", "now", "3.1.1", "low",
)  # fmt: skip

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(WORDS)
    | st.text(max_size=20)
    | st.binary(max_size=5)
    | st.dates()
)
keys = st.sampled_from(KEYS) | st.text(max_size=10) | st.integers()
data = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=6),
    max_leaves=30,
)
top = st.dictionaries(st.sampled_from(KEYS), data, max_size=8)


def outcome(text: str) -> Config | ConfigError:
    try:
        return parse(text)
    except ConfigError as error:
        check_told(error)
        return error


def check_told(error: ConfigError) -> None:
    assert error.faults
    assert len(str(error).splitlines()) == len(error.faults)
    assert all(fault.problem and fault.cure for fault in error.faults)
    assert str(error).encode()


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(data | top)
def test_any_data(value: Any) -> None:
    outcome(yaml.safe_dump(value, allow_unicode=True))


@st.composite
def spoilt_examples(draw: st.DrawFn) -> str:
    """The example with one of its values replaced by anything."""
    value = yaml.safe_load(EXAMPLE.read_text())
    place: Any = value
    while True:
        key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if (
            not isinstance(place[key], dict | list)
            or not place[key]
            or draw(st.integers(0, 2)) == 0
        ):
            break
        place = place[key]
    place[key] = draw(data)
    return yaml.safe_dump(value, allow_unicode=True)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(spoilt_examples())
def test_the_example_with_anything_in_one_place(text: str) -> None:
    outcome(text)


@settings(max_examples=200)
@given(st.text())
def test_any_text(text: str) -> None:
    assert isinstance(outcome(text), ConfigError)


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from(["a", ": ", "- ", "\n", "  ", *"{}[],&*!|>'\"%@`?#\\\t\x85\ufeff"]))
)
def test_any_punctuation(signs: list[str]) -> None:
    assert isinstance(outcome("".join(signs)), ConfigError)


@settings(max_examples=200)
@given(st.binary(), st.integers(0, 3000), st.integers(0, 50))
def test_any_bytes_alone_or_in_the_example(noise: bytes, at: int, instead_of: int) -> None:
    example = EXAMPLE.read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "gateway.yaml"
        for content in (noise, example[:at] + noise + example[at + instead_of :]):
            file.write_bytes(content)
            try:
                load(file)
            except ConfigError as error:
                check_told(error)
