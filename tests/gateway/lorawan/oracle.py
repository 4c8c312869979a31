"""What really was on the air, against what a carrier takes for told.

A frame counts when it was on the air to its end: one that a restart of the modem has broken off is
heard by nobody. Frames are read with the keys of the network's sessions, as those are seen.
"""

from itertools import islice

from drivers.lorawan.la66.model import La66Model
from drivers.lorawan.radio import frames
from drivers.lorawan.radio.air import NETWORK, Transmission
from drivers.lorawan.radio.security import SessionKeys
from drivers.quantities import Rank
from gateway.encoding.compact.frames import decode
from gateway.encoding.compact.rows import Frame, Row
from gateway.model import Finding, StoredReading
from tests.gateway.lorawan.site import APP_KEY, DOORS, QUARTER_S, Site

Key = tuple[int, int, bool]
"""When a row ends, how long it is, and whether it is of counts."""


class Oracle:
    """Look after each step; it raises AssertionError for what is not as it is believed."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.reset_ns: list[int] = []
        """When the modem was restarted."""
        self.aired: dict[Key, list[int]] = {}
        """Of each row on the air, the newest number each time."""
        self.covered: dict[str, set[int]] = {door: set() for door in DOORS}
        """Ends of the windows that were on the air, by door."""
        self.confirmed: set[Key] = set()
        """Rows that the network has acknowledged."""
        self.joins_ns: list[int] = []
        """When somebody asked to join."""
        self.airtime_ns: list[tuple[int, int]] = []
        """What the ledger has to know of: when it ended, and how long it was."""
        self._keys: dict[int, SessionKeys] = {}
        self._looked = 0
        self._heard = 0
        self._cursor = -1
        self._seen: tuple[int, ...] = ()

    def reset_modem(self) -> None:
        """Its power is cut and is back."""
        model = self.site.wire.model
        if model is not None:
            self.reset_ns.append(self.site.clock.now_ns())
            model.restart()

    def look(self) -> list[Finding]:
        """At all that has happened since the last look; what is wrong now."""
        findings = self.site.carrier.findings()
        _make_sense(findings)
        now = self._news()
        if now != self._seen:
            self._seen = now
            self._learn_keys()
            self._listen()
            self._marks_are_true()
            self._cursor_is_true()
            self._ledger_is_true()
        return findings

    def forget_the_air(self) -> None:
        """What was sent up to now was not sent for this node."""
        self._looked = len(self.site.air.transmissions)

    def _news(self) -> tuple[int, ...]:
        """It differs when something has happened."""
        site = self.site
        marks = site.carrier._pending.marks
        return (len(site.air.transmissions), site.carrier.reader.position, id(marks), len(marks))

    def _learn_keys(self) -> None:
        for dev_eui in list(self.site.registered):
            for session in self.site.server.member(dev_eui).sessions():
                self._keys[session.dev_addr] = session.keys

    def _listen(self) -> None:
        now_ns = self.site.clock.now_ns()
        for one in islice(self.site.air.transmissions, self._looked, None):
            if one.ends_ns > now_ns:
                break
            self._looked += 1
            if one.sender != NETWORK:
                self._hear(one)
        for heard in self.site.uplinks[self._heard :]:
            self._heard += 1
            if heard.confirmed and heard.port == self.site.uplink.port:
                told = decode(heard.payload, heard.utc_ns // 10**9)
                for row in told.rows if isinstance(told, Frame) else ():
                    self.confirmed |= _keys(row)

    def _hear(self, one: Transmission) -> None:
        if frames.kind(one.phy) is frames.Kind.JOIN_REQUEST:
            self.joins_ns.append(one.at_ns)
            if isinstance(self.site.wire.model, La66Model):
                return  # it joins without being asked, which no ledger can know
        self.airtime_ns.append((one.ends_ns, one.airtime_ns))
        if frames.kind(one.phy) is frames.Kind.JOIN_REQUEST:
            return
        if any(one.at_ns <= at_ns < one.ends_ns for at_ns in self.reset_ns):
            return
        told = frames.header(one.phy)
        frame = frames.read(one.phy, told.counter, *self._keys[told.dev_addr])
        if frame.port != self.site.uplink.port:
            return
        utc_s = (one.at_ns + self.site.clock.truth_ns - self.site.clock.now_ns()) // 10**9
        content = decode(frame.payload, utc_s)
        for row in content.rows if isinstance(content, Frame) else ():
            self._row(row)

    def _row(self, row: Row) -> None:
        assert row.ends_s is not None
        for key in _keys(row):
            counts = key[2]
            numbers = [part.last or 0 for part in row.parts if (part.sensor < len(DOORS)) == counts]
            self.aired.setdefault(key, []).append(max(numbers))
        for part in row.parts:
            if part.sensor < len(DOORS):
                begin_s = row.ends_s - row.length_s
                ends = range(begin_s + QUARTER_S, row.ends_s + 1, QUARTER_S)
                self.covered[DOORS[part.sensor]].update(ends)

    def _marks_are_true(self) -> None:
        repeats = self.site.uplink.repeats
        for text, (times, newest) in self.site.carrier._pending.marks.items():
            ends, length, rank = text.split(":")
            key = (int(ends), int(length), int(rank) >= Rank.COUNT)
            numbers = self.aired.get(key, [])
            assert numbers, f"{text} counts as told and was never on the air"
            assert newest in numbers, f"{text} up to {newest} was not: {numbers}"
            most = len(numbers) + (repeats if key in self.confirmed else 0)
            assert times <= most, f"{text} counts as told {times} times, it was {len(numbers)}"

    def _cursor_is_true(self) -> None:
        """What is behind the cursor will never be read again."""
        reader = self.site.carrier.reader
        if reader.position == self._cursor:
            return
        self._cursor = reader.position
        left = self._left()
        for door, windows in self.site.truth.items():
            told = windows.keys() - left[door]
            lost = told - self.covered[door]
            assert not lost, f"{door}: {sorted(lost)} are behind the cursor and were never told"

    def _left(self) -> dict[str, set[int]]:
        """Ends of windows that would be read again, by door."""
        feed = self.site.log.readers.feed("radio")
        found: dict[str, set[int]] = {door: set() for door in DOORS}
        after = self._cursor
        while after < feed.last_position:
            taken = feed.entries(after, 500)
            for entry in taken.entries:
                utc_ns = entry.at.utc_ns
                if isinstance(entry, StoredReading) and entry.sensor in found and utc_ns:
                    found[entry.sensor].add(round(utc_ns / 1e9))
            if taken.upto <= after:
                break
            after = taken.upto
        return found

    def _ledger_is_true(self) -> None:
        told = self.site.carrier.link.ledger.told(11, 3)
        now_ns = self.site.clock.now_ns()
        for window_s, known_s in ((3_600, told.airtime_hour_s), (86_400, told.airtime_day_s)):
            real_ns = sum(
                airtime for ends, airtime in self.airtime_ns if ends > now_ns - window_s * 10**9
            )
            assert known_s * 1e9 + 1 >= real_ns, f"the ledger knows {known_s} s of {real_ns / 1e9}"


def _make_sense(findings: list[Finding]) -> None:
    for one in findings:
        words = (one.about, one.problem, one.evidence, one.cure)
        assert all(words), f"a finding that leaves one alone: {one}"
        assert APP_KEY not in "".join(map(str, words))


def _keys(row: Row) -> set[Key]:
    if row.ends_s is None:
        return set()
    return {(row.ends_s, row.length_s, part.sensor < len(DOORS)) for part in row.parts}
