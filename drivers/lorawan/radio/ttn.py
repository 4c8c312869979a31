"""The Things Stack v3 behind the simulated network: its MQTT topics and JSON bodies.

Fields that are empty, zero or false are left out, as it does itself: a missing `f_cnt` is 0.
"""

from typing import Any

from drivers.lorawan.eu868 import DATA_RATES
from drivers.lorawan.radio.membership import Queued, Registration
from drivers.lorawan.radio.network_events import (
    DeviceJoined,
    DownlinkFate,
    Fate,
    NetworkEvent,
    UplinkHeard,
)
from drivers.lorawan.radio.platform import (
    APPLICATION,
    GATEWAY_EUI,
    Body,
    Decode,
    Message,
    base64_of,
    moment,
    queued,
)

TENANT = "ttn"
PUSH = "down/push"
REPLACE = "down/replace"
_FATES = {
    Fate.QUEUED: "downlink_queued",
    Fate.SENT: "downlink_sent",
    Fate.ACKNOWLEDGED: "downlink_ack",
    Fate.UNACKNOWLEDGED: "downlink_nack",
    Fate.FAILED: "downlink_failed",
}


def topic(device_id: str, of: str) -> str:
    """`of`: up, join, down/push and so on; "+" for all devices."""
    return f"v3/{APPLICATION}@{TENANT}/devices/{device_id}/{of}"


def message(event: NetworkEvent, decode: Decode | None = None) -> Message:
    """What it publishes."""
    match event:
        case UplinkHeard():
            return _message(event, "up", {"uplink_message": _uplink(event, decode)})
        case DeviceJoined():
            accepted = {
                "session_key_id": base64_of(event.key_id),
                "received_at": f"{moment(event.utc_ns)}Z",
            }
            return _message(event, "join", {"join_accept": accepted})
        case DownlinkFate():
            return _message(event, f"down/{event.fate}", {_FATES[event.fate]: _downlink(event)})


def downlinks(body: Any) -> list[Queued]:
    """What an application has published on down/push or down/replace. Raises ValueError."""
    try:
        return [
            queued(item["f_port"], item.get("frm_payload", ""), item.get("confirmed"))
            for item in body["downlinks"]
        ]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"no downlinks: {body!r:.200}") from error


def _message(event: NetworkEvent, of: str, what: Body) -> Message:
    body = {
        "end_device_ids": _ids(event.device, event.dev_addr),
        "correlation_ids": [f"as:up:{event.key_id.hex()}{event.utc_ns:x}"],
        "received_at": f"{moment(event.utc_ns)}Z",
        **what,
    }
    return Message(topic(event.device.device_id, of), body)


def _ids(device: Registration, dev_addr: int) -> Body:
    return {
        "device_id": device.device_id,
        "application_ids": {"application_id": APPLICATION},
        "dev_eui": device.dev_eui.upper(),
        "join_eui": device.join_eui.upper(),
        "dev_addr": f"{dev_addr:08X}",
    }


def _uplink(event: UplinkHeard, decode: Decode | None) -> Body:
    known = {
        "session_key_id": base64_of(event.key_id),
        "f_port": event.port,
        "f_cnt": event.counter,
        "frm_payload": base64_of(event.payload),
        "rx_metadata": [
            {
                "gateway_ids": {"gateway_id": "simulated", "eui": GATEWAY_EUI},
                "rssi": event.levels.rssi,
                "channel_rssi": event.levels.rssi,
                "snr": event.levels.snr,
            }
        ],
        "settings": {
            "data_rate": _data_rate(event.data_rate),
            "frequency": str(event.frequency_hz),
        },
        "received_at": f"{moment(event.utc_ns)}Z",
        "confirmed": event.confirmed,
        "consumed_airtime": f"{event.airtime_ns / 1e9:.6f}s",
    }
    return _without_empty(known) | _decoded(event, decode)


def _decoded(event: UplinkHeard, decode: Decode | None) -> Body:
    if decode is None or not event.port:
        return {}
    said = decode(event.payload, event.port, event.utc_ns)
    if said.get("errors"):
        return {}
    found = {"decoded_payload": said.get("data"), "decoded_payload_warnings": said.get("warnings")}
    return {name: value for name, value in found.items() if value}


def _data_rate(number: int) -> Body:
    rate = DATA_RATES[number]
    if rate.spreading_factor is None:
        return {"fsk": {"bit_rate": rate.bit_rate}}
    return {
        "lora": {
            "bandwidth": rate.bandwidth_hz,
            "spreading_factor": rate.spreading_factor,
            "coding_rate": "4/5",
        }
    }


def _downlink(event: DownlinkFate) -> Body:
    return _without_empty(
        {
            "session_key_id": base64_of(event.key_id),
            "f_port": event.item.port,
            "f_cnt": event.counter,
            "frm_payload": base64_of(event.item.payload),
            "confirmed": event.item.confirmed,
            "priority": "NORMAL",
        }
    )


def _without_empty(body: Body) -> Body:
    return {name: value for name, value in body.items() if value}
