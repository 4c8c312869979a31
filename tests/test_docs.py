"""What the documentation says of quantities, messages and verbs is what the code does."""

import json
import re
from datetime import UTC, datetime, timedelta
from math import ceil, floor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from drivers import registry
from drivers.bus.sim import SimulatedI2c
from drivers.contract import Recalibration
from drivers.lorawan.contract import Fate
from drivers.probe import Sureness
from drivers.quantities import QUANTITIES, Rank
from gateway.airtime.told import Told as Airtime
from gateway.auditing.broker import QUIET_S
from gateway.auditing.recent import LIMIT as REMEMBERED
from gateway.auditing.verdict import (
    LIMIT,
    Account,
    Audits,
    Difference,
    EpochVerdict,
    RepairVerdict,
    Told,
    Unread,
)
from gateway.buffer.audit import Audit
from gateway.buffer.overview import Overview
from gateway.cli import VERBS
from gateway.cli.buffer import WORDS
from gateway.cli.calibrate import LONGEST_S, SECONDS, Answer
from gateway.cli.clock import ClockReport
from gateway.cli.count_check import WINDOWS
from gateway.cli.count_own import PATIENCE_S as COUNT_PATIENCE_S
from gateway.cli.count_times import MOST as MOST_WINDOWS
from gateway.cli.count_told import Answer as CountAnswer
from gateway.cli.count_told import CheckReport, Figures, Listing, Remark
from gateway.cli.doctor import Diagnosis
from gateway.cli.fleet import WORDS as FLEET_WORDS
from gateway.cli.lorawan import JOINS
from gateway.cli.lorawan import PATIENCE_S as RADIO_PATIENCE_S
from gateway.cli.lorawan import WORDS as LORAWAN_WORDS
from gateway.cli.lorawan import Answer as RadioAnswer
from gateway.cli.reference import Entry, Measured
from gateway.cli.verb import CONFIGURATION, FINDING, INTERRUPTED, TRY_AGAIN, USAGE, WELL
from gateway.clock import Rtc, SourceState, SystemClock
from gateway.clock.findings import PATIENCE_S
from gateway.clock.timesyncd import FRESH_S
from gateway.config import ConfigError, Controller, Language, load, load_filled, parse
from gateway.delivery.herald import HEALTH_S
from gateway.doctor import Check, Verdict, diagnose
from gateway.doctor.uplinks import CONNECT_S
from gateway.encoding import messages, native
from gateway.encoding.table import COLUMNS
from gateway.lorawan import Carrier
from gateway.model import (
    Bounds,
    Flag,
    Gap,
    Instant,
    Numbers,
    Quality,
    Reason,
    Span,
    StoredGap,
    StoredReading,
)
from gateway.notice.facts import Facts, Kept, Measure, SensorFacts, Sent, facts
from gateway.radio_status import LinkStatus, RadioStatus
from gateway.reference_count import LEAST_TOLD, wilson
from gateway.reference_count.kept import MOST as MOST_CHECKS
from gateway.scanning import BusSeen, PartSeen, ScanReport, SensorSeen
from gateway.scanning import Verdict as ScanVerdict
from gateway.status import BusStatus, ClockStatus, LogStatus, SensorStatus, Status, UplinkStatus
from gateway.uplink.network import NAME_S
from gateway.zone_status import ZoneStatus

DOCS = Path(__file__).parents[1] / "docs"
MESSAGES = (DOCS / "messages.md").read_text()
CONTRIBUTING = (DOCS.parent / "CONTRIBUTING.md").read_text()
CLI = (DOCS / "cli.md").read_text()


def test_every_quantity_stands_in_the_table_with_its_unit_resolution_and_kind() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\S+) \| ([\d.]+) \| (\w+) \|$", MESSAGES, re.MULTILINE)
    told = {name: (unit, float(resolution), kind) for name, unit, resolution, kind in rows}
    assert told == {q.name: (q.unit, q.resolution, q.kind) for q in QUANTITIES.values()}


EXAMPLES = [
    message
    for block in re.findall(r"```json\n(.*?)```", MESSAGES, re.DOTALL)
    for message in json.loads(block)
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["id"].split(":")[2])
def test_an_example_is_what_the_code_sends(example: dict[str, Any]) -> None:
    entry = _gap(example) if "gap" in example else _reading(example)
    body = native.encode("brandis/rathaus-01", [entry], hist=example["hist"])
    [message] = json.loads(body)
    assert message == example


def test_every_field_of_an_example_and_every_reason_is_told() -> None:
    told = set(
        re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", MESSAGES, re.MULTILINE)))
    )
    assert {name for example in EXAMPLES for name in example} <= told
    assert set(Reason) <= told


def test_every_word_against_a_value_is_told() -> None:
    words = _section("## Corrected and suspect values").split("| in `quality` |")[1]
    assert _first_cells(words) == [str(flag.name).lower() for flag in Flag]


BLOCKS = [
    (name or "data", text)
    for name, text in re.findall(r"```json *([a-z-]*)\n(.*?)```", MESSAGES, re.DOTALL)
]
TYPES: dict[str, list[Any]] = {
    "data": [messages.Reading, messages.Gap],
    "status": [messages.Status],
    "meta": [messages.NodeMeta],
    "health": [messages.Health],
    "audit": [messages.Audit],
    "reply": [messages.Reply[messages.ReplayResult]],
}
NESTED = [messages.Place, messages.SensorMeta, messages.QuantityMeta, messages.Undervoltage]
NESTED += [messages.DiskHealth, messages.MemoryHealth, messages.LogHealth, messages.BusHealth]
NESTED += [messages.UplinkHealth, messages.FindingMessage, messages.CalibrationMeta]
NESTED += [messages.CountCheckMeta]
NESTED += [messages.TermMeta, messages.CheckMeta, messages.AgreementMeta, messages.ConditionsMeta]


@pytest.mark.parametrize(("name", "text"), BLOCKS, ids=[name for name, _ in BLOCKS])
def test_an_example_is_of_its_schema_and_all_its_fields_are_of_its_type(
    name: str, text: str
) -> None:
    published = json.loads((DOCS / "schemas" / f"{name}.json").read_text())
    Draft202012Validator(published).validate(json.loads(text))
    for message in _many(json.loads(text)):
        assert message in [_read_and_written(kind, message) for kind in TYPES[name]]


@pytest.mark.parametrize(("name", "text"), BLOCKS, ids=[name for name, _ in BLOCKS])
def test_a_field_that_an_example_has_by_another_name_is_noticed(name: str, text: str) -> None:
    for message in _many(json.loads(text)):
        for field in message:
            other = {f"{key}_" if key == field else key: value for key, value in message.items()}
            assert other not in [_read_and_written(kind, other) for kind in TYPES[name]], field


def test_there_is_an_example_of_every_kind() -> None:
    assert {name for name, _ in BLOCKS} == TYPES.keys()


@pytest.mark.parametrize("name", sorted(TYPES.keys() - {"reply"}))
def test_every_field_of_a_message_stands_in_a_table(name: str) -> None:
    told = _first_cells(MESSAGES)
    for kind in TYPES[name]:
        assert _fields(kind) <= set(told)


def test_what_a_platform_may_publish_is_shown_as_it_is() -> None:
    shown = [json.loads(text) for text in re.findall(r"`(\{.*?\})`", MESSAGES)]
    ack, replay = sorted(shown, key=len)
    assert _read_and_written(messages.Ack, ack) == ack
    assert _read_and_written(messages.ReplayRequest, replay) == replay


@pytest.mark.parametrize("kind", NESTED, ids=lambda kind: kind.__name__)
def test_every_field_within_what_a_node_says_of_itself_is_told(kind: Any) -> None:
    sections = _section("## What this node is") + _section("## How it is")
    assert _fields(kind) <= set(re.findall(r"`(\w+)`", sections))


def test_the_commands_and_their_parameters_are_those_of_the_types() -> None:
    table = re.findall(
        r"^\| `([a-z-]+)` \| (.*?)\| (.*) \|$", _section("## Commands"), re.MULTILINE
    )
    told = {name: set(re.findall(r"`(\w+)`", parameters)) for name, parameters, _ in table}
    assert told == {
        "replay": _fields(messages.ReplayRequest) - {"id"},
        "read": _fields(messages.ReadRequest) - {"id"},
        "report-status": _fields(messages.Request) - {"id"},
        "identify": set(),
    }
    results = {name: set(re.findall(r"`(\w+)`", result)) for name, _, result in table}
    assert results["read"] == _fields(messages.ReadResult)
    assert results["identify"] == _fields(messages.Identity)


def test_the_limits_in_the_example_are_those_of_the_part() -> None:
    [example] = [json.loads(text) for name, text in BLOCKS if name == "meta"]
    for sensor in example["sensors"]:
        assert sensor["limits"] == registry.part(sensor["driver"]).limits
    for name, row in example["quantities"].items():
        quantity = QUANTITIES[name]
        assert row == {field: getattr(quantity, field) for field in row}


def _read_and_written(kind: Any, message: dict[str, Any]) -> Any:
    """What a type makes of it: less if it does not know a field, nothing if it misses one."""
    try:
        return json.loads(msgspec.json.encode(msgspec.convert(message, kind)))
    except msgspec.ValidationError:
        return None


def _many(example: Any) -> list[dict[str, Any]]:
    return example if isinstance(example, list) else [example]


def _fields(kind: Any) -> set[str]:
    return {field.encode_name for field in msgspec.structs.fields(kind)}


def _section(heading: str) -> str:
    return MESSAGES.split(f"\n{heading}\n")[1].split("\n## ")[0]


def test_what_is_told_of_the_status_is_all_that_is_answered() -> None:
    table = CLI.split("**status**")[1].split("## The log")[0]
    rows = dict(re.findall(r"^\| `(\w+)(?:\[\])?` \| (.*) \|$", table, re.MULTILINE))
    parts = {"clock": ClockStatus, "log": LogStatus, "sensors": SensorStatus, "zones": ZoneStatus}
    for name, part in (parts | {"uplinks": UplinkStatus, "buses": BusStatus}).items():
        assert set(part.__struct_fields__) <= set(re.findall(r"`(\w+)`", rows[name])), name
    head = re.findall(r"`(\w+)`", table.split("\n\n")[0])
    assert set(Status.__struct_fields__) <= {*head, *rows}


def test_what_is_told_of_a_radio_is_all_that_is_answered() -> None:
    told = CLI.split("## The radio")[1].split("## The log")[0]
    answer, fates, status, airtime = re.split(
        r"^\| (?:fate|field|of `airtime`) \|", told, flags=re.M
    )
    assert set(RadioAnswer.__struct_fields__) <= set(re.findall(r"`(\w+)`", answer))
    assert _first_cells(fates) == list(Fate)
    assert _first_cells(status) == list(RadioStatus.__struct_fields__)
    assert set(LinkStatus.__struct_fields__) <= set(re.findall(r"`(\w+)`", status))
    assert _first_cells(airtime) == list(Airtime.__struct_fields__)
    assert f"waits {RADIO_PATIENCE_S / 60:.0f} min" in answer
    assert JOINS == 3
    assert "asks three times at most" in answer


@pytest.mark.parametrize(("joined", "wanted"), [(False, True), (True, True), (True, False)])
def test_the_words_for_an_uplink_are_those_of_the_carrier(joined: bool, wanted: bool) -> None:
    [row] = re.findall(r"^\| `uplinks\[\]` \| (`name`, `state`.*)$", CLI, re.MULTILINE)
    state: property = vars(Carrier)["state"]
    link, gate = SimpleNamespace(session=joined or None), SimpleNamespace(is_open=wanted)
    assert state.fget is not None
    word = state.fget(SimpleNamespace(link=link, gate=gate))
    assert f"`{word}`" in row


def test_what_is_told_of_the_doctor_is_all_that_is_answered(tmp_path: Path) -> None:
    fields, checks = CLI.split("**doctor**")[1].split("## The audit")[0].split("| check |")
    assert set(Diagnosis.__struct_fields__) <= set(re.findall(r"`(\w+)`", fields))
    assert _first_cells(fields) == list(Check.__struct_fields__)
    assert set(Verdict) <= set(re.findall(r"`(\w+)`", fields))
    told = [
        name
        for row in re.findall(r"^\| (`.*?) \|", checks, re.MULTILINE)
        for name in re.findall(r"`([^`]+)`", row)
    ]
    file = tmp_path / "gateway.yaml"
    file.write_text(_ONE_OF_EACH.format(folder=tmp_path))
    found = [check.name for check in diagnose(load(file), str(file), SystemClock())]
    shown = [re.sub(r"^(bus|uplink) \w+", r"\1 NAME", name) for name in found]
    assert list(dict.fromkeys(shown)) == [name for name in told if name != "clock floor"]
    assert f"resolves within {NAME_S:g} s" in checks
    assert f"a connection within {CONNECT_S:g} s" in checks


_ONE_OF_EACH = """
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {folder}}}
buffer: {{path: {folder}/log.db}}
buses:
  main: {{type: i2c, simulated: true}}
  modem: {{type: serial, device: /dev/ttyAMA0, simulated: true}}
sensors: [{{name: air, driver: bme280, bus: main}}]
uplinks:
  - {{type: mqtt, name: city, host: 127.0.0.1, port: 1}}
  - {{type: lorawan, name: radio, bus: modem, join_eui: "70B3D57ED0000001", app_key_file: key}}
"""


def test_every_verb_and_exit_code_is_told() -> None:
    told = re.findall(r"^\| `gateway ([\w-]+(?: [a-z-]+)?)", CLI, re.MULTILINE)
    words = {
        "buffer": [f"buffer {word}" for word in WORDS],
        "clock": ["clock", "clock raise"],
        "lorawan": [f"lorawan {word}" for word in LORAWAN_WORDS],
        "fleet": [f"fleet {word}" for word in FLEET_WORDS],
    }
    assert told == [call for verb in VERBS for call in words.get(verb, [verb])]
    codes = [WELL, FINDING, USAGE, TRY_AGAIN, CONFIGURATION, INTERRUPTED]
    assert re.findall(r"^\| (\d+) \|", CLI, re.MULTILINE) == [str(code) for code in codes]


def test_what_is_told_of_the_time_is_all_that_is_answered() -> None:
    fields, sources = CLI.split("**clock**")[1].split("**clock raise**")[0].split("| source |")
    assert _first_cells(fields) == list(ClockReport.__struct_fields__)
    assert set(SourceState.__dataclass_fields__) <= set(re.findall(r"`(\w+)`", fields))
    clock = SystemClock(Rtc("rtc0"))
    assert _first_cells(sources) == [source.name for source in clock.sources()]
    assert f"for {round(FRESH_S / 60, -1):.0f} min after" in sources
    assert f"after {PATIENCE_S // 60} min" in sources


def test_what_is_told_of_a_calibration_is_all_that_is_answered() -> None:
    told = CLI.split("**calibrate**: one document")[1].split("## The count by hand")[0]
    cells = re.findall(r"^\| (`.*?) \|", told, re.MULTILINE)
    names = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]
    assert names == list(Answer.__struct_fields__)
    fields = {name for kind in (Measured, Entry) for name in kind.__struct_fields__}
    assert fields <= set(re.findall(r"`(\w+)`", told))
    assert f"listens for {SECONDS:.0f} s (or `--seconds`, 1 to {LONGEST_S})" in CLI


def test_what_is_told_of_a_count_by_hand_is_all_that_is_answered() -> None:
    told = CLI.split("## The count by hand")[1].split("## The time")[0]
    fields = [name for kind in (CheckReport, Figures) for name in _fields(kind)]
    assert set(_first_cells(told)) == _fields(CheckReport)
    fields += [name for kind in (Remark, CountAnswer, Listing) for name in _fields(kind)]
    assert set(fields) <= set(re.findall(r"`(\w+)`", told))
    assert f"for {WINDOWS} windows (`--windows`, 1 to {MOST_WINDOWS})" in told
    assert f"`buffer.commit_every`\nand {COUNT_PATIENCE_S:.0f} s at most" in told
    assert f"{MOST_CHECKS} of each sensor" in told
    assert f"within {HEALTH_S / 60:.0f} min" in told
    assert f"within {HEALTH_S / 60:.0f} min after anything" in MESSAGES
    assert f"by at least {LEAST_TOLD} people" in told
    assert f"at least {LEAST_TOLD} `people`" in MESSAGES


def test_how_often_a_node_says_how_it_is() -> None:
    assert f"After each connection, each {HEALTH_S / 60:.0f} min, and" in MESSAGES


def test_how_many_people_give_which_interval() -> None:
    table = (DOCS / "counting.md").read_text().split("| people |")[1].split("\n\n")[0]
    shares = [float(share) / 100 for share in re.findall(r"(\d+) % wrong", table)]
    rows = re.findall(r"^\| (\d+) \| (.*) \|$", table, re.MULTILINE)
    assert len(rows) > 3
    for people, cells in rows:
        ends = [wilson(round(int(people) * (1 - share)), int(people)) for share in shares]
        assert cells.split(" | ") == [
            f"{floor(low * 100)} to {ceil(high * 100)}" for low, high in ends
        ]


def test_what_is_told_of_recalibration_is_what_the_drivers_demand() -> None:
    sensors = (DOCS / "sensors.md").read_text()
    table = sensors.split("| part | takes | must have measured")[1]
    for name, row in (("scd4x", "SCD4x"), ("scd30", "SCD30"), ("mh-z19", "MH-Z19")):
        part = registry.part(name)
        driver: Any = part.driver(SimulatedI2c(), part.config())
        assert isinstance(driver, Recalibration)
        [line] = re.findall(rf"^\| {row} \| .*$", table, re.MULTILINE)
        assert f"{driver.settles_s / 60:.0f} min" in line
        assert all(f"{value:.0f}" in line for value in driver.references)
        assert f"differ by {driver.steady:.0f} ppm" in CLI


def test_what_is_told_of_the_scan_is_all_that_is_answered() -> None:
    told, verdicts = CLI.split("**scan**")[1].split("## The notice")[0].split("| verdict |")
    assert _first_cells(told) == list(ScanReport.__struct_fields__)
    fields = {field for kind in (BusSeen, PartSeen, SensorSeen) for field in kind.__struct_fields__}
    assert fields <= set(re.findall(r"`(\w+)`", told))
    assert _first_cells(verdicts) == list(ScanVerdict)
    assert set(re.findall(r"`(\w+)`", told)) >= set(Sureness)


def test_what_is_told_of_the_notice_is_all_that_is_answered() -> None:
    told = CLI.split("**notice**")[1].split("## The doctor")[0]
    assert _first_cells(told) == list(Facts.__struct_fields__)
    fields = {name for kind in (SensorFacts, Kept, Sent, Measure) for name in _fields(kind)}
    assert fields | _fields(Controller) <= set(re.findall(r"`(\w+)`", told))


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_example_of_a_notice_is_all_that_one_needs(tmp_path: Path, language: Language) -> None:
    page = (DOCS / "privacy.md").read_text().partition("## What you fill in")[2]
    [sample] = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    node, notice = sample.split("notice:")
    name = "  municipality: brandis\n  name: rathaus-01\n"
    file = tmp_path / "gateway.yaml"
    door = "{name: door, driver: beam-pair, bus: header, options: {line_a: 17, line_b: 27}}"
    wires = f"buses: {{header: {{type: gpio}}}}\nsensors: [{door}]\n"
    city = "uplinks: [{type: mqtt, name: city, host: broker.example}]\n"
    file.write_text(f"{node}{name}{wires}{city}notice:{notice}")
    told = facts(load_filled(file, language), language)
    assert None not in [getattr(told, name) for name in Facts.__struct_fields__]


def test_the_example_of_a_capture_is_one() -> None:
    page = (DOCS / "privacy.md").read_text().partition("## Debugging captures")[2]
    sample = page.partition("```yaml\n")[2].partition("```")[0]
    node = "node: {municipality: brandis, name: rathaus-01}\nbuses: {main: {type: i2c}}\n"
    sensors = "sensors: [{name: main-door, driver: bme280, bus: main}]\n"
    (capture,) = parse(f"{node}{sensors}{sample}").privacy.captures
    assert capture.sensor == "main-door"


def test_the_notice_in_the_shipped_example_lacks_only_what_must_be_decided(tmp_path: Path) -> None:
    text = (DOCS.parent / "config" / "gateway.yaml").read_text()
    plain, notice = text.split("\n# notice:\n")
    file = tmp_path / "gateway.yaml"
    file.write_text(f"{plain}\nnotice:\n{re.sub('^# ', '', notice, flags=re.MULTILINE)}")
    with pytest.raises(ConfigError) as caught:
        load_filled(file, "de")
    assert [fault.path for fault in caught.value.faults] == [
        *("node.place.description", "notice.legal_basis.de")
    ]


def test_what_is_told_of_the_log_is_all_that_is_answered() -> None:
    show, table_of_columns = CLI.split("**buffer show**")[1].split("**buffer export**")
    assert _first_cells(show) == list(Overview.__struct_fields__)
    assert _first_cells(table_of_columns) == list(COLUMNS)
    [example] = re.findall(r"\*\*buffer verify\*\*: `(.*)`;", CLI)
    assert list(json.loads(example)) == list(Audit.__struct_fields__)


def test_what_is_told_of_the_audit_is_all_that_is_answered() -> None:
    told = CLI.split("**audit**")[1].split("## The radio")[0]
    assert _first_cells(told) == list(EpochVerdict.__struct_fields__)
    kinds = (Account, Unread, RepairVerdict, Told, Audits, Difference)
    fields = {field.encode_name for kind in kinds for field in msgspec.structs.fields(kind)}
    assert fields <= set(re.findall(r"[`\"](\w+)[`\"]", told))
    assert f"{LIMIT} ranges at most" in told
    assert f"the newest {REMEMBERED:,}," in told
    options = CLI.split("## The audit")[1].split("**audit**")[0]
    assert f"for {QUIET_S:g} s nothing has changed" in options


def test_the_example_for_driver_authors_runs(capsys: pytest.CaptureFixture[str]) -> None:
    [example] = re.findall(r"```python\n(.*?)```", CONTRIBUTING, re.DOTALL)
    exec(example, {})
    assert "'temperature': 21.0" in capsys.readouterr().out


def _first_cells(text: str) -> list[str]:
    """The names in the first column of a table."""
    cells = re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`(\w+)(?:\[\])?`", cell)]


def _reading(example: dict[str, Any]) -> StoredReading:
    epoch, first, last = _identity(example)
    values = dict(example["values"])
    values |= {f"{name}_raw": value for name, value in example.get("raw", {}).items()}
    for name, words in example.get("quality", {}).items():
        values[f"{name}_flags"] = sum(Flag[word.upper()] for word in words)
    packed = ",".join(json.dumps(value) for value in values.values())
    at = _at(example, "t" if "t" in example else "t1")
    since = None if "t" in example else _since(example, example["boot"])
    merged = example.get("n", 1)
    how = tuple(example.get("calibration", {}).items())
    of = (epoch, first, last, merged, example["sensor"], tuple(values), packed, since, at)
    spans = tuple(_span(name, told, example) for name, told in example.get("spans", {}).items())
    return StoredReading(*of, how, example.get("protected", ""), spans)


def _span(quantity: str, told: dict[str, Any], example: dict[str, Any]) -> Span:
    """Of one boot, throughout which it was measured."""
    since, until = _since(told, told["boot0"]), _at({**example, **told}, "t1")
    return Span(quantity, since, until, until.up_ns - since.up_ns)


def _gap(example: dict[str, Any]) -> StoredGap:
    epoch, _, number = _identity(example)
    since = _since(example, example["boot0"])
    at = _at(example, "t1")
    gap = Gap(
        Reason(example["gap"]),
        example["sensor"] or "",
        Numbers(example["epoch"], example["from"], example["to"]) if "from" in example else None,
        example["n"],
        since[:2],
        at[:2],
        Rank[example.get("rank", "alarm").upper()],
        example.get("step", 0),
    )
    return StoredGap(epoch, number, gap, since, at)


def _identity(example: dict[str, Any]) -> tuple[int, int, int]:
    """Epoch, first and last number."""
    _, epoch, numbers = example["id"].split(":")
    first, _, last = numbers.partition("-")
    return int(epoch), int(first), int(last or first)


def _at(example: dict[str, Any], name: str) -> Instant:
    quality = Quality(example["clock"])
    ends = [_utc(example.get(bound)) for bound in ("not_before", "not_after")]
    bounds = Bounds(*ends) if quality is Quality.UNKNOWN else None
    return Instant(example["boot"], example["up"] * 1_000_000, _utc(example[name]), quality, bounds)


def _since(example: dict[str, Any], boot: str) -> Instant:
    return Instant(boot, example["up0"] * 1_000_000, _utc(example["t0"]), _QUALITY)


def _utc(text: str | None) -> int | None:
    if text is None:
        return None
    return (datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)) // MICROSECOND * 1000


_QUALITY = Quality.SYNCED
MICROSECOND = timedelta(microseconds=1)
