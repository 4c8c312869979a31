"""JSON Schemas (draft 2020-12) of every message, from the types: files for docs/schemas/.

They say what a message has at least: whoever reads ignores fields that he does not know, so none
is forbidden. Only words are used that draft 7 knows too, because AsyncAPI's own schemas are that.
"""

from collections.abc import Iterator, Mapping
from inspect import cleandoc
from typing import Any, NamedTuple

import msgspec

from gateway.encoding import messages
from gateway.encoding.messages import Reply

Schema = dict[str, Any]

_REFERENCE = "#/$defs/{name}"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Payload(NamedTuple):
    """One message: `any_of` are names of definitions; an array has items of any of them."""

    title: str
    any_of: tuple[str, ...]
    is_array: bool = False


PAYLOADS = {
    "data": Payload("Readings and gap records", ("Reading", "Gap"), is_array=True),
    "live": Payload("The newest reading of a sensor", ("Reading",)),
    "status": Payload("Birth, goodbye and will of a connection", ("Status", "Death")),
    "meta": Payload("What a node is", ("NodeMeta",)),
    "audit": Payload("What the broker has acknowledged", ("Audit",)),
    "health": Payload("How a node is", ("Health",)),
    "cmd-replay": Payload("Command: send again", ("ReplayRequest",)),
    "cmd-read": Payload("Command: the newest values of a sensor", ("ReadRequest",)),
    "cmd-report-status": Payload("Command: say again what and how you are", ("Request",)),
    "cmd-identify": Payload("Command: what are you", ("Request",)),
    "reply": Payload(
        "The answer to a command",
        ("ReplayReply", "ReadReply", "ReportStatusReply", "IdentifyReply", "Refusal"),
    ),
    "ack": Payload("What the platform has for good", ("Ack",)),
}
"""By their topic, with a hyphen for the slash in it."""

_TYPES: dict[str, Any] = {
    **{
        name: getattr(messages, name)
        for name in ("Reading", "Gap", "Status", "Death", "NodeMeta", "Audit", "Health")
    },
    **{name: getattr(messages, name) for name in ("ReplayRequest", "ReadRequest", "Request")},
    "ReplayReply": Reply[messages.ReplayResult],
    "ReadReply": Reply[messages.ReadResult],
    "IdentifyReply": Reply[messages.Identity],
    "ReportStatusReply": Reply[Any],
    "Ack": messages.Ack,
}

_PROBLEM = {
    "if": {"properties": {"state": {"const": "refused"}}},
    "then": {"required": ["problem"]},
}


def _answers(command: str) -> Schema:
    return {"properties": {"command": {"const": command}}, **_PROBLEM}


_NARROWER: Mapping[str, Schema] = {
    "Reading": {"oneOf": [{"required": ["t"]}, {"required": ["t0", "t1", "up0"]}]},
    "Status": {"properties": {"state": {"enum": ["online", "offline"]}}},
    "Death": {"properties": {"state": {"const": "lost"}}, "required": ["node", "state", "session"]},
    "ReplayReply": _answers("replay"),
    "ReadReply": _answers("read"),
    "IdentifyReply": _answers("identify"),
    "ReportStatusReply": _answers("report-status"),
    "Refusal": {
        "properties": {"state": {"const": "refused"}},
        "required": ["node", "command", "id", "state", "problem"],
    },
}
"""What holds on the wire and no Python type can say."""


def schema(name: str) -> Schema:
    """The whole schema of the message `name` (a key of PAYLOADS), with all that it refers to."""
    payload = PAYLOADS[name]
    known = definitions(_REFERENCE)
    root = root_of(payload, _REFERENCE)
    used = _reachable(root, known)
    return {
        "$schema": _DIALECT,
        "title": payload.title,
        **root,
        "$defs": {key: value for key, value in known.items() if key in used},
    }


def root_of(payload: Payload, reference: str) -> Schema:
    """The schema of the payload itself; `reference` is the form of references, with {name}."""
    references = [{"$ref": reference.format(name=name)} for name in payload.any_of]
    one = references[0] if len(references) == 1 else {"anyOf": references}
    return {"type": "array", "items": one} if payload.is_array else one


def definitions(reference: str) -> dict[str, Schema]:
    """All types by their names, in the order of their names."""
    roots, found = msgspec.json.schema_components(_TYPES.values(), ref_template=reference)
    for name, root in zip(_TYPES, roots, strict=True):
        generic = _name(root)
        if generic != name:
            found[name] = found.pop(generic) | {"title": name}
    found["ReportStatusReply"]["properties"].pop("result")
    found["Refusal"] = found["ReportStatusReply"] | {"title": "Refusal"}
    return {
        name: _narrowed(_plain(definition), _NARROWER.get(name, {}))
        for name, definition in sorted(found.items())
    }


def _narrowed(definition: Schema, more: Schema) -> Schema:
    properties = definition.get("properties", {}) | more.get("properties", {})
    narrowed = definition | more
    return narrowed | {"properties": properties} if properties else narrowed


def _plain(node: Any) -> Any:
    """Docstrings without their indentation; pairs of one kind as draft 7 says them."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: _plain(value) for key, value in node.items()}
    if isinstance(node.get("description"), str):
        node["description"] = cleandoc(node["description"])
    if "prefixItems" in node:
        node["items"] = node.pop("prefixItems")[0]
    return node


def _reachable(node: Any, known: Mapping[str, Schema]) -> set[str]:
    """Names of the definitions that the node refers to, also by way of others."""
    used: set[str] = set()
    ahead = list(_references(node))
    while ahead:
        name = ahead.pop()
        if name not in used:
            used.add(name)
            ahead += _references(known[name])
    return used


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield _name(node)
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for item in node:
            yield from _references(item)


def _name(reference: Mapping[str, str]) -> str:
    return reference["$ref"].rpartition("/")[2]
