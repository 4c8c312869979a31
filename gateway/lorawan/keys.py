"""The key by which a device joins, read anew for each opening of the modem."""

import re
from hashlib import sha256

from drivers.lorawan.contract import Keys
from gateway.config import LorawanUplink
from gateway.errors import UplinkUnavailable
from gateway.uplink.credentials import secret, secret_path


def digest(keys: Keys) -> str:
    """By which another registration is noticed; it tells nothing of the key."""
    return sha256(f"{keys.join_eui} {keys.app_key} {keys.dev_eui}".encode()).hexdigest()[:16]


_KEY = re.compile("[0-9A-F]{32}")


def keys(uplink: LorawanUplink) -> Keys:
    """Raises UplinkUnavailable, never with the key in it."""
    written = re.sub(r"[\s:-]", "", secret(uplink.app_key_file)).upper()
    if _KEY.fullmatch(written) is None:
        raise UplinkUnavailable(
            f"{secret_path(uplink.app_key_file)} holds no AppKey",
            "write the 32 hexadecimal digits that the network shows for the device, nothing else",
        )
    dev_eui = None if uplink.dev_eui is None else uplink.dev_eui.upper()
    return Keys(uplink.join_eui.upper(), written, dev_eui)
