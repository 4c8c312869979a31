"""codec.js in two engines: Duktape, which knows ES5.1 alone, and QuickJS, which ChirpStack has.

dukpy is Duktape up to 0.5; 0.6 is QuickJS, too.
"""

import json
from typing import Any

import dukpy  # type: ignore[import-untyped]
import quickjs  # type: ignore[import-untyped]

_CALL = """
function call_it(text) {
  var given = JSON.parse(text);
  var answers = [];
  for (var i = 0; i < given.inputs.length; i++) {
    answers.push(functions_of_it[given.name](given.inputs[i]));
  }
  return JSON.stringify(answers);
}
var functions_of_it = {
  decodeUplink: decodeUplink, normalizeUplink: normalizeUplink,
  encodeDownlink: encodeDownlink, decodeDownlink: decodeDownlink
};
"""


_AT_ONCE = 1000
"""Answers to a hundred thousand are more text than the heap of some engines holds."""


class Engine:
    """Loaded once, called often."""

    def answers(self, name: str, inputs: list[Any]) -> list[Any]:
        """What the function of that name says to each."""
        parts = [inputs[at : at + _AT_ONCE] for at in range(0, len(inputs), _AT_ONCE)]
        texts = [self._called(json.dumps({"name": name, "inputs": part})) for part in parts]
        return [answer for text in texts for answer in json.loads(text)]

    def _called(self, text: str) -> str:
        raise NotImplementedError


class Duktape(Engine):
    def __init__(self, script: str) -> None:
        self._interpreter = dukpy.JSInterpreter()
        self._interpreter.evaljs(f"{script}\n{_CALL}\nthis.call_it = call_it; null")

    def run(self, script: str) -> None:
        """Raises a JSRuntimeError where it is no ES5.1."""
        self._interpreter.evaljs(script)

    def _called(self, text: str) -> str:
        answered = self._interpreter.evaljs("call_it(dukpy.text)", text=text)
        assert isinstance(answered, str)
        return answered


class QuickJs(Engine):
    def __init__(self, script: str) -> None:
        self._context = quickjs.Context()
        self._context.eval(f"{script}\n{_CALL}")
        self._call = self._context.get("call_it")

    def _called(self, text: str) -> str:
        return str(self._call(text))


ENGINES: dict[str, type[Duktape] | type[QuickJs]] = {"duktape": Duktape, "quickjs": QuickJs}
