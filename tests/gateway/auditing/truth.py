"""What a node really did with its log, step by step, and all that it may ever have sent of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

BROUGHT_UP = 5_400_100
SENSORS = ("door", "hall")


@dataclass(frozen=True)
class Entry:
    """A reading, a merged one (`first` < `number`), or a gap record (`gap` is its reason)."""

    node: str
    epoch: int
    first: int
    number: int
    sensor: str
    count: int = 0
    merged: int = 1
    gap: str = ""
    about: tuple[int, int, int] | None = None

    def message(self, hist: bool) -> dict[str, Any]:
        """As docs/messages.md says."""
        last = f"-{self.number}" if self.first < self.number else ""
        common = {"id": f"{self.node}:{self.epoch}:{self.first}{last}", "hist": hist}
        common |= {"clock": "synced", "boot": "5f1c22aa", "up": BROUGHT_UP + self.number}
        if self.gap:
            return common | self._gap()
        time = {"t0": "2026-11-20T10:00:00Z", "t1": "2026-11-20T10:15:00Z", "up0": 1}
        merged = {"n": self.merged} if self.merged > 1 else {}
        values = {"count_in": self.count, "targets": 1, "count_out": None}
        return common | time | merged | {"sensor": self.sensor, "values": values}

    def _gap(self) -> dict[str, Any]:
        about = dict(zip(("epoch", "from", "to"), self.about or (), strict=False))
        times = {"t0": None, "t1": "2026-11-20T10:00:00Z", "boot0": None, "up0": None}
        return {"gap": self.gap, "sensor": None, "n": None} | about | times


@dataclass
class Log:
    """One epoch. `entries` are in the log at the end, `sendable` were at some time."""

    node: str
    epoch: int
    next: int = 1
    audited_to: int = 0
    entries: dict[int, Entry] = field(default_factory=dict)
    sendable: list[Entry] = field(default_factory=list)
    audits: list[dict[str, Any]] = field(default_factory=list)

    def do(self, step: tuple[Any, ...]) -> None:
        getattr(self, step[0])(*step[1:])

    def measure(self, sensor: int, count: int) -> None:
        one = self._new(SENSORS[sensor], count)
        self._put(one)

    def stop(self, lost: int, sent: bool) -> None:
        """The power is cut: the last of them may have gone out before."""
        first = self.next
        for _ in range(lost):
            if sent:
                self.sendable.append(self._new(SENSORS[0], 3))
            self.next += 1
        self._tell("unclean_stop", first, self.next - 1)

    def give_up(self, reason: str, first: int, length: int) -> None:
        """Readings are dropped, refused, or cannot be read any more."""
        last = min(first + length, self.next - 1)
        gone = [n for n, one in self.entries.items() if first <= n <= last and not one.gap]
        for number in gone:
            del self.entries[number]
        if first <= last:
            self._tell(reason, first, last)

    def thin(self, sensor: int, first: int, length: int) -> None:
        last = min(first + length, self.next - 1)
        merged = [
            one for one in self._of(SENSORS[sensor]) if first <= one.first <= one.number <= last
        ]
        if len(merged) < 2:
            return
        for one in merged:
            del self.entries[one.number]
        low, high = min(one.first for one in merged), max(one.number for one in merged)
        whole = replace(merged[0], first=low, number=high, count=sum(one.count for one in merged))
        self._put(replace(whole, merged=sum(one.merged for one in merged)))
        self._tell("thinned", first, last)

    def audit(self) -> None:
        """All of it has been acknowledged."""
        first, last = self.audited_to + 1, self.next - 1
        self.audited_to = last
        counted = [one for n, one in self.entries.items() if first <= n <= last]
        sums: dict[str, dict[str, int]] = {}
        for one in counted:
            if not one.gap:
                of_sensor = sums.setdefault(one.sensor, {"count_in": 0})
                of_sensor["count_in"] += one.count
        minute, second = divmod(len(self.audits), 60)
        at = f"2026-11-20T{self.epoch % 24:02}:{minute % 60:02}:{second:02}Z"
        self.audits.append(
            {"node": self.node, "at": at, "boot": "5f1c22aa",
             "up": 1, "session": "a-1", "epoch": self.epoch, "from": first, "to": last,
             "n": len(counted), "sums": sums, "gaps": [], "oldest_unacknowledged": None,
             "kept": [{"epoch": self.epoch, "first": min(self.entries, default=1),
                       "last": max(self.entries, default=1)}]}
        )  # fmt: skip

    def _of(self, sensor: str) -> Iterator[Entry]:
        return (one for one in self.entries.values() if one.sensor == sensor and not one.gap)

    def _new(self, sensor: str, count: int) -> Entry:
        return Entry(self.node, self.epoch, self.next, self.next, sensor, count)

    def _tell(self, reason: str, first: int, last: int) -> None:
        about = (self.epoch, first, last)
        self._put(replace(self._new("", 0), gap=reason, about=about))

    def _put(self, one: Entry) -> None:
        self.entries[one.number] = one
        self.sendable.append(one)
        self.next = max(self.next, one.number + 1)


numbers, lengths = st.integers(1, 40), st.integers(0, 12)
sensors = st.integers(0, len(SENSORS) - 1)
measured = st.tuples(st.just("measure"), sensors, st.integers(0, 9))
reasons = st.sampled_from(("dropped", "refused", "store_damaged"))
steps = st.one_of(
    measured,
    measured,
    measured,
    st.tuples(st.just("stop"), st.integers(1, 5), st.booleans()),
    st.tuples(st.just("give_up"), reasons, numbers, lengths),
    st.tuples(st.just("thin"), sensors, numbers, lengths),
    st.tuples(st.just("thin"), sensors, numbers, st.just(40)),
    st.tuples(st.just("audit")),
)


@st.composite
def logs(draw: st.DrawFn) -> Sequence[Log]:
    """Of two nodes, two epochs each."""
    made = [Log(node, epoch) for node in ("brandis/a-1", "grimma/b-2") for epoch in (7, 9)]
    for log in made:
        for step in draw(st.lists(steps, max_size=30)):
            log.do(step)
    return made
