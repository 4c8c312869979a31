"""The AsyncAPI 3.0.0 document of a node, from the types: docs/asyncapi.json.

It is written from the node's side, as AsyncAPI 3 has it: what the node publishes it "sends", and
commands it "receives".
"""

from typing import Any, Literal, NamedTuple

from gateway.encoding import messages
from gateway.encoding.messages import SCHEMA
from gateway.encoding.schemas import PAYLOADS, definitions, root_of

Object = dict[str, Any]

_PLACE = "udp/v1/{municipality}/{node}"
_REFERENCE = "#/components/schemas/{name}"
_REPLIES = "reply"


class Channel(NamedTuple):
    """One topic below the place of a node, and who publishes there."""

    topic: str
    action: Literal["send", "receive"]
    retained: bool
    about: str


CHANNELS = (
    Channel("data", "send", False, "Readings and gap records, new ones and backlog."),
    Channel("live/{sensor}", "send", True, "The newest reading, never from the backlog."),
    Channel("status", "send", True, "Birth and goodbye of a connection; its will says lost."),
    Channel("meta", "send", True, messages.NodeMeta.__doc__ or ""),
    Channel("audit", "send", False, messages.Audit.__doc__ or ""),
    Channel("health", "send", False, messages.Health.__doc__ or ""),
    Channel("cmd/replay", "receive", False, messages.ReplayRequest.__doc__ or ""),
    Channel("cmd/read", "receive", False, messages.ReadRequest.__doc__ or ""),
    Channel("cmd/report-status", "receive", False, "Publish status, meta, health, audit again."),
    Channel("cmd/identify", "receive", False, messages.Identity.__doc__ or ""),
    Channel(_REPLIES, "send", False, "Answers to commands."),
    Channel("ack", "receive", True, messages.Ack.__doc__ or ""),
)

_REPLY_OF = {
    "cmd-replay": "ReplayReply",
    "cmd-read": "ReadReply",
    "cmd-report-status": "ReportStatusReply",
    "cmd-identify": "IdentifyReply",
}

_PARAMETERS = {
    "municipality": {"description": "Whose node it is.", "examples": ["brandis"]},
    "node": {"description": "Unique within the municipality.", "examples": ["rathaus-01"]},
    "sensor": {"description": "Unique on the node.", "examples": ["foyer-air"]},
}


def document() -> Object:
    """The whole document."""
    return {
        "asyncapi": "3.0.0",
        "info": _INFO,
        "defaultContentType": "application/json",
        "servers": {"broker": _SERVER},
        "channels": {_key(channel): _channel(channel) for channel in CHANNELS},
        "operations": dict(_operation(channel) for channel in CHANNELS),
        "components": {
            "parameters": _PARAMETERS,
            "messages": {
                name: message
                for channel in CHANNELS
                for name, message in _messages(_key(channel)).items()
            },
            "schemas": _schemas(),
        },
    }


_INFO = {
    "title": "A node of partheland-gateway",
    "version": f"{SCHEMA}.0.0",
    "description": (
        "People counters and environmental sensors over MQTT: docs/messages.md tells what the "
        "messages mean. The first levels of a topic, udp/v1, are those of the configuration."
    ),
    "license": {
        "name": "EUPL-1.2",
        "url": "https://eupl.eu/1.2/en/",
    },
}

_SERVER = {
    "host": "mqtt.example.org:8883",
    "protocol": "mqtts",
    "protocolVersion": "5",
    "description": (
        "The broker of a municipality or a district. Nothing that matters stands in a property of "
        "MQTT 5 alone: 3.1.1 does as well."
    ),
    "bindings": {
        "mqtt": {
            "lastWill": {
                "topic": f"{_PLACE}/status",
                "qos": 1,
                "retain": True,
                "message": "A status with the state lost and the session of this connection.",
            },
            "bindingVersion": "0.2.0",
        }
    },
}


def _key(channel: Channel) -> str:
    """As the message is called in PAYLOADS."""
    return channel.topic.removesuffix("/{sensor}").replace("/", "-")


def _channel(channel: Channel) -> Object:
    key = _key(channel)
    names = ["municipality", "node"] + ["sensor"] * ("{sensor}" in channel.topic)
    return {
        "address": f"{_PLACE}/{channel.topic}",
        "title": PAYLOADS[key].title,
        "description": channel.about,
        "servers": [{"$ref": "#/servers/broker"}],
        "parameters": {name: {"$ref": f"#/components/parameters/{name}"} for name in names},
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in _messages(key)},
    }


def _operation(channel: Channel) -> tuple[str, Object]:
    key = _key(channel)
    operation: Object = {
        "action": channel.action,
        "channel": {"$ref": f"#/channels/{key}"},
        "summary": channel.about,
        "messages": [_message_of(key, name) for name in _messages(key)],
        "bindings": {"mqtt": {"qos": 1, "retain": channel.retained, "bindingVersion": "0.2.0"}},
    }
    if key in _REPLY_OF:
        replies = [_message_of(_REPLIES, name) for name in (_REPLY_OF[key], "Refusal")]
        operation["reply"] = {
            "channel": {"$ref": f"#/channels/{_REPLIES}"},
            "messages": replies,
        }
    return f"{channel.action}-{key}", operation


def _message_of(channel: str, name: str) -> Object:
    return {"$ref": f"#/channels/{channel}/messages/{name}"}


def _messages(key: str) -> dict[str, Object]:
    """An array is one message, of alternatives each is one."""
    payload = PAYLOADS[key]
    if payload.is_array or len(payload.any_of) == 1:
        reference = _REFERENCE.format(name=key)
        return {key: {"name": key, "title": payload.title, "payload": {"$ref": reference}}}
    return {
        name: {"name": name, "payload": {"$ref": _REFERENCE.format(name=name)}}
        for name in payload.any_of
    }


def _schemas() -> dict[str, Object]:
    roots = {
        name: root_of(payload, _REFERENCE)
        for name, payload in PAYLOADS.items()
        if payload.is_array or len(payload.any_of) == 1
    }
    return roots | definitions(_REFERENCE)
