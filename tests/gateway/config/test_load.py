"""Files that can't be read, texts that are no YAML, and YAML that a configuration does without."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.config import ConfigError, load, parse
from gateway.config.load import MAX_DEPTH, MAX_VALUES, UNREADABLE, document
from gateway.config.source import MAX_BYTES, read

Spoil = Callable[..., list[str]]


def refused(path: Path, content: bytes | None = None) -> str:
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load(path)
    return str(caught.value).replace(str(path), "FILE")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "gateway.yaml"


def test_a_file_is_loaded_and_named_in_faults(file: Path, well: str) -> None:
    file.write_text(well)
    assert load(str(file)) == load(file) == parse(well)
    assert refused(file, b"a: 1").startswith("FILE:1: ")


def test_a_byte_order_mark_is_no_fault(file: Path, well: str) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + well.encode())
    assert load(file) == parse(well)


def test_no_file(file: Path) -> None:
    assert refused(file).startswith("FILE: no such file; ")


def test_a_folder(tmp_path: Path) -> None:
    assert refused(tmp_path) == "FILE: a folder, not a file; name the file in it"


def test_a_file_of_somebody_else(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)  # root may read everything
    assert refused(file) == "FILE: may not be read by this user; see whose it is: ls -l FILE"


def test_a_path_through_a_file(file: Path) -> None:
    file.touch()
    assert "cannot be read: Not a directory; look at it: ls" in refused(file / "x")


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"a: b\nc: \xff", "2:4"),
        (b"\xef\xbb\xbfab\xff", "1:4"),
        ("ä: b\xff".encode("latin-1"), "1:1"),
    ],
)
def test_a_file_in_another_encoding(file: Path, content: bytes, place: str) -> None:
    assert refused(file, content) == f"FILE:{place}: not UTF-8 text; save the file as UTF-8"


def test_utf_16(file: Path, well: str) -> None:
    assert "not UTF-8 text" in refused(file, well.encode("utf-16"))


def test_no_more_than_a_mebibyte_is_read(file: Path) -> None:
    assert read_back(file, b"#" * MAX_BYTES) == "#" * MAX_BYTES
    assert refused(file, b"#" * (MAX_BYTES + 1)).startswith("FILE: larger than 1 MiB; ")
    with pytest.raises(ConfigError, match="larger than 1 MiB"):
        parse("#" * (MAX_BYTES + 1))
    with pytest.raises(ConfigError, match="larger than 1 MiB"):
        load("/dev/zero")


def read_back(file: Path, content: bytes) -> str:
    file.write_bytes(content)
    return read(file)


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "%YAML 1.2\n# x\n"])
def test_empty(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert len(caught.value.faults) == 1


@pytest.mark.parametrize(
    ("text", "place", "cure"),
    [
        ("node:\n\tname: x", "2:1", "indent with spaces, never with tabs"),
        ("node: [1, 2", "1:12", "the file ends too early"),
        ('node: "abc', "1:11", "the file ends too early"),
        ("node:\n  a: b: c", "2:7", 'put text with a ":" in quotes'),
        ("node: @x", "1:7", "put the value in quotes"),
        ("node:\n  a: 1\n b: 2", "3:2", "equally indented"),
        ("node\nname: 1", "2:5", ""),
        ("a: 1\nb\nc: 3", "3:1", 'write a ":"'),
        ("a: }", "1:4", "check the quotes"),
        ("a: \x07", "1:4", "delete it and type it anew"),
        ("a: b\nc: \ud800", "2:4", "delete it and type it anew"),
        ("a: &x 1\nb: [", "2:5", "the file ends too early"),
    ],
)
def test_no_yaml(text: str, place: str, cure: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, "f")
    fault = caught.value.faults[-1]
    assert str(caught.value).splitlines()[-1].startswith(f"f:{place}: ")
    assert cure in fault.cure


@pytest.mark.parametrize(
    "text", ['a: "\\UFFFFFFFF"', 'a: "\\U00110000"', f"%YAML {'1' * 5000}.1\n---\na"]
)
def test_numbers_beyond_all_limits(text: str) -> None:
    with pytest.raises(ConfigError, match="not valid YAML"):
        parse(text)


def test_a_fault_before_the_end_of_the_yaml_is_told_too() -> None:
    with pytest.raises(ConfigError) as caught:
        parse("a: 1\na: 2\nb: [", "f")
    assert [fault.line for fault in caught.value.faults] == [2, 3]


NAME = "  name: rathaus-01"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (NAME, "  name: a\n  name: b", "4: node.name: duplicate key, also in line 3; remove one"),
        (NAME, "  name: a\n  'name': b", "4: node.name: duplicate key, also in line 3"),
        ("uplinks:", "buses:\nuplinks:", "27: buses: duplicate key, also in line 6"),
        (NAME, "  name: &n a", '3: node.name: anchors and aliases ("n") are not supported; write'),
        (NAME, "  name: *n", "3: node.name: anchors and aliases"),
        (NAME, "  &n name: a", "3: node: anchors and aliases"),
        (NAME, "  name: a\n  *n : x", "4: node: anchors and aliases"),
        (NAME, "  name: a\n  <<: {x: 1}", '4: node["<<"]: merging is not supported; write the'),
        (NAME, "  name: !secret a", '3: node.name: tag "!secret" is not supported; remove the tag'),
        (NAME, "  name: !!binary YQ==", '3: node.name: tag "tag:yaml.org,2002:binary" is not'),
        ("  main: {type", "  main: !!python/object:os.x {type", "7: buses.main: tag"),
        ("options: {line: 22}", "options: !!set {line: 22}", "26: sensors[3].options: tag"),
        (NAME, "  name: a\n  ? [x]\n  : 1", "4: node: a key that is not plain text; check the"),
        ("    tls: true\n", "...\n---\na: b\n", "32: a second document; remove the line"),
    ],
)
def test_yaml_that_a_configuration_does_without(
    spoil: Spoil, old: str, new: str, said: str
) -> None:
    (fault,) = spoil(old, new)
    assert fault.startswith(f"gateway.yaml:{said}")


def test_an_anchor_is_one_fault_however_often_it_is_used() -> None:
    text = "a: &x 1\nb: *x\nc: *x\nd: &y 2"
    found = document(text, "f")
    assert [fault.line for fault in found.faults] == [1, 4]
    assert found.data == {"a": 1, "b": UNREADABLE, "c": UNREADABLE, "d": 2}


def test_a_bomb_of_aliases_stays_small() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    found = document("\n".join(levels), "f")
    assert found.data["a29"] == [UNREADABLE] * 9
    assert len(found.faults) == 30
    with pytest.raises(ConfigError):
        parse("\n".join(levels))


def test_an_alias_to_what_holds_it_is_refused() -> None:
    with pytest.raises(ConfigError, match="anchors and aliases"):
        parse("node: &n\n  name: *n")


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_nesting_ends(opening: str) -> None:
    deepest = MAX_DEPTH + 1
    assert document("[" * deepest + "]" * deepest, "f").faults == []
    with pytest.raises(ConfigError, match="nested too deeply"):
        document("[" * (deepest + 1) + "]" * (deepest + 1), "f")
    with pytest.raises(ConfigError, match="nested too deeply"):
        parse(opening * 100_000)


def test_values_end() -> None:
    with pytest.raises(ConfigError, match=r"^f:5000: too many values"):
        parse("- a\n" * (MAX_VALUES + 1), "f")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None), ("~", None), ("null", None), ("true", True), ("FALSE", False),
        ("no", "no"), ("on", "on"), ("y", "y"), ("12", 12), ("-3", -3), ("010", 10), ("0o17", 15),
        ("0x76", 0x76), ("1_000", "1_000"), ("12:30", "12:30"), ("1.5", 1.5), (".5", 0.5),
        ("1e3", 1000.0), ("1e999", "1e999"), (".inf", ".inf"), (".NaN", ".NaN"),
        ("2026-01-01", "2026-01-01"), ('"12"', "12"), ("'true'", "true"), ("!!str 12", "12"),
        ("! 12", "12"), ("!!int 12", 12), ("=", "="), ("9" * 400, "9" * 400), ("|\n  12\n", "12\n"),
    ],
)  # fmt: skip
def test_plain_values_by_the_rules_of_yaml_1_2(text: str, value: object) -> None:
    found = document(f"a: {text}", "f")
    assert found.faults == []
    assert found.data == {"a": value}
    assert type(found.data["a"]) is type(value)


def test_every_value_has_its_line() -> None:
    lines = document("a:\n  b:\n    - 1\n    - c: 2\n      d: {e: 3,\n        f: 4}\n", "f").lines
    assert lines == {
        (): 1,
        ("a",): 1,
        ("a", "b"): 2,
        ("a", "b", 0): 3,
        ("a", "b", 1): 4,
        ("a", "b", 1, "c"): 4,
        ("a", "b", 1, "d"): 5,
        ("a", "b", 1, "d", "e"): 5,
        ("a", "b", 1, "d", "f"): 6,
    }


def test_a_pipe_is_read_like_a_file(well: str) -> None:
    ours, theirs = os.pipe()
    os.write(theirs, well.encode())
    os.close(theirs)
    assert load(f"/dev/fd/{ours}") == parse(well)
    os.close(ours)
