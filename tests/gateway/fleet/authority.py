"""A certificate authority, as the operator of a broker has one."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = timedelta(days=1)
CLIENT, SERVER = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH


class Authority:
    """Keeps its files in `folder`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("The broker's CA")
        self.ca_file = folder / "ca.crt"
        builder = self._builder(self._name, self._key.public_key())
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        self._certificate = builder.add_extension(usage, True).sign(self._key, hashes.SHA256())
        self.ca_file.write_bytes(_pem(self._certificate))

    def listener(self) -> str:
        """What the broker is configured with: TLS, and who has no certificate stays outside."""
        key, request = self.key_and_request("localhost")
        certificate = self.sign(request, SERVER)
        return (
            f"cafile {self.ca_file}\ncertfile {certificate}\nkeyfile {key}\n"
            "require_certificate true\nuse_identity_as_username true\nallow_anonymous false\n"
        )

    def key_and_request(self, common_name: str) -> tuple[Path, str]:
        """For whoever does not make them itself."""
        key = ec.generate_private_key(ec.SECP256R1())
        path = self._folder / f"{common_name.replace('/', '-')}.key"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        builder = x509.CertificateSigningRequestBuilder().subject_name(_name(common_name))
        return path, _pem(builder.sign(key, hashes.SHA256())).decode()

    def sign(self, request: str, usage: x509.ObjectIdentifier = CLIENT) -> Path:
        """The file of a certificate for the name and the key of that request."""
        asked = x509.load_pem_x509_csr(request.encode())
        assert asked.is_signature_valid
        builder = self._builder(asked.subject, asked.public_key())
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), False)
        if usage == SERVER:
            address = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
            builder = builder.add_extension(address, False)
        certificate = builder.sign(self._key, hashes.SHA256())
        path = self._folder / f"{certificate.serial_number}.crt"
        path.write_bytes(_pem(certificate))
        return path

    def context(self, certificate: Path | None = None, key: Path | None = None) -> ssl.SSLContext:
        """Of a client that has this certificate, or none."""
        context = ssl.create_default_context(cafile=self.ca_file)
        if certificate is not None:
            context.load_cert_chain(certificate, key)
        return context

    def _builder(self, subject: x509.Name, key: object) -> x509.CertificateBuilder:
        assert isinstance(key, ec.EllipticCurvePublicKey)
        now = datetime.now(UTC)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return (
            x509.CertificateBuilder(self._name, subject, key, x509.random_serial_number())
            .not_valid_before(now - DAY)
            .not_valid_after(now + DAY)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), False)
            .add_extension(issuer, False)
        )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _pem(made: x509.Certificate | x509.CertificateSigningRequest) -> bytes:
    return made.public_bytes(serialization.Encoding.PEM)
