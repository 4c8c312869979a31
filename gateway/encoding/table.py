"""The messages as a table, one line per value, as documented in docs/cli.md.

Numbers keep the digits that they have in the message.
"""

import json
from collections.abc import Iterator
from typing import Any

COLUMNS = (
    "id",
    "kind",
    "sensor",
    "t0",
    "t1",
    "boot0",
    "up0_ms",
    "boot",
    "up_ms",
    "clock",
    "not_before",
    "not_after",
    "n",
    "quantity",
    "value",
    "raw",
    "calibration",
    "quality",
    "reason",
    "epoch",
    "from",
    "to",
    "rank",
    "step_s",
)


def lines(message: str) -> Iterator[list[str]]:
    """The lines of one object of a native message, each in the order of COLUMNS."""
    content = json.loads(message, parse_float=str, parse_int=str)
    cells = _gap(content) if "gap" in content else _reading(content)
    cells |= {name: content[name] for name in ("id", "sensor", "boot", "clock")}
    cells |= {name: content.get(name) for name in ("not_before", "not_after")}
    cells["up_ms"] = content["up"]
    for quantity, value in content.get("values", {"": None}).items():
        line = {**cells, "quantity": quantity, "value": value, **_beside(content, quantity)}
        yield [_text(line.get(column)) for column in COLUMNS]


def _reading(content: dict[str, Any]) -> dict[str, Any]:
    """A moment stands in `t1`, like the end of an interval."""
    merged = content.get("n")
    return {
        "kind": "merged" if merged else "reading",
        "t0": content.get("t0"),
        "t1": content.get("t", content.get("t1")),
        "boot0": content["boot"] if "up0" in content else None,
        "up0_ms": content.get("up0"),
        "n": merged or "1",
    }


def _beside(content: dict[str, Any], quantity: str) -> dict[str, str | None]:
    """What is told of one value; of a gap there is nothing."""
    told = {name: content.get(name, {}).get(quantity) for name in ("raw", "calibration")}
    return {**told, "quality": " ".join(content.get("quality", {}).get(quantity, ()))}


def _gap(content: dict[str, Any]) -> dict[str, Any]:
    same = ("t0", "t1", "boot0", "n", "epoch", "from", "to", "rank")
    return {
        "kind": "gap",
        "reason": content["gap"],
        "up0_ms": content["up0"],
        "step_s": content.get("step"),
        **{name: content.get(name) for name in same},
    }


def _text(cell: str | None) -> str:
    return "" if cell is None else cell
