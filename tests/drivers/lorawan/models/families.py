"""Of each family: how it is set up, joins, sends and says that it has."""

from typing import NamedTuple

from drivers.lorawan.la66.model import La66Model
from drivers.lorawan.lora_e5.model import LoraE5Model
from drivers.lorawan.modem_model import ModemModel
from drivers.lorawan.rak3172.model import Rak3172Model
from drivers.lorawan.rn2483.model import Rn2483Model
from tests.drivers.lorawan.models.bench import APP_KEY, DEV_EUI, JOIN_EUI, Bench


class Family(NamedTuple):
    model: type[ModemModel]
    setup: tuple[str, ...]
    unbound: tuple[str, ...]
    """Lines that free it of its duty cycle."""
    join: str
    joined: bytes
    send: str
    sent: bytes
    busy: bytes
    not_joined: bytes
    down: bytes
    """What it says of 0A0B on port 10, or after `fetch`."""
    fetch: str = ""


FAMILIES = {
    "rn2483": Family(
        Rn2483Model,
        (
            f"mac set deveui {DEV_EUI}",
            f"mac set appeui {JOIN_EUI}",
            f"mac set appkey {APP_KEY}",
            "mac set dr 5",
        ),
        tuple(f"mac set ch dcycle {channel} 0" for channel in range(3)),
        "mac join otaa",
        b"accepted\r\n",
        "mac tx uncnf 10 0102A0",
        b"mac_tx_ok\r\n",
        b"busy\r\n",
        b"not_joined\r\n",
        b"mac_rx 10 0A0B\r\n",
    ),
    "lora_e5": Family(
        LoraE5Model,
        (
            "AT+MODE=LWOTAA",
            f'AT+ID=AppEui,"{JOIN_EUI}"',
            f'AT+KEY=APPKEY,"{APP_KEY}"',
            "AT+DR=DR5",
            "AT+PORT=10",
        ),
        ("AT+LW=DC,OFF",),
        "AT+JOIN",
        b"+JOIN: Network joined\r\n",
        'AT+MSGHEX="0102A0"',
        b"+MSGHEX: Done\r\n",
        b"LoRaWAN modem is busy\r\n",
        b"+MSGHEX: Please join network first\r\n",
        b'+MSGHEX: PORT: 10; RX: "0A0B"\r\n',
    ),
    "rak3172": Family(
        Rak3172Model,
        (f"AT+APPEUI={JOIN_EUI}", f"AT+APPKEY={APP_KEY}", "AT+DR=5"),
        ("AT+DCS=0",),
        "AT+JOIN=1:0:10:0",
        b"+EVT:JOINED\r\n",
        "AT+SEND=10:0102A0",
        b"+EVT:TX_DONE\r\n",
        b"AT_BUSY_ERROR\r\n",
        b"AT_NO_NETWORK_JOINED\r\n",
        b":UNICAST:10:0a0b\r\n",
    ),
    "la66": Family(
        La66Model,
        (f"AT+APPEUI={JOIN_EUI}", f"AT+APPKEY={APP_KEY}", "AT+ADR=0", "AT+DR=5"),
        ("AT+DCS=0",),
        "AT+JOIN",
        b"JOINED\n\r",
        "AT+SENDB=0,10,3,0102A0",
        b"rxTimeout\n\r",
        b"AT_BUSY_ERROR\r\n",
        b"AT_NO_NET_JOINED\r\n",
        b"10:0a0b\r\n",
        "AT+RECVB=?",
    ),
}


def set_up(family: Family, window: int = 1, **options: str) -> Bench:
    """It has keys and no duty cycle."""
    bench = Bench(family.model, window, **options)
    bench.wait(1)
    for line in (*family.setup, *family.unbound):
        bench.ask(line)
    return bench


def joined(family: Family, window: int = 1, **options: str) -> Bench:
    """And it has joined."""
    bench = set_up(family, window, **options)
    assert family.joined in bench.ask(family.join, 10)
    return bench
