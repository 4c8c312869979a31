"""A Dragino LA66 (shield, USB adapter): joins and sends.

Theory, session: it is gone when the modem restarts, which its banner tells, and nobody can put it
back: the modem then joins by itself at once, without being asked, and goes on trying for up to 200
JoinRequests with random DevNonces; no command bounds that. So `join` waits for the windows of one
request, and a later one may still succeed: `resume` and `session` ask whether it has.

Theory, a join that is not begun: `AT+JOIN` is OK whatever comes of it, also while the modem is at
something else or waits for its duty cycle, and AT_BUSY_ERROR may mean that its own join is under
way. Neither says that nothing is sent, so this family refuses no join. What its radio says counts:
with any word of it a request was on the air, whoever wanted it. Without one nobody knows what is to
come, and that is an error.

Theory, acknowledgement: no command tells it. `rxDone` alone is no proof, since the radio hears the
downlinks of neighbours too, so it does not count. What counts is a frame whose MIC was right: a
downlink that can be read, or a downlink counter that has moved since before the uplink. Class A
hears the network only in the windows behind an uplink, so what it says there answers this one. All
else is UNACKNOWLEDGED, at worst a true one: the first downlink of a session may leave the counter
at 0.

Theory, data rate: it joins at DR5, and one slower with each third request that fails; the session
begins there, whatever is set. `AT+DR=?` tells the rate of the frame that went last, `AT+DR=3` sets
another value, which counts without ADR from the next uplink on and which nobody can read. So
without ADR it is written at each `prepare`, and told as it was written.

Theory, transmissions: of a confirmed uplink they follow from the second number of `AT+CFM`, also
where the first one is 0; `AT+CFM=0` alone sets it to 7, which are 8 transmissions.

A payload that is too long is dropped in silence and an empty frame sent, so lengths are judged
before. An uplink that the duty cycle forbids is taken and waits in the modem; it says so nowhere,
and what comes of it is not waited for. The firmware itself obeys downlinks that begin with 04, 05,
07 and 20 to 33 on any port (04 FF restarts it): a network must not send such bytes first.
"""

import re

from drivers.errors import BadData, BusError, WrongDevice
from drivers.lorawan.contract import Fate, Identity, Joined, Keys, Sent, Session, Settings
from drivers.lorawan.dialogue import End
from drivers.lorawan.la66 import codec
from drivers.lorawan.serial_modem import SEND_S, SerialModem
from drivers.lorawan.values import hex_digits, level, number

_JOINS_WITHIN_S = 15.0
_WINDOW_S = 20.0
_SECOND_WINDOW_S = 5.0
_NUMBERS_OF_CFM = 3
_TELLS_WITHIN_S = 0.5
_UNBOUNDED_TRANSMISSIONS = 8


class La66(SerialModem):
    """One modem."""

    family = "la66"
    baudrate = codec.BAUDRATE
    dialect = codec.DIALECT

    def join(self) -> Joined:
        if self._keys is None:
            raise BadData("the la66 has no keys to join with", "prepare it first")
        before = self._is_joined()
        self._absorb()
        outcome = self._exchange.ask(codec.JOIN)
        if outcome.end is End.REFUSED and outcome.lines[-1] != "AT_BUSY_ERROR":
            raise self._refused(codec.JOIN, outcome.lines[-1])
        return self._joined(before)

    def _joined(self, before: bool) -> Joined:
        """What its radio says in the windows of a request; `before`: whether it was joined then."""
        came = self._exchange.wait(codec.JOINED_NOW, _JOINS_WITHIN_S)
        accepted = any(codec.JOINED_NOW.fullmatch(line) for line in came)
        if accepted or (not before and self._is_joined()):
            self._rekeyed = False
            return Joined(self._as_it_is())
        if not any(codec.ON_AIR.fullmatch(line) for line in came):
            raise _silent("was told to join and does not say that it has asked")
        return Joined()

    def session(self) -> Session | None:
        return self._as_it_is() if self._is_joined() else None

    def _identify(self) -> Identity:
        version = self._value(codec.VERSION)
        region = codec.band(version)
        if region not in (None, codec.BAND):
            raise WrongDevice(f"an la66 for {region}", f"load its firmware for {codec.BAND}")
        return Identity(self.family, version, self._digits("DEUI", codec.EUI, 16))

    def _prepare(self, keys: Keys, settings: Settings) -> None:
        self._adjust("NJM", codec.NUMBER, "1")
        self._adjust("CLASS", codec.LETTER, "A")
        self._adjust("ADR", codec.NUMBER, "1" if settings.adr else "0")
        self._adjust("DCS", codec.NUMBER, "1")
        self._send_confirmed_once()
        if not settings.adr:
            self._do(codec.put("DR", str(settings.data_rate)))
        if keys.dev_eui is not None:
            self._adjust_key("DEUI", codec.EUI, keys.dev_eui)
        self._adjust_key("APPEUI", codec.EUI, keys.join_eui)
        self._adjust_key("APPKEY", codec.KEY, keys.app_key)

    def _send_confirmed_once(self) -> None:
        """Old firmware knows one number, or none: then nothing limits it."""
        told = (self._told(codec.get("CFM", codec.LIST)) or "").split(",")
        bounded = len(told) == _NUMBERS_OF_CFM
        if bounded and told[1] != "0":
            self._do(codec.put("CFM", "0,0,0"))
        self.transmissions = 1 if bounded else _UNBOUNDED_TRANSMISSIONS

    def _adjust(self, name: str, answer: re.Pattern[str], wanted: str) -> None:
        if self._told(codec.get(name, answer)) != wanted:
            self._do(codec.put(name, wanted))

    def _adjust_key(self, name: str, answer: re.Pattern[str], wanted: str) -> None:
        if self._digits(name, answer, len(wanted)) != wanted.upper():
            self._do(codec.put(name, wanted.upper()))
            self._rekeyed = True

    def _digits(self, name: str, answer: re.Pattern[str], digits: int) -> str:
        return hex_digits(self._value(codec.get(name, answer)), digits)

    def _number(self, name: str) -> int:
        return number(self._value(codec.get(name, codec.NUMBER)))

    def _is_joined(self) -> bool:
        return self._value(codec.JOINED) == "1"

    def _as_it_is(self) -> Session:
        """Its address is not told: `AT+DADDR` is that of ABP."""
        return Session("", self._data_rate(), self._number("FCU"), self._number("FCD"))

    def _data_rate(self) -> int:
        if not self._settings.adr:
            return self._settings.data_rate
        return number(self._value(codec.get("DR", codec.NUMBER)), most=7)

    def _send(self, port: int, payload: bytes, confirmed: bool) -> Sent:
        if len(payload) > self.max_payload():
            return Sent(Fate.TOO_LONG)
        before = self._number("FCD") if confirmed else 0
        self._absorb()
        question = codec.uplink(port, payload, confirmed)
        outcome = self._exchange.ask(question)
        if outcome.end is End.REFUSED:
            if outcome.lines[-1] not in codec.FATES:
                raise self._refused(question, outcome.lines[-1])
            return Sent(codec.FATES[outcome.lines[-1]])
        events = self._on_the_air()
        if codec.too_long(events):
            return Sent(Fate.TOO_LONG)
        if not confirmed:
            return Sent(Fate.SENT)
        heard = codec.has_downlink(events) or self._number("FCD") != before
        return Sent(Fate.ACKNOWLEDGED if heard else Fate.UNACKNOWLEDGED)

    def _on_the_air(self) -> list[str]:
        """All that it says from the begin of an uplink to the end of its windows."""
        events = self._exchange.wait(codec.TX_DONE, SEND_S)
        if not any(codec.TX_DONE.fullmatch(line) for line in events):
            raise _silent("has taken an uplink and does not say that it was sent")
        events += self._exchange.wait(codec.RX_ENDS, _WINDOW_S)
        if not codec.RX_DONE.fullmatch(events[-1]):
            events += self._exchange.wait(codec.RX_ENDS, _SECOND_WINDOW_S)
        if codec.RX_DONE.fullmatch(events[-1]):
            events += self._exchange.wait(codec.CAME, _TELLS_WITHIN_S)
        self._read_downlink(events)
        return events

    def _absorb(self) -> None:
        self._read_downlink(self._exchange.events())

    def _read_downlink(self, events: list[str]) -> None:
        if not codec.has_downlink(events):
            return
        down = codec.downlink(self._value(codec.DOWNLINK))
        if down is not None:
            rssi, snr = (self._told(codec.get(name, codec.SIGNED)) for name in ("RSSI", "SNR"))
            self._down.append(down._replace(rssi=level(rssi or ""), snr=level(snr or "")))


def _silent(told: str) -> BusError:
    return BusError(
        f"the la66 {told}",
        "it may wait for its duty cycle; if it stays so, switch it off and on",
    )
