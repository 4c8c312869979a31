"""What the renderings hold, word for word, and what they never hold."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.fleet import acl, dynsec, load, parse

EXAMPLE = str(Path(__file__).parents[3] / "config/fleet.yaml")

SMALL = parse("""
prefix: p
municipalities: {brandis: [gw-01]}
readers: [{name: display, municipalities: [brandis], acknowledge: true}]
retired: [old, brandis/gw-00]
""")

ACL = """\
# Made by `gateway fleet acl`: change the fleet file and make it anew.

user brandis/gw-01
topic write p/brandis/gw-01/data
topic write p/brandis/gw-01/live/+
topic write p/brandis/gw-01/status
topic write p/brandis/gw-01/meta
topic write p/brandis/gw-01/audit
topic write p/brandis/gw-01/health
topic write p/brandis/gw-01/reply
topic read p/brandis/gw-01/cmd/+
topic read p/brandis/gw-01/ack

user display
topic write p/brandis/+/ack
topic read p/brandis/+/data
topic read p/brandis/+/live/+
topic read p/brandis/+/status
topic read p/brandis/+/meta
topic read p/brandis/+/audit
topic read p/brandis/+/health
topic read p/brandis/+/reply
"""


def test_the_acl_file() -> None:
    assert acl.text(SMALL) == ACL


def test_nothing_is_allowed_by_default_and_who_is_retired_goes_first() -> None:
    first, *others = dynsec.commands(SMALL)["commands"]
    assert first["command"] == "setDefaultACLAccess"
    assert {one["acltype"]: one["allow"] for one in first["acls"]} == dict.fromkeys(
        ("publishClientSend", "publishClientReceive", "subscribe", "unsubscribe"), False
    )
    assert others[:4] == [
        {"command": "deleteClient", "username": "old"},
        {"command": "deleteRole", "rolename": "reader/old"},
        {"command": "deleteClient", "username": "brandis/gw-00"},
        {"command": "deleteRole", "rolename": "node/brandis/gw-00"},
    ]


def test_no_rendering_knows_a_password_or_a_pattern() -> None:
    for text in (acl.text(load(EXAMPLE)), json.dumps(dynsec.commands(load(EXAMPLE)))):
        assert not {word for word in ("password", "pattern ", "%u", "%c") if word in text}


def test_the_verb_prints_them(capsys: pytest.CaptureFixture[str]) -> None:
    fleet = load(EXAMPLE)
    assert main(["fleet", "acl", EXAMPLE]) == 0
    assert capsys.readouterr().out == acl.text(fleet)
    assert main(["fleet", "acl", EXAMPLE, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"acl": acl.text(fleet)}
    assert main(["fleet", "dynsec", EXAMPLE]) == 0
    assert json.loads(capsys.readouterr().out) == dynsec.commands(fleet)
    assert main(["fleet", "--json", "dynsec", EXAMPLE]) == 0
    told = capsys.readouterr().out
    assert json.loads(told) == dynsec.commands(fleet)
    assert told.count("\n") == 1


def test_a_faulty_file_renders_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "fleet.yaml"
    file.write_text("municipalities: {brandis: [gw-01, gw-01]}\n")
    assert main(["fleet", "acl", str(file)]) == 78
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"{file}:1: municipalities.brandis[1]: the user")


def test_without_a_word_it_says_which_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fleet"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert all(f"  {word}" in told.err for word in ("acl", "dynsec", "request"))


RUN = "import sys; from gateway.cli import main; main(sys.argv[1:]); print(*sys.modules)"


@pytest.mark.parametrize("words", [["--version"], ["fleet", "acl", EXAMPLE]])
def test_keys_cost_nothing_where_none_is_made(words: list[str]) -> None:
    command = [sys.executable, "-c", RUN, *words]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "cryptography" not in ran.stdout.splitlines()[-1].split()
