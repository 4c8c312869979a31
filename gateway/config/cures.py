"""What to do about a value that is not what it should be."""

import re
from typing import Any

import msgspec
from msgspec import inspect

from gateway.config import wording
from gateway.config.scalars import scalar
from gateway.config.units import measure

_SWITCHES = {"yes": "true", "on": "true", "no": "false", "off": "false"}
_UMLAUTS = {ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue", ord("ß"): "ss"}


def cure(kind: Any, value: Any, default: str | None = None) -> str:
    """The next thing to type; `kind` is a type annotation, `default` what holds without a line."""
    rewritten = _rewritten(kind, value)
    if rewritten or default is None:
        return rewritten or "write it in that form"
    if default == "null":
        return "correct it, or leave the line out"
    return f"leave the line out for the default, {default}"


def fits(kind: Any, value: Any) -> bool:
    """Whether the value would do."""
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True


def slug(text: str) -> str:
    """The name nearest to `text` that may be part of a topic; possibly empty."""
    plain = text.lower().translate(_UMLAUTS)
    return re.sub("[^a-z0-9]+", "-", plain)[:40].strip("-")


def _rewritten(kind: Any, value: Any) -> str | None:
    info = inspect.type_info(kind)
    bare = info.type if isinstance(info, inspect.Metadata) else info
    if isinstance(value, str):
        return _text_rewritten(kind, bare, value)
    if isinstance(value, dict | list):
        return None
    if value is not None and fits(kind, str(value)):
        return "put it in quotes"
    return None


def _text_rewritten(kind: Any, bare: inspect.Type, value: str) -> str | None:
    if not value.isprintable():
        return "write it in one line, without control characters"
    if isinstance(bare, inspect.BoolType) and value.lower() in _SWITCHES:
        return f"write {_SWITCHES[value.lower()]}"
    if fits(kind, scalar(value)):
        return "remove the quotes"
    if isinstance(bare, inspect.LiteralType) and isinstance(bare.values[0], str):
        return wording.choice(value, map(str, bare.values), "write one of")
    return _example(kind, value)


def _example(kind: Any, value: str) -> str | None:
    info = inspect.type_info(kind)
    extra = (info.extra if isinstance(info, inspect.Metadata) else None) or {}
    if extra.get("slug") and slug(value):
        return f'for example "{slug(value)}"'
    measured = measure(kind)
    return measured.cure if measured and measured.number(value) is None else None
