"""Types and values in the words of a person who has never seen Python."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from msgspec import inspect

from gateway.config.faults import listed, quoted
from gateway.config.units import Measure, measure

_LONGEST, _CANDIDATES = 80, 100
"""Words beyond these are not compared: it takes time with the square of both."""

_KINDS: dict[type[inspect.Type], str] = {
    inspect.BoolType: "true or false",
    inspect.IntType: "a whole number",
    inspect.FloatType: "a number",
    inspect.StrType: "text",
    inspect.NoneType: "null",
    inspect.StructType: "keys and values",
    inspect.DictType: "keys and values",
    inspect.ListType: 'a list (lines that begin with "-")',
    inspect.TupleType: 'a list (lines that begin with "-")',
    inspect.VarTupleType: 'a list (lines that begin with "-")',
}


def expected(kind: Any, key: str = "") -> str:
    """What may stand there; addresses are said in hexadecimal, as data sheets do."""
    return _type(inspect.type_info(kind), key)


def found(value: Any, key: str = "") -> str:
    """What stands there instead; of a password only that it is one."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "keys and values"
    if isinstance(value, list):
        return "a list"
    if "pass" in key or "secret" in key:
        return "something else (not shown)"
    if isinstance(value, str) and "@" in value:  # what stands before it may be a password
        return literal(f"…@{value.rpartition('@')[2]}")
    return literal(value, key)


def literal(value: Any, key: str = "") -> str:
    """One value as it would be written into the file, or nearly so."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return quoted(value)
    if key == "address" and isinstance(value, int):
        return f"0x{value:02x}"
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def default(kind: Any, value: Any, key: str = "") -> str:
    """What holds without a line, as it would be written into one."""
    measured = None if value is None else measure(kind)
    return measured.text(value) if measured else literal(value, key)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant."""
    candidates = sorted(name for name in known if len(name) <= _LONGEST)[:_CANDIDATES]
    matches = get_close_matches(word[:_LONGEST].lower(), candidates, n=1)
    return matches[0] if matches else None


def choice(word: str, known: Iterable[str], what: str) -> str:
    """The cure for a word that is not one of a few."""
    known = sorted(known)
    meant = nearest(word, known)
    return f"did you mean {quoted(meant)}?" if meant else f"{what}: {listed(known)}"


def _type(info: inspect.Type, key: str) -> str:
    if isinstance(info, inspect.Metadata):
        extra = info.extra or {}
        if "plain" not in extra:
            return _type(info.type, key)
        return f"{extra['plain']}{_range(info.type, extra.get('measure'))}"
    if isinstance(info, inspect.UnionType):
        members = [_type(member, key) for member in info.types]
        return " or ".join(dict.fromkeys(members))
    if isinstance(info, inspect.LiteralType):
        return " or ".join(literal(value, key) for value in info.values)
    return f"{_KINDS.get(type(info), 'another value')}{_range(info)}"


def _range(info: inspect.Type, measured: Measure | None = None) -> str:
    said = measured.text if measured else "{:.12g}".format
    low, high = getattr(info, "ge", None), getattr(info, "le", None)
    if low is not None and high is not None:
        return f" from {said(low)} to {said(high)}"
    bounds = {
        " of at least ": low,
        " of at most ": high,
        " above ": getattr(info, "gt", None),
        " below ": getattr(info, "lt", None),
    }
    return " and".join(
        f"{word}{said(bound)}" for word, bound in bounds.items() if bound is not None
    )
