"""Data against types, all the way down: every value is judged by itself, so all faults are found.

msgspec stops at the first fault. So the tree is walked here, and msgspec judges only the leaves.
One mistake is one fault: where a key is misspelt the right one is not missing as well, and what
hangs on a faulty value is not looked at.
"""

from collections.abc import Collection, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
from msgspec import inspect
from msgspec.structs import FieldInfo

from gateway.config import cures, wording
from gateway.config.faults import ConfigFault, Path, listed, path_text
from gateway.config.load import UNREADABLE
from gateway.config.units import measure


class Walker:
    """Turns data into typed objects; UNREADABLE stands for what is not well.

    `well` has the typed value of every place that is well, also below one that is not.
    """

    def __init__(self, lines: Mapping[Path, int]) -> None:
        self.faults: list[ConfigFault] = []
        self.well: dict[Path, Any] = {}
        self._lines = lines
        self._defaults: dict[Path, str] = {}

    def walk(self, kind: Any, value: Any, path: Path) -> Any:
        """The value as `kind` (a type annotation), or UNREADABLE and at least one fault."""
        typed = UNREADABLE if value is UNREADABLE else self._typed(kind, value, path)
        if typed is not UNREADABLE:
            self.well[path] = typed
        return typed

    def fault(self, path: Path, problem: str, cure: str) -> None:
        """Note a fault in the line of that place, or of the nearest that has one."""
        self.faults.append(ConfigFault(path_text(path), self.line(path), problem, cure))

    def written(self, path: Path) -> bool:
        """Whether that place stands in the file, well or not."""
        return path in self._lines

    def line(self, path: Path) -> int:
        """Where that place, or what holds it, stands in the file."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def _typed(self, kind: Any, value: Any, path: Path) -> Any:
        members = _members(kind)
        if value is None and NoneType in members:
            return None
        members = [member for member in members if member is not NoneType]
        if all(_is_struct(member) for member in members):
            return self._one_of(members, value, path)
        if len(members) > 1:
            return self._leaf(kind, value, path)
        if get_origin(members[0]) is Annotated:
            return self._typed(members[0], value, path)
        return self._plain(kind, members[0], value, path)

    def _plain(self, kind: Any, bare: Any, value: Any, path: Path) -> Any:
        """`bare` is `kind` without its Meta."""
        origin = get_origin(bare) or bare
        if bare is Any:
            return value
        if origin in (Mapping, dict) and isinstance(value, dict):
            return self._mapping(get_args(bare), value, path)
        if origin in (tuple, list) and isinstance(value, list):
            return self._sequence(kind, bare, value, path)
        return self._leaf(kind, value, path)

    def _leaf(self, kind: Any, value: Any, path: Path) -> Any:
        try:
            if not isinstance(value, str) or value.isprintable():
                return msgspec.convert(_meant(kind, value), kind)
        except msgspec.ValidationError:
            pass
        return self._unexpected(kind, value, path)

    def _unexpected(self, kind: Any, value: Any, path: Path) -> Any:
        key = str(path[-1]) if path else ""
        problem = f"expected {wording.expected(kind, key)}, found {wording.found(value, key)}"
        self.fault(path, problem, cures.cure(kind, value, self._defaults.get(path)))
        return UNREADABLE

    def _sequence(self, kind: Any, bare: Any, value: list[Any], path: Path) -> Any:
        wrong = _wrong_length(kind, bare, len(value))
        if wrong:
            self.fault(path, f"{wrong}, found {len(value)}", "add or remove entries")
        first, *rest = get_args(bare)
        kinds = [first, *rest] if rest and rest[-1] is not Ellipsis else [first] * len(value)
        typed = [
            self.walk(item_kind, item, (*path, index))
            for index, (item_kind, item) in enumerate(zip(kinds, value, strict=False))
        ]
        if wrong or any(item is UNREADABLE for item in typed):
            return UNREADABLE
        return (get_origin(bare) or list)(typed)

    def _mapping(self, kinds: tuple[Any, ...], value: dict[str, Any], path: Path) -> Any:
        keys = [self._name(kinds[0], key, (*path, key)) for key in value]
        typed = {key: self.walk(kinds[1], item, (*path, key)) for key, item in value.items()}
        if not all(keys) or any(item is UNREADABLE for item in typed.values()):
            return UNREADABLE
        return typed

    def _name(self, kind: Any, key: str, path: Path) -> bool:
        if cures.fits(kind, key) and key.isprintable():
            return True
        problem = f"expected {wording.expected(kind)} before the colon"
        self.fault(path, problem, cures.cure(kind, key))
        return False

    def _one_of(self, structs: list[Any], value: Any, path: Path) -> Any:
        if not isinstance(value, dict):
            return self._unexpected(structs[0], value, path)
        config = structs[0].__struct_config__
        if config.tag_field is None:
            return self._struct(structs[0], value, path)
        tags = {struct.__struct_config__.tag: struct for struct in structs}
        tag = value.get(config.tag_field)
        if isinstance(tag, str) and tag in tags:
            self.well[*path, config.tag_field] = tag
            return self._struct(tags[tag], value, path)
        return self._untagged(config.tag_field, tags, value, path)

    def _untagged(
        self, field: str, tags: Collection[str], value: dict[str, Any], path: Path
    ) -> Any:
        """Without a kind that is known, nothing else in there can be judged."""
        place = (*path, field)
        misspelt = [key for key in value if field not in value and wording.nearest(key, [field])]
        if misspelt:
            self.fault((*path, misspelt[0]), "unknown key", f'did you mean "{field}"?')
        elif field not in value:
            self.fault(place, "missing", f"write one of: {listed(sorted(tags))}")
        elif value[field] is not UNREADABLE:
            word = value[field] if isinstance(value[field], str) else ""
            cure = wording.choice(word, tags, "write one of")
            self.fault(place, f"unknown {field}: {wording.found(value[field])}", cure)
        return UNREADABLE

    def _struct(self, struct: Any, value: dict[str, Any], path: Path) -> Any:
        fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
        strange = value.keys() - fields.keys() - {struct.__struct_config__.tag_field}
        meant = {self._unknown(struct, key, fields, value, path) for key in sorted(strange)}
        missing = {key for key, field in fields.items() if field.required} - value.keys()
        for key in sorted(missing - meant):
            cure = f"write {wording.expected(fields[key].type, key)}"
            self.fault((*path, key), "missing", cure)
        typed = {
            field.name: self._field(field, value[key], (*path, key))
            for key, field in fields.items()
            if key in value
        }
        if strange or missing or any(item is UNREADABLE for item in typed.values()):
            return UNREADABLE
        return self._built(struct, typed, path)

    def _field(self, field: FieldInfo, value: Any, path: Path) -> Any:
        if value is None and isinstance(field.default, msgspec.Struct | tuple):
            return field.default  # a section of which every line is commented out
        if value is None and field.default_factory is dict:
            return {}
        if isinstance(field.default, str | int | float | None):
            self._defaults[path] = wording.default(field.type, field.default, field.encode_name)
        return self.walk(field.type, value, path)

    def _unknown(
        self, struct: Any, key: str, fields: Collection[str], value: dict[str, Any], path: Path
    ) -> str | None:
        """Note an unknown key; returns the one that was probably meant."""
        refused: Mapping[str, tuple[str, str]] = getattr(struct, "refused", {})
        free = {*(known for known in fields if known not in value), *refused}
        meant = wording.nearest(key, free)
        if meant is not None and meant in refused:
            self.fault((*path, key), *refused[meant])
        elif meant:
            self.fault((*path, key), "unknown key", f'did you mean "{meant}"?')
        else:
            self.fault((*path, key), "unknown key", f"known here: {listed(fields)}")
        return meant

    def _built(self, struct: Any, typed: dict[str, Any], path: Path) -> Any:
        try:
            return struct(**typed)
        except (ValueError, TypeError) as error:  # what a __post_init__ has to say
            problem = " ".join(str(error).split())
            self.fault(path, problem, "change one of the values here")
            return UNREADABLE


def _members(kind: Any) -> list[Any]:
    """The members of a union below its Meta; any other type is its own only member."""
    origin = get_origin(kind)
    if origin is Annotated:
        return _members(get_args(kind)[0])
    return list(get_args(kind)) if origin in (Union, UnionType) else [kind]


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _meant(kind: Any, value: Any) -> Any:
    """Times and sizes with a unit as numbers; a number as text where only texts may be chosen."""
    measured = measure(kind)
    if measured:
        return measured.meant(value)
    info = inspect.type_info(kind)
    bare = info.type if isinstance(info, inspect.Metadata) else info
    if isinstance(bare, inspect.LiteralType) and type(value) is int and str(value) in bare.values:
        return str(value)
    return value


def _wrong_length(kind: Any, bare: Any, length: int) -> str | None:
    """Which number of entries would be right, if `length` is not."""
    fixed = inspect.type_info(bare)
    if isinstance(fixed, inspect.TupleType):
        count = len(fixed.item_types)
        return None if length == count else f"expected {count} entries"
    info = inspect.type_info(kind)
    info = info.type if isinstance(info, inspect.Metadata) else info
    low, high = getattr(info, "min_length", None) or 0, getattr(info, "max_length", None)
    if length < low:
        return f"expected at least {low} {'entry' if low == 1 else 'entries'}"
    return f"expected at most {high} entries" if high is not None and length > high else None
