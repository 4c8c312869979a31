"""Who may do what at the broker, as topic filters: what every rendering says in its own words.

A node is the user `municipality/node` and has the topics below `prefix/municipality/node/`. Each
user's filters are written out, with its own names in them. A pattern with %u would be shorter, and
would give topics to whoever can log in: to a node that was taken from the file and still has its
password or certificate, and to any other holder of a certificate of the same CA.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.fleet.types import Fleet, Reader

NODE_WRITES = ("data", "live/+", "status", "meta", "audit", "health", "reply")
REPLAY, ACK = "cmd/replay", "ack"
NODE_READS = ("cmd/+", ACK)


@dataclass(frozen=True, slots=True)
class Rights:
    """Of one user: what it may publish, receive and subscribe to; of nothing else."""

    user: str
    writes: tuple[str, ...]
    reads: tuple[str, ...]
    subscribes: tuple[str, ...]


def rights(fleet: Fleet) -> Iterator[Rights]:
    """Of every node, then of every reader, in the order of the file."""
    for node in fleet.nodes:
        yield _node(fleet.prefix, node)
    for reader in fleet.readers:
        yield _reader(fleet.prefix, reader)


def _node(prefix: str, node: str) -> Rights:
    root = f"{prefix}/{node}"
    return Rights(
        node,
        writes=tuple(f"{root}/{topic}" for topic in NODE_WRITES),
        reads=tuple(f"{root}/{topic}" for topic in NODE_READS),
        subscribes=(f"{root}/cmd/#", f"{root}/{ACK}"),
    )


def _reader(prefix: str, reader: Reader) -> Rights:
    if reader.municipalities is None:
        scopes, below = [f"{prefix}/+"], [f"{prefix}/#"]
    else:
        scopes = [f"{prefix}/{municipality}" for municipality in reader.municipalities]
        below = [f"{scope}/#" for scope in scopes]
    writes = [REPLAY] * reader.repair + [ACK] * reader.acknowledge
    shared = [f"$share/+/{topics}" for topics in below]
    return Rights(
        reader.name,
        writes=tuple(f"{scope}/+/{topic}" for scope in scopes for topic in writes),
        reads=tuple(f"{scope}/+/{topic}" for scope in scopes for topic in NODE_WRITES),
        subscribes=(*below, *shared),
    )
