"""A fleet file: what is read from it, and every fault with its line and its cure."""

import re
from pathlib import Path

import pytest

from gateway.config import ConfigError
from gateway.fleet import Fleet, Reader, load, parse

EXAMPLE = Path(__file__).parents[3] / "config/fleet.yaml"

WELL = """\
prefix: udp/v1
municipalities:
  brandis: [gw-01, gw-02]
  naunhof:
    - gw-01
readers:
  - name: platform
    repair: true
  - name: display
    municipalities: [brandis]
retired:
  - brandis/gw-00
"""
NAME = "a name of a-z, 0-9 and inner hyphens, at most 40 characters"


def test_what_is_read() -> None:
    assert parse(WELL) == Fleet(
        municipalities={"brandis": ("gw-01", "gw-02"), "naunhof": ("gw-01",)},
        readers=(
            Reader(name="platform", repair=True),
            Reader(name="display", municipalities=("brandis",)),
        ),
        retired=("brandis/gw-00",),
    )


def test_the_example_is_well_and_shows_the_defaults() -> None:
    text = EXAMPLE.read_text()
    fleet = load(EXAMPLE)
    assert len(fleet.nodes) == 4
    lines = list(re.finditer(r"^( *)# ([a-z]+): .+$", text, re.MULTILINE))
    assert [line[2] for line in lines] == ["prefix", "municipalities"]
    for line in lines:
        shown = text[: line.start()] + line[0].replace("# ", "", 1) + text[line.end() :]
        assert parse(shown) == fleet, line[0]


FAULTS = [
    (
        "prefix: udp/v1",
        "prefix: udp/+",
        (
            "1: prefix: expected topic levels of a-z, 0-9, - and _, with / between them, found "
            '"udp/+"; leave the line out for the default, "udp/v1"'
        ),
    ),
    ("prefix: udp/v1", "prefix: /udp", "1: prefix: expected topic levels"),
    ("prefix: udp/v1", "prefix: udp/#", "1: prefix: expected topic levels"),
    ("prefix: udp/v1", "prefx: udp/v1", '1: prefx: unknown key; did you mean "prefix"?'),
    (
        "prefix: udp/v1",
        "password: x",
        "1: password: unknown key; known here: prefix, municipalities, readers, retired",
    ),
    (
        "[gw-01, gw-02]",
        "[gw/01]",
        f'3: municipalities.brandis[0]: expected {NAME}, found "gw/01"; for example "gw-01"',
    ),
    ("[gw-01, gw-02]", "[gw+]", "3: municipalities.brandis[0]: expected"),
    ("[gw-01, gw-02]", "['#']", "3: municipalities.brandis[0]: expected"),
    ("[gw-01, gw-02]", "[gw 01]", 'for example "gw-01"'),
    ("[gw-01, gw-02]", "[GW-01]", 'for example "gw-01"'),
    ("[gw-01, gw-02]", "['%u']", 'for example "u"'),
    ("[gw-01, gw-02]", '["gw-01\\ntopic write #"]', "3: municipalities.brandis[0]: expected"),
    (
        "[gw-01, gw-02]",
        "[gw-01, gw-02, gw-01]",
        (
            '3: municipalities.brandis[2]: the user "brandis/gw-01" is already used by '
            "municipalities.brandis[0] (line 3); choose another"
        ),
    ),
    (
        "[gw-01, gw-02]",
        "gw-01",
        '3: municipalities.brandis: expected a list (lines that begin with "-"), found "gw-01"',
    ),
    ("[gw-01, gw-02]", "", "3: municipalities.brandis: expected a list"),
    (
        "  naunhof:",
        "  bad naunhof:",
        (
            f'4: municipalities["bad naunhof"]: expected {NAME} before the colon; '
            'for example "bad-naunhof"'
        ),
    ),
    (
        "  naunhof:",
        "  brandis:",
        "4: municipalities.brandis: duplicate key, also in line 3; remove one of them",
    ),
    (
        "  naunhof:\n    - gw-01",
        "  naunhof:\n    - gw-01\n    - gw-01",
        (
            '6: municipalities.naunhof[1]: the user "naunhof/gw-01" is already used by '
            "municipalities.naunhof[0] (line 5)"
        ),
    ),
    ("name: platform", "name: a b", 'found "a b"; for example "a-b"'),
    (
        "name: platform",
        "name: brandis/gw-01",
        (
            "7: readers[0].name: expected a user name of letters, digits and inner . _ -, at most "
            "64 characters"
        ),
    ),
    (
        "name: platform",
        "name: display",
        (
            '9: readers[1].name: the user "display" is already used by readers[0].name (line 7); '
            "choose another"
        ),
    ),
    (
        "repair: true",
        "repair: yes",
        '8: readers[0].repair: expected true or false, found "yes"; write true',
    ),
    (
        "repair: true",
        "admin: true",
        "8: readers[0].admin: unknown key; known here: name, municipalities, repair, acknowledge",
    ),
    (
        "[brandis]",
        "[brandi]",
        (
            '10: readers[1].municipalities[0]: no municipality is called "brandi"; '
            'did you mean "brandis"?'
        ),
    ),
    ("[brandis]", "[grimma]", 'no municipality is called "grimma"; there are: brandis, naunhof'),
    (
        "[brandis]",
        "[]",
        "10: readers[1].municipalities: expected at least 1 entry, found 0; add or remove entries",
    ),
    ("[brandis]", "brandis", "10: readers[1].municipalities: expected"),
    (
        "brandis/gw-00",
        "brandis/gw-01",
        (
            '12: retired[0]: the user "brandis/gw-01" is already used by municipalities.brandis[0] '
            "(line 3); remove it here or there"
        ),
    ),
    (
        "brandis/gw-00",
        "display",
        (
            '12: retired[0]: the user "display" is already used by readers[1].name (line 9); '
            "remove it here or there"
        ),
    ),
    (
        "brandis/gw-00",
        "a/b/c",
        "12: retired[0]: expected municipality/node, or the user name of a reader",
    ),
]


@pytest.mark.parametrize(("old", "new", "said"), FAULTS)
def test_one_mistake_is_one_fault(old: str, new: str, said: str) -> None:
    assert WELL.count(old) == 1
    with pytest.raises(ConfigError) as caught:
        parse(WELL.replace(old, new))
    assert len(caught.value.faults) == 1, str(caught.value)
    assert said in str(caught.value)
    assert str(caught.value).startswith("fleet.yaml:")
    assert "gateway fleet acl FILE" in caught.value.hint


def test_all_mistakes_are_told_at_once() -> None:
    spoilt = WELL.replace("udp/v1", "udp/#").replace("[gw-01, gw-02]", "[gw-01, gw-01]")
    spoilt = spoilt.replace("[brandis]", "[grimma]").replace("name: platform\n", "nam: x\n")
    with pytest.raises(ConfigError) as caught:
        parse(spoilt)
    assert [fault.line for fault in caught.value.faults] == [1, 3, 7, 10]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "fleet.yaml: the file is empty; start from the example: config/fleet.yaml"),
        ("prefix: udp/v1", "fleet.yaml:1: municipalities: missing; write keys and values"),
        ("- a", "fleet.yaml:1: expected keys and values, found a list"),
        ("a: [", "fleet.yaml:1:5: not valid YAML"),
        ("municipalities: []", "fleet.yaml:1: municipalities: expected keys and values"),
        ("x" * (1 << 21), "fleet.yaml: larger than 1 MiB"),
    ],
)
def test_a_file_that_is_none(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert str(caught.value).startswith(said)
    assert "gateway fleet acl FILE" in caught.value.hint


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"no such file; name another on the command line, or copy"
    ):
        load(tmp_path / "fleet.yaml")
