"""A RAK3172 (RAK3272S, RAK3372) with RUI3: joins and sends.

Theory, session: it lives in the modem's memory and is gone when the modem restarts, which its
banner tells; nobody can put it back. Then it joins again, and the modem minds its own DevNonce.
While it runs `AT+NJS=?` says whether it is joined, so a node that restarts beside it goes on. It
tells no counters.

A join is one JoinRequest: no attempt after the first is asked for, because one that is under way is
not stopped by `AT+JOIN=0`. When it has failed the modem is told to stop all the same, as firmwares
count attempts differently. `AT+RETY=0` is one transmission of a
confirmed uplink. Whether an uplink is confirmed is a setting, written when it changes.
"""

from collections.abc import Sequence

from drivers.errors import BadData
from drivers.lorawan.contract import Identity, Joined, Keys, Sent, Session, Settings
from drivers.lorawan.dialogue import End
from drivers.lorawan.rak3172 import codec
from drivers.lorawan.serial_modem import CONFIRMED_S, SEND_S, SerialModem
from drivers.lorawan.values import hex_digits, number


class Rak3172(SerialModem):
    """One modem."""

    family = "rak3172"
    baudrate = codec.BAUDRATE
    dialect = codec.DIALECT

    _confirms: bool | None = None

    def join(self) -> Joined:
        if self._keys is None:
            raise BadData("the rak3172 has no keys to join with", "prepare it first")
        self._adjust("DR", str(self._settings.data_rate))
        self._absorb()
        outcome = self._exchange.ask(codec.JOIN)
        if outcome.end is End.REFUSED:
            events = self._exchange.events()
            self._received(events)
            return self._not_asked(codec.JOIN, outcome, codec.fate(outcome.lines[-1], events))
        if codec.joined(outcome.lines[-1]):
            self._rekeyed = False
            return Joined(self._as_it_is())
        self._exchange.ask(codec.STOP_JOINING)
        return Joined()

    def session(self) -> Session | None:
        return self._as_it_is() if self._value(codec.JOINED) == "1" else None

    def _identify(self) -> Identity:
        self._confirms = None
        self._events_of = codec.Downlinks()
        firmware = self._value(codec.VERSION)
        return Identity(self.family, firmware, self._digits("DEVEUI", 16))

    def _prepare(self, keys: Keys, settings: Settings) -> None:
        self._adjust("NWM", "1")
        self._adjust("NJM", "1")
        self._adjust("BAND", codec.BAND)
        self._adjust("CLASS", "A")
        self._adjust("ADR", "1" if settings.adr else "0")
        self._adjust("DCS", "1", optional=True)
        self._adjust("RETY", "0", optional=True)
        self._write_keys(keys)
        if not settings.adr:
            self._adjust("DR", str(settings.data_rate))

    def _write_keys(self, keys: Keys) -> None:
        texts = {"DEVEUI": keys.dev_eui, "APPEUI": keys.join_eui, "APPKEY": keys.app_key}
        wrote = [self._adjust(name, text.upper()) for name, text in texts.items() if text]
        self._rekeyed = self._rekeyed or any(wrote)

    def _adjust(self, name: str, wanted: str, optional: bool = False) -> bool:
        """Where it reads otherwise; `optional` is what an old firmware need not know."""
        told = self._told(codec.get(name))
        differs = told is None or told.upper().replace(":", "") != wanted
        if differs and not (told is None and optional):
            self._do(codec.put(name, wanted))
        return differs

    def _digits(self, name: str, digits: int) -> str:
        return hex_digits(self._value(codec.get(name)), digits)

    def _as_it_is(self) -> Session:
        return Session(self._digits("DEVADDR", 8), self._data_rate(), None, None)

    def _data_rate(self) -> int:
        return number(self._value(codec.get("DR")), most=7)

    def _send(self, port: int, payload: bytes, confirmed: bool) -> Sent:
        if confirmed != self._confirms:
            self._adjust("CFM", "1" if confirmed else "0")
            self._confirms = confirmed
        within_s = CONFIRMED_S if confirmed else SEND_S
        question = codec.uplink(port, payload, confirmed, within_s)
        outcome = self._exchange.ask(question)
        events = self._exchange.events()
        self._received(events)
        sent = codec.fate(outcome.lines[-1], events)
        if sent is None:
            raise self._refused(question, outcome.lines[-1])
        return sent

    def _absorb(self) -> None:
        self._received(self._exchange.events())

    def _received(self, events: Sequence[str]) -> None:
        self._down.extend(self._events_of.feed(events))
