"""No secret is in anything that a node says, whatever fails."""

import logging
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.clock import SystemClock
from gateway.errors import UplinkUnavailable
from gateway.trouble import Trouble
from gateway.uplink.mqtt import MqttUplink
from tests.certificates import Authority, tls
from tests.e2e.daemon import Daemon, gateway
from tests.gateway.uplink.links import uplink
from tests.hostile import CONNACK_5, Behave, Caller, peer, publish
from tests.mosquitto import StartMosquitto
from tests.waiting import until

pytestmark = pytest.mark.mosquitto
VERBS = [("status",), ("status", "--json"), ("doctor",), ("check",), ("buffer", "show")]
PASSWORD = "hunter2-tomorrow"


@pytest.fixture
def login(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "password").write_text(PASSWORD + "\n")
    return {"username": "node", "password_file": str(tmp_path / "password")}


@pytest.fixture(autouse=True)
def log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    yield
    assert PASSWORD not in caplog.text


def everything(one: MqttUplink) -> str:
    """What is said while it connects, works and ends."""
    said = []
    trouble = Trouble("uplink city", "does not deliver", SystemClock(), logging.getLogger("x"))
    try:
        one.connect()
        said.append(repr(one) + repr(one._session) + repr(vars(one)) + str(one.findings()))
        one.wake.wait(1)
        one.settled()
    except UplinkUnavailable as error:
        trouble.came(error, error.hint)
        said.append(error.hint + "".join(traceback.format_exception(error)))
        said += [repr(one) for one in behind(error)]
    one.close()
    said += [str(trouble.finding), str(one.findings()), repr(vars(one))]
    return "\n".join(said)


def behind(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and all that it holds."""
    if error is not None:
        yield error
        yield from behind(error.__cause__)
        yield from behind(error.__context__)


def echoing(caller: Caller) -> None:
    """Says again whatever it was sent, in each place that MQTT has for texts."""
    _, connect = caller.packet()
    assert PASSWORD.encode() in connect
    reason = b"\x1f\x00" + bytes([len(PASSWORD)]) + PASSWORD.encode()
    caller.say(b"\x20" + bytes([3 + len(reason), 0, 0x86, len(reason)]) + reason)


def parting(caller: Caller) -> None:
    caller.level()
    reason = b"\x1f\x00" + bytes([len(PASSWORD)]) + PASSWORD.encode()
    caller.say(CONNACK_5 + b"\xe0" + bytes([2 + len(reason), 0x97, len(reason)]) + reason)
    caller.linger()


def gibbering(caller: Caller) -> None:
    caller.level()
    caller.say(CONNACK_5 + publish(PASSWORD, PASSWORD.encode()) + PASSWORD.encode())


def closing(caller: Caller) -> None:
    caller.level()


def silent(caller: Caller) -> None:
    caller.say(PASSWORD.encode())


@pytest.mark.parametrize("behave", [echoing, parting, gibbering, closing, silent])
@pytest.mark.parametrize("transport", ["tcp", "websockets"])
def test_peers_of_all_kinds(login: dict[str, Any], behave: Behave, transport: str) -> None:
    def ask(caller: Caller) -> None:
        if transport == "websockets":
            caller.exactly(100)
            caller.say(f"HTTP/1.1 400 {PASSWORD}\r\n\r\n".encode())
        else:
            behave(caller)

    with peer(ask) as there:
        for protocol in ("auto", "5", "3.1.1"):
            one = uplink(there.port, transport=transport, protocol=protocol, **login)
            said = everything(one)
            assert "UplinkUnavailable" in said or "Closed" in said
            assert PASSWORD not in said


def test_a_login_that_works_and_one_that_does_not(
    mosquitto: StartMosquitto, login: dict[str, Any], tmp_path: Path
) -> None:
    users = tmp_path / "users"
    users.write_text("")
    refusing = mosquitto(f"password_file {users}")
    taking = mosquitto()
    assert PASSWORD not in everything(uplink(refusing.port, **login))
    assert PASSWORD not in everything(uplink(taking.port, **login))


def test_tls_that_fails(mosquitto: StartMosquitto, login: dict[str, Any], tmp_path: Path) -> None:
    ca = Authority(tmp_path / "ca", "county")
    port = mosquitto(tls(ca.server("good", "elsewhere.example"))).port
    said = everything(uplink(port, tls=True, ca_file=str(ca.cert_file), **login))
    assert "another name" in said
    assert PASSWORD not in said


def test_a_password_that_is_no_text(login: dict[str, Any]) -> None:
    Path(login["password_file"]).write_bytes(PASSWORD.encode() + b"\xff")
    said = everything(uplink(1, **login))
    assert "no UTF-8 text" in said
    assert PASSWORD not in said


def test_a_daemon_that_cannot_log_in_tells_nobody_its_password(
    login: dict[str, Any], tmp_path: Path, mosquitto: StartMosquitto
) -> None:
    users = tmp_path / "users"
    users.write_text("")
    daemon = Daemon(tmp_path / "gateway.yaml")
    path = f"path: {tmp_path}/log.db, commit_every: 200ms, reserve: 0"
    daemon.configure(mosquitto(f"password_file {users}").port, path, door_every="1s")
    more = f"tls: false, username: node, password_file: {login['password_file']}"
    daemon.config.write_text(daemon.config.read_text().replace("tls: false", more))
    try:
        daemon.start()
        until(lambda: "refused the login" in str(daemon.status()["findings"]), daemon.status)
        said = [gateway(*verb, "--config", str(daemon.config)) for verb in VERBS]
        told = "".join(one.stdout + one.stderr for one in said) + daemon.log.read_text()
    finally:
        daemon.kill()
    assert "wrong user name or password" in told or "not authorised" in told
    kept = [file for file in tmp_path.rglob("*") if file.is_file() and file.name != "password"]
    assert len(kept) > 3
    for file in kept:
        assert PASSWORD.encode() not in file.read_bytes(), file
    assert PASSWORD not in told
