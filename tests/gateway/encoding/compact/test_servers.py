"""codec.js as each server calls it: what stands around it, what is handed in, what is read."""

import json
from typing import Any

import pytest
import quickjs  # type: ignore[import-untyped]

from gateway.encoding.compact.frames import encode
from gateway.encoding.compact.javascript import generated
from gateway.encoding.compact.rows import Part, Row
from tests.gateway.encoding.compact.engines import Duktape

AT_S = 1_795_168_800
ROW = Row(AT_S, 900, (Part(0, {"count_in": 4.0}, 7, 7, 1), Part(1, {"temperature": 21.4})))
UPLINK = list(encode(1, [ROW], 51)[0])
ASKED = [1, 0, 0, 0, 0, 21]
RECEIVED = f"new Date({(AT_S + 42) * 1000})"
PATIENCE_S = 0.1
"""What ChirpStack gives a script, as it is installed."""

STACK = """
        %s

        function main(input) {
            const bytes = input.bytes.slice();
            const { fPort, recvTime, data } = input;
            if (input.routine !== "decodeUplink") {
                return eval(input.routine)({ data, bytes, fPort });
            }
            const decoded = decodeUplink({ bytes, fPort, recvTime });
            const failed = decoded.errors && decoded.errors.length;
            const normalized = failed ? undefined : normalizeUplink({ data: decoded.data });
            return { decoded, normalized };
        }
"""


def things_stack(given: str) -> Any:
    """The function `main` is put behind the script; Dates are those of the engine."""
    context = quickjs.Context()
    context.set_time_limit(PATIENCE_S)
    context.eval(STACK % generated())
    return json.loads(context.eval(f"JSON.stringify(main({given}))"))


def chirpstack(function: str, given: str) -> Any:
    """One sloppy script, whose last value is the answer; `Buffer` and the input stand there."""
    context = quickjs.Context()
    context.set_time_limit(PATIENCE_S)
    context.eval(f"globalThis.Buffer = function () {{}}; globalThis.chirpstack_input = {given};")
    answer = context.eval(f"\n        {generated()}\n\n        {function}(chirpstack_input)\n")
    return json.loads(answer.json())


def test_one_engine_knows_es5_1_alone() -> None:
    engine = Duktape(generated())
    for newer in ("let a = 1", "() => 1", "class A {}", "`a`"):
        with pytest.raises(Exception, match="SyntaxError"):
            engine.run(newer)


def test_the_things_stack_reads_an_uplink_and_its_normal_form() -> None:
    told = things_stack(
        f"{{routine: 'decodeUplink', bytes: {UPLINK}, fPort: 10, recvTime: {RECEIVED}}}"
    )
    [row] = told["decoded"]["data"]["rows"]
    assert row["t1"] == "2026-11-20T10:00:00Z"
    [measured] = told["normalized"]["data"]
    assert measured == {"time": "2026-11-20T10:00:00Z", "air": {"temperature": 21.4}}


def test_an_older_things_stack_hands_in_no_time() -> None:
    told = things_stack(f"{{routine: 'decodeUplink', bytes: {UPLINK}, fPort: 10}}")
    [row] = told["decoded"]["data"]["rows"]
    assert row["length"] == 900
    assert row["sensors"][0]["first"] == 7


def test_the_things_stack_makes_downlinks_and_reads_them() -> None:
    made = things_stack("{routine: 'encodeDownlink', bytes: [], data: {interval: 3600}, fPort: 1}")
    assert made == {"bytes": [3, 0, 14, 16], "fPort": 11}
    read = things_stack("{routine: 'decodeDownlink', bytes: [3, 0, 14, 16], fPort: 11}")
    assert read == {"data": {"commands": [{"interval": 3600}]}}


def test_an_error_of_the_things_stack_has_texts_and_no_data() -> None:
    told = things_stack("{routine: 'decodeUplink', bytes: [255], fPort: 10}")
    assert told["decoded"].keys() == {"errors"}
    assert all(isinstance(one, str) for one in told["decoded"]["errors"])


def test_chirpstack_reads_an_uplink() -> None:
    given = f"{{bytes: {UPLINK}, fPort: 10, recvTime: {RECEIVED}, variables: {{a: 'b'}}}}"
    told = chirpstack("decodeUplink", given)
    assert told["data"]["rows"][0]["t1"] == "2026-11-20T10:00:00Z"


def test_chirpstack_hands_in_what_is_to_be_sent_without_a_port() -> None:
    told = chirpstack("encodeDownlink", "{variables: {}, data: {interval: 3600.0}}")
    assert told == {"bytes": [3, 0, 14, 16], "fPort": 11}


def test_chirpstack_is_answered_when_a_node_asks_for_the_time() -> None:
    asked = f"{{bytes: {ASKED}, fPort: 202, recvTime: {RECEIVED}, variables: {{}}}}"
    answer = chirpstack("decodeUplink", asked)["data"]["answer"]
    told = chirpstack("encodeDownlink", f"{{data: {json.dumps(answer)}, variables: {{}}}}")
    assert told["fPort"] == 202
    assert len(told["bytes"]) == 6
