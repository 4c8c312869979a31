"""The files of the contract that are made from the code: `python -m gateway.contract docs`."""

import json
import sys
from pathlib import Path
from typing import Any

from gateway.encoding.asyncapi import document
from gateway.encoding.compact import device
from gateway.encoding.compact.javascript import generated
from gateway.encoding.schemas import PAYLOADS, schema


def files() -> dict[str, str]:
    """Their texts by path below docs/."""
    made = {f"schemas/{name}.json": _text(schema(name)) for name in PAYLOADS}
    made |= {f"lorawan/{name}": text for name, text in device.files().items()}
    return made | {"asyncapi.json": _text(document()), "lorawan/codec.js": generated()}


def write(folder: Path) -> None:
    """All of them; what stands there is replaced."""
    for name, text in files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _text(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    write(Path(sys.argv[1]))
