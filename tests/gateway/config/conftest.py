"""A configuration that is well, to be spoilt in one place or in ten."""

from collections.abc import Callable

import pytest

from gateway.config import ConfigError, parse

WELL = """\
node:
  municipality: brandis
  name: rathaus-01
buffer:
  commit_every: 5s
buses:
  main: {type: i2c}
  radar: {type: serial, device: /dev/ttyUSB0}
  header: {type: gpio}
sensors:
  - name: air
    driver: bme280
    bus: main
    interval: 60
    options: {address: 0x76}
  - name: door
    driver: ld2450
    bus: radar
  - name: side
    driver: beam-pair
    bus: header
    options: {line_a: 17, line_b: 27}
  - name: room
    driver: pir
    bus: header
    options: {line: 22}
uplinks:
  - type: mqtt
    name: city
    host: broker.example
    tls: true
"""

Spoil = Callable[..., list[str]]


@pytest.fixture
def well() -> str:
    return WELL


@pytest.fixture
def spoil() -> Spoil:
    """Replace texts of the well configuration in pairs; returns a line for each fault."""

    def spoilt(*pairs: str) -> list[str]:
        text = WELL
        for old, new in zip(pairs[::2], pairs[1::2], strict=True):
            assert text.count(old) == 1, f"{old!r} must be there once"
            text = text.replace(old, new)
        with pytest.raises(ConfigError) as caught:
            parse(text)
        assert len(str(caught.value).splitlines()) == len(caught.value.faults)
        return str(caught.value).splitlines()

    return spoilt
