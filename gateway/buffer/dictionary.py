"""The small numbers that stand for layouts and boots in the rows of one log."""

from typing import Any

from drivers.quantities import Rank
from gateway.buffer import checked
from gateway.buffer.rows import Layout
from gateway.buffer.sqlite import Connection
from gateway.model import Calibrations


class Dictionary:
    """Both ways, as they are stored; new entries are written into the transaction that is open."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.layouts = {
            number: _layout(*columns) for number, *columns in checked.select(connection, "layout")
        }
        boots = checked.select(connection, "boot")
        self.boots: dict[int, str] = {number: boot_id for number, boot_id, _ in boots}
        self.began_ns: dict[str, int] = {boot_id: began_ns for _, boot_id, began_ns in boots}
        """How long the node had been running, over all boots, before each of them."""
        self._layout_numbers = {layout: number for number, layout in self.layouts.items()}
        self._boot_numbers = {boot: number for number, boot in self.boots.items()}

    def layout(self, layout: Layout) -> int:
        """Its number; a new one is stored."""
        number = self._layout_numbers.get(layout)
        if number is None:
            number = max(self.layouts, default=0) + 1
            self._add("layout", number, *columns_of(layout))
            self.layouts[number], self._layout_numbers[layout] = layout, number
        return number

    def boot(self, boot_id: str) -> int:
        """Its number; a new one is stored, and begins where the newest row ended."""
        number = self._boot_numbers.get(boot_id)
        if number is None:
            number = max(self.boots, default=0) + 1
            self.began_ns[boot_id] = self._operating_ns()
            self._add("boot", number, boot_id, self.began_ns[boot_id])
            self.boots[number], self._boot_numbers[boot_id] = boot_id, number
        return number

    def size(self) -> tuple[int, int]:
        """Where to go back to if the transaction fails."""
        return len(self.layouts), len(self.boots)

    def roll_back(self, size: tuple[int, int]) -> None:
        """Forget what a failed transaction had added."""
        while len(self.layouts) > size[0]:
            del self._layout_numbers[self.layouts.popitem()[1]]
        while len(self.boots) > size[1]:
            _, boot = self.boots.popitem()
            del self._boot_numbers[boot], self.began_ns[boot]

    def _operating_ns(self) -> int:
        sql = "SELECT boot, up_ns FROM reading ORDER BY position DESC LIMIT 1"
        for boot, up_ns in self._read(sql):
            return int(self.began_ns.get(self.boots.get(boot, ""), 0) + up_ns)
        return 0

    def _read(self, sql: str) -> list[Any]:
        return self._connection.execute(sql).fetchall()

    def _add(self, table: str, *values: Any) -> None:
        checked.put(self._connection, table, [values])


def columns_of(layout: Layout) -> tuple[Any, ...]:
    """As it stands in the table `layout`, behind its number."""
    sensor, names, rank, step_s, gap, calibrations = layout
    told = ",".join(map("=".join, calibrations))
    return sensor, ",".join(names), int(rank), step_s, gap, told


def _layout(sensor: str, names: str, rank: int, step_s: int, gap: str, calibrations: str) -> Layout:
    return Layout(sensor, _parts(names), Rank(rank), step_s, gap, _calibrations(calibrations))


def _calibrations(text: str) -> Calibrations:
    """Neither quantities nor ids have a comma or an equals sign in their names."""
    pairs = (part.partition("=") for part in _parts(text))
    return tuple((quantity, name) for quantity, _, name in pairs)


def _parts(text: str) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()
