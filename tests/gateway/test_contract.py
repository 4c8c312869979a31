"""The generated files: in step with the types, valid, and all of what is documented."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator  # type: ignore[import-untyped]

from gateway import contract
from gateway.encoding.asyncapi import CHANNELS, document
from gateway.encoding.schemas import PAYLOADS, schema

TESTS = Path(__file__).parents[1]
DOCS = TESTS.parent / "docs"
ASYNCAPI = Draft7Validator(json.loads((TESTS / "asyncapi/3.0.0.json").read_text()))


def test_the_files_are_in_step() -> None:
    made = contract.files()
    folders = [path for name in ("schemas", "lorawan") for path in (DOCS / name).rglob("*")]
    there = {str(path.relative_to(DOCS)) for path in folders if path.is_file()}
    assert there | {"asyncapi.json"} == made.keys(), "python -m gateway.contract docs"
    for name, text in made.items():
        assert (DOCS / name).read_text() == text, f"{name}: python -m gateway.contract docs"


def test_writing_them_makes_the_folders(tmp_path: Path) -> None:
    contract.write(tmp_path / "docs")
    made = {
        str(path.relative_to(tmp_path / "docs")) for path in tmp_path.rglob("*") if path.is_file()
    }
    assert made == contract.files().keys()


@pytest.mark.parametrize("name", PAYLOADS)
def test_each_is_a_valid_schema_and_says_what_it_is_for(name: str) -> None:
    made = schema(name)
    assert made["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    Draft202012Validator.check_schema(made)
    assert made["title"]
    assert all(one.get("description") for one in made["$defs"].values())
    assert pointers_that_lead_nowhere(made) == []


def test_asyncapi_says_that_the_document_is_well() -> None:
    assert [error.message for error in ASYNCAPI.iter_errors(document())] == []
    assert pointers_that_lead_nowhere(document()) == []


Spoil = Callable[[dict[str, Any]], object]
SPOILT: dict[str, Spoil] = {
    "no version": lambda one: one.pop("asyncapi"),
    "an action of AsyncAPI 2": lambda one: one["operations"]["send-data"].update(action="publish"),
    "a channel without address type": lambda one: one["channels"]["data"].update(address=5),
    "an unknown field": lambda one: one["channels"]["data"].update(topic="data"),
    "a qos of 3": lambda one: one["operations"]["send-data"]["bindings"]["mqtt"].update(qos=3),
    "a will without qos type": lambda one: one["servers"]["broker"]["bindings"]["mqtt"][
        "lastWill"
    ].update(qos="1"),
    "a schema of no type": lambda one: one["components"]["schemas"]["Ack"].update(type="none"),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT.keys())
def test_asyncapi_sees_what_is_wrong(spoil: Spoil) -> None:
    spoilt = json.loads(json.dumps(document()))
    spoil(spoilt)
    assert not ASYNCAPI.is_valid(spoilt)


def test_every_message_has_a_channel_and_an_operation_on_it() -> None:
    made = document()
    assert made["channels"].keys() == PAYLOADS.keys()
    for key, operation in zip(made["channels"], made["operations"].values(), strict=True):
        prefix = f"#/channels/{key}"
        assert operation["channel"] == {"$ref": prefix}
        used = {one["$ref"].removeprefix(f"{prefix}/messages/") for one in operation["messages"]}
        assert used == made["channels"][key]["messages"].keys()
        reply = operation.get("reply")
        assert (reply is not None) == key.startswith("cmd-")


def test_topics_and_what_is_retained_are_those_of_the_documentation() -> None:
    told = {}
    for line in (DOCS / "messages.md").read_text().split("## Data")[0].splitlines():
        if line.startswith("| `"):
            topic, retained, _ = (cell.strip() for cell in line.strip("| ").split(" | "))
            told[topic.strip("`").replace("<sensor>", "{sensor}")] = retained == "yes"
    made = {channel.topic: channel.retained for channel in CHANNELS}
    commands = {topic: retained for topic, retained in made.items() if topic.startswith("cmd/")}
    assert set(commands.values()) == {told.pop("cmd/<name>")}
    assert {topic: kept for topic, kept in made.items() if topic not in commands} == told


def pointers_that_lead_nowhere(whole: dict[str, Any]) -> list[str]:
    return [pointer for pointer in pointers(whole) if not leads(whole, pointer)]


def pointers(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from pointers(value)
    elif isinstance(node, list):
        for item in node:
            yield from pointers(item)


def leads(whole: Any, pointer: str) -> bool:
    for step in pointer.removeprefix("#/").split("/"):
        if step not in whole:
            return False
        whole = whole[step]
    return True


def test_schemas_keep_to_the_words_that_draft_7_knows() -> None:
    later = {"prefixItems", "$defs", "dependentRequired", "unevaluatedProperties", "minContains"}
    assert not later & set(words(document()))
    for definition in document()["components"]["schemas"].values():
        Draft7Validator.check_schema(definition)


def words(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from node
    for item in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from words(item)
