"""How the demonstration is shown: a live table on a terminal, plain lines in a pipe."""

from collections.abc import Mapping

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from gateway.demo.ledger import Ledger, People
from gateway.demo.stage import Demo
from gateway.packing import rounded

LINE_EVERY_S = 2.0

SEES = {
    "beam-pair": "two side by side are one to a beam, and a trolley breaks it too",
    "vl53l1x": "two side by side are one below it; who meets another may pass for one who turned",
    "ld2450": "a dog or a trolley is somebody to a radar, and two close together may be one",
}
"""Why a driver counts others than those who walked; more is in docs/counting.md."""


class Lines:
    """A line every two seconds, and one when the outage begins or ends."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._next_s = 0.0
        self._outage = False

    def __call__(self, demo: Demo) -> None:
        if demo.outage != self._outage or demo.elapsed_s >= self._next_s:
            self._outage = demo.outage
            self._next_s = demo.elapsed_s + LINE_EVERY_S
            self._console.print(_line(demo), soft_wrap=True)


class Screen:
    """A table that is drawn anew in its place."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, refresh_per_second=4)
        self._live.start()

    def __call__(self, demo: Demo) -> None:
        people = Text(f"{_people(demo)}  ({demo.elapsed_s:.0f} s)")
        readings = Text(f"{_readings(demo)}; {_link(demo)}")
        self._live.update(Group(_headline(demo), _sensors(demo), people, readings))

    def close(self) -> None:
        """Leave the last picture standing."""
        self._live.stop()


def account(ledger: Ledger) -> Table:
    """The ledger at the end."""
    people = ledger.people
    table = Table("", "", title="ledger", show_header=False, title_justify="left")
    table.add_row("people who walked", _both(people.walked))
    for sensor, counted in people.by_sensor.items():
        table.add_row(f"counted by {sensor}", _both(counted))
    for sensor, arrived in people.arrived.items():
        if arrived != people.by_sensor[sensor]:
            table.add_row(f"ARRIVED of {sensor}", _both(arrived))
    table.add_row("readings measured", str(ledger.measured))
    table.add_row("accepted (on disk)", str(ledger.accepted))
    table.add_row("delivered", str(ledger.delivered))
    table.add_row("lost", str(ledger.lost))
    table.add_row("duplicates (removed by identity)", str(ledger.duplicates))
    table.add_row("broker out of reach", f"{ledger.outage_s} s")
    return table


def reasons(people: People, drivers: Mapping[str, str]) -> list[str]:
    """Why sensors (their drivers by their names) have counted others than those who walked."""
    wrong = [name for name, counted in people.by_sensor.items() if counted != people.walked]
    return [f"{name}: {SEES[drivers[name]]}" for name in wrong]


def _both(counted: tuple[int, int]) -> str:
    return f"{counted[0]} in, {counted[1]} out"


def _line(demo: Demo) -> str:
    return f"{demo.elapsed_s:4.0f} s  {_people(demo)}; {_readings(demo)}; {_link(demo)}"


def _people(demo: Demo) -> str:
    people = demo.ledger().people
    counted = ", ".join(f"{name} {i}/{o}" for name, (i, o) in people.by_sensor.items())
    return f"walked in/out {people.walked_in}/{people.walked_out}, counted {counted}"


def _readings(demo: Demo) -> str:
    now = demo.ledger()
    return (
        f"readings: {now.measured} measured, {now.accepted} on disk, {now.delivered} delivered, "
        f"{now.lost} on their way"
    )


def _link(demo: Demo) -> str:
    return "BROKER OUT OF REACH" if demo.outage else demo.link


def _headline(demo: Demo) -> Text:
    if demo.outage:
        return Text("the broker is out of reach; the node goes on measuring", style="bold red")
    return Text(f"node {demo.node.id} measures, stores and delivers", style="bold green")


def _sensors(demo: Demo) -> Table:
    table = Table("sensor", "driver", "readings", "newest values")
    for config in demo.node.config.sensors:
        sensor = demo.node.sensors[config.name]
        latest = {} if sensor.latest is None else rounded(sensor.latest.values)
        values = "  ".join(f"{name} {value}" for name, value in latest.items())
        table.add_row(config.name, config.driver, str(sensor.measured), values)
    return table
