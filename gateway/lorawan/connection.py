"""The modem of a link: found, opened, let go, and opened again after a while.

Two troubles of it are told apart: there is no modem to use, and there is one that does not send
(refusals.py). Whatever fails, the modem is closed, and found anew after a back-off: it may have
been exchanged.
"""

import logging
from collections.abc import Callable

from drivers.errors import DriverError
from drivers.lorawan.contract import Identity, Keys, Modem, Sent, Session, Settings
from gateway.clock import Clock
from gateway.errors import GatewayError, UplinkUnavailable
from gateway.lorawan.ownership import Ownership
from gateway.lorawan.pause import Pause
from gateway.lorawan.refusals import LEAST_ROOM, Refusals
from gateway.lorawan.state import StateFile
from gateway.trouble import Trouble

logger = logging.getLogger(__name__)

SOON_S = 0.5
"""From one thing that takes long to the next."""
NO_LEDGER_S = 60.0
"""Nothing may be sent that was not charged; whether it can be is looked at so often."""
IDLE_S = 3_600.0
"""How often a modem through which nothing is sent is asked whether it is there, and joined."""


class Connection:
    """That of the uplink `name`. `connect` finds the modem, `keys` reads its secrets."""

    def __init__(
        self,
        name: str,
        connect: Callable[[], Modem],
        keys: Callable[[], Keys],
        settings: Settings,
        state: StateFile,
        clock: Clock,
    ) -> None:
        self.modem: Modem | None = None
        self.session: Session | None = None
        self.must_join = False
        """Whether a session that the modem has is none to go on with."""
        self.room = LEAST_ROOM
        """Bytes of payload that fit now."""
        self.pause = Pause(clock)
        self.ownership = Ownership(state)
        self.trouble = Trouble(f"uplink {name}", "cannot use its modem", clock, logger)
        self.refusals = Refusals(name, clock)
        self._connect = connect
        self._keys = keys
        self._settings = settings
        self._state = state
        self._clock = clock
        self._used_ns = 0

    @property
    def identity(self) -> Identity | None:
        """Of the modem that was opened last."""
        return self.ownership.identity

    @property
    def transmissions(self) -> int:
        """How often the modem sends a confirmed uplink, at most."""
        return 1 if self.modem is None else self.modem.transmissions

    def open(self) -> None:
        """Find the modem, and the session that it has. Raises DriverError, UplinkUnavailable."""
        keys = self._keys()
        self.modem = modem = self._connect()
        told = modem.open()
        modem.prepare(keys, self._settings)
        self.ownership.meet(told, keys)
        self.must_join = self.must_join or self.ownership.is_strange
        self.session = None if self.must_join else modem.resume(self._state.kept.session)
        self._measure(modem)
        self.pause.opened()
        self.trouble.went()

    def joined(self, modem: Modem, session: Session) -> None:
        """It has this session, which is ours."""
        self.session, self.must_join = session, False
        self.ownership.keep(session)
        self._measure(modem)

    def look(self, modem: Modem) -> None:
        """After a long time without use: whether it is still there, and joined."""
        if self._clock.now_ns() - self._used_ns <= IDLE_S * 1e9:
            return
        try:
            self.session = modem.session()
            self._measure(modem)
        except DriverError as error:
            self.fail(error)

    def send(self, port: int, payload: bytes, confirmed: bool) -> tuple[Sent, Session | None]:
        """One uplink, and the session after it.

        Raises UplinkUnavailable: nobody knows what became of it.
        """
        modem = self.modem
        assert modem is not None
        try:
            sent = modem.send(port, payload, confirmed)
            now = modem.session()
            self._used_ns, self.room = self._clock.now_ns(), modem.max_payload()
        except DriverError as error:
            self.lose(error)
            raise UplinkUnavailable(str(error), error.hint) from error
        return sent, now

    def let_be(self, refusal: Sent) -> None:
        """It is busy, or has no channel."""
        self.pause.begin(self.refusals.refused(refusal))

    def shorten(self, payload_bytes: int) -> None:
        """So many were too long for it."""
        room_or_wait_s = self.refusals.too_long(payload_bytes)
        if isinstance(room_or_wait_s, int):
            self.room = min(self.room, room_or_wait_s)
        else:
            self.pause.begin(room_or_wait_s)

    def fail(self, error: DriverError | GatewayError) -> None:
        """The modem cannot be used as it is."""
        self.trouble.came(error, error.hint)
        self._reopen_later()

    def lose(self, error: DriverError) -> None:
        """It failed at what it is for."""
        self.refusals.lost(error)
        self._reopen_later()

    def close(self) -> None:
        """Let go of the modem; its session goes on when it is opened again."""
        modem, self.modem = self.modem, None
        self.session = None
        if modem is not None:
            modem.close()

    def _measure(self, modem: Modem) -> None:
        self._used_ns = self._clock.now_ns()
        self.room = modem.max_payload()
        self.refusals.forget()

    def _reopen_later(self) -> None:
        self.close()
        self.pause.failed()
