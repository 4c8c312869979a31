"""Commands of a platform: the same in Python and in codec.js, and nothing out of bounds."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.clock.lorawan import PORT as CLOCK_PORT
from gateway.clock.lorawan import ClockSync
from gateway.encoding.compact.downlinks import (
    LEAST_INTERVAL_S,
    MOST_BYTES,
    MOST_INTERVAL_S,
    MOST_REPLAYED_S,
    PORT,
    Ack,
    Command,
    Replay,
    SetInterval,
    decode,
    encode,
)
from gateway.encoding.compact.javascript import generated
from tests.gateway.encoding.compact.engines import ENGINES, Engine

NOW_S = 1_795_169_730


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return ENGINES[request.param](generated())


acks = st.builds(Ack, st.integers(1, 2**32 - 1), st.integers(1, 2**40 - 1))
replays = st.builds(
    lambda begins_s, span_s: Replay(begins_s, begins_s + span_s),
    st.integers(0, 2**31),
    st.integers(1, MOST_REPLAYED_S),
)
intervals = st.builds(SetInterval, st.integers(LEAST_INTERVAL_S, MOST_INTERVAL_S))
commands = st.lists(acks | replays | intervals, min_size=1, max_size=5)


def as_json(command: Command) -> dict[str, object]:
    match command:
        case Ack(epoch, number):
            return {"ack": {"epoch": epoch, "number": number}}
        case Replay(begins_s, ends_s):
            return {"replay": {"from": begins_s, "to": ends_s}}
        case SetInterval(seconds):
            return {"interval": seconds}


@settings(max_examples=300, deadline=None)
@given(commands)
def test_what_is_encoded_is_decoded(some: list[Command]) -> None:
    assert decode(encode(some)) == some


def test_codec_js_writes_the_same_bytes_and_reads_them(engine: Engine) -> None:
    @settings(max_examples=200, deadline=None)
    @given(commands)
    def there_and_back(some: list[Command]) -> None:
        wanted = {"commands": [as_json(command) for command in some]}
        [made] = engine.answers("encodeDownlink", [{"data": wanted}])
        assert made == {"bytes": list(encode(some)), "fPort": PORT}
        [read] = engine.answers("decodeDownlink", [made])
        [again] = engine.answers("encodeDownlink", [read])
        assert again == made

    there_and_back()


def test_one_command_needs_no_list_and_times_may_be_written_out(engine: Engine) -> None:
    data = {"replay": {"from": "2026-11-20T10:00:00Z", "to": "2026-11-20T11:00:00Z"}}
    [made] = engine.answers("encodeDownlink", [{"data": data}])
    assert decode(bytes(made["bytes"])) == [Replay(1795168800, 1795172400)]
    [read] = engine.answers("decodeDownlink", [made])
    assert read == {"data": {"commands": [data]}}


@pytest.mark.parametrize(
    "command",
    [
        Ack(0, 1),
        Ack(1, 0),
        Ack(2**32, 1),
        Ack(1, 2**40),
        Replay(5, 5),
        Replay(5, 4),
        Replay(-1, 4),
        Replay(0, MOST_REPLAYED_S + 1),
        Replay(2**32 - 5, 2**32),
        SetInterval(LEAST_INTERVAL_S - 1),
        SetInterval(MOST_INTERVAL_S + 1),
    ],
    ids=str,
)
def test_what_is_out_of_bounds_is_refused_at_both_ends(command: Command, engine: Engine) -> None:
    with pytest.raises(ValueError, match="out of bounds"):
        encode([command])
    [answer] = engine.answers("encodeDownlink", [{"data": as_json(command)}])
    assert answer.keys() == {"errors"}


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        ("", "1 to 51 bytes"),
        ("00", "command 0 is not known"),
        ("04000384", "command 4 is not known"),
        ("0300", "broken off"),
        ("0300038401", "broken off"),
        ("03000001", "out of bounds"),
        ("020000000500000005", "out of bounds"),
        ("03000384" * 13, "1 to 51 bytes"),
    ],
)
def test_what_is_malformed_is_refused(payload: str, problem: str, engine: Engine) -> None:
    with pytest.raises(ValueError, match=problem):
        decode(bytes.fromhex(payload))
    given_bytes = list(bytes.fromhex(payload))
    [answer] = engine.answers("decodeDownlink", [{"bytes": given_bytes, "fPort": PORT}])
    assert answer.keys() == {"errors"}


def test_garbage_is_refused_or_means_a_command() -> None:
    draw = random.Random(17)
    for _ in range(100_000):
        payload = draw.choice((b"", b"\1", b"\2", b"\3")) + draw.randbytes(draw.randint(0, 12))
        try:
            meant = decode(payload)
        except ValueError:
            continue
        assert encode(meant) == payload


@pytest.mark.parametrize(
    "data",
    [
        *(None, {}, {"commands": []}, {"commands": [{}]}, {"sing": 1}, {"interval": "900"}),
        *({"interval": 900.5}, {"ack": {}}, {"ack": True}, {"replay": {"from": "noon", "to": 5}}),
        *({"interval": 900, "ack": {"epoch": 1, "number": 1}}, {"time": {}}, {"commands": 5}),
        *({"time": {"correction": 2**31, "token": 0}}, {"time": {"correction": 0, "token": 16}}),
        {"commands": [{"interval": 900}] * 13},
        *({"interval": 900, "note": "x"}, {"interval": 900, "replay": None}, {"commands": [None]}),
        {"commands": [{"interval": 900}], "interval": 900},
        {"time": {"correction": 0, "token": 1}, "interval": 900},
        {"replay": {"from": "2026-11-20T10:00:00", "to": "2026-11-20T11:00:00"}},
        {"replay": {"from": "2026-11-20", "to": "2026-11-21"}},
    ],
)
def test_nonsense_is_an_error_and_no_exception(data: object, engine: Engine) -> None:
    [answer] = engine.answers("encodeDownlink", [{"data": data}])
    assert answer.keys() == {"errors"}
    assert answer["errors"][0]


def test_encoding_none_or_too_many_is_refused() -> None:
    with pytest.raises(ValueError, match=f"1 to {MOST_BYTES}"):
        encode([])
    with pytest.raises(ValueError, match="this 52"):
        encode([SetInterval(900)] * 13)


@pytest.mark.parametrize("off_s", [0, 1, -1, 86_400, -40_000_000, 2**31 - 1, -(2**31)])
def test_a_request_for_the_time_is_answered_to_the_second(off_s: int, engine: Engine) -> None:
    """The node takes for the time what is wrong by `off_s`; the answer goes through codec.js."""
    node = ClockSync()
    begin_gps_s = 1_451_260_818
    received_gps_s = (begin_gps_s + off_s) % 2**32
    received_s = received_gps_s + 315_964_800 - 18
    request = node.request(0)
    given = {"bytes": list(request), "fPort": CLOCK_PORT, "recvTime": received_s * 1000 + 499}
    [asked] = engine.answers("decodeUplink", [given])
    assert asked["data"]["kind"] == "time_request"
    [answer] = engine.answers("encodeDownlink", [{"data": asked["data"]["answer"]}])
    assert answer["fPort"] == CLOCK_PORT
    [read] = engine.answers("decodeDownlink", [answer])
    assert read == {"data": asked["data"]["answer"]}
    anchor = node.answered(bytes(answer["bytes"]))
    assert anchor is not None
    assert abs(anchor.utc_ns / 1e9 - received_s) < 1
