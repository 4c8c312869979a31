"""Certificate authorities, and good and bad certificates, made for a test."""

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = timedelta(days=1)


class Files(NamedTuple):
    """PEM files."""

    cert: Path
    key: Path


class Authority:
    """A CA with its files in `folder`."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.cert_file = folder / f"{name}.pem"
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._subject = _name(name)
        usage = x509.BasicConstraints(ca=True, path_length=0)
        now = datetime.now(UTC)
        built = _builder(self._subject, self._subject, self._key, now - DAY, now + 3650 * DAY)
        cert = built.add_extension(usage, critical=True).sign(self._key, hashes.SHA256())
        self.cert_file.write_bytes(cert.public_bytes(serialization.Encoding.PEM))

    def server(
        self, name: str, *names: str, since: timedelta = -DAY, until: timedelta = 365 * DAY
    ) -> Files:
        """A certificate for `names` (host names or addresses), in a file called `name`."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        built = _builder(_name(name), self._subject, key, now + since, now + until)
        built = built.add_extension(x509.SubjectAlternativeName(_alternatives(names)), False)
        use = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        cert = built.add_extension(use, False).sign(self._key, hashes.SHA256())
        return _written(self._folder, name, cert, key)

    def client(self, name: str, since: timedelta = -DAY, until: timedelta = 365 * DAY) -> Files:
        """A certificate of a node."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        built = _builder(_name(name), self._subject, key, now + since, now + until)
        use = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
        cert = built.add_extension(use, False).sign(self._key, hashes.SHA256())
        return _written(self._folder, name, cert, key)


def self_signed(folder: Path, *names: str) -> Files:
    """A certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    built = _builder(_name("self"), _name("self"), key, now - DAY, now + 365 * DAY)
    built = built.add_extension(x509.SubjectAlternativeName(_alternatives(names)), False)
    return _written(folder, "self", built.sign(key, hashes.SHA256()), key)


def tls(server: Files, more: str = "") -> str:
    """Lines of mosquitto.conf for a listener with TLS."""
    lines = ["allow_anonymous true", f"certfile {server.cert}", f"keyfile {server.key}"]
    return "\n".join([*lines, more])


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _alternatives(names: tuple[str, ...]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for name in names:
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            found.append(x509.DNSName(name))
    return found


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    since: datetime,
    until: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
    )


def _written(
    folder: Path, name: str, cert: x509.Certificate, key: ec.EllipticCurvePrivateKey
) -> Files:
    files = Files(folder / f"{name}-cert.pem", folder / f"{name}-key.pem")
    files.cert.write_bytes(cert.public_bytes(serialization.Encoding.PEM))
    files.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files
