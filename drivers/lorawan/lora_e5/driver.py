"""A Seeed LoRa-E5 (Wio-E5, Grove LoRa-E5): joins and sends.

Theory, session: it lives in the modem's memory and is gone when the modem restarts; the session
keys cannot be read, so nobody can put it back. Then it joins again, and the modem minds its own
DevNonce. There is no question whether it is joined. A node that was restarted beside it knows the
session by its address and by counters that have not run back; where that errs the first uplink says
NOT_JOINED, and `AT+JOIN` of a modem with a session sends nothing (`Joined already`). That is taken
for joined only where the session may be the one that was asked for; else the join is forced.

A restart shows no banner: an exchange in its midst ends by time. `AT+RETRY=1` is one transmission
of a confirmed uplink (below 2 it repeats nothing), `AT+REPT=1` one of any other. The port stands in
a setting of its own, which is written only when another is used.
"""

import re

from drivers.errors import BadData
from drivers.lorawan.contract import Fate, Identity, Joined, Keys, Sent, Session, Settings
from drivers.lorawan.dialogue import End, Question
from drivers.lorawan.lora_e5 import codec
from drivers.lorawan.serial_modem import CONFIRMED_S, SEND_S, SerialModem
from drivers.lorawan.values import hex_digits, number


class LoraE5(SerialModem):
    """One modem."""

    family = "lora-e5"
    baudrate = codec.BAUDRATE
    dialect = codec.DIALECT

    _joined = _may_go_on = False
    _uplink_port: int | None = None
    _key_written = ""

    def _resume(self, known: Session | None) -> Session | None:
        now = self._as_it_is()
        least = max(1, (known.uplink_counter or 0) if known else 0)
        same = known is None or known.dev_addr.upper() == now.dev_addr
        self._may_go_on = same
        self._joined = same and (now.uplink_counter or 0) >= least
        return now if self._joined else None

    def join(self) -> Joined:
        self._write_key()
        self._write_data_rate(self._settings.data_rate)
        outcome = self._exchange.ask(codec.join())
        if outcome.lines[-1].endswith("Joined already") and not self._is_meant:
            outcome = self._exchange.ask(codec.join(force=True))
        self._joined = codec.joined(outcome.lines)
        if outcome.end is End.REFUSED and not self._joined:
            said = codec.fate(outcome.lines, confirmed=False)
            return self._not_asked(codec.join(), outcome, said)
        self._rekeyed = self._rekeyed and not self._joined
        return Joined(self._as_it_is() if self._joined else None)

    @property
    def _is_meant(self) -> bool:
        """Whether a session that it turns out to have may be gone on with."""
        return self._may_go_on and not self._joined and not self._rekeyed

    def session(self) -> Session | None:
        return self._as_it_is() if self._joined else None

    def max_payload(self) -> int:
        return number(self._value(codec.ROOM), most=242)

    def _identify(self) -> Identity:
        self._joined = self._may_go_on = False
        self._uplink_port = None
        firmware = self._value(codec.VERSION)
        return Identity(self.family, firmware, self._id("DevEui", 16))

    def _prepare(self, keys: Keys, settings: Settings) -> None:
        self._adjust("MODE", "LWOTAA")
        self._use_band()
        self._adjust("CLASS", "A")
        self._adjust("ADR", "ON" if settings.adr else "OFF")
        self._adjust("REPT", "1")
        self._adjust("RETRY", "1")
        if keys.dev_eui is not None:
            self._adjust_id("DevEui", keys.dev_eui)
        self._adjust_id("AppEui", keys.join_eui)
        if not settings.adr:
            self._write_data_rate(settings.data_rate)

    def _use_band(self) -> None:
        """Only where it is another: writing it forgets the channels that a session has brought."""
        told = next((band for one in codec.BAND_OF if (band := self._band(one))), None)
        if told != codec.BAND:
            self._do(codec.put("DR", codec.BAND))
            self._end_of_data_rate()

    def _band(self, question: Question) -> str | None:
        told = self._told(question)
        self._end_of_data_rate()
        return told

    def _write_data_rate(self, data_rate: int) -> None:
        if self._data_rate() != data_rate:
            self._do(codec.put("DR", f"DR{data_rate}"))
            self._end_of_data_rate()

    def _data_rate(self) -> int:
        data_rate = number(self._value(codec.DATA_RATE), most=7)
        self._end_of_data_rate()
        return data_rate

    def _end_of_data_rate(self) -> None:
        """Some firmware tells it in two lines: all of them come before the answer to this."""
        self._do(codec.AT)

    def _write_key(self) -> None:
        """Once for each start of the node that has to join: it cannot be read, and wears flash."""
        if self._keys is None:
            raise BadData("the lora-e5 has no keys to join with", "prepare it first")
        if self._keys.app_key != self._key_written:
            self._do(codec.put_key(self._keys.app_key.upper()))
            self._key_written = self._keys.app_key

    def _adjust(self, name: str, wanted: str) -> None:
        if self._told(codec.get(name)) != wanted:
            self._do(codec.put(name, wanted))

    def _adjust_id(self, name: str, wanted: str) -> None:
        if self._id(name, len(wanted)) != wanted.upper():
            self._do(codec.put_id(name, wanted.upper()))
            self._rekeyed = True

    def _id(self, name: str, digits: int) -> str:
        return hex_digits(self._value(codec.get_id(name)), digits)

    def _as_it_is(self) -> Session:
        up, down = re.split(", ?", self._value(codec.COUNTERS))
        return Session(self._id("DevAddr", 8), self._data_rate(), number(up), number(down))

    def _send(self, port: int, payload: bytes, confirmed: bool) -> Sent:
        if port != self._uplink_port:
            self._adjust("PORT", str(port))
            self._uplink_port = port
        within_s = CONFIRMED_S if confirmed else SEND_S
        outcome = self._exchange.ask(codec.uplink(payload, confirmed, within_s))
        self._down.extend(codec.downlinks(outcome.lines))
        sent = codec.fate(outcome.lines, confirmed)
        if sent is None:
            raise self._refused(Question("AT+MSGHEX", codec.AT.first), outcome.lines[-1])
        self._joined = self._joined and sent.fate is not Fate.NOT_JOINED
        return sent

    def _absorb(self) -> None:
        self._down.extend(codec.downlinks(self._exchange.events()))
