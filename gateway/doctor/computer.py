"""Whether the computer itself is well: its voltage and its heat, at this moment."""

from collections.abc import Iterator

from gateway.computer import Computer
from gateway.doctor.check import Check, Node, judged
from gateway.errors import GatewayError
from gateway.health import COMPUTER, HOT, HOT_C, SUPPLY, WEAK, hot, weak
from gateway.model import Finding

_NAME = "computer"


def checks(node: Node, computer: Computer | None = None) -> Iterator[Check]:
    """A running daemon has told what it saw before; here is what can be seen now."""
    looked = computer or Computer()
    temperature, undervoltage = looked.temperature, looked.undervoltage
    findings = []
    if undervoltage:
        findings.append(_finding(node, SUPPLY, WEAK, weak()))
    if temperature is not None and temperature >= HOT_C:
        findings.append(_finding(node, COMPUTER, HOT, hot(temperature)))
    yield judged(_NAME, _told(looked.model, temperature, undervoltage), findings)


def _finding(node: Node, about: str, problem: str, error: GatewayError) -> Finding:
    return node.finding(about, problem, str(error), error.hint)


def _told(model: str, temperature: float | None, undervoltage: bool | None) -> str:
    heat = "no temperature" if temperature is None else f"{temperature:.1f} degC"
    supply = {None: "no voltage", False: "its supply is strong enough", True: "its supply is weak"}
    return f"{model or 'a computer'} tells: {heat}, {supply[undervoltage]}"
