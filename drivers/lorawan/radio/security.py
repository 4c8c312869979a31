"""The cryptography of LoRaWAN 1.0.3 (sections 4.3.3, 4.4, 6.2.5): AES-128 and AES-CMAC."""

from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

BLOCK = 16
MIC_BYTES = 4


class SessionKeys(NamedTuple):
    """What a join makes of the AppKey, 16 bytes each."""

    nwk_skey: bytes
    app_skey: bytes


def mic(key: bytes, message: bytes) -> bytes:
    """The first 4 bytes of the AES-CMAC."""
    code = CMAC(algorithms.AES(key))
    code.update(message)
    return code.finalize()[:MIC_BYTES]


def data_mic(key: bytes, uplink: bool, dev_addr: int, counter: int, message: bytes) -> bytes:
    """Of a data frame without its MIC: block B0 goes before it; `counter` has 32 bits."""
    return mic(key, _block(0x49, uplink, dev_addr, counter, len(message)) + message)


def crypt(key: bytes, uplink: bool, dev_addr: int, counter: int, payload: bytes) -> bytes:
    """FRMPayload, enciphered or deciphered: both are the same."""
    numbers = range(1, len(payload) // BLOCK + 2)
    stream = encrypt(
        key, b"".join(_block(0x01, uplink, dev_addr, counter, number) for number in numbers)
    )
    return bytes(one ^ other for one, other in zip(payload, stream, strict=False))


def encrypt(key: bytes, blocks: bytes) -> bytes:
    """Whole blocks, each by itself: so a device opens a JoinAccept."""
    encryptor = _aes(key).encryptor()
    return encryptor.update(blocks) + encryptor.finalize()


def decrypt(key: bytes, blocks: bytes) -> bytes:
    """Whole blocks, each by itself: so a network closes a JoinAccept."""
    decryptor = _aes(key).decryptor()
    return decryptor.update(blocks) + decryptor.finalize()


def session_keys(app_key: bytes, app_nonce: int, net_id: int, dev_nonce: int) -> SessionKeys:
    """Of LoRaWAN 1.0.x: AppNonce and NetID have 24 bits, DevNonce 16."""
    seed = (
        app_nonce.to_bytes(3, "little")
        + net_id.to_bytes(3, "little")
        + dev_nonce.to_bytes(2, "little")
    )
    nwk_skey, app_skey = (
        encrypt(app_key, (bytes([kind]) + seed).ljust(BLOCK, b"\0")) for kind in (0x01, 0x02)
    )
    return SessionKeys(nwk_skey, app_skey)


def _aes(key: bytes) -> Cipher[modes.ECB]:
    return Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305 - LoRaWAN asks for it


def _block(kind: int, uplink: bool, dev_addr: int, counter: int, last: int) -> bytes:
    return (
        bytes((kind, 0, 0, 0, 0, 0 if uplink else 1))
        + dev_addr.to_bytes(4, "little")
        + counter.to_bytes(4, "little")
        + bytes((0, last))
    )
