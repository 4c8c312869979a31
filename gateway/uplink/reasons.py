"""What brokers answer, in our words and as what is to be done (MQTT 5, 2.4; 3.1.1, 3.2.2.3).

The texts that a broker may send with a code are not told: they are untrusted, and may say again
what it was sent, a password for one.
"""

from gateway.uplink.contract import Outcome

UNROUTED = 0x10
FAILURE = 0x80
PROTOCOL_ERROR = 0x82
KEEP_ALIVE = 0x8D
UNSUPPORTED_VERSIONS = (0x01, 0x84)
"""Of a CONNACK: that of MQTT 3.1.1, which older brokers give to MQTT 5 too, and that of MQTT 5."""

UNSUPPORTED = "this version of MQTT is not supported"

_OUTCOMES = {
    0x87: Outcome.FORBIDDEN,
    0x90: Outcome.FORBIDDEN,
    0x97: Outcome.FORBIDDEN,
    0x95: Outcome.REFUSED,
    0x99: Outcome.REFUSED,
}
_WORDS = {
    0x02: "the client identifier is not accepted",
    0x03: "the server is unavailable",
    0x04: "wrong user name or password",
    0x05: "not authorised",
    UNROUTED: "nobody subscribes to it",
    0x80: "unspecified error",
    0x81: "malformed packet",
    0x82: "protocol error",
    0x83: "implementation specific error",
    0x85: "the client identifier is not accepted",
    0x86: "wrong user name or password",
    0x87: "not authorised",
    0x88: "the server is unavailable",
    0x89: "the server is busy",
    0x8A: "banned",
    0x8B: "the server is shutting down",
    0x8C: "bad authentication method",
    0x8D: "keep-alive timeout",
    0x8E: "session taken over",
    0x8F: "topic filter invalid",
    0x90: "topic name invalid",
    0x93: "receive maximum exceeded",
    0x94: "topic alias invalid",
    0x95: "packet too large",
    0x96: "message rate too high",
    0x97: "quota exceeded",
    0x98: "administrative action",
    0x99: "payload format invalid",
    0x9A: "retained messages are not supported",
    0x9B: "this QoS is not supported",
    0x9C: "use another server",
    0x9D: "server moved",
    0x9F: "connection rate exceeded",
    0xA0: "maximum connect time",
}
_LOGIN = "check `username`, `password_file`, and the broker's log"
_CURES = {
    0x02: "the broker wants another client identifier: ask its operator",
    0x03: "wait, or ask the broker's operator",
    0x85: "the broker wants another client identifier: ask its operator",
    0x88: "wait, or ask the broker's operator",
    0x89: "wait, or ask the broker's operator",
    0x8A: "the broker has banned this node: ask its operator",
    0x8B: "wait: the broker is shutting down",
    0x8D: "is the network slow? set a longer `keepalive`",
    0x8E: "have two nodes one identity? compare `node:` in their configurations",
    0x95: "set a smaller `batch`, or raise the broker's packet limit",
    0x96: "raise the broker's limit, or measure less often",
    0x97: "raise the quota of this node at the broker",
    0x9A: "let the broker keep retained messages: the state of the node is one",
    0x9B: "let the broker take QoS 1: with less nothing is confirmed",
    0x9C: "set `host` to the broker that its operator names",
    0x9D: "set `host` to the broker that its operator names",
    0x9F: "wait, or raise the broker's limit",
}


def words(code: int) -> str:
    """What a code says."""
    return _WORDS.get(code, f"reason 0x{code:02x}")


def cure(code: int) -> str:
    """What to do about it."""
    return _CURES.get(code, _LOGIN)


def outcome(code: int) -> Outcome:
    """What a PUBACK with this code means for its payload."""
    if code == UNROUTED:
        return Outcome.UNROUTED
    if code < FAILURE:
        return Outcome.TAKEN
    return _OUTCOMES.get(code, Outcome.FAILED)
