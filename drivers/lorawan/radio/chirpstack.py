"""ChirpStack v4 behind the simulated network: its MQTT topics and JSON bodies.

Zeros are told (since 4.1); EUIs are in small letters.
"""

from typing import Any
from uuid import NAMESPACE_OID, uuid5

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

APPLICATION_ID = str(uuid5(NAMESPACE_OID, APPLICATION))
DOWN = "command/down"
_TENANT_ID = str(uuid5(NAMESPACE_OID, "tenant"))
_PROFILE_ID = str(uuid5(NAMESPACE_OID, "profile"))


def topic(dev_eui: str, of: str) -> str:
    """`of`: event/up, event/join, command/down and so on; "+" for all devices."""
    return f"application/{APPLICATION_ID}/device/{dev_eui.lower()}/{of}"


def message(event: NetworkEvent, decode: Decode | None = None) -> Message | None:
    """What it publishes; it says nothing of a downlink that is queued."""
    match event:
        case UplinkHeard():
            return _message(event, "up", _uplink(event) | _decoded(event, decode))
        case DeviceJoined():
            return _message(event, "join", {"devAddr": f"{event.dev_addr:08x}"})
        case DownlinkFate(fate=Fate.ACKNOWLEDGED | Fate.UNACKNOWLEDGED):
            acknowledged = event.fate is Fate.ACKNOWLEDGED
            fate = {"queueItemId": _id(event.item), "acknowledged": acknowledged}
            return _message(event, "ack", fate | {"fCntDown": event.counter})
        case DownlinkFate(fate=Fate.SENT):
            fate = {"downlinkId": 0, "queueItemId": _id(event.item), "fCntDown": event.counter}
            return _message(event, "txack", fate)
    return None


def downlink(body: Any) -> tuple[str, Queued]:
    """What an application has published on command/down: to whom, and what. Raises ValueError."""
    try:
        item = queued(body["fPort"], body.get("data", ""), body.get("confirmed"))
        return body["devEui"].upper(), item
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"no downlink: {body!r:.200}") from error


def _message(event: NetworkEvent, of: str, what: Body) -> Message:
    body = {
        "deduplicationId": _id((event.key_id, event.utc_ns, of)),
        "time": f"{moment(event.utc_ns)}+00:00",
        "deviceInfo": _device(event.device),
        **what,
    }
    return Message(topic(event.device.dev_eui, f"event/{of}"), body)


def _device(device: Registration) -> Body:
    return {
        "tenantId": _TENANT_ID,
        "tenantName": "simulated",
        "applicationId": APPLICATION_ID,
        "applicationName": APPLICATION,
        "deviceProfileId": _PROFILE_ID,
        "deviceProfileName": APPLICATION,
        "deviceName": device.device_id,
        "devEui": device.dev_eui.lower(),
        "deviceClassEnabled": "CLASS_A",
        "tags": {},
    }


def _uplink(event: UplinkHeard) -> Body:
    return {
        "devAddr": f"{event.dev_addr:08x}",
        "adr": event.adr,
        "dr": event.data_rate,
        "fCnt": event.counter,
        "fPort": event.port or 0,
        "confirmed": event.confirmed,
        "data": base64_of(event.payload),
        "rxInfo": [
            {
                "gatewayId": GATEWAY_EUI.lower(),
                "uplinkId": event.utc_ns % 2**32,
                "nsTime": f"{moment(event.utc_ns)}+00:00",
                "rssi": round(event.levels.rssi),
                "snr": event.levels.snr,
                "crcStatus": "CRC_OK",
            }
        ],
        "txInfo": {
            "frequency": event.frequency_hz,
            "modulation": _modulation(event.data_rate),
        },
    }


def _decoded(event: UplinkHeard, decode: Decode | None) -> Body:
    if decode is None or not event.port:
        return {}
    said = decode(event.payload, event.port, event.utc_ns)
    return {} if said.get("errors") else {"object": said.get("data", {})}


def _modulation(number: int) -> Body:
    rate = DATA_RATES[number]
    if rate.spreading_factor is None:
        return {"fsk": {"frequencyDeviation": 25_000, "datarate": rate.bit_rate}}
    return {
        "lora": {
            "bandwidth": rate.bandwidth_hz,
            "spreadingFactor": rate.spreading_factor,
            "codeRate": "CR_4_5",
        }
    }


def _id(of: object) -> str:
    return str(uuid5(NAMESPACE_OID, repr(of)))
