"""What is wrong with a link that works all the same, or soon will be, and since when."""

import ipaddress
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gateway.clock import Clock
from gateway.config import MqttUplink
from gateway.model import Finding, rfc3339
from gateway.uplink.brokers import Broker
from gateway.uplink.certificates import Validity
from gateway.uplink.contract import Outcome, Settled
from gateway.uplink.tls import Identity

UNROUTED_AFTER_NS = 600 * 1_000_000_000


class State(NamedTuple):
    """Of a link that is up."""

    broker: Broker
    fell_back: bool
    first: Broker | None
    """The broker that should have been reached, if this is another."""
    server: Validity | None
    own: Identity
    retains: bool
    denied: tuple[str, ...]
    dropped: int
    strange: int


class _Seen(NamedTuple):
    problem: str
    evidence: str
    cure: str


class Observer:
    """Keeps since when each thing is wrong; a thing is known by its problem."""

    def __init__(self, config: MqttUplink, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._since_ns: dict[str, int] = {}
        self._unrouted_ns: int | None = None

    def settled(self, answers: Sequence[Settled]) -> None:
        """What the broker has said of payloads."""
        for answer in answers:
            if answer.outcome is Outcome.TAKEN:
                self._unrouted_ns = None
            elif answer.outcome is Outcome.UNROUTED and self._unrouted_ns is None:
                self._unrouted_ns = self._clock.now_ns()

    def findings(self, state: State | None) -> list[Finding]:
        """All that is wrong now; `state` is None while there is no link."""
        now_ns = self._clock.now_ns()
        seen = [] if state is None else [*self._of_link(state), *self._of_traffic(state, now_ns)]
        since_ns = {one.problem: self._since_ns.get(one.problem, now_ns) for one in seen}
        self._since_ns = since_ns
        about = f"uplink {self._config.name}"
        return [Finding(about, one.problem, since_ns[one.problem], *one[1:]) for one in seen]

    def _of_link(self, state: State) -> Iterator[_Seen]:
        yield from certificate_findings(state.server, state.own, state.broker, self._clock)
        where = state.broker.where
        if state.fell_back:
            yield _Seen(
                "speaks MQTT 3.1.1, where a refused publish looks like success",
                f"{where} does not know MQTT 5",
                "let the broker's operator enable MQTT 5; or accept it with `protocol: 3.1.1`",
            )
        if state.first is not None:
            yield _Seen(
                "uses a fallback",
                f"{where}; {state.first.where} was not to be had",
                "gateway doctor tells what is wrong with the first; it is tried when the link ends",
            )
        if self._password_in_clear(state.broker):
            yield _Seen("sends its password in clear", where, "set `tls: true`")
        if not state.retains:
            yield _Seen(
                "has a broker that keeps nothing",
                f"{where} has no retained messages: whoever comes later sees no state",
                "let the broker keep retained messages",
            )

    def _of_traffic(self, state: State, now_ns: int) -> Iterator[_Seen]:
        if self._unrouted_ns is not None and now_ns - self._unrouted_ns > UNROUTED_AFTER_NS:
            yield _Seen(
                "delivers to nobody",
                f"no one subscribes at {state.broker.where} to what it publishes",
                f"is the platform connected, and to {self._config.prefix}?",
            )
        if state.denied:
            yield _Seen(
                "may not subscribe",
                ", ".join(state.denied),
                "let the broker's ACL give this node the right to read it",
            )
        if state.dropped or state.strange:
            yield _Seen(
                "hears more than it takes",
                f"{state.dropped} messages too many or too large, {state.strange} of other topics",
                "look who publishes to this node",
            )

    def _password_in_clear(self, broker: Broker) -> bool:
        return (
            self._config.password_file is not None
            and not self._config.tls
            and not _is_loopback(broker.host)
        )


def certificate_findings(
    server: Validity | None, own: Identity, broker: Broker, clock: Clock
) -> Iterator[_Seen]:
    """What is wrong with certificates that work, or will be soon."""
    now_ns = clock.clocks().wall_ns
    if server is not None and server.ends_soon(now_ns):
        yield _Seen(
            "has a broker whose certificate ends soon",
            f"that of {broker.where} ends {server.until}",
            "tell the broker's operator to renew it",
        )
    if own.validity is None:
        return
    if own.validity.begins_later(now_ns):
        yield _Seen(
            "has a certificate that is not valid yet",
            f"{own.path} holds from {rfc3339(own.validity.since_ns)}, this clock says "
            f"{rfc3339(now_ns)}",
            "is this node's clock behind? gateway clock",
        )
    elif own.validity.ends_soon(now_ns):
        yield _Seen(
            "has a certificate that ends soon",
            f"{own.path} ends {own.validity.until}",
            "put a new one there: it is used from the next connection on",
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.rstrip(".").lower() == "localhost"
