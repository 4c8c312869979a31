"""A node's private key and its certificate signing request (PKCS#10, RFC 2986).

The key is made where it is used and never leaves the node. The request says `CN=municipality/node`,
which the broker takes as the user name. It is signed with the key itself, which proves that whoever
asks has it; who that is the operator must know from elsewhere. The only importer of cryptography.
"""

import os
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.errors import GatewayError

LONGEST_CN = 64
"""Characters of a common name: ub-common-name of RFC 5280, appendix A.1."""


class RequestError(GatewayError):
    """No request could be made."""


def new_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """A P-256 key, on disk in a file (PEM, PKCS#8, mode 0600) that was not there before."""
    key = ec.generate_private_key(ec.SECP256R1())
    text = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    try:
        _write_new(path, text)
    except FileExistsError as error:
        raise RequestError(
            f"{path}: there is a key already, and it is never overwritten",
            "a new request for it: gateway fleet request --renew. For a new key move that one away",
        ) from error
    except OSError as error:
        raise RequestError(
            f"{path}: the key cannot be written: {error.strerror}",
            f"as root, and the folder must be there: sudo install -d -m 700 {path.parent}",
        ) from error
    return key


def kept_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """The key of an earlier request. Raises RequestError if nobody should go on with it."""
    try:
        mode, content = path.stat().st_mode, path.read_bytes()
    except FileNotFoundError as error:
        cure = "leave out --renew: then it is made"
        raise RequestError(f"{path}: there is no key yet", cure) from error
    except OSError as error:
        raise RequestError(
            f"{path}: the key cannot be read: {error.strerror}", f"as root: sudo ls -l {path}"
        ) from error
    if mode & 0o077:
        raise RequestError(
            f"{path}: others may read this key, so it may be known to them",
            "move it away and make a new one: gateway fleet request",
        )
    return _loaded(path, content)


def request(key: ec.EllipticCurvePrivateKey, node: str) -> str:
    """The request in PEM; `node` is `municipality/node`."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, node)])
    made = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()


def write_request(path: Path, text: str) -> None:
    """To a file that was not there before: it might be the key."""
    try:
        with path.open("x", encoding="ascii") as file:
            file.write(text)
    except OSError as error:
        raise RequestError(
            f"{path}: the request cannot be written: {error.strerror}",
            "the key is there; another file: gateway fleet request --renew --csr FILE",
        ) from error


def check_name(node: str) -> None:
    """Raises RequestError for a name that no certificate can carry."""
    if len(node) > LONGEST_CN:
        raise RequestError(
            f"{node} has {len(node)} characters, in a certificate there is room for {LONGEST_CN}",
            "shorten `municipality` or `name` under `node:` in the configuration",
        )


def _loaded(path: Path, content: bytes) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:  # TypeError: has a password
        cure = "move it away and make a new one: gateway fleet request"
        raise RequestError(f"{path}: this is no private key in PEM", cure) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        cure = "name another folder with --out, or move it away"
        raise RequestError(f"{path}: this key is not of the kind EC P-256", cure)
    return key


def _write_new(path: Path, content: bytes) -> None:
    """Durable when it returns; a file that could not be written whole does not stay."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(handle, "wb") as file:  # noqa: PTH123 (it is a descriptor)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _sync(path.parent)
    except OSError:
        path.unlink()
        raise


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
