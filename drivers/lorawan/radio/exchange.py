"""The two exchanges of a class A device (theory: mac.py), as generators.

They yield the moment up to which they wait, and tell in `events` what has happened.
"""

from collections.abc import Generator
from random import Random
from typing import NamedTuple

from drivers.lorawan.radio import commands, events, frames
from drivers.lorawan.radio.channels import DutyCycle, choose, free_ns
from drivers.lorawan.radio.conversation import Conversation
from drivers.lorawan.radio.session import Channel, Session
from drivers.lorawan.radio.transceiver import (
    SECOND,
    Caught,
    Sent,
    Transceiver,
    data_windows,
    join_windows,
)


class Uplink(NamedTuple):
    """A data frame; `most`: how often it is sent; `duty_cycle` None: it does not wait for it."""

    phy: bytes
    data_rate: int
    channels: tuple[Channel, ...]
    confirmed: bool
    most: int
    duty_cycle: DutyCycle | None


class Exchanges:
    """Of one device since its start."""

    def __init__(
        self, transceiver: Transceiver, conversation: Conversation, random: Random
    ) -> None:
        self.events: list[events.MacEvent] = []
        self._transceiver = transceiver
        self._conversation = conversation
        self._random = random

    def join(
        self, request: frames.JoinRequest, app_key: bytes, channel: Channel, at_ns: int
    ) -> Generator[int, None, None]:
        """JoinRequest, and perhaps JoinAccept."""
        phy = frames.build_join_request(request, app_key)
        data_rate = self._conversation.link.data_rate
        sent = yield from self._transmit(phy, data_rate, channel, at_ns)
        over_ns, caught = yield from self._transceiver.listen(
            join_windows(sent), lambda heard: frames.read_join_accept(heard, app_key)
        )
        if caught:
            self._conversation.joined(caught.frame, app_key, request.dev_nonce)
        self.events += [
            events.Joined(over_ns) if caught else events.JoinFailed(over_ns),
            events.Ended(over_ns),
        ]

    def converse(
        self, uplink: Uplink, channel: Channel, session: Session, at_ns: int
    ) -> Generator[int, None, None]:
        """A data frame up to `most` times, and what comes down."""
        heard = acknowledged = False
        for left in reversed(range(uplink.most)):
            sent = yield from self._transmit(uplink.phy, uplink.data_rate, channel, at_ns)
            over_ns, caught = yield from self._transceiver.listen(
                data_windows(sent, session.windows), self._conversation.accept
            )
            if caught:
                heard = True
                acknowledged = uplink.confirmed and caught.frame.ack
                self._take(caught, sent)
            if acknowledged or (caught and not uplink.confirmed) or not left:
                break
            at_ns = self._again_ns(uplink, over_ns)
            yield at_ns
            channel = choose(uplink.channels, uplink.duty_cycle, at_ns, self._random)
        if uplink.confirmed:
            fate = events.Acknowledged if acknowledged else events.Unacknowledged
            self.events.append(fate(over_ns))
        if not heard:
            self._conversation.not_heard()
        self.events.append(events.Ended(over_ns))

    def _transmit(
        self, phy: bytes, data_rate: int, channel: Channel, at_ns: int
    ) -> Generator[int, None, Sent]:
        duty_cycle = self._conversation.link.duty_cycle
        sent = yield from self._transceiver.transmit(
            phy, data_rate, channel.frequency_hz, at_ns, duty_cycle
        )
        self.events.append(events.TxDone(sent.ends_ns))
        return sent

    def _again_ns(self, uplink: Uplink, over_ns: int) -> int:
        if uplink.confirmed:
            over_ns += self._random.randint(SECOND, 3 * SECOND)
        return max(over_ns, free_ns(uplink.channels, uplink.duty_cycle))

    def _take(self, caught: Caught[frames.Data], sent: Sent) -> None:
        frame, levels, window, at_ns = caught
        said = self._conversation.heard(frame, levels.snr)
        payload = frame.payload if frame.port else b""
        self.events.append(
            events.Received(at_ns, frame.port or 0, payload, *levels, window, frame.pending)
        )
        for command in said:
            if isinstance(command, commands.LinkCheckAns):
                self.events.append(events.LinkChecked(at_ns, command.margin, command.gateways))
            elif isinstance(command, commands.DeviceTimeAns):
                gps_ns = command.seconds * SECOND + command.fraction * SECOND // 256
                self.events.append(events.TimeTold(at_ns, sent.ends_ns, gps_ns))
