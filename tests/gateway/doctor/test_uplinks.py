"""The way to a broker: a real one, and ways that end early."""

import os
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gateway.doctor import Check, Verdict, uplinks
from gateway.uplink import credentials
from tests.certificates import DAY, Authority, tls
from tests.gateway.doctor.patient import by_name, cure, node
from tests.mosquitto import StartMosquitto
from tests.waiting import until

SILENT_DNS = """
ip link set lo up && mount --bind "$1" /etc/resolv.conf && mount --bind "$2" /etc/nsswitch.conf \
  || exit 99
exec "$3" -c '
import socket
from pathlib import Path
from gateway.doctor import uplinks
from tests.certificates import DAY, Authority, tls
from tests.gateway.doctor.patient import node
silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
silent.bind(("127.0.0.1", 53))
city = "{type: mqtt, name: city, host: broker.test, tls: false}"
for check in uplinks.checks(node(Path("/nowhere"), uplink=city)):
    print(check.verdict, check.evidence)
'
"""


def city(host: str, port: int, more: str = "tls: false") -> str:
    return f"{{type: mqtt, name: city, host: {host}, port: {port}, {more}}}"


@pytest.mark.mosquitto
def test_a_broker_that_is_there(tmp_path: Path, mosquitto: StartMosquitto) -> None:
    broker = mosquitto()
    found = by_name(uplinks.checks(node(tmp_path, uplink=city("localhost", broker.port))))
    assert list(found) == ["uplink city name", "uplink city connection"]
    assert {check.verdict for check in found.values()} == {Verdict.WELL}
    assert "127.0.0.1" in found["uplink city name"].evidence
    assert found["uplink city connection"].evidence.startswith(f"localhost:{broker.port} accepts")


def test_a_port_where_nobody_listens(tmp_path: Path) -> None:
    with socket.socket() as taken:  # bound, but not listening: nobody else gets it meanwhile
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        found = by_name(uplinks.checks(node(tmp_path, uplink=city("127.0.0.1", port))))
    assert found["uplink city name"].verdict is Verdict.WELL
    assert "127.0.0.1: Connection refused" in found["uplink city connection"].evidence
    assert f"nc -vz 127.0.0.1 {port}" in cure(found["uplink city connection"])


def test_a_port_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uplinks, "CONNECT_S", 0.2)
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for one in (first, second):  # its queue is full: what comes next is not answered
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        port = full.getsockname()[1]
        found: dict[str, Check] = {}
        checks = uplinks.checks(node(tmp_path, uplink=city("127.0.0.1", port)))
        looking = threading.Thread(target=lambda: found.update(by_name(checks)), daemon=True)
        looking.start()
        until(lambda: not looking.is_alive(), lambda: "it waits for longer", seconds=8)
    assert "no answer within 0.2 s" in found["uplink city connection"].evidence


def test_a_name_that_cannot_be_one(tmp_path: Path) -> None:
    found = by_name(uplinks.checks(node(tmp_path, uplink=city(f"{'x' * 64}.test", 1))))
    assert "is no possible name" in found["uplink city name"].evidence
    assert "getent hosts" in cure(found["uplink city name"])
    assert found["uplink city connection"].verdict is Verdict.NOT_LOOKED_AT


def test_a_dns_that_does_not_answer_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:30 attempts:5\n")
    (tmp_path / "nsswitch.conf").write_text("hosts: files dns\n")
    unshare = shutil.which("unshare")
    assert unshare is not None, "unshare is missing: apt-get install util-linux"
    isolated = [unshare, "--net", "--mount", "--map-root-user"]
    files = [str(tmp_path / name) for name in ("resolv.conf", "nsswitch.conf")]
    done = subprocess.run(
        [*isolated, "sh", "-c", SILENT_DNS, "sh", *files, sys.executable],
        capture_output=True,
        text=True,
        timeout=25,  # less than one question of the resolver takes
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert done.stdout.splitlines() == [
        "finding has a name without address: broker.test: the DNS does not answer within 5 s",
        "not_looked_at the name has no address",
    ], done.stderr


def test_certificates_of_the_system(tmp_path: Path) -> None:
    found = by_name(uplinks.checks(node(tmp_path, uplink=city("127.0.0.1", 1, "tls: true"))))
    assert found["uplink city certificates"].verdict is Verdict.WELL


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificates_that_are_none(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "ca.pem").write_text(content)
    text = city("127.0.0.1", 1, f"ca_file: {tmp_path}/ca.pem")
    found = by_name(uplinks.checks(node(tmp_path, uplink=text)))
    assert "set `ca_file` to a PEM file" in cure(found["uplink city certificates"])


@pytest.fixture
def ca(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "ca", "county")


def encrypted(tmp_path: Path, port: int, ca: Authority, more: str = "") -> dict[str, Check]:
    text = city("127.0.0.1", port, f"ca_file: {ca.cert_file}{more}")
    return by_name(uplinks.checks(node(tmp_path, uplink=text)))


@pytest.mark.mosquitto
def test_an_encrypted_way(tmp_path: Path, mosquitto: StartMosquitto, ca: Authority) -> None:
    broker = mosquitto(tls(ca.server("good", "127.0.0.1")))
    found = encrypted(tmp_path, broker.port, ca)
    steps = ["certificates", "name", "connection", "TLS"]
    assert list(found) == [f"uplink city {step}" for step in steps]
    assert {check.verdict for check in found.values()} == {Verdict.WELL}
    evidence = found["uplink city TLS"].evidence
    assert evidence.startswith("TLSv1.3, the certificate of 127.0.0.1 ends 20")
    assert "CONNACK" not in broker.log.read_text()  # nobody has logged in


@pytest.mark.mosquitto
def test_a_certificate_for_another_name(
    tmp_path: Path, mosquitto: StartMosquitto, ca: Authority
) -> None:
    broker = mosquitto(tls(ca.server("good", "mqtt.example.org")))
    check = encrypted(tmp_path, broker.port, ca)["uplink city TLS"]
    assert "its certificate is for another name than 127.0.0.1" in check.evidence
    assert "`server_name`" in cure(check)
    found = encrypted(tmp_path, broker.port, ca, ", server_name: mqtt.example.org")
    assert found["uplink city TLS"].verdict is Verdict.WELL


@pytest.mark.mosquitto
def test_a_broker_that_wants_a_certificate_of_this_node(
    tmp_path: Path, mosquitto: StartMosquitto, ca: Authority
) -> None:
    needs = f"cafile {ca.cert_file}\nrequire_certificate true"
    broker = mosquitto(tls(ca.server("good", "127.0.0.1"), needs))
    check = encrypted(tmp_path, broker.port, ca)["uplink city TLS"]
    assert "requires a certificate of this node, and there is none" in check.evidence
    files = ca.client("node")
    own = f", cert_file: {files.cert}, key_file: {files.key}"
    found = encrypted(tmp_path, broker.port, ca, own)
    assert {check.verdict for check in found.values()} == {Verdict.WELL}
    assert str(files.cert) in found["uplink city certificates"].evidence


@pytest.mark.mosquitto
def test_certificates_that_end_soon(
    tmp_path: Path, mosquitto: StartMosquitto, ca: Authority
) -> None:
    short = {"since": -300 * DAY, "until": 20 * DAY}
    broker = mosquitto(tls(ca.server("short", "127.0.0.1", **short)))
    files = ca.client("node", **short)
    own = f", cert_file: {files.cert}, key_file: {files.key}"
    found = encrypted(tmp_path, broker.port, ca, own)
    assert "renew" in cure(found["uplink city TLS"])
    assert "new one" in cure(found["uplink city certificates"])


@pytest.mark.mosquitto
def test_a_port_without_tls(tmp_path: Path, mosquitto: StartMosquitto, ca: Authority) -> None:
    check = encrypted(tmp_path, mosquitto().port, ca)["uplink city TLS"]
    assert "TLS is never given up" in cure(check)


def test_nothing_is_encrypted_before_there_is_a_connection(tmp_path: Path, ca: Authority) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        found = encrypted(tmp_path, taken.getsockname()[1], ca)
    assert found["uplink city TLS"].verdict is Verdict.NOT_LOOKED_AT


@pytest.mark.mosquitto
def test_each_fallback_is_looked_at(tmp_path: Path, mosquitto: StartMosquitto) -> None:
    first, second = mosquitto(), mosquitto()
    first.kill()
    more = f"tls: false, fallbacks: [{{host: localhost, port: {second.port}}}]"
    text = city("127.0.0.1", first.port, more)
    found = by_name(uplinks.checks(node(tmp_path, uplink=text)))
    fallback = f"uplink city fallback localhost:{second.port}"
    assert {name: check.verdict for name, check in found.items()} == {
        "uplink city name": Verdict.WELL,
        "uplink city connection": Verdict.FINDING,
        f"{fallback} name": Verdict.WELL,
        f"{fallback} connection": Verdict.WELL,
    }


def test_without_uplinks(tmp_path: Path) -> None:
    [check] = uplinks.checks(node(tmp_path))
    assert check.evidence == "there are none: readings are only kept"


KEY = "B6B53F4A168A7A88BDF7EA135CE9CFCA"


def keyed(folder: Path, content: str | None, named: str | None = None) -> Check:
    """The check of a modem whose key file holds that; None = there is none.

    `named`: as the configuration calls it.
    """
    if content is not None:
        (folder / "lora-key").write_text(content)
    file = named or folder / "lora-key"
    radio = (
        "{type: lorawan, name: radio, bus: modem, join_eui: '70B3D57ED0000001', "
        f"app_key_file: {file}}}"
    )
    bus = "{type: i2c, simulated: true}, modem: {type: serial, simulated: true, device: /dev/ttyX}"
    [(name, check)] = by_name(uplinks.checks(node(folder, bus=bus, uplink=radio))).items()
    assert name == "uplink radio key"
    return check


@pytest.mark.parametrize("content", [KEY, f"{KEY}\n", " ".join(KEY).lower(), ":".join(KEY)])
def test_a_key_that_is_one(tmp_path: Path, content: str) -> None:
    check = keyed(tmp_path, content)
    assert check.verdict is Verdict.WELL
    assert check.evidence == f"{tmp_path}/lora-key holds an AppKey"


@pytest.mark.parametrize("content", ["", KEY[:-1], f"{KEY}{KEY}", "hunter2-tomorrow"])
def test_a_key_that_is_none_is_not_told(tmp_path: Path, content: str) -> None:
    check = keyed(tmp_path, content)
    assert "32 hexadecimal digits" in cure(check)
    assert "holds no AppKey" in check.evidence
    assert not content or content not in str(check)


def test_a_key_that_is_not_there(tmp_path: Path) -> None:
    check = keyed(tmp_path, None)
    assert "cannot read the secret file" in check.evidence
    assert "put the password or key there" in cure(check)


def test_a_bare_name_is_looked_for_where_the_service_has_it_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(credentials.CREDENTIALS, raising=False)
    monkeypatch.setattr(credentials, "SECRETS", tmp_path)
    assert keyed(tmp_path, KEY, "lora-key").verdict is Verdict.WELL
    assert f"{tmp_path}/other-key" in keyed(tmp_path, KEY, "other-key").evidence
    (tmp_path / "secret_lora-key").write_text(KEY)
    monkeypatch.setenv(credentials.CREDENTIALS, str(tmp_path))
    (tmp_path / "lora-key").unlink()
    assert keyed(tmp_path, None, "lora-key").verdict is Verdict.WELL


def test_a_key_that_this_user_may_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may read all, so it is the reading that is refused."""

    def refused(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refused)
    check = keyed(tmp_path, KEY)
    assert check.verdict is Verdict.NOT_LOOKED_AT
    assert "sudo gateway doctor" in check.evidence
