"""What is wrong with a configuration: every fault with its place and its cure."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from gateway.errors import GatewayError

Path = tuple[str | int, ...]
"""Keys and positions from the top of the file down to one value."""

_SHOWN = 60
_LISTED = 20
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]{1,60}")


@dataclass(frozen=True, slots=True)
class ConfigFault:
    """One mistake. `path` is "" and `line` 0 where the file as a whole is meant; `column` too."""

    path: str
    line: int
    problem: str
    cure: str
    column: int = 0


@dataclass(frozen=True, slots=True)
class FileKind:
    """What kind of file it is: how another one is named, an example, what looks at it again."""

    named_by: str
    example: str
    check: str


GATEWAY = FileKind("with --config", "config/gateway.yaml", "gateway check")


class ConfigError(GatewayError):
    """All that is wrong with one file, in the order of its lines; its text has a line for each."""

    def __init__(self, name: str, faults: Iterable[ConfigFault], kind: FileKind = GATEWAY) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line))
        text = "\n".join(_line(name, fault) for fault in self.faults)
        super().__init__(text, f"correct the file, then look again: {kind.check}")


def path_text(path: Path) -> str:
    """As it is shown: `sensors[2].options.address`."""
    return "".join(map(_step, path)).removeprefix(".")


def quoted(text: str) -> str:
    """Text of the file, bounded and fit for one line of a log."""
    shown = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
    return json.dumps(shown, ensure_ascii=not text.isprintable())


def listed(names: Iterable[str]) -> str:
    """Some names, the same way."""
    shown = [name if _PLAIN_KEY.fullmatch(name) else quoted(name) for name in names]
    more = ["…"] if len(shown) > _LISTED else []
    return ", ".join(shown[:_LISTED] + more) or "none"


def _step(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    return f".{part}" if _PLAIN_KEY.fullmatch(part) else f"[{quoted(part)}]"


def _line(name: str, fault: ConfigFault) -> str:
    place = ":".join(str(number) for number in (fault.line, fault.column) if number)
    where = [part for part in (f"{name}:{place}" if place else name, fault.path) if part]
    return f"{': '.join(where)}: {fault.problem}; {fault.cure}"
