"""All that goes over one uplink and is no reading of the log: what is said, and what is heard."""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from gateway.buffer.feed import Feed
from gateway.buffer.reader import Reader
from gateway.clock import Clock
from gateway.config import MqttUplink as Config
from gateway.delivery import commands, confirmation
from gateway.delivery.account import Account
from gateway.delivery.commands import Answering, Commands
from gateway.delivery.confirmation import Confirmation
from gateway.delivery.herald import Announcing, Herald
from gateway.delivery.live import EncodeLive, Live
from gateway.delivery.outbox import Outbox
from gateway.delivery.replay import Replays
from gateway.model import Entry, Finding
from gateway.uplink.contract import Payload


class Voice(Announcing, Answering, Protocol):
    """What a node says of itself, asked or not."""


class Source(NamedTuple):
    """Whose correspondence it is: `life` names this life of the process.

    `protected` are sensors of which only what the feed holds may be told.
    """

    node: str
    life: str
    reader: Reader
    feed: Feed
    clock: Clock
    protected: frozenset[str] = frozenset()


def hears(config: Config) -> tuple[str, ...]:
    """Topics below the node's own that it subscribes to."""
    waits = config.acknowledge == "platform"
    return (f"{commands.TOPIC}+", confirmation.TOPIC) if waits else (f"{commands.TOPIC}+",)


class Correspondence:
    """Of one uplink, in its thread."""

    def __init__(
        self, source: Source, config: Config, voice: Voice, encode: EncodeLive | None
    ) -> None:
        reader, feed, clock = source.reader, source.feed, source.clock
        self._outbox = Outbox()
        account = Account(reader, feed)
        self._herald = Herald(voice, account, clock, self._outbox, source.life)
        self._commands = Commands(
            source.node, voice, clock, self._outbox.answer, self._herald.report, source.protected
        )
        self.replays = self._commands.replays = Replays(reader, feed, self._commands.done)
        self._live = Live(encode if config.live else None, self._outbox, clock)
        self._confirmation = (
            Confirmation(config.name, reader, feed, clock)
            if config.acknowledge == "platform"
            else None
        )

    def will(self) -> Payload:
        """Of the connection that is made next."""
        return self._herald.will()

    def connected(self) -> None:
        """Say who is there."""
        self._herald.report()

    def farewell(self) -> Payload:
        """The last word of a connection."""
        return self._herald.farewell()

    def hear(self, payloads: Iterable[Payload]) -> None:
        """What came in; a command that the broker has kept would come again and again."""
        for payload in payloads:
            if payload.topic.startswith(commands.TOPIC):
                if not payload.retain:
                    self._commands.hear(payload)
            elif payload.topic == confirmation.TOPIC and self._confirmation is not None:
                self._confirmation.hear(payload.body)

    def news(self, entries: Iterable[Entry]) -> None:
        """These go out now."""
        self._live.news(entries)

    def take(self) -> Payload | None:
        """The next letter; None if there is none."""
        return self._outbox.take()

    def due(self) -> float:
        """Write what it is time for; returns seconds until more will be."""
        waits = [self._herald.due(), self._live.due()]
        if self._confirmation is not None:
            waits.append(self._confirmation.check())
        return min(wait for wait in waits if wait is not None)

    def forbidden(self, topic: str) -> None:
        """The far side does not want that topic."""
        self._outbox.forbid(topic)

    def lost(self) -> None:
        """The link is gone."""
        self._outbox.clear()
        self._live.clear()
        self.replays.put_back()

    def findings(self) -> list[Finding]:
        """What is wrong with what is heard."""
        found = [] if self._commands.trouble.finding is None else [self._commands.trouble.finding]
        return [*found, *(self._confirmation.findings() if self._confirmation else [])]
