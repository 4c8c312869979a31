"""Who vouches for the time, and what is wrong with it: as the daemon knows it, else by asking."""

from collections.abc import Iterator, Sequence

from gateway.clock import ClockState, Floor, SourceState, clock_findings
from gateway.clock.floor import FILE
from gateway.doctor.check import Check, Node, judged, unseen
from gateway.doctor.rights import unreadable

_NAME = "clock"
_ALWAYS_NS = 0
"""Nobody knows since when nobody vouches; the patience is with computers that have just started."""


def checks(node: Node) -> Iterator[Check]:
    """The sources and the floor, the latter by itself if it cannot be seen."""
    path = node.log.with_name(FILE)
    hidden = unreadable(path)
    floor = Floor(path)
    if hidden:
        floor.problem = ""
    sources = _sources(node, floor)
    vouched = any(source.vouches for source in sources)
    since_ns = None if vouched else _ALWAYS_NS
    state = ClockState(node.clock.clocks(), sources, since_ns, floor)
    yield judged(_NAME, _told(sources), clock_findings(state))
    if hidden and node.status is None:  # a daemon has looked, and told
        yield unseen("clock floor", hidden)


def _sources(node: Node, floor: Floor) -> Sequence[SourceState]:
    """The daemon has asked chrony within the last minute, and only what it believes dates."""
    if node.status is not None:
        return node.status.clock.sources
    node.clock.ask(floor.utc_ns)
    return node.clock.sources()


def _told(sources: Sequence[SourceState]) -> str:
    return "; ".join(
        f"{source.name} {'vouches' if source.vouches else 'does not vouch'} ({source.why})"
        for source in sources
    )
