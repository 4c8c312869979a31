"""`gateway audit` as a process, at a real broker that loses messages, with a node that has them."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.certificates import Authority
from tests.e2e.daemon import GATEWAY
from tests.gateway.auditing.stub import EPOCH, StubNode
from tests.mosquitto import Mosquitto, StartMosquitto
from tests.waiting import until

pytestmark = pytest.mark.mosquitto

FORGETFUL = "allow_anonymous true\nmax_queued_messages 5\nmax_inflight_messages 5"


class Operator:
    """Calls of `gateway audit` with a session and a state of their own."""

    def __init__(self, broker: Mosquitto, folder: Path) -> None:
        self._broker = broker
        self._words = ["--broker", f"127.0.0.1:{broker.port}", "--no-tls", "--json"]
        self._words += ["--client-id", "night-shift", "--state", str(folder / "state.json")]

    def start(self, *words: str) -> subprocess.Popen[str]:
        """And wait until it listens."""
        listens = "Sending SUBACK to night-shift"
        before = self._broker.log.read_text().count(listens)
        process = subprocess.Popen(
            [GATEWAY, "audit", *self._words, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        until(
            lambda: self._broker.log.read_text().count(listens) > before,
            lambda: process.poll() is None or process.communicate(),
        )
        return process

    def call(self, *words: str) -> tuple[int, dict[str, Any]]:
        return ended(self.start(*words))


def ended(process: subprocess.Popen[str]) -> tuple[int, dict[str, Any]]:
    out, errors = process.communicate(timeout=90)
    assert errors == ""
    return process.returncode, json.loads(out)


@pytest.fixture
def forgetful(mosquitto: StartMosquitto) -> Mosquitto:
    return mosquitto(FORGETFUL)


@pytest.fixture
def node(forgetful: Mosquitto) -> Iterator[StubNode]:
    one = StubNode(forgetful.port)
    yield one
    one.close()


def witness(broker: Mosquitto) -> list[dict[str, Any]]:
    """What the broker has kept for another one who was away just as long."""
    command = [
        "mosquitto_sub",
        "-p",
        str(broker.port),
        "-V",
        "5",
        "-c",
        "-i",
        "witness",
        "-x",
        "99",
    ]
    heard = subprocess.run(
        [
            *command,
            "-q",
            "1",
            "-t",
            "udp/v1/+/+/data",
            "-W",
            "1",
            "-D",
            "connect",
            "receive-maximum",
            "5",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return [entry for line in heard.stdout.splitlines() for entry in json.loads(line)]


def test_what_a_broker_has_lost_is_named_exactly_and_repaired(
    forgetful: Mosquitto, node: StubNode, tmp_path: Path
) -> None:
    operator = Operator(forgetful, tmp_path)
    code, heard = operator.call("--for", "1s")
    assert (code, heard["judgement"]) == (75, "open")
    assert witness(forgetful) == []

    node.measure(payloads=30)
    arrived = {int(entry["id"].split(":")[2]) for entry in witness(forgetful)}
    lost = set(range(1, 301)) - arrived
    assert arrived
    assert len(lost) > 100
    listening = operator.start()
    node.audit()
    code, heard = ended(listening)
    assert code == 1
    [epoch] = heard["epochs"]
    assert (epoch["node"], epoch["epoch"]) == (node.node, EPOCH)
    assert epoch["missing"]["n"] == len(lost)
    assert _numbers(epoch["missing"]["ranges"]) == lost
    assert epoch["lost_for_good"]["n"] == 0

    node.refuses = 1
    code, heard = operator.call("--repair")
    assert heard["repair"]["problems"] == []
    assert code == 0
    [epoch] = heard["epochs"]
    assert (epoch["judgement"], epoch["complete_to"], epoch["doubled"]["n"]) == ("complete", 300, 0)
    assert set().union(*(_numbers([(one["from"], one["to"])]) for one in node.asked)) == lost


def test_what_the_node_has_not_any_more_is_lost_for_good(
    forgetful: Mosquitto, node: StubNode, tmp_path: Path
) -> None:
    node.measure(payloads=3)
    for number in range(1, 15):
        del node.kept[number]
    del node.kept[20]
    listening = Operator(forgetful, tmp_path).start("--repair")
    node.measure(payloads=1)
    code, heard = ended(listening)
    assert code == 1
    [epoch] = heard["epochs"]
    assert epoch["missing"] == {"n": 15, "ranges": [[1, 14], [20, 20]]}
    assert epoch["lost_for_good"] == {"n": 14, "ranges": [[1, 14]]}
    [problem] = heard["repair"]["problems"]
    assert problem == f"{node.node}: 20 to 20 of epoch {EPOCH}: the replay did not bring it"


def test_with_tls_and_a_password_and_never_without(
    mosquitto: StartMosquitto, tmp_path: Path
) -> None:
    authority = Authority(tmp_path / "ca", "city")
    server = authority.server("broker", "127.0.0.1")
    users = tmp_path / "users"
    subprocess.run(["mosquitto_passwd", "-b", "-c", users, "platform", "secret"], check=True)
    (tmp_path / "pw").write_text("secret\n")
    broker = mosquitto(f"certfile {server.cert}\nkeyfile {server.key}\npassword_file {users}")
    words = ["--broker", f"127.0.0.1:{broker.port}", "--for", "1s", "--username", "platform"]
    words += ["--password-file", "pw"]
    trusted = audit(tmp_path, *words, "--ca-file", str(authority.cert_file))
    assert (trusted.returncode, trusted.stdout) == (75, "no node was heard\n")
    assert "as gateway-audit-" in broker.log.read_text()
    untrusted = audit(tmp_path, *words)
    assert untrusted.returncode == 75
    assert "certificate" in untrusted.stderr
    assert "secret" not in trusted.stderr + untrusted.stderr


def test_a_broker_that_is_started_again_is_listened_to_again(
    mosquitto: StartMosquitto, tmp_path: Path
) -> None:
    broker = mosquitto()
    words = ["audit", "--broker", f"127.0.0.1:{broker.port}", "--no-tls", "--json"]
    with subprocess.Popen(
        [GATEWAY, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        until(lambda: "Sending SUBACK to gateway-audit" in broker.log.read_text(), process.poll)
        broker.kill()
        broker.log.write_text("")
        broker.start()
        until(lambda: "Sending SUBACK to gateway-audit" in broker.log.read_text(), process.poll)
        node = StubNode(broker.port)
        node.measure(payloads=1)
        node.audit()
        out, errors = process.communicate(timeout=60)
        node.close()
    assert (process.returncode, json.loads(out)["judgement"]) == (0, "complete")
    assert "closed the connection" in errors


def test_ctrl_c_ends_it_with_what_was_heard(
    forgetful: Mosquitto, node: StubNode, tmp_path: Path
) -> None:
    process = Operator(forgetful, tmp_path).start()
    node.measure(payloads=1)
    marker = "Received PUBACK from night-shift"
    until(lambda: forgetful.log.read_text().count(marker) == 2, process.poll)
    process.send_signal(signal.SIGINT)
    code, heard = ended(process)
    assert code == 75
    assert heard["epochs"][0]["on_the_way"]["n"] == 0
    assert heard["epochs"][0]["complete_to"] == 10


def test_a_login_that_may_not_ask_is_told(mosquitto: StartMosquitto, tmp_path: Path) -> None:
    acl = tmp_path / "acl"
    acl.write_text("topic read #\nuser node\ntopic readwrite #\n")
    acl.chmod(0o600)
    broker = mosquitto(f"allow_anonymous true\nacl_file {acl}")
    node = StubNode(broker.port)
    node.measure(payloads=1)
    process = Operator(broker, tmp_path).start("--repair")
    node.audit()
    code, heard = ended(process)
    node.close()
    assert code == 1
    [problem] = heard["repair"]["problems"]
    assert problem.startswith(f"{node.node}: the broker takes no commands: ")
    assert node.asked == []


def test_where_the_configuration_of_a_node_says(mosquitto: StartMosquitto, tmp_path: Path) -> None:
    broker = mosquitto()
    node = StubNode(broker.port)
    other = StubNode(broker.port, "grimma/bibliothek-02")
    uplink = f"{{type: mqtt, name: city, host: 127.0.0.1, port: {broker.port}, tls: false}}"
    (tmp_path / "gateway.yaml").write_text(CONFIG.format(folder=tmp_path, uplink=uplink))
    found = audit(tmp_path, "--config", "gateway.yaml", "--for", "1s", "--json")
    assert [one["node"] for one in json.loads(found.stdout)["epochs"]] == ["brandis/rathaus-01"]
    assert audit(tmp_path, "--config", "gateway.yaml", "--uplink", "county").returncode == 1
    node.close()
    other.close()


def test_a_broker_that_is_not_there(tmp_path: Path) -> None:
    found = audit(tmp_path, "--broker", "127.0.0.1:1", "--no-tls")
    assert found.returncode == 75
    assert "cannot reach 127.0.0.1:1" in found.stderr


def audit(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [GATEWAY, "audit", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "COLUMNS": "120"},
    )


def _numbers(ranges: list[Any]) -> set[int]:
    return {number for first, last in ranges for number in range(first, last + 1)}


CONFIG = """
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {folder}}}
buffer: {{path: {folder}/log.db}}
buses: {{main: {{type: i2c, simulated: true}}}}
sensors: [{{name: air, driver: bme280, bus: main}}]
uplinks: [{uplink}]
"""
