"""From text to plain data, with the line of every value: the only importer of yaml.

Only what a configuration needs of YAML is taken: lists, keys and values, and plain values read by
the rules of YAML 1.2 (`no` and `12:30` are text, 010 is ten), which are also those of editors.
Anchors, tags and endless nesting are refused, so a small file can't become large data.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml
from yaml import events

from gateway.config.faults import (
    GATEWAY,
    ConfigError,
    ConfigFault,
    FileKind,
    Path,
    path_text,
    quoted,
)
from gateway.config.scalars import Scalar, scalar
from gateway.config.source import MAX_BYTES, at, too_large

MAX_DEPTH = 20
MAX_VALUES = 5_000


class Unreadable:
    """Stands in plain data for a value whose fault is already noted."""


UNREADABLE: Final = Unreadable()


@dataclass(slots=True)
class Document:
    """Plain data (dict, list, str, int, float, bool, None, UNREADABLE) and its lines from 1."""

    data: Any = UNREADABLE
    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[ConfigFault] = field(default_factory=list)


def document(text: str, name: str, kind: FileKind = GATEWAY) -> Document:
    """The data in a text. Raises ConfigError if it is not YAML, or too much of it."""
    if len(text) > MAX_BYTES:
        raise too_large(name, kind)
    composer = _Composer(text, kind)
    try:
        return composer.document()
    except yaml.MarkedYAMLError as error:
        fault = _syntax(error)
    except yaml.reader.ReaderError as error:
        problem = "a character that YAML forbids"
        fault = at(text, error.position, problem, "delete it and type it anew")
    except (ValueError, OverflowError) as error:  # an escape or a version beyond all numbers
        fault = ConfigFault("", 0, f"not valid YAML: {error}", "look for \\U or a line with %")
    except _TooMuch as error:
        fault = error.fault
    raise ConfigError(name, [*composer.found.faults, fault], kind)


_CURES = (
    ("'\\t'", "indent with spaces, never with tabs"),
    ("end of stream", "the file ends too early: close the quote or bracket, or copy it again"),
    ("<stream end>", "the file ends too early: close the quote or bracket, or copy it again"),
    ("could not find expected ':'", 'write a ":" and a space after the key'),
    ("mapping values are not allowed", 'put text with a ":" in quotes, or check the indentation'),
    ("cannot start any token", "put the value in quotes"),
    ("<block end>", "put what belongs together under each other, equally indented"),
)


def _syntax(error: yaml.MarkedYAMLError) -> ConfigFault:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    problem = error.problem or error.context or "malformed"
    cures = (cure for sign, cure in _CURES if sign in problem)
    cure = next(cures, "check the quotes and the indentation here and in the line above")
    return ConfigFault("", line, f"not valid YAML: {problem}", cure, column)


_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS: dict[type, tuple[str | None, ...]] = {
    events.ScalarEvent: (None, "!", *map(_TAG.__add__, ("str", "int", "float", "bool", "null"))),
    events.SequenceStartEvent: (None, "!", _TAG + "seq"),
    events.MappingStartEvent: (None, "!", _TAG + "map"),
}


class _TooMuch(Exception):
    def __init__(self, fault: ConfigFault) -> None:
        super().__init__(fault.problem)
        self.fault = fault


class _Composer:
    """Builds data from the events of the parser; `found` grows as it goes."""

    def __init__(self, text: str, kind: FileKind) -> None:
        self._example = kind.example
        self.found = Document()
        self._events: Iterator[Any] = yaml.parse(text, Loader=yaml.SafeLoader)
        self._anchors: set[str] = set()
        self._values = 0

    def document(self) -> Document:
        for event in self._events:
            if isinstance(event, events.DocumentStartEvent):
                self._one_document(event)
        if self.found.data is UNREADABLE and not self.found.faults:
            self._fault((), 0, "the file is empty", f"start from the example: {self._example}")
        return self.found

    def _one_document(self, start: Any) -> None:
        if self.found.lines:
            line = start.start_mark.line + 1
            raise _TooMuch(ConfigFault("", line, "a second document", 'remove the line "---"'))
        self.found.data = self._value(next(self._events), ())

    def _value(self, event: Any, path: Path) -> Any:
        line = event.start_mark.line + 1
        self.found.lines.setdefault(path, line)
        self._bound(path, line)
        well = self._accept(event, path, line)
        value: Any = None
        if isinstance(event, events.MappingStartEvent):
            value = self._mapping(path)
        elif isinstance(event, events.SequenceStartEvent):
            value = self._sequence(path)
        elif isinstance(event, events.ScalarEvent):
            value = _scalar(event)
        return value if well else UNREADABLE

    def _bound(self, path: Path, line: int) -> None:
        self._values += 1
        if len(path) > MAX_DEPTH:
            cure = "check the brackets and the indentation"
            raise _TooMuch(ConfigFault("", line, "nested too deeply", cure))
        if self._values > MAX_VALUES:
            raise _TooMuch(ConfigFault("", line, "too many values", "check the file name"))

    def _accept(self, event: Any, path: Path, line: int) -> bool:
        """Whether the value may be used. An anchor is a fault, yet its own value is read on."""
        if event.anchor and event.anchor not in self._anchors:
            self._anchors.add(event.anchor)
            problem = f"anchors and aliases ({quoted(event.anchor)}) are not supported"
            self._fault(path, line, problem, "write the value out wherever it is needed")
        if isinstance(event, events.AliasEvent):
            return False
        if event.tag not in _PLAIN_TAGS[type(event)]:
            self._fault(path, line, f"tag {quoted(event.tag)} is not supported", "remove the tag")
            return False
        return True

    def _sequence(self, path: Path) -> list[Any]:
        values: list[Any] = []
        for event in self._until(events.SequenceEndEvent):
            values.append(self._value(event, (*path, len(values))))
        return values

    def _mapping(self, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for event in self._until(events.MappingEndEvent):
            key = self._key(event, path, values)
            place = (*path, "?" if key is None else key)
            self.found.lines[place] = event.start_mark.line + 1
            value = self._value(next(self._events), place)
            if key is not None:
                values[key] = value
        return values

    def _key(self, event: Any, path: Path, known: Collection[str]) -> str | None:
        """The key, as it is written; None = the value that follows is to be passed over."""
        line = event.start_mark.line + 1
        if isinstance(event, events.CollectionStartEvent):
            self._value(event, (*path, "?"))
            self._fault(path, line, "a key that is not plain text", "check the brackets")
            return None
        self._accept(event, path, line)
        if isinstance(event, events.AliasEvent):
            return None
        return self._new_key(event.value, path, line, known)

    def _new_key(self, key: str, path: Path, line: int, known: Collection[str]) -> str | None:
        if key == "<<":
            self._fault((*path, key), line, "merging is not supported", "write the keys out")
        elif key in known:
            problem = f"duplicate key, also in line {self.found.lines[*path, key]}"
            self._fault((*path, key), line, problem, "remove one of them")
        else:
            return key
        return None

    def _until(self, end: type[events.Event]) -> Iterator[Any]:
        while not isinstance(event := next(self._events), end):
            yield event

    def _fault(self, path: Path, line: int, problem: str, cure: str) -> None:
        self.found.faults.append(ConfigFault(path_text(path), line, problem, cure))


def _scalar(event: events.ScalarEvent) -> Scalar:
    quoted_or_tagged = event.style is not None or event.tag in ("!", _TAG + "str")
    return event.value if quoted_or_tagged else scalar(event.value)
