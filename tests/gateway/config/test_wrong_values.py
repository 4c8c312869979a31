"""What is said of a value that is not what it should be: one fault each, with its cure."""

from collections.abc import Callable

import pytest

from gateway.config import ConfigError, ConfigFault, parse
from gateway.errors import GatewayError

Spoil = Callable[..., list[str]]

SLUG = "a name of a-z, 0-9 and inner hyphens, at most 40 characters"
SWITCH = "true or false"
INTEGER_0_TO_255 = "a whole number from 0 to 255"
TIME = "a time such as 500ms, 10s, 15min, 2h or 14d"
HOST = "a host name or address alone, without mqtt:// and :port"
LEVELS = "topic levels of a-z, 0-9, - and _, with / between them"
UNITS = "write seconds, or a number with one of ms, s, min, h, d"
SIZE = "a size such as 500kB, 512MB or 2GB"
SIZE_UNITS = "write bytes, or a number with one of kB, MB, GB, TB, KiB, MiB, GiB"
LOG_SIZE, RESERVE = f"{SIZE} from 100kB to 1TB", f"{SIZE} from 0 to 1TB"
AGE = f"{TIME} from 1d to 36500d"
RANKS = "diagnostic, gauge, state, count or alarm"
START = '"everything" or "now"'
FORM = "write it in that form"
RTC = "a name such as rtc0"
LEAVE = "correct it, or leave the line out"
EVERY = "commit_every: 5s"


def left_out(default: str) -> str:
    return f"leave the line out for the default, {default}"


@pytest.mark.parametrize(
    ("old", "new", "expected", "found", "cure"),
    [
        ("name: rathaus-01", "name: 12", SLUG, "12", "put it in quotes"),
        ("name: rathaus-01", "name: [a]", SLUG, "a list", FORM),
        ("name: rathaus-01", "name: {a: b}", SLUG, "keys and values", FORM),
        ("name: rathaus-01", "name:", SLUG, "nothing", FORM),
        ("name: rathaus-01", "name: Süd 1", SLUG, '"Süd 1"', 'for example "sued-1"'),
        ("name: rathaus-01", "name: 'a.b'", SLUG, '"a.b"', 'for example "a-b"'),
        ("name: rathaus-01", "name: ''", SLUG, '""', FORM),
        ("name: rathaus-01", 'name: "a\\n"', SLUG, '"a\\n"', "write it in one line"),
        ("bus: main", f"bus: {41 * 'a'}", SLUG, f'"{41 * "a"}"', f'for example "{40 * "a"}"'),
        ("5s", "5m", f"{TIME} from 0 to 60s", '"5m"', UNITS),
        ("5s", ".nan", f"{TIME} from 0 to 60s", '".nan"', UNITS),
        ("5s", "2min", f"{TIME} from 0 to 60s", '"2min"', left_out("10s")),
        ("5s", "-1", f"{TIME} from 0 to 60s", "-1", left_out("10s")),
        ("5s", '"5"', f"{TIME} from 0 to 60s", '"5"', "remove the quotes"),
        (
            "interval: 60",
            "interval: 2d",
            f"{TIME} from 0 to 1d",
            '"2d"',
            "correct it, or leave the line out",
        ),
        (EVERY, "path: log.db", "a path that begins with /", '"log.db"', "leave"),
        (EVERY, "max_size: 512mb", LOG_SIZE, '"512mb"', SIZE_UNITS),
        (EVERY, "max_size: big", LOG_SIZE, '"big"', SIZE_UNITS),
        (EVERY, "max_size: -1GB", LOG_SIZE, '"-1GB"', SIZE_UNITS),
        (EVERY, "max_size: 99kB", LOG_SIZE, '"99kB"', left_out("512MB")),
        (EVERY, "max_size: 99999", LOG_SIZE, "99999", left_out("512MB")),
        (EVERY, "max_size: 1.1TB", LOG_SIZE, '"1.1TB"', left_out("512MB")),
        (EVERY, "max_size: 200000.5", LOG_SIZE, "200000.5", left_out("512MB")),
        (EVERY, "max_size: true", LOG_SIZE, "true", left_out("512MB")),
        (EVERY, "max_size: null", LOG_SIZE, "nothing", left_out("512MB")),
        (EVERY, "max_size: [2GB]", LOG_SIZE, "a list", left_out("512MB")),
        (EVERY, "max_size: '512000000'", LOG_SIZE, '"512000000"', "remove the quotes"),
        (EVERY, "max_age: 5m", AGE, '"5m"', UNITS),
        (EVERY, "max_age: 23h", AGE, '"23h"', LEAVE),
        (EVERY, "max_age: 86399.9", AGE, "86399.9", LEAVE),
        (EVERY, "max_age: 0", AGE, "0", LEAVE),
        (EVERY, "max_age: 1e300", AGE, "1e+300", LEAVE),
        (EVERY, "max_age: '864000'", AGE, '"864000"', "remove the quotes"),
        (EVERY, "reserve: -1", RESERVE, "-1", left_out("200MB")),
        (EVERY, "reserve: 2TB", RESERVE, '"2TB"', left_out("200MB")),
        (EVERY, "reserve: 10%", RESERVE, '"10%"', SIZE_UNITS),
        ("buffer:", "clock: {rtc: /dev/rtc0}\nbuffer:", RTC, '"/dev/rtc0"', LEAVE),
        ("buffer:", "clock: {rtc: 0}\nbuffer:", RTC, "0", LEAVE),
        ("interval: 60", "rank: alarms", RANKS, '"alarms"', 'did you mean "alarm"?'),
        ("interval: 60", "rank: Count", RANKS, '"Count"', 'did you mean "count"?'),
        ("interval: 60", "rank: x", RANKS, '"x"', "write one of: alarm, count, diagnostic, gauge"),
        ("interval: 60", "rank: 4", RANKS, "4", LEAVE),
        ("tls: true", "start: new", START, '"new"', 'did you mean "now"?'),
        ("tls: true", "start: x", START, '"x"', "write one of: everything, now"),
        ("tls: true", "start: 0", START, "0", left_out('"everything"')),
        ("tls: true", "start: null", START, "nothing", left_out('"everything"')),
        ("{type: gpio}", "{type: gpio, chip: 1.5}", INTEGER_0_TO_255, "1.5", left_out("0")),
        ("{type: gpio}", "{type: gpio, chip: -1}", INTEGER_0_TO_255, "-1", left_out("0")),
        ("{type: gpio}", "{type: gpio, simulated: yes}", SWITCH, '"yes"', "write true"),
        ("{type: gpio}", "{type: gpio, simulated: Off}", SWITCH, '"Off"', "write false"),
        ("{type: gpio}", "{type: gpio, simulated: 1}", SWITCH, "1", left_out("false")),
        ("{type: gpio}", "gpio", "keys and values", '"gpio"', FORM),
        ("{type: gpio}", "", "keys and values", "nothing", FORM),
        ("address: 0x76", "address: 0x75", "0x76 or 0x77", "0x75", left_out("0x76")),
        ("address: 0x76", "address: x", "0x76 or 0x77", '"x"', left_out("0x76")),
        ("line: 22", "line: 22, active: hihg", '"high" or "low"', '"hihg"', 'did you mean "high"?'),
        ("line: 22", "line: 22, active: 1", '"high" or "low"', "1", left_out('"high"')),
        ("line: 22", "line: 22, warm_up_s: 1s", "a number from 0 to 600", '"1s"', left_out("60")),
        ("tls: true", "batch: 0", "a whole number from 1 to 10000", "0", left_out("200")),
        ("tls: true", "port: 'x'", "a whole number from 1 to 65535", '"x"', "correct it, or leave"),
        ("tls: true", "protocol: 3.1", '"3.1.1" or "5" or "auto"', "3.1", left_out('"auto"')),
        ("tls: true", "prefix: /udp", LEVELS, '"/udp"', left_out('"udp/v1"')),
        ("tls: true", "password_file: [x]", "a path that begins with /, or", "a list", "correct"),
        ("broker.example", "mqtt://broker:1883", HOST, '"mqtt://broker:1883"', FORM),
        ("broker.example", "broker:1883", HOST, '"broker:1883"', FORM),
    ],
)
def test_a_wrong_value_is_one_fault(
    spoil: Spoil, old: str, new: str, expected: str, found: str, cure: str
) -> None:
    (said,) = spoil(old, new)
    assert f": expected {expected}" in said
    assert f", found {found}; {cure}" in said


def test_a_fault_has_file_line_path_problem_and_cure(well: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(well.replace("line: 22", "lime: 22"), "/etc/gateway/gateway.yaml")
    assert caught.value.faults == (
        ConfigFault("sensors[3].options.lime", 26, "unknown key", 'did you mean "line"?'),
    )
    assert str(caught.value) == (
        '/etc/gateway/gateway.yaml:26: sensors[3].options.lime: unknown key; did you mean "line"?'
    )
    assert isinstance(caught.value, GatewayError)
    assert "gateway check" in caught.value.hint


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("key_file: x", "key_file needs cert_file"),
        ("tls: false\n    cert_file: x", "cert_file needs tls: true"),
        ("tls: false\n    alpn: [mqtt]", "alpn needs tls: true"),
        ("password_file: x", "password_file needs username"),
    ],
)
def test_options_of_an_uplink_that_do_not_go_together(
    spoil: Spoil, written: str, problem: str
) -> None:
    (said,) = spoil("tls: true", written)
    assert said.endswith(f"uplinks[0]: {problem}; change one of the values here")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("transport: ws", '"tcp" or "websockets"'),
        ("path: mqtt", "a path that begins with /"),
        ('path: "/a b"', "a path that begins with /"),
        ("alpn: ['']", "the name of a protocol"),
        ("alpn: mqtt", "a list"),
        ("cert_file: a/b", "a path that begins with /, or a bare file name"),
        ("server_name: https://x", "a host name or address alone"),
        ("fallbacks: [{host: a}, {host: b}, {host: c}, {host: d}]", "at most 3 entries"),
        ("fallbacks: [{host: 'a:1'}]", "a host name or address alone"),
    ],
)
def test_wrong_options_of_a_connection(spoil: Spoil, written: str, expected: str) -> None:
    (said,) = spoil("tls: true", written)
    assert f": expected {expected}" in said


def test_what_a_driver_says_of_its_options_together(spoil: Spoil) -> None:
    (said,) = spoil("line_b: 27", "line_b: 17")
    assert said.startswith("gateway.yaml:22: sensors[2].options: line_a and line_b must be two")
    assert said.endswith("; change one of the values here")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[[0, 1000]]", "sensors[1].options.line: expected 2 entries, found 1; add or remove"),
        ("[[0, 1, 2], [900, 9]]", "sensors[1].options.line[0]: expected 2 entries, found 3"),
        ("[[0, 1], [900, x]]", "sensors[1].options.line[1][1]: expected a whole number from -1"),
        ("7", 'sensors[1].options.line: expected a list (lines that begin with "-"), found 7'),
    ],
)
def test_entries_of_a_nested_list_have_their_own_place(spoil: Spoil, line: str, said: str) -> None:
    (fault,) = spoil("bus: radar", f"bus: radar\n    options: {{line: {line}}}")
    assert f"gateway.yaml:19: {said}" in fault


def test_a_name_before_the_colon_is_judged_too(spoil: Spoil) -> None:
    (said,) = spoil("buses:\n", "buses:\n  Main Bus: {type: i2c, device: /dev/i2c-3}\n")
    assert said.startswith(f'gateway.yaml:7: buses["Main Bus"]: expected {SLUG} before the colon')
    assert said.endswith('; for example "main-bus"')


def test_no_sensor_is_a_fault(well: str) -> None:
    text = well[: well.index("sensors:")] + "sensors: []\n"
    with pytest.raises(ConfigError, match="sensors: expected at least 1 entry, found 0"):
        parse(text)


@pytest.mark.parametrize("line", ["password: geheim", "passwort: geheim", "Password: geheim"])
def test_a_password_is_refused_and_not_repeated(spoil: Spoil, line: str) -> None:
    (said,) = spoil("tls: true", line)
    assert "a password must not stand in the configuration" in said
    assert said.endswith("name that: password_file")
    assert "geheim" not in said


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("tls: true", "password_file: 471147114711"),
        ("tls: true", "password_file: a/471147114711"),
        ("broker.example", "user:471147114711@broker.example"),
    ],
)
def test_a_password_in_the_wrong_place_is_not_repeated(spoil: Spoil, old: str, new: str) -> None:
    (said,) = spoil(old, new)
    assert "47114711" not in said
