"""`gateway fleet request`: the key of a node, and what is said when there can be none."""

import json
import stat
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from gateway.cli import main
from tests.e2e.daemon import GATEWAY
from tests.gateway.cli.calls import CONFIG, read_only

PEM = serialization.Encoding.PEM
PKCS8 = serialization.PrivateFormat.PKCS8
PASSWORD = serialization.BestAvailableEncryption(b"secret")
PLAIN = serialization.NoEncryption()


@pytest.fixture
def options(tmp_path: Path) -> list[str]:
    config = tmp_path / "gateway.yaml"
    config.write_text(CONFIG.format(folder=tmp_path))
    return ["fleet", "request", "--config", str(config), "--out", str(tmp_path)]


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "node.key"


def public(pem: str) -> bytes:
    return (
        x509.load_pem_x509_csr(pem.encode())
        .public_key()
        .public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def test_the_key_is_for_its_owner_only_and_the_request_names_the_node(
    options: list[str], key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(options) == 0
    told = capsys.readouterr()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    loaded = serialization.load_pem_private_key(key.read_bytes(), None)
    assert isinstance(loaded, ec.EllipticCurvePrivateKey)
    assert loaded.curve.name == "secp256r1"
    request = x509.load_pem_x509_csr(told.out.encode())
    assert request.is_signature_valid
    assert request.subject.rfc4514_string() == "CN=brandis/rathaus-01"
    assert request.public_key() == loaded.public_key()
    assert f"{key} is the private key of brandis/rathaus-01" in told.err
    secret = key.read_text().splitlines()[1]
    assert secret not in told.out + told.err


def test_openssl_reads_the_request(options: list[str], tmp_path: Path) -> None:
    assert main([*options, "--csr", str(tmp_path / "gw.csr")]) == 0
    command = ["openssl", "req", "-in", str(tmp_path / "gw.csr"), "-noout", "-subject", "-verify"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert "subject=CN = brandis/rathaus-01" in done.stdout.replace("CN=", "CN = ")


def test_a_key_is_never_overwritten(
    options: list[str], key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key.write_text("whatever it is")
    assert main(options) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "never overwritten" in told.err
    assert "-> a new request for it: gateway fleet request --renew" in told.err
    assert key.read_text() == "whatever it is"


def test_not_even_through_a_link_to_nowhere(options: list[str], key: Path, tmp_path: Path) -> None:
    key.symlink_to(tmp_path / "elsewhere")
    assert main(options) == 1
    assert not (tmp_path / "elsewhere").exists()


def test_a_renewal_is_for_the_same_key(
    options: list[str], key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(options)
    first, kept = capsys.readouterr().out, key.read_bytes()
    assert main([*options, "--renew"]) == 0
    again = capsys.readouterr().out
    assert public(again) == public(first)
    assert key.read_bytes() == kept


def test_an_answer_for_programs(
    options: list[str], key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    csr = tmp_path / "gw.csr"
    assert main([*options, "--json", "--csr", str(csr)]) == 0
    told = capsys.readouterr()
    answer = {"name": "brandis/rathaus-01", "key": str(key), "request": csr.read_text()}
    assert (json.loads(told.out), told.err) == (answer, "")


def test_a_request_takes_the_place_of_no_other_file(
    options: list[str], key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*options, "--csr", str(key)]) == 1
    assert "--renew --csr FILE" in capsys.readouterr().err
    assert "PRIVATE KEY" in key.read_text()
    assert main([*options, "--renew"]) == 0


def test_there_is_nothing_to_renew(
    options: list[str], key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*options, "--renew"]) == 1
    told = f"{key}: there is no key yet\n-> leave out --renew: then it is made\n"
    assert capsys.readouterr().err == told
    assert not key.exists()


RSA = rsa.generate_private_key(65537, 2048).private_bytes(PEM, PKCS8, PLAIN)
P384 = ec.generate_private_key(ec.SECP384R1()).private_bytes(PEM, PKCS8, PLAIN)
ODD = subprocess.run(
    ["openssl", "ecparam", "-name", "prime192v2", "-genkey", "-noout"],
    check=True,
    capture_output=True,
).stdout
LOCKED = ec.generate_private_key(ec.SECP256R1()).private_bytes(PEM, PKCS8, PASSWORD)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no private key in PEM"),
        (b"\xff\x00", "no private key in PEM"),
        (LOCKED, "no private key in PEM"),
        (LOCKED[: len(LOCKED) // 2], "no private key in PEM"),
        (ODD, "no private key in PEM"),
        (RSA, "not of the kind EC P-256"),
        (P384, "not of the kind EC P-256"),
    ],
)
def test_a_key_that_is_none_is_not_renewed(
    options: list[str], key: Path, content: bytes, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    key.write_bytes(content)
    key.chmod(0o600)
    assert main([*options, "--renew"]) == 1
    assert f"{key}: " in (told := capsys.readouterr().err)
    assert said in told
    assert "-> " in told


def test_a_key_that_others_may_read_is_not_renewed(
    options: list[str], key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(options)
    key.chmod(0o640)
    assert main([*options, "--renew"]) == 1
    assert "others may read this key" in capsys.readouterr().err


def test_a_name_that_fits_into_no_certificate(
    options: list[str], key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = Path(options[3])
    config.write_text(config.read_text().replace("rathaus-01", "x" * 40))
    assert main(options) == 0  # 48 characters
    key.unlink()
    config.write_text(config.read_text().replace("brandis", "b" * 24))
    assert main(options) == 1
    assert "has 65 characters, in a certificate there is room for 64" in capsys.readouterr().err
    assert not key.exists()


@pytest.mark.parametrize("folder", ["nowhere", "gateway.yaml"])
def test_a_folder_that_is_none(
    options: list[str], tmp_path: Path, folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*options, "--out", str(tmp_path / folder)]) == 1
    told = capsys.readouterr().err
    assert f"{folder}/node.key: the key cannot be written" in told
    assert f"sudo install -d -m 700 {tmp_path / folder}" in told


def test_where_nothing_can_be_written(options: list[str], tmp_path: Path) -> None:
    done = read_only(tmp_path, *options)
    assert (done.returncode, done.stdout) == (1, "")
    assert "the key cannot be written: Read-only file system" in done.stderr


def test_a_key_that_could_not_be_written_whole_does_not_stay(options: list[str], key: Path) -> None:
    """By a limit of the size of files: the rest of the disk has room."""
    script = 'trap "" XFSZ; ulimit -f 0; exec "$@"'
    command = ["sh", "-c", script, "sh", GATEWAY, *options]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "the key cannot be written: File too large" in done.stderr
    assert not key.exists()
