"""`gateway calibrate SENSOR QUANTITY VALUE`: a technician tells what is true.

Without `--forced` nothing is written anywhere: the answer is what has to stand in the
configuration. With it the part itself is told (drivers/contract.py, Recalibration), which cannot be
undone; so the values must be steady, and somebody must have said yes.
"""

import argparse
import sys
from collections.abc import Collection
from pathlib import Path

import msgspec

from drivers.contract import Driver, Recalibration
from drivers.quantities import QUANTITIES, Kind, Quantity
from gateway import config
from gateway.cli import reference, wire
from gateway.cli.reference import Entry, Measured
from gateway.cli.verb import WELL, add_config_option, add_simulate_option, print_json
from gateway.clock import SystemClock
from gateway.config import Config, Sensor, lineage, root_of
from gateway.errors import GatewayError, NotNow, WrongUsage
from gateway.model import Quality, rfc3339
from gateway.status import NotRunning, of_running

EXAMPLE = "gateway calibrate foyer-air temperature 21.3 --seconds 120"

SECONDS = 60.0
LONGEST_S = 86_400


class Answer(msgspec.Struct, frozen=True):
    """`measured` before the part was corrected by `correction`, null if it was not or tells not."""

    sensor: str
    quantity: str
    true: float
    measured: Measured
    forced: bool
    correction: float | None
    calibration: Entry
    snippet: str


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("sensor", help="its name in the configuration")
    parser.add_argument("quantity", help="what is compared, e.g. temperature or co2")
    parser.add_argument("value", type=float, help="what is true, in the unit of the quantity")
    forced = "let the part itself be corrected (CO2 sensors); this cannot be undone"
    parser.add_argument("--forced", action="store_true", help=forced)
    seconds = f"how long to listen (default {SECONDS:.0f}; --forced: as the part demands, or more)"
    parser.add_argument("--seconds", type=_seconds, default=SECONDS, metavar="N", help=seconds)
    parser.add_argument("--yes", action="store_true", help="do not ask before --forced")
    add_config_option(parser)
    add_simulate_option(parser)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 1 <= seconds <= LONGEST_S:
        raise argparse.ArgumentTypeError(f"{text} is not between 1 and {LONGEST_S}")
    return seconds


def run(arguments: argparse.Namespace) -> int:
    loaded = config.load(arguments.config)
    sensor = wire.named(loaded, arguments.sensor, arguments.config)
    quantity = _compared(sensor, arguments.quantity, arguments.value)
    if arguments.forced and not (arguments.yes or sys.stdin.isatty()):
        raise WrongUsage("nobody can be asked here", "say that it is meant so: --yes")
    _refuse_while_held(loaded, sensor, arguments.simulate)
    with wire.opened(loaded, sensor, arguments.simulate) as (live, air):
        part = _recalibration(live.driver, quantity, arguments) if arguments.forced else None
        live.first(air)
        if part is None:
            found, correction = _compare(live, quantity, arguments.seconds), None
        else:
            found, correction = force(live, part, arguments)
    told = _entry(loaded, sensor, arguments, found)
    answer = Answer(
        sensor.name,
        quantity.name,
        arguments.value,
        found,
        arguments.forced,
        correction,
        told,
        reference.snippet(sensor.name, told),
    )
    print_json(answer) if arguments.json else _show(answer)
    return WELL


def _compared(sensor: Sensor, name: str, value: float) -> Quantity:
    channels = {quantity.name: quantity for quantity in _channels(sensor)}
    gauges = [name for name, quantity in channels.items() if quantity.kind is Kind.GAUGE]
    if name not in gauges:
        raise WrongUsage(
            f"{sensor.name} has no values of {name!r} that could be calibrated",
            f"it has: {', '.join(gauges) or 'none'}",
        )
    quantity = channels[name]
    if not quantity.minimum <= value <= quantity.maximum:
        raise WrongUsage(
            f"{value:g} {quantity.unit} is no {name}",
            f"from {quantity.minimum:g} to {quantity.maximum:g} {quantity.unit}",
        )
    return quantity


def _channels(sensor: Sensor) -> Collection[Quantity]:
    """Of its driver; of one that is made by no class, all."""
    channels: Collection[Quantity] = getattr(
        sensor.part.driver, "channels", list(QUANTITIES.values())
    )
    return channels


def _refuse_while_held(loaded: Config, sensor: Sensor, simulate: bool) -> None:
    """Two who talk to one part would each hear the answers to the other."""
    near = {one.bus for one in loaded.sensors if one.name in sensor.compensation.values()}
    asked = {lineage(loaded.buses, name)[-1] for name in (sensor.bus, *near)}
    real = {root for root in asked if not root_of(loaded.buses, root).simulated}
    if simulate or not real:
        return
    try:
        status = of_running(Path(loaded.node.runtime_dir), SystemClock())
    except NotRunning:
        return
    used = {one.bus for one in status.sensors} & loaded.buses.keys()
    held = sorted(real & {lineage(loaded.buses, name)[-1] for name in used})
    if held:
        raise NotNow(
            f"the gateway is running (process {status.pid}) and uses the bus {', '.join(held)}",
            "stop it for so long: systemctl stop gateway; afterwards: systemctl start gateway",
        )


def _compare(live: wire.Live, quantity: Quantity, seconds: float) -> Measured:
    samples = [sample for sample, _ in live.listen(seconds, "measures")]
    values = [value for one in samples if (value := one.get(quantity.name)) is not None]
    return reference.measured(quantity, values)


def force(
    live: wire.Live, part: Recalibration, arguments: argparse.Namespace
) -> tuple[Measured, float | None]:
    """Let the part settle, ask whether it is meant so, tell it; by how much it was corrected."""
    quantity = part.recalibrated
    seconds = max(arguments.seconds, part.settles_s)
    told = [
        (value, at_s)
        for sample, at_s in live.listen(seconds, "settles")
        if (value := sample.get(quantity.name)) is not None
    ]
    found = reference.measured(quantity, reference.steady(told, seconds, part.steady))
    if not arguments.yes:
        _ask(quantity, found, arguments.value)
    return found, part.recalibrate(arguments.value)


def _recalibration(
    driver: Driver, quantity: Quantity, arguments: argparse.Namespace
) -> Recalibration:
    """The driver, if its part can be told that."""
    if not isinstance(driver, Recalibration) or driver.recalibrated is not quantity:
        raise WrongUsage(
            f"this part cannot be told its {quantity.name}",
            "leave out --forced: the gateway then corrects what the part says",
        )
    (low, high), value = driver.references, arguments.value
    if not low <= value <= high:
        takes = f"{low:g}" if low == high else f"{low:g} to {high:g}"
        raise WrongUsage(f"this part does not take {value:g} {quantity.unit}", f"it takes {takes}")
    return driver


def _ask(quantity: Quantity, found: Measured, value: float) -> None:
    """Raises GatewayError unless the answer is yes."""
    sys.stderr.write(
        f"The sensor says {found.mean:g} {quantity.unit}, steady. From now on it will take this "
        f"air for {value:g} {quantity.unit}. If that is wrong, all its values will be wrong; it "
        "cannot be undone. Type yes to go on: "
    )
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() != "yes":
        raise GatewayError("nothing was changed")


def _entry(loaded: Config, sensor: Sensor, arguments: argparse.Namespace, found: Measured) -> Entry:
    quantity = QUANTITIES[arguments.quantity]
    before = [one.points for one in sensor.calibrations if one.quantity == quantity.name]
    points: tuple[reference.Point, ...] = ()
    if not arguments.forced:
        points = reference.with_second((found.mean, arguments.value), before[0] if before else ())
    taken = {one.id for each in loaded.sensors for one in each.calibrations}
    return reference.entry(sensor.name, quantity, _today(loaded), points, taken)


def _today(loaded: Config) -> str:
    """The date in UTC; "" while nobody vouches for the clock."""
    clock = SystemClock.with_rtc(loaded.clock.rtc)
    clock.ask(None)
    anchor = clock.anchor()
    if anchor is None or anchor.quality is not Quality.SYNCED:
        return ""
    return rfc3339(anchor.utc_ns)[:10]


def _show(answer: Answer) -> None:
    found, unit = answer.measured, QUANTITIES[answer.quantity].unit
    print(
        f"{answer.sensor} says {found.mean:g} {unit} where {answer.true:g} is true "
        f"({found.n} values, {found.lowest:g} to {found.highest:g}, spread {found.spread:g})"
    )
    if answer.forced:
        told = "" if answer.correction is None else f" by {answer.correction:+g} {unit}"
        print(f"the part has corrected itself{told}; note it in the configuration:\n")
    else:
        print("for the configuration:\n")
    print(answer.snippet)
