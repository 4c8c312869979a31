"""Ten different mistakes in one file are ten faults, in the order of their lines."""

from collections.abc import Callable

Spoil = Callable[..., list[str]]


def test_ten_mistakes_are_ten_faults(spoil: Spoil) -> None:
    said = spoil(
        "brandis", "Brandis",
        "commit_every: 5s", "commit_every: 5s\n  commit_every: 6s",
        "{type: i2c}", "{type: i2x}",
        "interval: 60", "intervall: 60",
        "0x76", "0x75",
        "bus: radar", "bus: raddar",
        "line_b: 27", "line_c: 27",
        "name: room", "name: side",
        "driver: pir", "driver: pirr",
        "tls: true", "password: geheim",
    )  # fmt: skip
    assert [line.split(": ")[0:2] for line in said] == [
        ["gateway.yaml:2", "node.municipality"],
        ["gateway.yaml:6", "buffer.commit_every"],
        ["gateway.yaml:8", "buses.main.type"],
        ["gateway.yaml:15", "sensors[0].intervall"],
        ["gateway.yaml:16", "sensors[0].options.address"],
        ["gateway.yaml:19", "sensors[1].bus"],
        ["gateway.yaml:23", "sensors[2].options.line_c"],
        ["gateway.yaml:24", "sensors[3].name"],
        ["gateway.yaml:25", "sensors[3].driver"],
        ["gateway.yaml:32", "uplinks[0].password"],
    ]


def test_mistakes_below_mistakes_are_each_told_once(spoil: Spoil) -> None:
    said = spoil(
        "device: /dev/ttyUSB0", "device: ttyUSB0, simulated: ja, baud: 9600",
        "options: {line: 22}", "options: {line: 99, activ: low, warm_up_s: lang, x: 1}",
        "tls: true", "tls: maybe\n    batch: many\n    keepalive: 0",
    )  # fmt: skip
    assert [line.split(": ")[1] for line in said] == [
        "buses.radar.baud",
        "buses.radar.device",
        "buses.radar.simulated",
        "sensors[3].options.activ",
        "sensors[3].options.x",
        "sensors[3].options.line",
        "sensors[3].options.warm_up_s",
        "uplinks[0].tls",
        "uplinks[0].batch",
        "uplinks[0].keepalive",
    ]
