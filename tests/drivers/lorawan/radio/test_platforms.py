"""What the platforms behind the network publish, and what they take."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.lorawan.radio import chirpstack, ttn
from drivers.lorawan.radio.membership import Queued
from drivers.lorawan.radio.network_events import DeviceJoined, DownlinkFate
from drivers.lorawan.radio.platform import Body, Message, moment
from tests.drivers.lorawan.radio.network import DEV_EUI, UTC_NS, Network, of

TTN_DEVICE = "v3/partheland@ttn/devices/town-hall"
CHIRPSTACK_DEVICE = f"application/{chirpstack.APPLICATION_ID}/device/{DEV_EUI.lower()}"


def _decode(payload: bytes, port: int, utc_ns: int) -> Body:
    if payload == b"bad":
        return {"errors": ["bad"], "data": {"half": 1}}
    return {"data": {"bytes": len(payload), "port": port, "zero": 0}, "warnings": ["w"]}


def _chirpstack(event: Any) -> Message:
    message = chirpstack.message(event, _decode)
    assert message is not None
    json.dumps(message.body)
    return message


def test_an_uplink_on_the_things_stack() -> None:
    network = Network().joined()
    network.send(b"first")
    network.send(b"\1\2", port=7, confirmed=True)
    first, second = (ttn.message(event, _decode) for event in network.heard())
    assert first.topic == f"{TTN_DEVICE}/up"
    assert "f_cnt" not in first.body["uplink_message"]
    assert "confirmed" not in first.body["uplink_message"]
    assert second.body["end_device_ids"] == {
        "device_id": "town-hall",
        "application_ids": {"application_id": "partheland"},
        "dev_eui": DEV_EUI,
        "join_eui": "70B3D57ED0000001",
        "dev_addr": "26000001",
    }
    uplink = second.body["uplink_message"]
    assert {name: uplink[name] for name in ("f_cnt", "f_port", "frm_payload", "confirmed")} == {
        "f_cnt": 1,
        "f_port": 7,
        "frm_payload": "AQI=",
        "confirmed": True,
    }
    assert uplink["decoded_payload"] == {"bytes": 2, "port": 7, "zero": 0}
    assert uplink["decoded_payload_warnings"] == ["w"]
    assert uplink["settings"]["data_rate"]["lora"] == {
        "bandwidth": 125_000,
        "spreading_factor": 7,
        "coding_rate": "4/5",
    }
    assert uplink["settings"]["frequency"] == str(network.sent()[-1].frequency_hz)
    assert uplink["consumed_airtime"] == "0.046336s"
    assert uplink["received_at"] == f"{moment(UTC_NS + network.sent()[-1].ends_ns)}Z"
    assert uplink["session_key_id"] == first.body["uplink_message"]["session_key_id"]
    json.dumps([first.body, second.body])


def test_the_same_uplink_on_chirpstack() -> None:
    network = Network().joined()
    network.send(b"\1\2", port=7)
    message = _chirpstack(network.heard()[0])
    assert message.topic == f"{CHIRPSTACK_DEVICE}/event/up"
    told = message.body
    assert (told["fCnt"], told["fPort"], told["dr"], told["confirmed"]) == (0, 7, 5, False)
    assert (told["data"], told["devAddr"]) == ("AQI=", "26000001")
    assert told["object"] == {"bytes": 2, "port": 7, "zero": 0}
    assert told["deviceInfo"]["devEui"] == DEV_EUI.lower()
    assert told["txInfo"]["modulation"]["lora"]["spreadingFactor"] == 7
    assert told["time"].endswith("+00:00")


def test_a_payload_that_cannot_be_decoded_is_told_without() -> None:
    network = Network().joined()
    network.send(b"bad")
    [event] = network.heard()
    assert "decoded_payload" not in ttn.message(event, _decode).body["uplink_message"]
    assert "object" not in _chirpstack(event).body


def test_an_uplink_by_fsk() -> None:
    network = Network().joined()
    network.mac.data_rate = 7
    network.send()
    [event] = network.heard()
    settings = ttn.message(event).body["uplink_message"]["settings"]
    assert settings["data_rate"] == {"fsk": {"bit_rate": 50_000}}
    assert _chirpstack(event).body["txInfo"]["modulation"]["fsk"]["datarate"] == 50_000


def test_a_join_on_both() -> None:
    network = Network().joined()
    [event] = of(DeviceJoined, network.told)
    message = ttn.message(event)
    assert message.topic == f"{TTN_DEVICE}/join"
    assert message.body["join_accept"]["session_key_id"] == "AAAAAAAAAAAAAAAAAAAAAQ=="
    other = _chirpstack(event)
    assert (other.topic, other.body["devAddr"]) == (f"{CHIRPSTACK_DEVICE}/event/join", "26000001")


def test_a_confirmed_downlink_on_both() -> None:
    network = Network().joined()
    network.server.push(DEV_EUI, Queued(10, b"\1", confirmed=True), network.now_ns)
    network.send()
    network.send()
    fates = of(DownlinkFate, network.told)
    messages = [ttn.message(event) for event in fates]
    assert [message.topic.removeprefix(f"{TTN_DEVICE}/") for message in messages] == [
        "down/queued",
        "down/sent",
        "down/ack",
    ]
    assert messages[-1].body["downlink_ack"]["frm_payload"] == "AQ=="
    others = [chirpstack.message(event) for event in fates]
    assert others[0] is None
    topics = [message.topic.removeprefix(f"{CHIRPSTACK_DEVICE}/") for message in others if message]
    assert topics == ["event/txack", "event/ack"]
    assert others[-1] is not None
    assert others[-1].body["acknowledged"] is True
    ids = {message.body["queueItemId"] for message in others if message}
    assert len(ids) == 1


def test_what_applications_send_down() -> None:
    pushed = {"downlinks": [{"f_port": 10, "frm_payload": "AQI=", "confirmed": True}]}
    assert ttn.downlinks(pushed) == [Queued(10, b"\1\2", confirmed=True)]
    queued = {"devEui": DEV_EUI.lower(), "confirmed": False, "fPort": 11, "data": "AQI="}
    assert chirpstack.downlink(queued) == (DEV_EUI, Queued(11, b"\1\2"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["downlinks", "f_port", "frm_payload", "confirmed", "devEui", "fPort", "data"]
            ),
            inner,
        )
    ),
)


@given(JSON)
def test_any_json_is_a_downlink_or_a_value_error(body: Any) -> None:
    for read in (ttn.downlinks, chirpstack.downlink):
        try:
            read(body)
        except ValueError:
            continue


@pytest.mark.parametrize(
    ("port", "data"), [(0, "AQ=="), (256, "AQ=="), ("10", "AQ=="), (10, "A"), (10, "%%%%")]
)
def test_a_downlink_that_no_frame_can_hold_is_refused(port: Any, data: str) -> None:
    with pytest.raises(ValueError, match="no downlink"):
        ttn.downlinks({"downlinks": [{"f_port": port, "frm_payload": data}]})
    with pytest.raises(ValueError, match="no downlink"):
        chirpstack.downlink({"devEui": DEV_EUI, "fPort": port, "data": data})
