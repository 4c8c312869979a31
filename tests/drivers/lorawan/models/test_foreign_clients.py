"""Client libraries that others have written drive the models, in a process of their own.

In real time: a JoinAccept comes 5 s after its request, and all takes 9 s. A busy machine takes
longer; a client that waits for ever is told by its traceback.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from drivers.lorawan.lora_e5.model import LoraE5Model
from drivers.lorawan.modem_model import ModemModel
from drivers.lorawan.rn2483.model import Rn2483Model
from drivers.timebase import SystemTimebase
from tests.drivers.lorawan.models.bench import APP_KEY, DEV_EUI, JOIN_EUI, Network, QuietAir
from tests.drivers.lorawan.models.modem_pty import served
from tests.waiting import until

ROOM_S = 240
_WATCHED = f"""
import faulthandler
faulthandler.dump_traceback_later({ROOM_S}, exit=True)
"""

LORANODE = f"""
import sys
from loranode import RN2483Controller

modem = RN2483Controller(sys.argv[1])
assert modem.test()
assert modem.hweui == "{DEV_EUI}", modem.hweui
assert (modem.rxdelay1, modem.rxdelay2) == ("1000", "2000"), (modem.rxdelay1, modem.rxdelay2)
modem.set_adr(False)
assert modem.get_sf() == "sf12"
for channel in "012":
    assert modem.serial_sr("mac set ch dcycle", [channel, "0"]) == "ok"
assert modem.join_otaa("{APP_KEY}", "{JOIN_EUI}", "{DEV_EUI}")
assert modem.send("0102a0", port=10, ack=True)
assert modem.send("0102a1", port=11, ack=False)
modem.set_pwridx(1)
assert modem.serial_sr("mac get upctr") == "2"
modem.device.close()
"""

E5LORA = f"""
import queue
import sys
from e5lora import Board

heard = queue.Queue()
board = Board(sys.argv[1], downlink_callback=heard.put)
for command in ("mode=lwotaa", 'id=appeui,"{JOIN_EUI}"', 'key=appkey,"{APP_KEY}"', "lw=dc,off"):
    board.add_command(command)
board.set_data_rate(5)
board.add_command("port=10")
board.add_command("join")
print("joining", flush=True)
sys.stdin.readline()
board.send_uplink([(1, 1), (0x02A0, 2)])
assert heard.get(timeout={ROOM_S}) == bytes.fromhex("0a0b")
"""


@contextmanager
def _client(program: str, path: str) -> Iterator[subprocess.Popen[str]]:
    client = subprocess.Popen(
        [sys.executable, "-c", _WATCHED + program, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield client
    finally:
        client.kill()
        client.communicate()


def _on_the_air(family: type[ModemModel]) -> tuple[ModemModel, Network]:
    air, network = QuietAir(), Network()
    air.attach(network)
    return family(air, SystemTimebase(), DEV_EUI), network


def test_loranode_joins_and_sends_through_the_rn2483() -> None:
    model, network = _on_the_air(Rn2483Model)
    with served(model) as path, _client(LORANODE, path) as client:
        told, _ = client.communicate(timeout=ROOM_S + 30)
    assert client.returncode == 0, told
    assert [(up.port, up.payload.hex(), up.confirmed) for up in network.heard_up] == [
        (10, "0102a0", True),
        (11, "0102a1", False),
    ]


def test_e5lora_joins_sends_and_is_called_back_through_the_lora_e5() -> None:
    model, network = _on_the_air(LoraE5Model)
    network.queue.append((1, bytes.fromhex("0A0B")))
    with served(model) as path, _client(E5LORA, path) as client:
        _until_joined(model)
        told, _ = client.communicate("now\n", timeout=ROOM_S + 30)
    assert client.returncode == 0, told
    assert [(up.port, up.payload.hex()) for up in network.heard_up] == [(10, "0102a0")]


def _until_joined(model: ModemModel) -> None:
    until(lambda: model.mac.joined and not model.mac.busy, lambda: "no session", ROOM_S)
