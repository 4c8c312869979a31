"""The JSON Schema of the configuration, for editors: `python -m gateway.config.schema`.

It knows the built-in drivers only, and nothing of what the check compares across the file.
"""

import json
import sys
from inspect import cleandoc
from typing import Any

import msgspec

from drivers import registry
from gateway.config.types import Config

_ABOUT = ("title", "description", "default")
_REFERENCE = "#/$defs/{name}"


def schema() -> dict[str, Any]:
    """A draft 2020-12 schema of the whole file."""
    configs = {name: registry.part(name).config for name in sorted(registry.BUILT_IN)}
    types = [Config, *configs.values()]
    (root, *options), definitions = msgspec.json.schema_components(types, ref_template=_REFERENCE)
    definitions = {name: _rewritten(definition) for name, definition in definitions.items()}
    sensor = definitions["Sensor"]
    known = {"enum": list(configs)}
    driver = sensor["properties"]["driver"]
    driver["anyOf"] = [known, {"type": driver.pop("type"), "minLength": driver.pop("minLength")}]
    sensor["allOf"] = [
        _options(name, reference, definitions)
        for name, reference in zip(configs, options, strict=True)
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of a gateway",
        **root,
        "$defs": definitions,
    }


def text() -> str:
    """The exported file, `config/gateway.schema.json`."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _options(driver: str, reference: dict[str, str], definitions: dict[str, Any]) -> dict[str, Any]:
    """If that driver is named, its options; they may be left out if each has a default."""
    required = definitions[reference["$ref"].rpartition("/")[2]].get("required")
    options = reference if required else {"anyOf": [reference, {"type": "null"}]}
    then: dict[str, Any] = {"properties": {"options": options}}
    return {
        "if": {"properties": {"driver": {"const": driver}}, "required": ["driver"]},
        "then": then | ({"required": ["options"]} if required else {}),
    }


def _rewritten(node: Any) -> Any:
    """What msgspec cannot say: second forms of a value ("also"), and sections left empty."""
    if isinstance(node, list):
        return [_rewritten(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: value if key == "default" else _rewritten(value) for key, value in node.items()}
    node.pop("discriminator", None)  # of OpenAPI, unknown to JSON Schema
    if isinstance(node.get("description"), str):
        node["description"] = cleandoc(node["description"])
    if "also" in node:
        return _either(node, node.pop("also"))
    if isinstance(node.get("default"), dict | list | tuple) and ("$ref" in node or "type" in node):
        return _either(node, {"type": "null"})
    return node


def _either(node: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    about = {key: value for key, value in node.items() if key in _ABOUT}
    form = {key: value for key, value in node.items() if key not in _ABOUT}
    return about | {"anyOf": [form, other]}


if __name__ == "__main__":
    sys.stdout.write(text())
